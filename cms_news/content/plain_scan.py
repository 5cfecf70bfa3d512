"""The short way through a body that holds nothing but text and common tags, as most do.

It knows no rule of its own: a tag is cut and judged by what the full scan uses, and remembered. Whatever is
more than allowed tags with text between them is left to the full scan.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from .attributes import Item
from .escaping import decode_text, escape_text
from .judging import Judged, judge_tag
from .nesting import VOID_TAGS
from .policy import Policy
from .tokens import EndTag, StartTag, tokenize

_TAG = re.compile(r"(<[^<>]*>)")
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
    read_tag = _tag_reader(policy)
    kept: list[Item] = []
    lost: list[Item] = []
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            if "<" in piece:
                return None
            pieces[place] = escape_text(decode_text(piece))
            continue
        tag = read_tag(piece)
        if tag is None:
            return None
        pieces[place] = tag.source
        kept += tag.kept
        lost += tag.lost
    return PlainBody("".join(pieces), kept, lost)


def is_harmless(html: str, *, max_depth: int, max_tags: int, max_chars: int) -> bool:
    """Return whether no tree of `html` can exceed a limit, by plain counting.

    Without tables a start tag opens one element, and at each tag all formatting elements before it may be
    repeated twice: by the adoption agency and by what follows.
    """
    tags = html.count("<")
    repeats = 2 * tags + 1
    # What a tag may grow by when it is spelt plainly: escapes, spaces in a style, what is forced on it.
    escaped = 5 * sum(map(html.count, '&<>"'))
    spelt = 2 * len(html) + escaped + _FORCED_CHARS * tags
    return (
        tags < max_depth
        and 2 * tags * (repeats + 1) < max_tags
        and spelt * repeats < max_chars
        and "<t" not in html
        and "<T" not in html
    )


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
    tokens = list(tokenize(written, max_attributes=policy.max_attributes))
    if len(tokens) != 1:
        return None
    (token,) = tokens
    if isinstance(token, StartTag) and _is_plain(token.name, policy):
        return judge_tag(token, policy=policy)
    if isinstance(token, EndTag) and _is_plain(token.name, policy) and token.name not in VOID_TAGS:
        return Judged(f"</{token.name}>", (), ())
    return None


def _is_plain(name: str, policy: Policy) -> bool:
    return name in policy.tags and name not in _WITH_CONTEXT
