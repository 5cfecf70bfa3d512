"""What an attribute may say, by its name: addresses, numbers, words, styles; nothing else."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from .css import clean_style
from .policy import Policy
from .urls import MEDIA_SCHEMES, embed_url, is_external_url, safe_url


class Item(NamedTuple):
    """A part of an attribute that a report can name: a class, a candidate of srcset, a declaration."""

    kind: str
    name: str
    value: str


class Attribute(NamedTuple):
    """An attribute, judged."""

    value: str | None
    """What is left of it; None if it has to go."""
    kept: tuple[Item, ...]
    lost: tuple[Item, ...]


class Parts(NamedTuple):
    """The parts of a value that was read as a list."""

    text: str
    kept: tuple[str, ...]
    lost: tuple[str, ...]


SANDBOX = "allow-scripts allow-same-origin allow-popups allow-presentation"
"""A foreign player needs its scripts and its own origin; it may not steer, submit, download or ask."""

_REFERRER_POLICY = "strict-origin-when-cross-origin"
"""YouTube refuses to play without the site's name (its error 153); the path stays private."""

_FORCED = {
    "audio": {"controls": ""},
    "iframe": {"loading": "lazy", "referrerpolicy": _REFERRER_POLICY, "sandbox": SANDBOX},
    "video": {"controls": ""},
}
FORCED_ATTRIBUTES = {tag: frozenset(values) for tag, values in _FORCED.items()} | {
    "a": frozenset({"rel"})
}
"""What is written on an element whatever its author wrote."""

_LENGTH = re.compile(r"(\d{1,5})(?:\.\d*+)?(px|%)?", re.ASCII | re.IGNORECASE)
_SRCSET_URL = re.compile(r"[\t\n ,]*+([^\t\n ]++)")
_SRCSET_DESCRIPTOR = re.compile(r"[^,]*+,?+")
_MAX_CANDIDATES = 100
_DESCRIPTOR = re.compile(r"(?:\d{1,6}(?:\.\d{1,6})?[wx](?: \d{1,6}h)?)?", re.ASCII)

_PATTERNS = {
    names: re.compile(pattern, re.ASCII | re.IGNORECASE)
    for names, pattern in {
        "border cellpadding cellspacing": r"\d{1,3}",
        "colspan rowspan span": r"\d{1,4}",
        "size start value": r"[+\-]?\d{1,9}",
        "align": r"left|center|right|justify|char|top|middle|bottom",
        "valign": r"top|middle|bottom|baseline",
        "dir": r"ltr|rtl|auto",
        "scope": r"row|col|rowgroup|colgroup",
        "loading": r"lazy|eager",
        "decoding": r"sync|async|auto",
        "preload": r"none|metadata",
        "kind": r"subtitles|captions|descriptions|chapters|metadata",
        "lang hreflang srclang": r"[a-z0-9]{1,8}(?:-[a-z0-9]{1,8}){0,6}",
        "color bgcolor": r"#[0-9a-f]{3,8}|[a-z]{3,30}",
        "face": r"[\w ,\-]{1,200}",
        "target": r"_blank",
        "type": r"[\w.+/;=,\"' \-]{1,120}",
        "media sizes": r"[\w.%+*/ ():,<>=\-]{1,500}",
    }.items()
}
_PATTERN_OF = {name: pattern for names, pattern in _PATTERNS.items() for name in names.split()}

_BOOLEANS = frozenset(
    "allowfullscreen checked controls default disabled loop muted open playsinline reversed".split()
)
_FREE_TEXTS = frozenset("abbr alt datetime headers label nowrap summary title".split())
_MEDIA = frozenset("background data poster src".split())
_LINKS = frozenset("cite href longdesc".split())


def check_attribute(policy: Policy, tag: str, name: str, value: str) -> Attribute:
    """Return what is left of the attribute `name="value"` on an allowed `tag` under `policy`."""
    label = f"{tag}.{name}"
    if not policy.allows(tag, name):
        return _lost(label, value)
    if name in FORCED_ATTRIBUTES.get(tag, ()) and name != "rel":
        return Attribute(None, (), ())
    if name == "style":
        return _check_style(value, properties=policy.css_properties)
    if name in _LISTS:
        parts = _LISTS[name](policy, value)
        kept = tuple(Item("attribute", label, part) for part in parts.kept)
        lost = tuple(Item("attribute", label, part) for part in parts.lost)
        return Attribute(
            parts.text or None, kept, lost or (() if kept else _lost(label, value).lost)
        )
    checked = _check_value(policy, tag, name, value)
    return _lost(label, value) if checked is None else _kept(label, checked)


