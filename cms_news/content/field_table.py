"""FIELDS: the one table of front-matter keys and what they mean."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

Kind = Literal[
    "title",
    "text",
    "address",
    "categories",
    "tags",
    "author",
    "switch",
    "date",
    "markup",
    "name",
    "link",
    "source",
    "effect",
]


@dataclass(frozen=True, slots=True)
class Field:
    """A front-matter key with a meaning."""

    name: str
    """Also the attribute of ArticleData; `source` and keys of kind `effect` have none and act on other fields."""
    kind: Kind
    """How its value is read and written."""
    help: str
    """For people: what the key says."""
    aliases: tuple[str, ...] = ()
    """Other spellings, used where `name` itself is absent, in this order."""
    default: Any = ""
    """What a file means that leaves the key out."""
    max_length: int | None = None

    @property
    def is_lenient(self) -> bool:
        """Whether a value that it can't hold is left to the unknown keys, and is no error."""
        return self.kind in ("name", "link", "source")


FIELDS: tuple[Field, ...] = (
    Field("title", "title", "The headline; without it, the file's name.", max_length=300),
    Field("slug", "text", "The name in addresses.", max_length=100),
    Field(
        "categories",
        "categories",
        "A list is one path from root to leaf, a list of lists several paths.",
        aliases=("category",),
        default=(),
        max_length=100,
    ),
    Field(
        "tags",
        "tags",
        "A list, or a text with separators.",
        aliases=("tag",),
        default=(),
        max_length=100,
    ),
    Field(
        "headimg",
        "address",
        "The picture above the article.",
        aliases=("cover", "top_img"),
        max_length=2000,
    ),
    Field(
        "author",
        "author",
        "A name, or a mapping with name and link.",
        aliases=("authors",),
        default=None,
        max_length=100,
    ),
    Field("comments", "switch", "Whether readers may comment.", default=True),
    Field("date", "date", "The dateline; without it, the file's name or time.", default=None),
    Field("thumbnail", "address", "The small picture of lists.", max_length=2000),
    Field(
        "updated",
        "date",
        "When the article last changed.",
        aliases=("lastmod", "last_modified_at"),
        default=None,
    ),
    Field(
        "publishDate",
        "effect",
        "Where it is later than `date`, the article is dated and public from then on.",
        default=None,
    ),
    Field("published", "switch", "`false` is a draft.", default=True),
    Field("draft", "effect", "`true` is a draft.", default=False),
    Field(
        "expires_at",
        "date",
        "From when on the article is no longer public.",
        aliases=("expiryDate", "expires"),
        default=None,
    ),
    Field("permalink", "text", "The address that the file asks for.", max_length=2000),
    Field("excerpt", "text", "The summary; without it, what stands before `<!-- more -->`."),
    Field("lang", "text", "The language.", aliases=("language",), max_length=35),
    Field("layout", "text", "The layout that the file asks for.", max_length=100),
    Field("password", "effect", "Holds the article back; never served.", default=None),
    Field("hidden", "effect", "`true` holds the article back.", default=False),
    Field("markup", "markup", "`html`, `markdown` or `auto`.", default="auto"),
    Field(
        "source",
        "source",
        "Where the article comes from: a name, an address, or a mapping of `name`, `url` and `license`.",
    ),
    Field(
        "source_name", "name", "Who published it first.", aliases=("sourceName",), max_length=300
    ),
    Field(
        "source_url",
        "link",
        "Where it was published first.",
        aliases=("sourceUrl", "original_url", "originalUrl", "original_link", "post_link"),
        max_length=2000,
    ),
    Field("license", "name", "The terms of its use.", max_length=300),
)

BY_NAME: Mapping[str, Field] = {field.name: field for field in FIELDS}
STORED: tuple[Field, ...] = tuple(
    field for field in FIELDS if field.kind not in ("effect", "source")
)
SCHEDULE = BY_NAME["publishDate"]
HOLDING: tuple[str, ...] = ("draft", "hidden", "password")
"""The effects that keep an article from readers."""
EFFECTS: frozenset[str] = frozenset(
    field.name.lower() for field in FIELDS if field.kind == "effect"
)
"""In lower case: they count in any."""
KNOWN_KEYS: frozenset[str] = frozenset(
    name for field in FIELDS for name in (field.name, *field.aliases)
)

SOURCE_KEYS: frozenset[str] = frozenset(
    name.lower() for field in FIELDS if field.is_lenient for name in (field.name, *field.aliases)
)
"""In lower case: what may say where an article comes from."""
TELLING_KEYS: frozenset[str] = frozenset(
    key for key in KNOWN_KEYS if key.lower() not in SOURCE_KEYS
)
"""A line with one of these is meant as front matter; many a text has a line `Source: ...`."""

MAX_HEADS = 64
"""Combinations of keys for which it is remembered what they hold."""
_FOLDED_KEYS = frozenset(name.lower() for name in TELLING_KEYS)


def is_telling(key: str) -> bool:
    """Whether `key`, as it is written, is one of TELLING_KEYS in any case and with or without quotes."""
    return key.strip("\"'").lower() in _FOLDED_KEYS


def find_key(field: Field, keys: Mapping[str, Any]) -> str | None:
    """Return the key under which `keys` holds `field`: its name, else an alias, else either in other case."""
    return _find_key(field, keys, _fold_keys(keys))


def find_keys(fields: Iterable[Field], keys: Mapping[str, Any]) -> dict[str, str]:
    """Return the key that holds each of `fields`, by the field's name; fields that are absent are left out."""
    folded = _fold_keys(keys)
    found = ((field.name, _find_key(field, keys, folded)) for field in fields)
    return {name: key for name, key in found if key is not None}


def _fold_keys(keys: Mapping[str, Any]) -> dict[str, str]:
    """Return the first key of each spelling, by its lower case."""
    return {key.lower(): key for key in reversed(tuple(keys))}


def _find_key(field: Field, keys: Mapping[str, Any], folded: Mapping[str, str]) -> str | None:
    spellings = (field.name, *field.aliases)
    for name in spellings:
        if name in keys:
            return name
    return next((folded[name] for name in map(str.lower, spellings) if name in folded), None)


def effect_keys(name: str, keys: Mapping[str, Any]) -> tuple[str, ...]:
    """Return every key of `keys` that is `name` in any case: all of them count."""
    return _effect_keys(name, tuple(keys))


@lru_cache(maxsize=8 * MAX_HEADS)
def _effect_keys(name: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key for key in keys if key.lower() == name.lower())
