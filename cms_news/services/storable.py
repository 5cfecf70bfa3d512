"""What no database takes is refused before it gets there, by the name of its field."""

import math
from collections.abc import Mapping
from typing import Any

from cms_news.content.composing import refuse_known
from cms_news.content.document import ArticleData
from cms_news.content.folding import fold_name
from cms_news.errors import NewsError, gettext_noop
from cms_news.models import Article, Author, Category, Tag

from .describing import COPIED_FIELDS


def refuse_unstorable(data: ArticleData) -> None:
    """Raise NewsError for what no database takes: text too long for its column, NUL, lone surrogates.

    And for keys in `extra` that no file could give back from there.
    """
    if not data.title:
        raise NewsError(gettext_noop("title: missing; every article needs one"))
    for name in (*COPIED_FIELDS, "slug"):
        value = getattr(data, name)
        if isinstance(value, str):
            _refuse_text(name, value, Article._meta.get_field(name))
    refuse_known(data)
    for value in _texts(data.extra):
        _refuse_text("extra", value, None)
    if data.author:
        _refuse_text("author", data.author.name, Author._meta.get_field("name"), is_required=True)
        _refuse_text("author's address", data.author.url, Author._meta.get_field("url"))
    for name in (name for path in data.categories for name in path):
        _refuse_text("categories", name, Category._meta.get_field("name"), is_required=True)
    for tag in data.tags:
        _refuse_text("tags", tag, Tag._meta.get_field("name"), is_required=True)
        # Folding may make one character many.
        _refuse_text("tags", fold_name(tag), Tag._meta.get_field("folded"), is_required=True)


def _refuse_text(name: str, value: str, field: object, *, is_required: bool = False) -> None:
    if is_required and not value.strip():
        raise NewsError(gettext_noop("{name}: an empty name; remove it"), name=name)
    limit = getattr(field, "max_length", None)
    if limit and len(value) > limit:
        raise NewsError(
            gettext_noop("{name}: {length} characters, at most {limit} are stored; shorten it"),
            name=name,
            length=len(value),
            limit=limit,
        )
    if "\0" in value or not _is_encodable(value):
        raise NewsError(
            gettext_noop("{name}: holds a NUL or half a surrogate pair; remove it"), name=name
        )


def _is_encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _texts(value: Any) -> "list[str]":
    """Every string inside a JSON value, keys included."""
    found: list[str] = []
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, float) and not math.isfinite(item):
            raise NewsError(gettext_noop("extra: {value} is no number that JSON knows"), value=item)
        elif isinstance(item, Mapping):
            waiting.extend((*item.keys(), *item.values()))
        elif isinstance(item, list | tuple):
            waiting.extend(item)
    return found
