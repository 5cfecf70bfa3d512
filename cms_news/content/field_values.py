"""How the value of a known key is read: by the kind that FIELDS gives it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from html import unescape
from html.entities import html5
from typing import Any, Literal

from cms_news.errors import DocumentError, gettext_noop

from .claims import is_source_key, source_parts
from .dates import ResolvedDate, parse_date
from .document import AuthorName, Markup, Node, Notice, Scalar
from .field_table import Field, Kind
from .folding import flatten, fold_name
from .heads.reading import is_null, node_value, shorten

MAX_LEVELS = 16
NAME_KEYS = ("name", "nick")
ADDRESS_KEYS = ("link", "url", "uri")

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,32});")
_BOOLEANS = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(
    ("false", "no", "off", "0"), False
)
_MARKUPS: dict[str, Markup] = {
    "auto": "auto",
    "html": "html",
    "htm": "html",
    "markdown": "markdown",
    "md": "markdown",
    "mkd": "markdown",
    "mmark": "markdown",
    "goldmark": "markdown",
    "kramdown": "markdown",
}

_NO_TEXT = {
    "list": gettext_noop('a text is needed here, not a list ("{value}")'),
    "mapping": gettext_noop('a text is needed here, not a mapping ("{value}")'),
}
_TOO_LONG = gettext_noop(
    '"{value}" has {length} characters, at most {limit} are stored; shorten it'
)
_CUT = gettext_noop('"{value}" has {length} characters; cut to {limit}')
_NO_SWITCH = gettext_noop('"{value}" is neither true nor false; write one of them')
_NO_MARKUP = gettext_noop('"{value}" is no markup; write html, markdown or auto')
_NO_PATH = gettext_noop(
    'a mapping ("{value}") is not a category; write a path as a list from root to leaf: [A, B]'
)
_NESTED_PATH = gettext_noop(
    'a list inside a path ("{value}"); write several paths as a list of lists: [[A, B], [C]]'
)
_DEEP_PATH = gettext_noop(
    'a path of {length} categories ("{value}"), at most {limit} are stored; shorten it'
)
_NO_TAG = {
    "list": gettext_noop('a list ("{value}") is not a tag; write a list of texts: [a, b]'),
    "mapping": gettext_noop('a mapping ("{value}") is not a tag; write a list of texts: [a, b]'),
}
_NO_AUTHOR = gettext_noop(
    '"{value}" names no author; write a name, or a mapping with name and link'
)
_SEVERAL_AUTHORS = gettext_noop(
    "several authors; the first one is the author, all of them are kept in extra"
)


@dataclass(frozen=True, slots=True)
class FieldOptions:
    """How values are read that a file alone does not settle."""

    zone: tzinfo = UTC
    """Of dates without offset."""
    categories: Literal["path", "flat"] = "path"
    """Whether a flat list is one path, as in Hexo, or each item a root of its own."""
    tag_separators: str = ",，、;；"
    """Where `tags` that are one text are split."""


@dataclass(frozen=True, slots=True)
class Given:
    """A value as a file gives it, with all that reading it may need."""

    row: Field
    key: str
    """As the file spells it."""
    node: Node
    line: int | None
    options: FieldOptions
    notices: list[Notice] = field(default_factory=list)

    def fail(self, template: str, node: Node | None = None, **params: Any) -> DocumentError:
        """Return the error that `template` says, about `node` or the whole value."""
        culprit = self.node if node is None else node
        params.setdefault("value", shorten(_show(culprit)))
        line = culprit.line if isinstance(culprit, Scalar) else self.line
        return DocumentError(template, line=line, key=self.key, **params)

    def note(self, template: str, **params: Any) -> None:
        """Add a notice about the value."""
        self.notices.append(Notice(template, params, key=self.key, line=self.line))


def _show(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else str(node_value(node))


def unescape_text(text: str) -> str:
    """Return `text` with its HTML entities resolved once; only those that end in a semicolon are any."""
    return _ENTITY.sub(_resolve_entity, text) if "&" in text else text


def escape_text(text: str) -> str:
    """Return `text` so that `unescape_text` gives it back."""
    return _ENTITY.sub(lambda found: f"&amp;{found[0][1:]}", text) if "&" in text else text


def _resolve_entity(found: re.Match[str]) -> str:
    entity = found[0]
    if entity[1] == "#" or entity[1:] in html5:
        return unescape(entity)
    return entity


def clean_name(text: str) -> str:
    """Return `text` on one line, entities resolved, trimmed."""
    return flatten(unescape_text(text))


def read_text(given: Given, node: Node | None = None) -> str:
    """Return the raw text of a scalar, "" for null; raises DocumentError for lists and mappings."""
    value = given.node if node is None else node
    if not isinstance(value, Scalar):
        raise given.fail(_NO_TEXT[_shape(value)], value)
    return "" if is_null(value) else value.text


def _shape(node: Node) -> str:
    return "list" if isinstance(node, tuple) else "mapping"


def _read_title(given: Given) -> str:
    return cap(given, clean_name(read_text(given)))


def _read_plain(given: Given) -> str:
    text = read_text(given).strip()
    limit = given.row.max_length
    if limit and len(text) > limit:
        raise given.fail(_TOO_LONG, length=len(text), limit=limit)
    return text


def cap(given: Given, text: str) -> str:
    """Return `text` cut to the length that the field allows, with a notice if that took something away."""
    limit = given.row.max_length
    if not limit or len(text) <= limit:
        return text
    given.note(_CUT, value=shorten(text), length=len(text), limit=limit)
    return text[:limit].rstrip()


def _read_address(given: Given) -> str:
    text = _read_plain(given)
    if text.lower() == "true":
        given.note(gettext_noop("true names no picture; left empty"))
    return "" if text.lower() in ("true", "false") else text


def _read_switch(given: Given) -> bool:
    text = read_text(given).strip()
    if not text:
        return bool(given.row.default)
    if text.lower() not in _BOOLEANS:
        raise given.fail(_NO_SWITCH)
    return _BOOLEANS[text.lower()]


def _read_markup(given: Given) -> Markup:
    text = read_text(given).strip().lower() or "auto"
    if text not in _MARKUPS:
        raise given.fail(_NO_MARKUP)
    return _MARKUPS[text]


def read_moment(given: Given) -> ResolvedDate | None:
    """Return the date that is given and how it was read, None for null and for an empty text."""
    text = read_text(given).strip()
    if not text:
        return None
    line = given.node.line if isinstance(given.node, Scalar) else given.line
    found = parse_date(text, zone=given.options.zone, line=line, key=given.key)
    return replace(found, text=text)


def _read_date(given: Given) -> datetime | None:
    found = read_moment(given)
    return found.value if found else None


def _read_author(given: Given) -> AuthorName | None:
    node = given.node
    if isinstance(node, tuple):
        people = author_items(node)
        if len(people) > 1:
            given.note(_SEVERAL_AUTHORS)
        return _read_person(given, people[0]) if people else None
    return _read_person(given, node)


def author_items(node: Node) -> tuple[Node, ...]:
    """Return the people of a list of authors, without nulls and empty texts."""
    if not isinstance(node, tuple):
        return ()
    return tuple(
        item for item in node if not (isinstance(item, Scalar) and (is_null(item) or not item.text))
    )


def _read_person(given: Given, node: Node) -> AuthorName | None:
    if isinstance(node, tuple):
        raise given.fail(_NO_AUTHOR, node)
    if isinstance(node, Scalar):
        name = cap(given, clean_name(read_text(given, node)))
        return AuthorName(name) if name else None
    name = cap(given, clean_name(_first_text(given, node, NAME_KEYS)))
    if not name:
        raise given.fail(_NO_AUTHOR, node)
    url = _first_text(given, node, ADDRESS_KEYS).strip()
    if len(url) > 2000:
        raise given.fail(_TOO_LONG, value=shorten(url), length=len(url), limit=2000)
    return AuthorName(name, url)


def _first_text(given: Given, node: Mapping[str, Node], keys: tuple[str, ...]) -> str:
    key = next((key for key in keys if key in node), None)
    return read_text(given, node[key]) if key else ""


def _read_tags(given: Given) -> tuple[str, ...]:
    tags: dict[str, str] = {}
    for text in _tag_texts(given):
        tag = cap(given, clean_name(text))
        if tag:
            tags.setdefault(fold_name(tag), tag)
    return tuple(tags.values())


def _tag_texts(given: Given) -> list[str]:
    node = given.node
    if isinstance(node, Scalar):
        separators = given.options.tag_separators
        # Entities end in one of the separators: resolve them first, and none in the parts.
        text = unescape_text(read_text(given))
        parts = re.split(f"[{re.escape(separators)}]", text) if separators else [text]
        return [escape_text(part) for part in parts]
    if isinstance(node, tuple):
        return [_tag_item(given, item) for item in node]
    raise given.fail(_NO_TAG[_shape(node)])


def _tag_item(given: Given, item: Node) -> str:
    if not isinstance(item, Scalar):
        raise given.fail(_NO_TAG[_shape(item)], item)
    return read_text(given, item)


def _read_categories(given: Given) -> tuple[tuple[str, ...], ...]:
    """Return the paths: a flat list is one, or in flat mode as many as it has items."""
    node = given.node
    items = node if isinstance(node, tuple) else (node,)
    is_one_path = given.options.categories == "path" and not any(
        isinstance(item, tuple) for item in items
    )
    if is_one_path:
        paths = [_read_path(given, items)]
    else:
        paths = [_read_path(given, item if isinstance(item, tuple) else (item,)) for item in items]
    return tuple(dict.fromkeys(path for path in paths if path))


def _read_path(given: Given, items: tuple[Node, ...]) -> tuple[str, ...]:
    names = []
    for item in items:
        if isinstance(item, Mapping):
            raise given.fail(_NO_PATH, item)
        if isinstance(item, tuple):
            raise given.fail(_NESTED_PATH, item)
        names.append(cap(given, clean_name(read_text(given, item))))
    path = tuple(name for name in names if name)
    if len(path) > MAX_LEVELS:
        raise given.fail(_DEEP_PATH, items, length=len(path), limit=MAX_LEVELS)
    return path


def _read_name(given: Given) -> str:
    return clean_name(read_text(given, _line_of(given)))


def _read_link(given: Given) -> str:
    return read_text(given, _line_of(given)).strip()


def _line_of(given: Given) -> Node:
    """Return the value itself, or the part of `source` that is the field's."""
    if is_source_key(given.key):
        return source_parts(given.node)[given.row.name]
    return given.node


READERS: Mapping[Kind, Callable[[Given], Any]] = {
    "title": _read_title,
    "text": _read_plain,
    "address": _read_address,
    "categories": _read_categories,
    "tags": _read_tags,
    "author": _read_author,
    "switch": _read_switch,
    "date": _read_date,
    "markup": _read_markup,
    "name": _read_name,
    "link": _read_link,
}


def is_on(given: Given) -> bool:
    """Whether an effect key says so: `draft: true`, `hidden: true`, or any `password` at all."""
    if given.row.name == "password":
        return _has_password(given.node)
    return _read_switch(given)


def _has_password(node: Node) -> bool:
    if not isinstance(node, Scalar):
        return bool(node)
    return not is_null(node) and bool(node.text) and not (node.plain and node.text == "false")
