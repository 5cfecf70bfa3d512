"""Parameters, made of the very tables that they are read with."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cms_news.api.filters import (
    DEFAULT_ORDERING,
    FILTERS,
    MAX_ID,
    read_bound,
    read_ids,
    read_row_slugs,
)
from cms_news.api.pagination import PAGE_PARAMETERS
from cms_news.api.parameters import (
    MAX_NAMES,
    MAX_PAGE_SIZE,
    MAX_ROWS,
    MAX_VALUE_LENGTH,
    read_boolean,
    read_slugs,
)
from cms_news.api.selecting import INCLUDABLE, MAX_MEMBERS
from cms_news.conf import news_settings
from cms_news.models.orders import ARTICLE_ORDERS

Schema = dict[str, Any]

SLUG: Schema = {
    "type": "string",
    "pattern": r"^[^\x00-,./:-@\[-\^`\{-\x7F\s]+$",
    "maxLength": MAX_VALUE_LENGTH,
}
"""No ASCII but letters, digits, hyphen and underscore. Letters of all scripts are nothing that patterns of JSON
Schema can name in a way that all languages read alike, so signs of other scripts are refused without it."""

CONDITIONS: Mapping[str, Promise] = MappingProxyType(
    {
        "If-None-Match": _("An `ETag` that you have: a 304 says that it is of today."),
        "If-Modified-Since": _(
            "A `Last-Modified` that you have; looked at where no `If-None-Match` is sent."
        ),
    }
)

DESCRIPTIONS: Mapping[str, Promise] = MappingProxyType(
    {
        "category": _("Slugs of categories, each with all that is below it."),
        "category__exact": _("Slugs of categories, without what is below them."),
        "tag": _("Slugs of tags."),
        "author": _("Slugs of authors."),
        "lang": _("Language tags, as they are served."),
        "date__gte": _("Dated then or later; a day is meant whole."),
        "date__gt": _("Dated later than that; a day is meant whole."),
        "date__lte": _("Dated then or earlier; a day is meant whole."),
        "date__lt": _("Dated earlier than that; a day is meant whole."),
        "has_headimg": _("With or without a picture above the text."),
        "id__in": _("Ids of articles."),
        "slug__in": _("Slugs of articles, as they are today."),
        "ordering": _(
            "What comes first; a hyphen turns the order round. Equals are in order of id."
        ),
        "fields": _("The members that you want, or, each with a hyphen, those that you don't."),
        "include": _(
            "Members that an item holds only when it is asked for them; `fields` may name them then."
        ),
        "cursor": _(
            "Where a page begins: what `next` and `previous` hold, as it is. It is good for the list "
            "that it was made for, with the same filters and the same ordering."
        ),
        "page_size": _("How many items a page holds at most."),
        "count": _("Whether to count what all pages hold."),
    }
)
"""Of every parameter in the query of any endpoint."""


def _listed(items: Schema, *, limit: int) -> Schema:
    return {"type": "array", "items": items, "minItems": 1, "maxItems": limit}


def _named(names: Iterable[str], *, limit: int) -> Schema:
    return _listed({"type": "string", "enum": list(names)}, limit=limit)


READERS: Mapping[Callable[..., Any], Schema] = MappingProxyType(
    {
        read_slugs: _listed(SLUG, limit=MAX_NAMES),
        read_row_slugs: _listed(SLUG, limit=MAX_ROWS),
        read_ids: _listed(
            {"type": "integer", "format": "int64", "minimum": 0, "maximum": MAX_ID}, limit=MAX_ROWS
        ),
        read_bound: {
            "anyOf": [
                {"type": "string", "format": "date"},
                {"type": "string", "format": "date-time"},
            ]
        },
        read_boolean: {"type": "boolean"},
    }
)
"""What each reader of a filter takes."""


def _describe_fields(members: Iterable[str]) -> Schema:
    names = list(members)
    either = _named([*names, *(f"-{name}" for name in names)], limit=MAX_MEMBERS)
    one_kind: Schema = {"anyOf": [{"items": {"pattern": "^[^-]"}}, {"items": {"pattern": "^-"}}]}
    # Not beside the list itself: makers of clients would take it for a list or anything else.
    return {**either, "allOf": [one_kind]}


def _query_schemas(members: Iterable[str]) -> dict[str, Schema]:
    return {
        **{name: READERS[described.read] for name, described in FILTERS.items()},
        "ordering": {
            "type": "string",
            "enum": list(ARTICLE_ORDERS),
            "default": DEFAULT_ORDERING,
        },
        "fields": _describe_fields(members),
        "include": _named(INCLUDABLE, limit=MAX_MEMBERS),
        "cursor": {"type": "string"},
        "page_size": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_PAGE_SIZE,
            "default": news_settings.page_size,
        },
        "count": {"type": "boolean", "default": False},
    }


def query_parameters(names: Iterable[str], *, members: Iterable[str] = ()) -> list[Schema]:
    """Return the parameter objects for `names`; `members` are those that `fields` chooses from."""
    wanted = frozenset(names)
    schemas = _query_schemas(members)
    unknown = wanted - schemas.keys()
    if unknown:
        raise LookupError(f"nothing is known of {', '.join(sorted(unknown))}")
    return [
        {"$ref": f"#/components/parameters/{name}"}
        if name in PAGE_PARAMETERS
        else _query_parameter(name, schema)
        for name, schema in schemas.items()
        if name in wanted
    ]


def _query_parameter(name: str, schema: Schema) -> Schema:
    described: Schema = {"name": name, "in": "query", "schema": schema}
    if name in DESCRIPTIONS:
        described["description"] = DESCRIPTIONS[name]
    if schema.get("type") == "array":
        # Values with commas between them; given twice, a parameter is refused.
        described |= {"style": "form", "explode": False}
    return described


def path_parameter(name: str) -> Schema:
    """Return the parameter object for a part of the path."""
    schemas: Mapping[str, tuple[Promise, Schema]] = {
        "id": (_("As `id` says."), {"type": "integer", "format": "int64", "minimum": 0}),
        "slug": (_("As `slug` says, in any script."), SLUG),
    }
    description, schema = schemas[name]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": schema,
    }


def condition_parameters(*, is_dated: bool) -> list[Schema]:
    """Return references to the headers that spare an answer, by its date only where it has one."""
    names = [name for name in CONDITIONS if is_dated or name != "If-Modified-Since"]
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def shared_parameters() -> dict[str, Schema]:
    """Return what is referred to by several endpoints."""
    schemas = _query_schemas(())
    shared = {
        name: _query_parameter(name, schemas[name]) for name in schemas if name in PAGE_PARAMETERS
    }
    for name, description in CONDITIONS.items():
        shared[name] = {
            "name": name,
            "in": "header",
            "description": description,
            "schema": {"type": "string"},
        }
    return shared
