"""Changing some keys of a head and not a byte of the others."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from cms_news.errors import DocumentError, gettext_noop

from .dates import format_date, parse_date
from .document import Document, Node, Scalar
from .frontmatter import (
    Block,
    find_block,
    newline_of,
    parse_document,
    read_block,
    with_empty_head,
)
from .heads import json_head, toml_head
from .heads.reading import (
    MAX_DEPTH,
    NotAMappingError,
    Reading,
    Span,
    is_same_value,
    iter_lines,
    node_shape,
    node_value,
    normalise_newlines,
    refuse_deep,
    shorten,
)
from .heads.yaml_reader import read_yaml
from .heads.yaml_writer import PlainText, write_entry

_DASH = re.compile(r"([ \t]*)-")
_COMMENT = re.compile(r"[ \t]+#")
_LITERAL_ENDS = (" |", " |-")
_INDENT = re.compile(r"[ \t]*")


class _Removed(Enum):
    REMOVED = "removed"


class Null(Enum):
    """`NULL` as a value writes null, where None removes the key."""

    NULL = "null"


NULL = Null.NULL
_REMOVED = _Removed.REMOVED
_KEPT_LINES = re.compile(r"[:\-?]\s+[|>](?:\d?\+|\+\d?)\s*(?:#.*)?$")


def patch_document(document: Document, changes: Mapping[str, Any]) -> Document:
    """Return `document` with `changes` made in its head and every other line of it as it was.

    A value is a JSON value or an aware datetime, which is spelled like the old one; None removes the key and
    NULL writes null. New keys go behind the last one, in the order of `changes`; a document without front
    matter gets a YAML head.
    Raises DocumentError for what can't be written: null inside TOML, a key that is a TOML table, numbers that
    don't read back.
    """
    values = {
        key: _REMOVED if value is None else _spelled(value, document.entries.get(key))
        for key, value in changes.items()
        if value is not None or key in document.entries
    }
    if not values:
        return document
    if document.syntax == "none":
        document = with_empty_head(document.head, document.body)
    head = _patch_head(document.head, values)
    return _verify(document, values, head)


def _spelled(value: Any, old: Node | None = None, *, depth: int = 1) -> Any:
    """Return `value` with datetimes as text and tuples as lists."""
    if value is NULL:
        return None
    if isinstance(value, datetime):
        like = old.text if isinstance(old, Scalar) else ""
        return PlainText(format_date(value, like=like))
    if depth > MAX_DEPTH:
        raise refuse_deep()
    if isinstance(value, Mapping):
        return {str(key): _spelled(item, depth=depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_spelled(item, depth=depth + 1) for item in value]
    return value


def _patch_head(head: str, values: Mapping[str, Any]) -> str:
    block = find_block(head)
    if block is None:
        raise _unpatchable(values)
    inner = head[block.start : block.end]
    patched = _patch_block(head, block, inner, values)
    result = head[: block.start] + patched + head[block.end :]
    if block.is_fenced or _keeps_keys(result, block):
        return result
    # Without a known key to begin with, a head needs its opening fence.
    fence = f"{block.fence}{newline_of(head)}"
    return head[: block.start] + fence + patched + head[block.end :]


def _keeps_keys(head: str, block: Block) -> bool:
    try:
        return parse_document(head).syntax == block.syntax
    except DocumentError:
        return False


def _patch_block(head: str, block: Block, inner: str, values: Mapping[str, Any]) -> str:
    newline = newline_of(head)
    try:
        reading = read_block(head, block)
    except NotAMappingError as error:
        raise _unpatchable(values) from error
    if block.syntax == "json":
        return _patch_json(inner, reading, values, newline=newline)
    if block.syntax == "toml":
        return _patch_toml(inner, reading, values, newline=newline)
    return _patch_yaml(inner, reading, values, newline=newline)


def _unpatchable(values: Mapping[str, Any]) -> DocumentError:
    key = next(iter(values))
    return DocumentError(
        gettext_noop("can't be changed where it stands; edit the file itself"), key=key
    )


def _patch_yaml(inner: str, reading: Reading, values: Mapping[str, Any], *, newline: str) -> str:
    if reading.is_flow:
        return _rewrite_yaml(reading, values, newline=newline)
    lines = list(iter_lines(inner))
    indent = _indent_of(reading, lines)
    ordered = sorted(
        values.keys() & reading.spans.keys(), key=lambda key: -reading.spans[key].start
    )
    for key in ordered:
        span = reading.spans[key]
        first, last = span.start, _last_line(span, lines)
        if parts := _patch_parts(lines[first : last + 1], reading.entries[key], values[key]):
            lines[first : last + 1] = parts
            continue
        new = []
        if values[key] is not _REMOVED:
            dash = _dash_of(lines[first + 1 : last + 1], indent)
            new = write_entry(key, values[key], span=span, indent=indent, dash=dash)
        if not new or new[0].endswith(_LITERAL_ENDS):
            last = _last_comment(lines, last, indent)
        if not new and _ends_in_kept_lines(lines[:first]):
            last = _last_blank(lines, last)
        ending = newline_of(lines[first])
        lines[first : last + 1] = [line + ending for line in new]
    for key, value in values.items():
        if key not in reading.spans and value is not _REMOVED:
            lines += [line + newline for line in write_entry(key, value, indent=indent)]
    return "".join(lines)


def _patch_parts(lines: list[str], old: Node, value: Any) -> list[str]:
    """Return the lines of a mapping with only those parts changed that differ; nothing where that can't be done."""
    if not (isinstance(old, Mapping) and isinstance(value, Mapping) and old and value):
        return []
    added = [key for key in value if key not in old]
    if list(value) != [*(key for key in old if key in value), *added]:
        return []
    inner = "".join(lines[1:])
    try:
        reading = read_yaml(inner, first_line=1, known_keys=frozenset())
    except (NotAMappingError, DocumentError):
        return []
    if reading.is_flow or node_shape(reading.entries) != node_shape(old):
        return []
    differing = {
        key: value.get(key, _REMOVED)
        for key in (*old, *added)
        if key not in value or key not in old or not is_same_value(node_value(old[key]), value[key])
    }
    newline = newline_of(lines[0])
    ended = inner if inner.endswith(("\n", "\r")) else inner + newline
    return [lines[0], *iter_lines(_patch_yaml(ended, reading, differing, newline=newline))]