def complete_attributes(tag: str, attributes: dict[str, str]) -> dict[str, str] | None:
    """Return checked `attributes` with what `tag` must carry besides; None if it can't be an element.

    A frame needs an allowed address. An input is a list's check box, disabled, or nothing.
    """
    if tag == "iframe" and "src" not in attributes:
        return None
    if tag == "input":
        if attributes.get("type", "").lower() != "checkbox" or "disabled" not in attributes:
            return None
        return {**attributes, "type": "checkbox"}
    if tag == "a":
        return _complete_link(attributes)
    return {**attributes, **_FORCED[tag]} if tag in _FORCED else attributes


def _complete_link(attributes: dict[str, str]) -> dict[str, str]:
    """A page opened from here must not steer this one, nor learn which draft it was linked from."""
    if not is_external_url(attributes.get("href", "")) and "target" not in attributes:
        return attributes
    words = attributes.get("rel", "").split()
    missing = [word for word in ("noopener", "noreferrer") if word not in words]
    return {**attributes, "rel": " ".join(words + missing)}


def _check_value(policy: Policy, tag: str, name: str, value: str) -> str | None:
    if tag == "iframe" and name == "src":
        return embed_url(value, hosts=policy.embed_hosts) or None
    if name in _LINKS:
        return safe_url(value, schemes=policy.url_schemes) or None
    if name in _MEDIA:
        return safe_url(value, schemes=MEDIA_SCHEMES & policy.url_schemes) or None
    if name in _BOOLEANS:
        return ""
    if name in ("width", "height"):
        return _check_length(value)
    if name == "id":
        return value if _whole(policy.id_pattern).fullmatch(value) else None
    if name in _PATTERN_OF:
        stripped = value.strip(" \t\n")
        return stripped if _PATTERN_OF[name].fullmatch(stripped) else None
    is_free = name in _FREE_TEXTS or name.startswith(("aria-", "data-"))
    return value if is_free else None


def _check_length(value: str) -> str | None:
    match = _LENGTH.fullmatch(value.strip(" \t\n"))
    return match[1] + ("%" if match[2] == "%" else "") if match else None


def _check_style(value: str, *, properties: frozenset[str]) -> Attribute:
    style = clean_style(value, properties=properties)
    kept = tuple(Item("style", f"style:{name}", text) for name, text in style.kept)
    lost = tuple(Item("style", f"style:{name[:60]}", text) for name, text in style.lost)
    return Attribute(style.text or None, kept, lost)


def _check_class(policy: Policy, value: str) -> Parts:
    pattern = _whole(policy.class_pattern)
    return _sort_words(value.split(), lambda word: bool(pattern.fullmatch(word)))


def _check_rel(_: Policy, value: str) -> Parts:
    return _sort_words(value.lower().split(), _REL_WORDS.__contains__)


def _sort_words(words: list[str], is_allowed: Callable[[str], bool]) -> Parts:
    kept: list[str] = []
    lost: list[str] = []
    for word in dict.fromkeys(words):
        (kept if is_allowed(word) else lost).append(word)
    return Parts(" ".join(kept), tuple(kept), tuple(lost))


_REL_WORDS = frozenset(
    "alternate author bookmark external help license me next nofollow noopener noreferrer prev search "
    "sponsored tag ugc".split()
)


def _check_srcset(policy: Policy, value: str) -> Parts:
    """Read the candidates as browsers do: an address may hold commas, but not end with one."""
    schemes = MEDIA_SCHEMES & policy.url_schemes
    kept: list[str] = []
    lost: list[str] = []
    position = 0
    while match := _SRCSET_URL.match(value, position):
        if len(kept) + len(lost) == _MAX_CANDIDATES:
            lost.append(value[position:])
            break
        written, position, descriptor = match[1], match.end(), ""
        if not written.endswith(",") and (rest := _SRCSET_DESCRIPTOR.match(value, position)):
            descriptor, position = " ".join(rest[0].rstrip(",").split()), rest.end()
        url = safe_url(written.strip(","), schemes=schemes).strip(",")
        is_safe = url and not any(map(str.isspace, url)) and _DESCRIPTOR.fullmatch(descriptor)
        candidate = f"{url if is_safe else written} {descriptor}".strip(" ")
        (kept if is_safe else lost).append(candidate)
    return Parts(", ".join(kept), tuple(kept), tuple(lost))


_LISTS: dict[str, Callable[[Policy, str], Parts]] = {
    "class": _check_class,
    "rel": _check_rel,
    "srcset": _check_srcset,
}


@lru_cache(maxsize=32)
def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _kept(label: str, value: str) -> Attribute:
    return Attribute(value, (Item("attribute", label, value),), ())


def _lost(label: str, value: str) -> Attribute:
    return Attribute(None, (), (Item("attribute", label, value),))
