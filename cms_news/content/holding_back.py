"""What keeps a file from readers although its head could not be read.

A space before the first fence or a comma too many makes a head part of the body, and what it says with it.
Such a file must not become public for that.
"""

import re
from dataclasses import dataclass

from .document import Document
from .heads.reading import NEWLINE

MAX_LINES = 60
MAX_CHARACTERS = 32 * 1024
"""No head is longer; further on, a line like `password: x` is the author's text."""

# White space, and what is as invisible but none.
_SPACE = r"[\s\x00\xad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]"
_QUOTE = "[\"'\u2018\u2019\u201c\u201d]?"
_KEY = (
    rf"{_QUOTE}(?P<key>draft|published|hidden|password){_SPACE}*{_QUOTE}{_SPACE}*(?P<sign>[:=：])"
)
_OPENING = re.compile(rf"(?:{_SPACE}|[-+;?]|<!--)*")
_LINE = re.compile(_KEY, re.IGNORECASE)
_MEMBER = re.compile(rf"[{{,]{_SPACE}*(?={_KEY})", re.IGNORECASE)
_END = rf"{_SPACE}*(?:$|[,;\]}}#]|-->)"
_ON = re.compile(rf"{_SPACE}*{_QUOTE}(?:true|yes|on|1){_QUOTE}{_END}", re.IGNORECASE)
_OFF = re.compile(rf"{_SPACE}*{_QUOTE}(?:false|no|off|0){_QUOTE}{_END}", re.IGNORECASE)
_NO_PASSWORD = re.compile(rf"{_SPACE}*(?:\"\"|''|~|null|Null|NULL|false|){_END}")
_FENCE = re.compile(r" {0,3}(?P<mark>`{3,}(?=[^`]*$)|~{3,})(?P<info>.*)")


@dataclass(frozen=True, slots=True)
class Hold:
    """A line that would hold the article back if it stood in a head."""

    key: str
    line: int


def find_document_hold(document: Document) -> Hold | None:
    """Return what holds a file back that has no head; where there is one, that alone decides."""
    return find_hold(document.head + document.body) if document.syntax == "none" else None


def find_hold(text: str, *, first_line: int = 1) -> Hold | None:
    """Return the first line near the start of `text` that would hold the article back.

    It sets `draft`, `hidden`, `password` or `published` as in YAML, TOML or JSON, in any case and with quotes
    of any kind; fenced code is left out. Only some 60 lines are looked at, so a long text takes no longer.
    `first_line` is the number of the first line of `text`.
    """
    start = len(text) - len(text.lstrip(" \t\r\n\ufeff"))
    number = first_line + sum(1 for _ in NEWLINE.finditer(text, 0, start))
    lines = NEWLINE.split(text[start : start + MAX_CHARACTERS], maxsplit=MAX_LINES)[:MAX_LINES]
    fence = ""
    for offset, line in enumerate(lines):
        if mark := _FENCE.match(line):
            fence = _next_fence(mark, fence)
        elif not fence and (key := _key_that_holds(line)):
            return Hold(key, number + offset)
    return None


def _next_fence(mark: re.Match[str], fence: str) -> str:
    """Return the fence of the code that goes on behind the line of `mark`; "" where it ends there."""
    if not fence:
        return mark["mark"]
    return "" if mark["mark"].startswith(fence) and not mark["info"].strip() else fence


def _key_that_holds(line: str) -> str:
    """Return the key, in lower case, of the first entry of `line` that holds back; "" without one."""
    opening = _OPENING.match(line)
    start = opening.end() if opening else 0
    found = _LINE.match(line, start)
    entries = [found] if found else []
    # `{"title": "A", "draft": true}`, with or without its braces; prose begins with none of these.
    if line.startswith(("{", "[", '"', "'"), start):
        entries += _MEMBER.finditer(line, start)
    return next((entry["key"].lower() for entry in entries if _holds(entry)), "")


def _holds(entry: re.Match[str]) -> bool:
    key, line, start = entry["key"].lower(), entry.string, entry.end("sign")
    if key == "password":
        return not _NO_PASSWORD.match(line, start)
    return bool((_OFF if key == "published" else _ON).match(line, start))
