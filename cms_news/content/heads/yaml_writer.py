"""Values as YAML text, quoted only where YAML (1.1 or 1.2) would read something else.

The nesting of values is limited by the caller.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from .json_head import write_json_value
from .reading import Span, unwritable


class PlainText(str):
    """Text that is written without quotes if YAML allows it, even if it looks like a date or number."""

    __slots__ = ()


_WORDS = frozenset("true false yes no on off y n null ~ = <<".split())
_NUMBER_LIKE = re.compile(
    r"[-+.]?[0-9.][-+.:_ 0-9a-fA-FoOxXtTzZ]*|[-+]?\.(?:inf|nan)", re.IGNORECASE
)
_PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`=][^\n]*")
_NOT_PLAIN = re.compile(r":(?:\s|$)|\s#|^\s|\s$|^(?:---|\.\.\.)")
_FLOW_INDICATOR = re.compile(r"[,\[\]{}?:]")
_ESCAPED = re.compile(
    "[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def write_entry(
    key: str, value: Any, *, span: Span | None = None, indent: str = "", dash: str = "  "
) -> list[str]:
    """Return `key: value` as lines without their ends, in the style of `span` where it holds the value.

    Dashes of a list are indented by `dash`.
    """
    style = span.style if span else ""
    written_key = span.key if span and span.key else write_key(key)
    gap = span.gap if span else ": "
    block = _write_block(value, style=style, indent=indent, dash=dash)
    if block is not None:
        return [f"{indent}{written_key}:{block[0]}", *block[1:]]
    return [f"{indent}{written_key}{gap}{write_flow(value, style=style, is_nested=False)}"]


def write_key(key: str) -> str:
    """Return `key` as a key of block style."""
    return _write_text(key, style="", is_nested=True)


def write_flow(value: Any, *, style: str = "", is_nested: bool = True) -> str:
    """Return `value` on one line; `is_nested` inside brackets or braces."""
    if isinstance(value, str):
        return _write_text(value, style=style, is_nested=is_nested)
    if isinstance(value, Mapping):
        items = (f"{write_key(key)}: {write_flow(item)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(write_flow(item) for item in value) + "]"
    return _write_constant(value)


def _write_constant(value: Any) -> str:
    if value is None or isinstance(value, int | float):
        return write_json_value(value)
    raise unwritable(value)


def _write_block(value: Any, *, style: str, indent: str, dash: str = "  ") -> list[str] | None:
    """Return what follows `key:` line by line, or None for what fits behind it."""
    if isinstance(value, str):
        return _write_literal(value, indent=indent, style=style)
    if not isinstance(value, Mapping | list | tuple) or not value or style == "[":
        return None
    if isinstance(value, Mapping):
        return _write_mapping(value, indent=indent)
    return ["", *(f"{indent}{dash}- {write_flow(item, is_nested=False)}" for item in value)]


def _write_mapping(value: Mapping[str, Any], *, indent: str) -> list[str]:
    lines = [""]
    inner = indent + "  "
    for key, item in value.items():
        block = _write_block(item, style="", indent=inner)
        if block is None:
            lines.append(f"{inner}{write_key(key)}: {write_flow(item, is_nested=False)}")
        else:
            lines += [f"{inner}{write_key(key)}:{block[0]}", *block[1:]]
    return lines


def _write_literal(text: str, *, indent: str, style: str) -> list[str] | None:
    """Return a `|` block for a text of several lines that is safe in one, else None."""
    if "\n" not in text or _ESCAPED.search(text.replace("\n", "")) or style in ("'", '"'):
        return None
    lines = text.split("\n")
    ending = lines.pop() if not lines[-1] else None
    if not lines[-1].strip() or any(line and not line.strip() for line in lines):
        return None
    if not lines[0] or lines[0][0].isspace():
        return None
    chomp = "-" if ending is None else ""
    return [f" |{chomp}", *(f"{indent}  {line}" if line else "" for line in lines)]


def _write_text(text: str, *, style: str, is_nested: bool) -> str:
    if _ESCAPED.search(text) or style == '"':
        return _quote_double(text)
    if style != "'" and _is_plain(text, is_nested=is_nested):
        return text
    return "'" + text.replace("'", "''") + "'"


def _is_plain(text: str, *, is_nested: bool) -> bool:
    """Whether `text` needs no quotes. Only PlainText may look like a date, a number, true or null."""
    if not _PLAIN.fullmatch(text) or _NOT_PLAIN.search(text):
        return isinstance(text, PlainText) and not text and not is_nested
    if is_nested and _FLOW_INDICATOR.search(text):
        return False
    if isinstance(text, PlainText):
        return True
    return text.lower() not in _WORDS and not _NUMBER_LIKE.fullmatch(text)


def _quote_double(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