def _indent_of(reading: Reading, lines: list[str]) -> str:
    if not reading.spans:
        return ""
    first = next(iter(reading.spans.values()))
    found = _INDENT.match(lines[first.start].removeprefix("\ufeff"))
    return found[0].replace("\t", "  ") if found else ""


def _last_line(span: Span, lines: list[str]) -> int:
    last = min(span.end, len(lines) - 1)
    while last > span.start and not lines[last].strip():
        last -= 1
    return last


def _last_comment(lines: list[str], last: int, indent: str) -> int:
    """Return the last of the comments that are indented like the value before them.

    A literal text before them would take them in, be it what is written or the value of the key above.
    """
    while last + 1 < len(lines) and _COMMENT.match(lines[last + 1].removeprefix(indent)):
        last += 1
    return last


def _ends_in_kept_lines(lines: list[str]) -> bool:
    """Whether the value above is a text that takes in all empty lines behind it, written `|+` or `>+`."""
    for line in reversed(lines):
        if _KEPT_LINES.search(line):
            return True
        if line.strip() and not line[0].isspace():
            return False
    return False


def _last_blank(lines: list[str], last: int) -> int:
    while last + 1 < len(lines) and not lines[last + 1].strip():
        last += 1
    return last


def _dash_of(lines: list[str], indent: str) -> str:
    """Return how far the old list indents its dashes beyond its key; two spaces if there is no old list."""
    for line in lines:
        if found := _DASH.match(line):
            return found[1].replace("\t", "  ").removeprefix(indent)
    return "  "


def _rewrite_yaml(reading: Reading, values: Mapping[str, Any], *, newline: str) -> str:
    """Return a `{...}` head as a block, which is the one that can be changed line by line."""
    entries = {key: _writable(node) for key, node in reading.entries.items()} | dict(values)
    kept = {key: value for key, value in entries.items() if value is not _REMOVED}
    lines = [line for key, value in kept.items() for line in write_entry(key, value)]
    return "".join(line + newline for line in lines)


def _writable(node: Node) -> Any:
    if isinstance(node, Scalar):
        return PlainText(node.text) if node.plain else node.text
    if isinstance(node, tuple):
        return [_writable(item) for item in node]
    return {key: _writable(item) for key, item in node.items()}


def _patch_toml(inner: str, reading: Reading, values: Mapping[str, Any], *, newline: str) -> str:
    if any(key in reading.entries and key not in reading.spans for key in values):
        raise _unpatchable(values)
    lines = list(iter_lines(inner))
    statements = list(toml_head.iter_statements(normalise_newlines(inner)))
    top = [item for item in statements if not item.is_header]
    headers = [item.first for item in statements if item.is_header]
    before = [item.last + 1 for item in top if not headers or item.last < headers[0]]
    position = max(before, default=0)
    new = [(key, value) for key, value in values.items() if key not in reading.spans]
    added = [toml_head.write_toml_entry(key, value) + newline for key, value in new]
    lines[position:position] = added
    ordered = sorted(
        values.keys() & reading.spans.keys(), key=lambda key: -reading.spans[key].start
    )
    for key in ordered:
        span = reading.spans[key]
        ending = newline_of(lines[span.start])
        value = values[key]
        entry = [] if value is _REMOVED else [toml_head.write_toml_entry(key, value, span=span)]
        lines[span.start : span.end + 1] = [line + ending for line in entry]
    return "".join(lines)


def _patch_json(inner: str, reading: Reading, values: Mapping[str, Any], *, newline: str) -> str:
    for key, value in values.items():
        if value is _REMOVED:
            inner = json_head.remove_entry(inner, reading, key)
        elif key in reading.spans:
            inner = json_head.change_entry(inner, reading, key, value)
        else:
            inner = json_head.add_entry(inner, reading, key, value, newline=newline)
        reading = json_head.read_json(inner, first_line=1)
    return inner


def _verify(document: Document, values: Mapping[str, Any], head: str) -> Document:
    """Return the result, read again: what was asked for is there, and nothing else changed."""
    result = parse_document(head)
    wanted = {key: node for key, node in document.entries.items() if key not in values}
    kept = {key: node for key, node in result.entries.items() if key not in values}
    is_intact = result.head == head and node_shape(kept) == node_shape(wanted)
    for key, value in values.items():
        if not is_intact or not _reads_as(result.entries.get(key), value):
            raise DocumentError(
                gettext_noop('"{value}" can\'t be written into this head; edit the file itself'),
                key=key,
                value=shorten(str(value)),
            )
    return replace(result, body=document.body)


def _reads_as(node: Node | None, value: Any) -> bool:
    if value is _REMOVED or node is None:
        return value is _REMOVED and node is None
    if isinstance(value, PlainText):
        return isinstance(node, Scalar) and _is_same_time(node.text, value)
    return is_same_value(node_value(node), value)


def _is_same_time(text: str, written: str) -> bool:
    # TOML gives a date back in its own spelling.
    return text == written or (
        parse_date(text, zone=UTC).value == parse_date(written, zone=UTC).value
    )
