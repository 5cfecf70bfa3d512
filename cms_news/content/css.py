"""Style attributes from strangers: declarations that can only set type, colours and distances."""

import re
from typing import NamedTuple

_WORD = r"[#.]?[\w%][\w%.\-]*+"
_FUNCTION = r"(?:rgba?|hsla?)\([0-9.,%/ a-z\-]*+\)"
_VALUE = re.compile(rf"(?:{_FUNCTION}|{_WORD}|[+\-](?=[.\d])|[,/ ])++", re.IGNORECASE)
_RUNNING = re.compile(
    r"expression|javascript|vbscript|behaviou?r|binding|url|import", re.IGNORECASE
)
_IMPORTANT = re.compile(r"![\t\n ]*+important$", re.IGNORECASE)
_SPACES = re.compile(r"[\t\n ]++")
_NEGATIVE = re.compile(r"-[.\d]")
_FAR_NEGATIVE = re.compile(r"-\d{3}")
_MAX_VALUE_CHARS = 200
_MAX_SAMPLES = 1000

_MAY_BE_NEGATIVE = frozenset({"letter-spacing", "text-indent", "vertical-align", "word-spacing"})
"""Anywhere else a negative length pulls one part of a page over another."""


class Style(NamedTuple):
    """A style attribute, sorted."""

    text: str
    """What is left of it, as `color: red; margin: 0;`; "" if nothing is."""
    kept: tuple[tuple[str, str], ...]
    """(property, value), each property once: the last one counts in a browser too."""
    lost: tuple[tuple[str, str], ...]


def clean_style(style: str, *, properties: frozenset[str]) -> Style:
    """Return the declarations of `style` whose property is in `properties` and whose value is harmless.

    Values are read by a grammar of words, numbers and colours, so strings, escapes, comments, `url()`,
    `var()` and custom properties have no spelling at all. `!important` is dropped: the site's own
    style sheet has the last word.
    """
    kept: dict[str, str] = {}
    lost: list[tuple[str, str]] = []
    for declaration in style.split(";"):
        name, colon, value = declaration.partition(":")
        name = name.strip(" \t\n")
        if not name and not colon:
            continue
        lowered = name.lower()
        cleaned = _clean_value(lowered, value) if lowered in properties else ""
        if cleaned:
            kept.pop(lowered, None)
            kept[lowered] = cleaned
        elif len(lost) < _MAX_SAMPLES:
            lost.append((lowered, declaration.strip(" \t\n")))
    text = " ".join(f"{name}: {value};" for name, value in kept.items())
    return Style(text, tuple(kept.items()), tuple(lost))


def _clean_value(name: str, value: str) -> str:
    """Return `value` in its plain spelling, or "" if it is more than words, numbers and colours."""
    if len(value) > _MAX_VALUE_CHARS:
        return ""
    value = _IMPORTANT.sub("", _SPACES.sub(" ", value).strip(" ")).strip(" ")
    if name == "font-family":
        # Families need no quotes, and bleach hands `&quot;` to its CSS parser as it stands.
        value = value.replace('"', "").replace("'", "")
    if not _VALUE.fullmatch(value) or _RUNNING.search(value):
        return ""
    far = _FAR_NEGATIVE if name in _MAY_BE_NEGATIVE else _NEGATIVE
    return "" if far.search(value) else value
