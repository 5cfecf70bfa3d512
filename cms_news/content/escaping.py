"""The characters of HTML: which may stand in a text, and how references are read and written."""

import re
from html import unescape
from html.entities import html5

_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u206a-\u206f\ufdd0-\ufdef\ufffe\uffff]")
"""Control characters, noncharacters and deprecated format characters.

No XML feed can carry the first; the last are "unsuitable for use with markup" (Unicode in XML, 3.1).
"""

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_UNSHOWN = re.compile(rf"{_FORBIDDEN.pattern[:-1]}{_SURROGATE.pattern[1:]}")

_REFERENCE = re.compile(r"&(?:#(?:[xX][0-9a-fA-F]++|[0-9]++)|[a-zA-Z][a-zA-Z0-9]*+);?+")
_MAX_REFERENCE_CHARS = 40
"""The longest name has 33 characters; Python refuses to read numbers of more than 4,300 digits."""


def scrub(text: str) -> str:
    """Return `text` with newlines as LF and without characters that no page can show."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _UNSHOWN.search(text):
        text = _FORBIDDEN.sub("", _SURROGATE.sub("\ufffd", text))
    return text.replace("\f", " ")


def decode_text(text: str) -> str:
    """Return `text` with its character references resolved, as between tags."""
    if "&" not in text:
        return text
    return scrub(_REFERENCE.sub(lambda match: _decode(match[0]), text))


def decode_attribute(value: str) -> str:
    """Return `value` with its character references resolved, as in attributes.

    There `&copy` without semicolon is a reference only if neither `=` nor a letter follows: that is
    what keeps `?a=1&copy=2` whole (WHATWG, "named character reference state").
    """
    if "&" not in value:
        return value

    def decode(match: re.Match[str]) -> str:
        reference = match[0]
        is_named = reference[1] != "#" and not reference.endswith(";")
        if is_named and (reference[1:] not in html5 or value[match.end() :][:1] == "="):
            return reference
        return _decode(reference)

    return scrub(_REFERENCE.sub(decode, value))


def escape_text(text: str) -> str:
    """Return `text` escaped for a place between tags; a no-break space stays a character."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_attribute(value: str) -> str:
    """Return `value` escaped for a double-quoted attribute."""
    return escape_text(value).replace('"', "&quot;")


def _decode(reference: str) -> str:
    if len(reference) <= _MAX_REFERENCE_CHARS:
        return unescape(reference)
    if reference[1] == "#":
        return "\ufffd"
    return unescape(reference[:_MAX_REFERENCE_CHARS]) + reference[_MAX_REFERENCE_CHARS:]
