"""From a parser's complaint to what the author should write instead."""

import re

import yaml

from cms_news.errors import DocumentError, gettext_noop

from .reading import shorten

KEY_LINE = re.compile(
    r"(?P<key>\"[^\"\r\n]*\"|'[^'\r\n]*'|[^\s#\-\[\]{},&*!|>%@`\"':?][^:\r\n]*?)[ \t]*:"
    r"(?=[ \t\xa0\u3000]|$)",
    re.MULTILINE,
)
"""`key:` as a line of block YAML begins with it; the key may be quoted or hold spaces."""
GLUED_KEY = re.compile(r"(?P<key>[A-Za-z_]+):(?=\S)")
"""`key:value`, which is a text for YAML."""

_LINE = re.compile(
    r"[ \t]*(?:-[ \t]+)*(?:(?P<key>[^\s#\-\[{\"':][^:\n]*?|\"[^\"\n]*\"|'[^'\n]*'):(?:[ \t]+|$))?(?P<value>.*)"
)
_SOUND = re.compile(
    r"(?:\"(?:\\.|[^\"\\])*\"|'(?:''|[^'])*'|\[(?:[^\[\]{}#]|(?<=\S)#)*\]|\{(?:[^\[\]{}#]|(?<=\S)#)*\}|[|>][-+0-9]*)(?:[ \t]+#.*)?"
)
"""A value that starts like trouble and is none; the trouble is on another line."""
_ODD_SPACE = re.compile(r"(?:^[ \t]*|:[ \t]*)[\xa0\u1680\u2000-\u200b\u202f\u205f\u3000]")

_TELLING_CONTEXTS = ("while scanning", "while parsing a flow")

_ANCHOR = gettext_noop(
    'a value can\'t start with {character} ("{value}"); anchors, aliases and tags are not read, '
    "put a text in quotes"
)
_INDICATOR = gettext_noop('a value can\'t start with {character} ("{value}"); put it in quotes')
_BRACES = gettext_noop('{character} begins a mapping for YAML ("{value}"); put the value in quotes')
_BRACKET = gettext_noop(
    '{character} begins a list or mapping that is not closed, or that text follows ("{value}"); '
    "put the value in quotes if it is a text"
)
_DASH = gettext_noop('"- " begins a list item ("{value}"); put the value in quotes')
_QUOTES = gettext_noop(
    'the quotes do not match ({value}); put the value in one pair of quotes, and write \\" '
    "for a quote inside \"…\" or '' inside '…'"
)
_COLON = gettext_noop('": " inside a value ("{value}"); put the value in quotes')
_SPACE = gettext_noop(
    "a no-break or full-width space where YAML needs an ordinary one; type the space again"
)
_FULLWIDTH = gettext_noop(
    'no key in "{value}"; write an ordinary colon and a space after the key, not "："'
)
_GLUED = gettext_noop('no space after the colon in "{value}"; write "{name}: …"')
_TAB = gettext_noop('a tab in "{value}"; use spaces')
_OTHER = gettext_noop('not valid YAML ({problem}) near "{value}"')

_BY_START = (
    (("*", "&", "!"), _ANCHOR),
    (("{{", "{%"), _BRACES),
    (("@", "`", "%", "|", ">"), _INDICATOR),
    (("[", "{"), _BRACKET),
    (("- ",), _DASH),
    (('"', "'"), _QUOTES),
)


def explain(
    error: yaml.YAMLError, lines: list[str], *, first_line: int, known_keys: frozenset[str]
) -> DocumentError:
    """Return an error that names the line to look at and says what to do about it."""
    if glued := find_glued_key(lines, first_line=first_line, known_keys=known_keys):
        return glued
    suspects = _suspects(error, lines)
    for number in suspects:
        if found := _diagnose(lines[number], line=first_line + number):
            return found
    number = suspects[0] if suspects else 0
    text = lines[number] if lines else ""
    return DocumentError(
        _OTHER,
        line=first_line + number,
        key=_key_of(text),
        problem=getattr(error, "problem", None) or "unreadable",
        value=_shown(text, text),
    )


def explain_value(text: str, *, line: int) -> DocumentError:
    """Return the error for a line whose value is an anchor, an alias, a tag or a mapping as a key."""
    found = _diagnose(text, line=line)
    if found is not None:
        return found
    return DocumentError(
        gettext_noop(
            'anchors, aliases, tags and keys that are lists are not read, as in "{value}"'
        ),
        line=line,
        key=_key_of(text),
        value=_shown(text, text),
    )


def find_glued_key(
    lines: list[str], *, first_line: int, known_keys: frozenset[str]
) -> DocumentError | None:
    """Return the error for the first line like `title:abc`, if there is one."""
    for number, text in enumerate(lines):
        found = GLUED_KEY.match(text)
        if found and found["key"] in known_keys:
            key = found["key"]
            return DocumentError(
                _GLUED, line=first_line + number, key=key, value=_shown(text, text), name=key
            )
    return None


def _suspects(error: yaml.YAMLError, lines: list[str]) -> list[int]:
    """Return the numbers of the lines to look at, the likeliest first.

    An open quote, an open bracket or a missing colon is noticed late, but it is known where that started; the
    context of other errors is the whole mapping and says nothing.
    """
    marks = [getattr(error, "problem_mark", None)]
    if str(getattr(error, "context", None)).startswith(_TELLING_CONTEXTS):
        marks.insert(0, getattr(error, "context_mark", None))
    numbers = [min(mark.line, len(lines) - 1) for mark in marks if mark is not None]
    before = [number - 1 for number in numbers if number > 0]
    return [number for number in (*numbers, *before) if lines[number].strip()] or numbers


def _diagnose(text: str, *, line: int) -> DocumentError | None:
    found = _LINE.match(text)
    value = found["value"].strip() if found else text.strip()
    key = _key_of(text)
    template, character = _complaint(text, value, has_key=bool(key))
    if not template:
        return None
    return DocumentError(
        template, line=line, key=key, value=_shown(value or text, text), character=character
    )


def _complaint(text: str, value: str, *, has_key: bool) -> tuple[str, str]:
    """Return the template that fits the line and the characters it is about, or two empty texts."""
    if _ODD_SPACE.search(text):
        return _SPACE, ""
    if _SOUND.fullmatch(value) and not value.startswith("{{"):
        return "", ""
    for starts, template in _BY_START:
        for start in starts:
            if value.startswith(start):
                return template, start
    if ": " in value or (has_key and value.endswith(":")):
        return _COLON, ""
    if "：" in text and ":" not in text:
        return _FULLWIDTH, ""
    return (_TAB, "") if "\t" in text else ("", "")


def _shown(value: str, line: str) -> str:
    """Return what a message shows of `value`: of a password nothing, reports have many readers."""
    return "…" if "password" in line.lower() else shorten(value)


def _key_of(text: str) -> str:
    found = KEY_LINE.match(text.rstrip())
    return found["key"].strip("\"'") if found else ""
