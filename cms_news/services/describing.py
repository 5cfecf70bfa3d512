"""Articles as data: what they say now, in the front matter's words."""

import json
from dataclasses import replace
from typing import Any

from cms_news.content.document import ArticleData, AuthorName
from cms_news.content.folding import fold_name
from cms_news.models import Article

COPIED_FIELDS = (
    "title",
    "body",
    "updated",
    "expires_at",
    "published",
    "headimg",
    "thumbnail",
    "comments",
    "excerpt",
    "permalink",
    "lang",
    "layout",
    "markup",
    "source_name",
    "source_url",
    "license",
)
"""What an article and its data have under one name."""


def is_same_value(one: Any, other: Any) -> bool:
    """Return whether two values of a column are the same; to Python, `1` and `True` are."""
    if isinstance(one, dict | list) and isinstance(other, dict | list):
        return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    return bool(one == other)


def describe_article(article: Article, *, spelling: ArticleData | None = None) -> ArticleData:
    """Return what `article` says now, as data; `with_names()` saves queries.

    Names are shared between articles, so one of them may be written in another way than in this article's
    file. Where a name is the same but for case or width, the way of `spelling` is kept.
    """
    author = article.author
    links = sorted(article.tag_links.all(), key=lambda link: (link.position, link.pk))
    tags = tuple(link.tag.name for link in links)
    categories = article.categories
    data = ArticleData(
        slug=article.slug,
        date=article.date,
        author=AuthorName(author.name, author.url) if author else None,
        categories=tuple(tuple(category.path_names) for category in categories),
        tags=tags,
        extra=article.extra,
        date_source=article.date_source,
        date_text=article.date_text,
        **{name: getattr(article, name) for name in COPIED_FIELDS},
    )
    return respell(data, spelling) if spelling else data


def respell(data: ArticleData, spelling: ArticleData) -> ArticleData:
    """Return `data` with the names of `spelling` where they are the same but for case or width."""
    known = {fold_name(tag): tag for tag in spelling.tags}
    tags = tuple(known.get(fold_name(tag), tag) for tag in data.tags)
    author = data.author
    if author and spelling.author and spelling.author.name == author.name:
        author = spelling.author
    return replace(data, tags=tags, author=author)
