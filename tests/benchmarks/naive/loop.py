"""The import that everybody writes first: read, clean, get_or_create, create, next."""

from email.utils import parsedate_to_datetime
from pathlib import Path

import bleach
import frontmatter
from bleach.css_sanitizer import CSSSanitizer
from django.db import transaction
from django.utils.text import slugify

from cms_news.content.policy import DEFAULT_POLICY

from .models import Article, Author, Category, Tag

ATTRIBUTES = {tag: list(names) for tag, names in DEFAULT_POLICY.attributes.items()}
CSS = CSSSanitizer(allowed_css_properties=DEFAULT_POLICY.css_properties)


def import_folder(folder: Path) -> None:
    """Import the posts of `folder`, each in a transaction of its own."""
    for path in sorted(folder.rglob("*.md")):
        with transaction.atomic():
            import_post(path, folder)


def import_post(path: Path, folder: Path) -> None:
    post = frontmatter.load(str(path))
    author, _ = Author.objects.get_or_create(name=post["author"])
    categories: list[Category] = []
    for name in post["categories"]:
        parent = categories[-1] if categories else None
        categories.append(Category.objects.get_or_create(name=name, parent=parent)[0])
    tags = [Tag.objects.get_or_create(name=name)[0] for name in post["tags"]]
    article = Article.objects.create(
        title=post["title"],
        slug=slugify(path.stem, allow_unicode=True)[:100],
        author=author,
        headimg=post["headimg"],
        thumbnail=post["thumbnail"],
        comments=post["comments"],
        date=parsedate_to_datetime(post["date"]),
        body=post.content,
        body_html=clean(post.content),
        source_path=path.relative_to(folder).as_posix(),
    )
    article.categories.set(categories)
    article.tags.set(tags)


def clean(html: str) -> str:
    return bleach.clean(
        html,
        tags=DEFAULT_POLICY.tags,
        attributes=ATTRIBUTES,
        protocols=DEFAULT_POLICY.url_schemes,
        css_sanitizer=CSS,
        strip=True,
    )
