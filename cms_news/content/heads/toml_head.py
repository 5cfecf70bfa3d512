"""TOML heads: read by tomllib behind a guard, changed statement by statement."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from cms_news.content.document import Node, Scalar
from cms_news.errors import DocumentError, gettext_noop

from .json_head import write_json_value
from .reading import (
    MAX_DEPTH,
    MAX_NODES,
    Reading,
    Span,
    check_text,
    normalise_newlines,
    refuse_deep,
    refuse_long,
    refuse_many,
    shorten,
)
from .yaml_writer import PlainText

_TOKEN = re.compile(
    r'"""(?:\\[\s\S]|[^\\])*?(?:"{3,5}|\Z)'
    r"|'''[\s\S]*?(?:'{3,5}|\Z)"
    r'|"(?:\\[^\n]|[^"\\\n])*"?'
    r"|'[^'\n]*'?"
    r"|#[^\n]*"
    r"|[\[\]{}\n]"
)
_DOTTED = re.compile(r"(?<![\w.-])(?:[\w-]+[ \t]*\.[ \t]*){16}")
_SEGMENT = r"""(?:"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
_KEY = re.compile(
    rf"(?P<indent>[ \t]*)(?P<first>{_SEGMENT})(?P<rest>(?:[ \t]*\.[ \t]*{_SEGMENT})*)(?P<gap>[ \t]*=[ \t]*)"
)
_HEADER = re.compile(rf"[ \t]*\[\[?[ \t]*(?P<first>{_SEGMENT})")
_ERROR_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[-+]\d\d:\d\d)?)?", re.ASCII
)
_OFFSET = re.compile(r" (?=[-+]\d\d:\d\d\Z)", re.ASCII)
_ESCAPED = re.compile("[\x7f\ud800-\udfff]")


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One logical line: a table header, or a key with a value that may go over several lines."""

    text: str
    first: int
    """From 0 in the block."""
    last: int

    @property
    def is_header(self) -> bool:
        return self.text.lstrip().startswith("[")


def read_toml(text: str, *, first_line: int) -> Reading:
    """Return what the block `text` says; its first line is line `first_line` of the file.

    Numbers and dates keep their text, tables nest. Raises DocumentError with the line.
    """
    refuse_long(text, line=first_line)
    plain = normalise_newlines(text)
    _refuse_hostile(plain, first_line)
    try:
        table = tomllib.loads(plain, parse_float=_Number)
    except (ValueError, RecursionError) as error:
        raise _explain(error, plain, first_line) from error
    lines, spans = _locate(plain, first_line)
    converter = _Converter()
    entries = {
        check_text(key, line=lines.get(key, first_line)): converter.node(
            value, line=lines.get(key, first_line), depth=2
        )
        for key, value in table.items()
    }
    return Reading(entries, {key: lines.get(key, first_line) for key in entries}, spans)


def _refuse_hostile(text: str, first_line: int) -> None:
    """Raise DocumentError for nesting and dotted keys on which tomllib recurses or turns quadratic."""
    depth = 0
    skeleton = []
    end = 0
    for found in _TOKEN.finditer(text):
        symbol = found[0]
        depth += (symbol in ("[", "{")) - (symbol in ("]", "}"))
        if depth > MAX_DEPTH:
            raise refuse_deep(line=first_line + text.count("\n", 0, found.start()))
        skeleton += [text[end : found.start()], "s" if symbol[0] in "\"'" else symbol[0]]
        end = found.end()
    skeleton.append(text[end:])
    if _DOTTED.search("".join(skeleton)):
        raise refuse_deep(line=first_line)


def _explain(error: Exception, text: str, first_line: int) -> DocumentError:
    message = str(error)
    found = _ERROR_LINE.search(message)
    last = text.rstrip("\n").count("\n")
    number = min(int(found[1]) - 1, last) if found and found[1] else (last if found else 0)
    problem = message[: found.start()] if found else message
    return DocumentError(
        gettext_noop('not valid TOML ({problem}) near "{value}"; put texts in quotes'),
        line=first_line + number,
        problem=problem,
        value=shorten(text.split("\n")[number]),
    )


