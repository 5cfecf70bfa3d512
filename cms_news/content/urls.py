"""Addresses from strangers: which are safe to put in an attribute, read the way browsers read them.

The rules are those of the WHATWG URL standard, not of RFC 3986: a browser drops tabs and newlines
anywhere, trims control characters and takes a backslash for a slash.
"""

import re

from .escaping import decode_text

MEDIA_SCHEMES = frozenset({"http", "https"})
"""What a picture, a sound or a film may be fetched with, whatever links may use."""

_PLAIN = re.compile(r"(https?)://[a-z0-9.\-]++(?::\d{1,5})?+(?:[/?#][!-\[\]-~]*+)?+", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_OUTER = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]*+):")
_BEFORE_QUERY = re.compile(r"[^?#]*+")
_HEAD = re.compile(r"[^/?#]*+")
_AUTHORITY = re.compile(r"(?:[a-z]++:)?+//([^/?#]*+)", re.IGNORECASE)
_HOST = re.compile(r"(?:[^\s@:<>\"'`{}|^%\[\]]++|\[[0-9a-f:.]++\])(?::\d{0,5}+)?+", re.IGNORECASE)


def safe_url(url: str, *, schemes: frozenset[str]) -> str:
    """Return `url` trimmed and with its slashes straight, or "" when it is empty or unsafe.

    Safe are the given schemes, addresses without one (`//host/a`, `/a`, `a`, `?a`) and fragments.
    """
    plain = _PLAIN.fullmatch(url)
    if plain and plain[1] in schemes:
        return url
    cleaned = _straighten(_trim(_CONTROL.sub("", url)))
    if not cleaned or not _has_safe_scheme(cleaned, schemes=schemes):
        return ""
    return cleaned if _has_sane_host(cleaned) else ""


def is_safe_url(url: str, *, schemes: frozenset[str]) -> bool:
    """Return whether `url` may be served as a link: not empty, and of a scheme in `schemes` or none."""
    return bool(safe_url(url, schemes=schemes))


def is_external_url(url: str) -> bool:
    """Return whether a safe `url` names a host of its own, so that following it leaves the page's site."""
    return _AUTHORITY.match(url) is not None


def embed_url(url: str, *, hosts: frozenset[str]) -> str:
    """Return `url` with https when its host is exactly one of `hosts`, or ""."""
    cleaned = safe_url(url, schemes=MEDIA_SCHEMES)
    authority = _AUTHORITY.match(cleaned)
    if authority is None or authority[1].lower() not in hosts:
        return ""
    return f"https://{authority[1].lower()}{cleaned[authority.end() :]}"


def _trim(url: str) -> str:
    start, end = 0, len(url)
    while start < end and _OUTER.match(url[start]):
        start += 1
    while end > start and _OUTER.match(url[end - 1]):
        end -= 1
    return url[start:end]


def _straighten(url: str) -> str:
    before_query = _BEFORE_QUERY.match(url)
    end = before_query.end() if before_query else 0
    return url[:end].replace("\\", "/") + url[end:]


def _has_safe_scheme(url: str, *, schemes: frozenset[str]) -> bool:
    """Any colon before the first slash makes a scheme, also one that browsers would not see as such."""
    head = _HEAD.match(url)
    # Twice-escaped references are harmless here, but not to a reader that unescapes once more.
    if head is None or ":" not in decode_text(head[0]):
        return True
    scheme = _SCHEME.match(url)
    return scheme is not None and scheme[1].lower() in schemes


def _has_sane_host(url: str) -> bool:
    authority = _AUTHORITY.match(url)
    if authority:
        return _HOST.fullmatch(authority[1]) is not None
    scheme = _SCHEME.match(url)
    return scheme is None or scheme[1].lower() not in MEDIA_SCHEMES
