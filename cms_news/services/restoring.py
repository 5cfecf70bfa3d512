"""Back to what an article said before."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cms_news.content.document import ArticleData, AuthorName
from cms_news.models import Article, Author, Category, Reason, Revision, Tag

from .articles import save_article
from .describing import describe_article
from .revisions import Cause, SavedText, read_revision

RELEASE = ("published", "date", "expires_at", "date_source", "date_text")
"""What decides whether and when readers see an article: not part of a text, so restored only when asked for."""


def restore_revision(
    revision: Revision,
    *,
    expected_version: int | None = None,
    with_release: bool = False,
    cause: Cause | None = None,
) -> Article:
    """Let the article of `revision` say again what it said then, and return it.

    The body is cleaned under today's policy. Whether and when the article is public stays as it is, unless
    `with_release`. Names that were changed since stay changed; what is gone is made again. A revision itself;
    nothing is written where nothing differs. Raises as `save_article` does.
    """
    article = Article.objects.with_names().get(pk=revision.article_id)
    data = recall_data(read_revision(revision))
    if not with_release:
        now = describe_article(article)
        data = replace(data, **{name: getattr(now, name) for name in RELEASE})
    return save_article(
        data,
        article=article,
        expected_version=expected_version,
        cause=cause or Cause(Reason.RESTORED),
    )


def recall_data(saved: SavedText) -> ArticleData:
    """Return what was said, by the names that author, categories and tags have now. 3 queries at most."""
    data, references = saved.data, saved.references
    changes: dict[str, Any] = {}
    if data.author and references.author:
        author = Author.objects.filter(pk=references.author).first()
        changes["author"] = AuthorName(author.name, author.url) if author else data.author
    # Two spellings of one name are one reference: then nobody knows which belongs to which.
    if data.categories and len(data.categories) == len(references.categories):
        changes["categories"] = _paths(data.categories, references.categories)
    if data.tags and len(data.tags) == len(references.tags):
        names = dict(Tag.objects.filter(pk__in=references.tags).values_list("pk", "name"))
        pairs = zip(data.tags, references.tags, strict=True)
        changes["tags"] = tuple(names.get(pk, said) for said, pk in pairs)
    return replace(data, **changes)


def _paths(said: Sequence[tuple[str, ...]], ids: Sequence[int]) -> tuple[tuple[str, ...], ...]:
    found = Category.objects.filter(pk__in=ids).with_path_names()
    paths = {category.pk: tuple(category.path_names) for category in found}
    return tuple(paths.get(pk, path) for path, pk in zip(said, ids, strict=True))
