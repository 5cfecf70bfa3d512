"""JSON heads, with or without their outer braces: a small reader that knows where everything stands."""

import json
import re
from bisect import bisect_right
from typing import Any

from cms_news.content.document import Node, Scalar
from cms_news.errors import gettext_noop

from .reading import (
    MAX_DEPTH,
    MAX_NODES,
    NotAMappingError,
    Reading,
    Span,
    check_text,
    line_starts,
    refuse_deep,
    refuse_duplicate,
    refuse_long,
    refuse_many,
    unwritable,
)

_SPACE = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(
    r'(?P<string>"(?:\\.|[^"\\\x00-\x1f])*")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<word>true|false|null)"
    r"|(?P<mark>[\[\]{},:])"
)
_END = "end"
_NOT_JSON = gettext_noop(
    "what stands between the fences is not front matter: it is not valid JSON; kept as body"
)


def read_json(text: str, *, first_line: int) -> Reading:
    """Return what the block `text` says; its first line is line `first_line` of the file.

    Raises NotAMappingError where it is not JSON, as Hexo then takes the file for text, and DocumentError for
    equal keys and for what exceeds the limits.
    """
    refuse_long(text, line=first_line)
    return _Reader(text, first_line).read()


class _Reader:
    """A recursive descent that ends at MAX_DEPTH."""

    def __init__(self, text: str, first_line: int) -> None:
        self.text = text
        self.starts = line_starts(text)
        self.first_line = first_line
        self.position = 0
        self.count = 0
        self.kind = self.symbol = ""
        self.start = self.end = 0
        self.advance()

    def advance(self) -> None:
        """Go to the next token: `kind`, `symbol`, `start` and `end` are about it."""
        self.previous_end = self.end
        space = _SPACE.match(self.text, self.end)
        self.start = space.end() if space else self.end
        found = _TOKEN.match(self.text, self.start)
        if found:
            self.kind, self.symbol, self.end = str(found.lastgroup), found[0], found.end()
        elif self.start == len(self.text):
            self.kind, self.symbol, self.end = _END, "", self.start
        else:
            raise self.bad()

    def line(self) -> int:
        return self.first_line + bisect_right(self.starts, self.start) - 1

    def bad(self) -> NotAMappingError:
        return NotAMappingError(_NOT_JSON, self.line())

    def expect(self, symbol: str) -> None:
        if self.symbol != symbol:
            raise self.bad()
        if self.kind != _END:
            self.advance()

    def read(self) -> Reading:
        entries: dict[str, Node] = {}
        lines: dict[str, int] = {}
        spans: dict[str, Span] = {}
        closing = ""
        if self.symbol == "{":
            self.advance()
            closing = "}"
        self.members(entries, lines, spans, closing=closing, depth=1)
        self.expect("")
        return Reading(entries, lines, spans)

    def members(
        self,
        entries: dict[str, Node],
        lines: dict[str, int],
        spans: dict[str, Span],
        *,
        closing: str,
        depth: int,
    ) -> None:
        is_first = True
        while self.symbol != closing:
            if not is_first:
                self.expect(",")
            is_first = False
            self.member(entries, lines, spans, depth=depth)
        self.expect(closing)

    def member(
        self, entries: dict[str, Node], lines: dict[str, int], spans: dict[str, Span], *, depth: int
    ) -> None:
        start, line, written = self.start, self.line(), self.symbol
        key = self.string()
        if key in lines:
            raise refuse_duplicate(key, line=line, first=lines[key])
        lines[key] = line
        self.expect(":")
        value = self.start
        entries[key] = self.value(depth=depth + 1)
        spans[key] = Span(start, self.previous_end, key=written, value=value)

    def string(self) -> str:
        if self.kind != "string":
            raise self.bad()
        try:
            text = str(json.loads(self.symbol))
        except ValueError as error:
            raise self.bad() from error
        text = check_text(text, line=self.line())
        self.advance()
        return text

    def value(self, *, depth: int) -> Node:
        self.count += 1
        line = self.line()
        if self.count > MAX_NODES:
            raise refuse_many(line=line)
        if self.kind == "string":
            return Scalar(self.string(), plain=False, line=line)
        if self.kind in ("number", "word"):
            text = self.symbol
            self.advance()
            return Scalar(text, plain=True, line=line)
        if depth > MAX_DEPTH and self.symbol in ("{", "["):
            raise refuse_deep(line=line)
        return self.collection(depth=depth)

    def collection(self, *, depth: int) -> Node:
        if self.symbol == "{":
            self.advance()
            entries: dict[str, Node] = {}
            self.members(entries, {}, {}, closing="}", depth=depth)
            return entries
        self.expect("[")
        items: list[Node] = []
        while self.symbol != "]":
            if items:
                self.expect(",")
            items.append(self.value(depth=depth + 1))
        self.expect("]")
        return tuple(items)


def write_json_value(value: Any) -> str:
    """Return `value` as JSON on one line, non-ASCII characters as they are."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise unwritable(value) from error


def change_entry(text: str, reading: Reading, key: str, value: Any) -> str:
    """Return the block `text` with another value for the existing `key`."""
    span = reading.spans[key]
    return text[: span.value] + write_json_value(value) + text[span.end :]


def remove_entry(text: str, reading: Reading, key: str) -> str:
    """Return the block `text` without `key` and the comma that belongs to it."""
    spans = list(reading.spans.values())
    index = list(reading.spans).index(key)
    if index + 1 < len(spans):
        return text[: spans[index].start] + text[spans[index + 1].start :]
    start = spans[index - 1].end if index else spans[index].start
    return text[:start] + text[spans[index].end :]


def add_entry(text: str, reading: Reading, key: str, value: Any, *, newline: str) -> str:
    """Return the block `text` with a further `key` behind the last one."""
    entry = f"{write_json_value(key)}: {write_json_value(value)}"
    spans = list(reading.spans.values())
    if not spans:
        brace = text.find("{") + 1
        return text[:brace] + entry + ("" if brace else newline) + text[brace:]
    last = spans[-1]
    space = _space_before(text, last.start)
    if not text.lstrip().startswith("{") and not set(space) & {"\r", "\n"}:
        space = newline + space
    return text[: last.end] + "," + (space or " ") + entry + text[last.end :]


def _space_before(text: str, position: int) -> str:
    start = position
    while start and text[start - 1] in " \t\r\n":
        start -= 1
    return text[start:position]
