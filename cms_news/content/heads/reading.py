"""What every reader of a head returns, and the limits they share."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cms_news.content.document import Node, Notice, Scalar
from cms_news.errors import DocumentError, gettext_noop

MAX_BYTES = 32 * 1024
"""A hundred and more times the median head; the longest of 15,925 had 1,395 bytes."""
MAX_DEPTH = 16
MAX_NODES = 2_000

NEWLINE = re.compile(r"\r\n|\r|\n")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Span:
    """Where a top-level key and its value stand."""

    start: int
    """The first line, from 0 in the block between the fences; in JSON the offset of the key."""
    end: int
    """The last line; in JSON the offset behind the value."""
    style: str = ""
    """How the value is written: `'`, `"`, `|`, `>`, `[` for flow style, `-` for block style, "" for plain."""
    key: str = ""
    """The key as it is written."""
    gap: str = ": "
    """What stands between key and value, where both are on one line."""
    value: int = 0
    """The offset of the value: in JSON in the block, in TOML in the line that `start` names."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The block between the fences, understood."""

    entries: Mapping[str, Node]
    lines: Mapping[str, int]
    """The line of each key, from 1 in the file."""
    spans: Mapping[str, Span] = field(default_factory=dict)
    """Only of the keys that can be changed in place."""
    notices: tuple[Notice, ...] = ()
    is_flow: bool = False
    """True for YAML that is one `{...}`."""


class NotAMappingError(Exception):
    """The block between the fences holds no keys: it isn't front matter."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        """A whole sentence, marked for the message catalogue."""
        self.line = line


def shorten(text: str) -> str:
    """Return `text` on one line and cut to what fits into a message."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def refuse_long(text: str, *, line: int) -> None:
    """Raise DocumentError for a head beyond MAX_BYTES."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise DocumentError(
            gettext_noop("the front matter has {size} bytes, at most {limit} are read; shorten it"),
            line=line,
            size=size,
            limit=MAX_BYTES,
        )


def refuse_deep(*, line: int | None = None) -> DocumentError:
    """Return the error for nesting beyond MAX_DEPTH."""
    return DocumentError(
        gettext_noop("nested more than {limit} levels deep; write it flatter"),
        line=line,
        limit=MAX_DEPTH,
    )


def unwritable(value: Any) -> DocumentError:
    """Return the error for a value that no head can hold; its type is named, as it may not be printable."""
    return DocumentError(
        gettext_noop("a value of type {type} or of that size can't be written as front matter"),
        type=type(value).__name__,
    )


def refuse_many(*, line: int) -> DocumentError:
    """Return the error for more than MAX_NODES values."""
    return DocumentError(
        gettext_noop("the front matter has more than {limit} keys and values; shorten it"),
        line=line,
        limit=MAX_NODES,
    )


def refuse_duplicate(key: str, *, line: int, first: int) -> DocumentError:
    """Return the error for a key that is given twice."""
    return DocumentError(
        gettext_noop('"{name}" is given twice, first on line {first}; keep one of them'),
        line=line,
        name=shorten(key),
        first=first,
    )


def check_text(text: str, *, line: int) -> str:
    """Return `text`, or raise DocumentError if it holds what no database and no UTF-8 file can."""
    if found := _UNSTORABLE.search(text):
        raise DocumentError(
            gettext_noop("the character U+{code} can't be stored; remove it"),
            line=line,
            code=f"{ord(found[0]):04X}",
        )
    return text


def is_null(node: Node) -> bool:
    """Whether `node` says that there is no value: `null`, `~` or nothing at all."""
    return isinstance(node, Scalar) and node.plain and node.text in _NULLS


_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEANS = {"true": True, "True": True, "TRUE": True}
_BOOLEANS |= {"false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"-?[0-9]{1,16}")
_FLOAT = re.compile(r"-?[0-9]{1,20}\.?[0-9]{0,20}(?:e[-+][0-9]{1,3})?")
_EXACT = 2**53


def node_value(node: Node) -> Any:
    """Return `node` as a JSON value.

    A number is one only if writing it gives the same text again: `0123`, `1.10`, `4e10`, `0x1f` and what is
    beyond 53 bits stay text, and so do `no`, `12:30` and dates.
    """
    if isinstance(node, Scalar):
        return _plain_value(node.text) if node.plain else node.text
    if isinstance(node, tuple):
        return [node_value(item) for item in node]
    return {key: node_value(value) for key, value in node.items()}


def _plain_value(text: str) -> Any:
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        number = int(text)
        return number if str(number) == text and abs(number) <= _EXACT else text
    if _FLOAT.fullmatch(text) and repr(float(text)) == text:
        return float(text)
    return text


def value_node(value: Any) -> Node:
    """Return the node that `value`, a JSON value, is read as once it is written."""
    if isinstance(value, Mapping):
        return {str(key): value_node(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(value_node(item) for item in value)
    text = value if isinstance(value, str) else json.dumps(value)
    return Scalar(text, plain=not isinstance(value, str), line=0)


def node_shape(node: Node) -> Any:
    """Return what `node` says, without the lines where it says so: to compare two of them."""
    if isinstance(node, Scalar):
        return (node.text, node.plain)
    if isinstance(node, tuple):
        return [node_shape(item) for item in node]
    return [(key, node_shape(value)) for key, value in node.items()]


def is_same_value(left: Any, right: Any) -> bool:
    """Whether two JSON values are the same, types included: `1`, `1.0` and `true` are three."""
    return json.dumps(left) == json.dumps(right)


def line_starts(text: str) -> list[int]:
    """Return the offset of each line of `text`."""
    return [0, *(found.end() for found in NEWLINE.finditer(text))]


def iter_lines(text: str) -> Iterator[str]:
    """Yield the lines of `text` with their ends, split at CR, LF and CRLF and nowhere else."""
    start = 0
    for found in NEWLINE.finditer(text):
        yield text[start : found.end()]
        start = found.end()
    if start < len(text):
        yield text[start:]


def normalise_newlines(text: str) -> str:
    """Return `text` with LF for every line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
