"""What the report of an import says about a file that was understood all the same."""

from cms_news.content.document import ArticleData, Notice
from cms_news.content.frontmatter import count_lines
from cms_news.content.slugs import slugify_text
from cms_news.errors import gettext_noop
from cms_news.models import Article

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def notices_about(text: str) -> tuple[Notice, ...]:
    """Return a notice where a text has lost characters before it came here."""
    position = text.find(REPLACEMENT)
    if position < 0:
        return ()
    template = gettext_noop("holds U+FFFD: characters were lost before this import")
    return (Notice(template, line=count_lines(text, position) + 1),)


def notices_about_slug(data: ArticleData, article: Article | None) -> tuple[Notice, ...]:
    """Return a notice where the file asks for a slug that another article has."""
    wanted = slugify_text(data.slug)
    if article is None or not wanted or not article.slug.startswith(f"{wanted}-"):
        return ()
    if not article.slug.removeprefix(f"{wanted}-").isdecimal():
        return ()
    template = gettext_noop('"{slug}" is taken; the article has "{given}"')
    return (Notice(template, {"slug": wanted, "given": article.slug}, key="slug"),)
