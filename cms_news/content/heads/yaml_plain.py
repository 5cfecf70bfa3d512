"""The short way through a head of `key: value` lines and lists of single values, as most are.

It knows no rule of its own: what it accepts, libyaml reads in the same way, and whatever might mean more than it
says (comments, escapes, values of several lines, anything nested) is left to the parser.
"""

import re

from cms_news.content.document import Node, Scalar

from .reading import Reading, Span

_MAX_LINES = 500
"""More of them may be more than a head may hold, or take longer than the parser."""
_VALUE = (
    r"(?:'(?P<single>[^']*)' *|\"(?P<double>[^\"\\]*)\" *"
    # Anything but an indicator first, and no `: ` in it.
    r"|(?P<plain>[^ \-?:,\[\]{}&*!|>'\"%@`](?:[^:]|:(?! |$))*+))"
)
_ENTRY = re.compile(rf"(?P<key>[A-Za-z_][A-Za-z0-9_-]*)(?P<gap>: +){_VALUE}")
_LIST = re.compile(r"(?P<key>[A-Za-z_][A-Za-z0-9_-]*): *")
_ITEM = re.compile(rf"(?P<indent> *)- +{_VALUE}")
# A tab, a comment or what may be one, and line breaks of YAML 1.1 that no editor shows.
_LEFT_TO_THE_PARSER = re.compile("[\t#\x85\u2028\u2029\ufeff]")


def read_plainly(text: str, first_line: int) -> Reading | None:
    """Return what the parser would make of `text`, or None where that takes the parser.

    `text` holds no characters that YAML forbids, and LF for every line end.
    """
    if _LEFT_TO_THE_PARSER.search(text):
        return None
    lines = text.removesuffix("\n").split("\n")
    if len(lines) > _MAX_LINES:
        return None
    entries: dict[str, Node] = {}
    numbers: dict[str, int] = {}
    spans: dict[str, Span] = {}
    at = 0
    while at < len(lines):
        start, line = at, lines[at]
        at += 1
        if found := _ENTRY.fullmatch(line):
            key, gap = found["key"], found["gap"]
            node: Node
            node, style = _scalar(found, first_line + start)
        elif found := _LIST.fullmatch(line):
            key, gap, style = found["key"], ": ", "-"
            node, at = _items(lines, at, first_line)
            if not node:
                return None
        else:
            return None
        if key in entries:
            return None
        entries[key], numbers[key] = node, first_line + start
        spans[key] = Span(start, at - 1, style, key, gap)
    return Reading(entries, numbers, spans) if entries else None


def _items(lines: list[str], at: int, first_line: int) -> tuple[tuple[Node, ...], int]:
    """Return the items of the list that begins on line `at`, and the line behind it; none where they are indented
    in more than one way."""
    found: list[Node] = []
    indents: set[str] = set()
    while at < len(lines) and (item := _ITEM.fullmatch(lines[at])):
        indents.add(item["indent"])
        found.append(_scalar(item, first_line + at)[0])
        at += 1
    return (tuple(found) if len(indents) == 1 else ()), at


def _scalar(found: re.Match[str], line: int) -> tuple[Scalar, str]:
    """Return the value and how it is written."""
    plain, single = found["plain"], found["single"]
    if plain is not None:
        return Scalar(plain.rstrip(" "), True, line), ""  # noqa: FBT003
    if single is not None:
        return Scalar(single, False, line), "'"  # noqa: FBT003
    return Scalar(found["double"], False, line), '"'  # noqa: FBT003
