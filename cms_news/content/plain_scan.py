"""The short way through a body that holds nothing but text and common tags, as most do.

It knows no rule of its own: a tag is cut and judged by what the full scan uses, and remembered. Whatever is
more than allowed tags with text between them is left to the full scan.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from .attributes import Item
from .escaping import decode_attribute, decode_text, escape_text
from .judging import Judged, judge_tag
from .nesting import VOID_TAGS
from .policy import Policy
from .tokens import SAMPLE_CHARS, EndTag, StartTag, tokenize

_TAG = re.compile(r"(<[^<>]*>)")
_TABLE = re.compile(
    r"<table(?: [^<>]*+)?>[ \n]*+(?:<(?P<part>tbody|thead)>[ \n]*+)?"
    r"(?:<tr(?: [^<>]*+)?>[ \n]*+(?:<(?P<cell>t[dh])(?: [^<>]*+)?>[^<>]*+</(?P=cell)>[ \n]*+)*+</tr>[ \n]*+)*+"
    r"(?(part)</(?P=part)>[ \n]*+)</table>"
)
_FORMATTING = re.compile(
    r"<(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?![a-z0-9])[^<>]*+", re.IGNORECASE
)
"""The elements that a parser opens again where others ended them."""
_SIMPLE_TAG = re.compile(r'<([a-z][a-z0-9]*+)((?: [a-z\-]++="[^"<>]*+")*+)>')
_SIMPLE_ATTRIBUTE = re.compile(r'([a-z\-]++)="([^"]*+)"')
_MEMORABLE_CHARS = 200
_FORCED_CHARS = 40
"""On a formatting element that is ` rel="noopener noreferrer"`."""
_WITH_CONTEXT = frozenset({"iframe", "pre"})
"""Allowed elements that change how what follows them is written."""


class PlainBody(NamedTuple):
    """What the full scan would make of it."""

    html: str
    kept: list[Item]
    lost: list[Item]


def scan_plainly(html: str, *, policy: Policy) -> PlainBody | None:
    """Return scrubbed `html` in plain spelling, or None where that takes the full scan.

    Only for what `is_harmless`: nobody follows the nesting here.
    """
    pieces = _TAG.split(html)
    tags = len(pieces) // 2
    if html.count("<") != tags:
        return None
    # Looked at once for all texts: most articles have nothing in them to be spelt in another way.
    if html.count(">") != tags or "&" in html:
        pieces[::2] = [escape_text(decode_text(text)) for text in pieces[::2]]
    read_tag = _tag_reader(policy)
    kept: list[Item] = []
    lost: list[Item] = []
    for place in range(1, len(pieces), 2):
        tag = read_tag(pieces[place])
        if tag is None:
            return None
        pieces[place] = tag.source
        kept += tag.kept
        lost += tag.lost
    return PlainBody("".join(pieces), kept, lost)


def is_harmless(html: str, *, max_depth: int, max_tags: int, max_chars: int) -> bool:
    """Return whether no tree of `html` can exceed a limit, by plain counting.

    A start tag opens one element, and at each tag all formatting elements before it may be repeated twice: by
    the adoption agency and by what follows. Only a table opens more; in one that is complete, and holds text alone,
    that is less than its end tags are counted for.
    """
    tags = html.count("<")
    formatting = _FORMATTING.findall(html)
    # What a tag may grow by when it is spelt plainly: escapes, spaces in a style, what is forced on it.
    escaped = 5 * sum(map(html.count, '&<>"'))
    spelt = 2 * len(html) + escaped + _FORCED_CHARS * tags
    repeated = 2 * len("".join(formatting)) + escaped + _FORCED_CHARS * len(formatting)
    return (
        tags < max_depth
        and 4 * tags * (len(formatting) + 1) < max_tags
        and spelt + (2 * tags + 1) * repeated < max_chars
        and _holds_no_odd_table(html)
    )


def _holds_no_odd_table(html: str) -> bool:
    """Whether every part of a table is where it belongs, so that no parser moves it."""
    if "<t" not in html and "<T" not in html:
        return True
    rest = _TABLE.sub("", html)
    return "<t" not in rest and "<T" not in rest


@lru_cache(maxsize=16)
def _tag_reader(policy: Policy) -> Callable[[str], Judged | None]:
    """Return what reads a tag under `policy`, with a memory: an article has few tags that differ."""

    @lru_cache(maxsize=4096)
    def remember(written: str) -> Judged | None:
        return _read_tag(written, policy)

    def read(written: str) -> Judged | None:
        # What is long is neither common nor cheap to remember.
        if len(written) > _MEMORABLE_CHARS:
            return _read_tag(written, policy)
        return remember(written)

    return read


def _read_tag(written: str, policy: Policy) -> Judged | None:
    """Return the one tag that `written` is; None if it is anything else, or needs its surroundings."""
    if simple := _read_simply(written, policy):
        return judge_tag(simple, policy=policy) if _is_plain(simple.name, policy) else None
    tokens = list(tokenize(written, max_attributes=policy.max_attributes))
    if len(tokens) != 1:
        return None
    (token,) = tokens
    if isinstance(token, StartTag) and _is_plain(token.name, policy):
        return judge_tag(token, policy=policy)
    if isinstance(token, EndTag) and _is_plain(token.name, policy) and token.name not in VOID_TAGS:
        return Judged(f"</{token.name}>", (), ())
    return None


def _read_simply(written: str, policy: Policy) -> StartTag | None:
    """Return the start tag that `written` is; None where reading it takes the tokenizer."""
    found = _SIMPLE_TAG.fullmatch(written)
    if found is None:
        return None
    pairs = _SIMPLE_ATTRIBUTE.findall(found[2])
    attributes = {name: decode_attribute(value) for name, value in pairs}
    if len(attributes) < len(pairs) or len(pairs) > policy.max_attributes:
        return None
    return StartTag(found[1], attributes, written[:SAMPLE_CHARS])


def _is_plain(name: str, policy: Policy) -> bool:
    return name in policy.tags and name not in _WITH_CONTEXT