class _Converter:
    """Turns what tomllib returns into nodes; the line of a value is that of its top-level key."""

    def __init__(self) -> None:
        self.count = 0

    def node(self, value: Any, *, line: int, depth: int) -> Node:
        self.count += 1
        if self.count > MAX_NODES:
            raise refuse_many(line=line)
        if isinstance(value, dict | list):
            return self.collection(value, line=line, depth=depth)
        return Scalar(*_scalar(value, line), line)

    def collection(self, value: dict[str, Any] | list[Any], *, line: int, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise refuse_deep(line=line)
        if isinstance(value, list):
            return tuple(self.node(item, line=line, depth=depth + 1) for item in value)
        return {
            check_text(key, line=line): self.node(item, line=line, depth=depth + 1)
            for key, item in value.items()
        }


def _scalar(value: Any, line: int) -> tuple[str, bool]:
    """Return the text of a TOML value, and whether it was anything but a string."""
    if isinstance(value, bool):
        return ("true" if value else "false"), True
    if isinstance(value, _Number | int):
        return _number_text(value, line), True
    if isinstance(value, datetime | date | time):
        return value.isoformat(), True
    return check_text(str(value), line=line), False


def _number_text(value: str | int, line: int) -> str:
    try:
        return str(value)
    except ValueError as error:
        raise DocumentError(gettext_noop("the number is too long"), line=line) from error


def _locate(text: str, first_line: int) -> tuple[dict[str, int], dict[str, Span]]:
    """Return the line of each top-level key, and where those stand that are a single statement."""
    lines: dict[str, int] = {}
    spans: dict[str, Span] = {}
    in_table = False
    for statement in iter_statements(text):
        in_table = in_table or statement.is_header
        found = (_HEADER if statement.is_header else _KEY).match(statement.text)
        if found is None or (in_table and not statement.is_header):
            continue
        key = next(iter(tomllib.loads(f"{found['first']} = 0")))
        lines.setdefault(key, first_line + statement.first)
        if not statement.is_header and not found["rest"]:
            spans[key] = _span(statement, found)
    return lines, spans


def _span(statement: Statement, found: re.Match[str]) -> Span:
    value = statement.text[found.end() :]
    style = value[:1] if value[:1] in ("'", '"', "[", "{") else ""
    return Span(
        start=statement.first,
        end=statement.last,
        style=style,
        key=found["indent"] + found["first"],
        gap=found["gap"],
    )


def iter_statements(text: str) -> Iterator[Statement]:
    """Yield the statements of `text`, which has LF line ends; comments and empty lines are none."""
    depth = start = first = number = 0
    for found in _TOKEN.finditer(text + "\n"):
        symbol = found[0]
        if symbol != "\n":
            depth += (symbol in ("[", "{")) - (symbol in ("]", "}"))
            number += symbol.count("\n")
            continue
        if depth <= 0:
            chunk = text[start : found.start()]
            if chunk.strip() and not chunk.lstrip().startswith("#"):
                yield Statement(chunk, first, number)
            start, first, depth = found.end(), number + 1, 0
        number += 1


def write_toml_entry(key: str, value: Any, *, span: Span | None = None) -> str:
    """Return `key = value` on one line, in the quotes of `span` where they hold the value."""
    written_key = span.key if span else write_toml_key(key)
    gap = span.gap if span else " = "
    return f"{written_key}{gap}{write_toml_value(value, style=span.style if span else '')}"


def write_toml_key(key: str) -> str:
    """Return `key`, in quotes if TOML needs them."""
    return key if _BARE_KEY.fullmatch(key) else _quote(key)


def write_toml_value(value: Any, *, style: str = "") -> str:
    """Return `value` on one line; raises DocumentError for null, which TOML does not have."""
    if isinstance(value, str):
        return _write_text(value, style=style)
    if isinstance(value, Mapping):
        items = (f"{write_toml_key(key)} = {write_toml_value(item)}" for key, item in value.items())
        return "{ " + ", ".join(items) + " }" if value else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(write_toml_value(item) for item in value) + "]"
    if value is None:
        raise DocumentError(gettext_noop("TOML has no null; leave the key out"))
    return write_json_value(value)


def _write_text(text: str, *, style: str) -> str:
    if isinstance(text, PlainText) and style not in ("'", '"'):
        # TOML knows no space before the offset.
        moment = _OFFSET.sub("", text)
        if _DATE_TIME.fullmatch(moment):
            return moment
    is_literal = style == "'" and "'" not in text and text.isprintable()
    return f"'{text}'" if is_literal else _quote(text)


def _quote(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
