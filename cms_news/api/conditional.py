"""Validators and lifetimes: what a client or a cache may keep of an answer, for how long, and what it may ask."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.http import http_date, parse_etags, parse_http_date_safe
from rest_framework.request import Request

from cms_news import __version__
from cms_news.conf import news_settings
from cms_news.delivery.own_part import current_format
from cms_news.delivery.state import Moment
from cms_news.models.policy import current_policy

PRIVATE = "private, no-store"
"""For whoever says who they are, and for every answer that is none: refusals, redirects, what failed."""


def is_anonymous(request: Request) -> bool:
    """Return whether nothing tells who sends the request: no Authorization, no session, no REMOTE_USER.

    No view looks at that. But middleware may answer such a request with a cookie, and what a shared cache has
    once kept it gives to everybody.
    """
    if "HTTP_AUTHORIZATION" in request.META or settings.SESSION_COOKIE_NAME in request.COOKIES:
        return False
    # A session that middleware has begun for this very request becomes a cookie of the response.
    is_marked = getattr(getattr(request, "session", None), "modified", False)
    return not is_marked and not request.META.get("REMOTE_USER")


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells one version of one answer from all others."""

    key: str
    """Hexadecimal. Nobody makes it up, so who shows it was given the answer."""
    last_modified: int | None
    """Seconds since 1970; None while a header can't tell the time of the last change from that of the next."""

    @property
    def headers(self) -> dict[str, str]:
        # Weak, for what it says is that the same is told, not that the bytes are the same: a proxy that
        # compresses may leave it as it is, and ranges, which need a strong one, are not served.
        found = {"ETag": f'W/"{self.key}"'}
        if self.last_modified is not None:
            found["Last-Modified"] = http_date(self.last_modified)
        return found

    def are_shown_by(self, request: Request) -> bool:
        """Return whether the client has this very answer already, as far as can be told before reading it."""
        shown = request.META.get("HTTP_IF_NONE_MATCH")
        if shown is not None:
            return self.key in {tag.removeprefix("W/").strip('"') for tag in parse_etags(shown)}
        # Any other date may be one that the client made up for what does not exist.
        return self.last_modified is not None and self.last_modified == _modified_since(request)

    def are_matched_by(self, request: Request) -> bool:
        """Return whether the conditions of the request spare it an answer that is known to exist."""
        shown = request.META.get("HTTP_IF_NONE_MATCH")
        if shown is not None:
            return shown.strip() == "*" or self.are_shown_by(request)
        since = _modified_since(request)
        return since is not None and self.last_modified is not None and self.last_modified <= since


def _modified_since(request: Request) -> int | None:
    text = request.META.get("HTTP_IF_MODIFIED_SINCE")
    return parse_http_date_safe(text) if text else None


def describe_question(request: Request) -> str:
    """Return what is asked for, the same text for parameters in whatever order."""
    parameters = urlencode(sorted(request.query_params.lists()), doseq=True)
    address = f"{request.scheme}://{request.get_host()}{request.path}"
    return "\n".join([address, parameters, str(getattr(request, "accepted_media_type", ""))])


def validators_of(moment: Moment, question: str) -> Validators | None:
    """Return the validators of the answer to `question` at `moment`, or None where nobody may remember it."""
    if not moment.is_settled:
        return None
    made_of = f"{moment.generation}.{moment.names_generation}\n{question}".encode()
    key = hashlib.blake2b(made_of, key=_representation(), digest_size=16).hexdigest()
    changed_at = moment.changed_at
    is_past = changed_at is not None and changed_at <= moment.at
    return Validators(key, int(changed_at.timestamp()) if changed_at and is_past else None)


def _representation() -> bytes:
    """Return what decides the bytes beside the content and the question: code, settings, the key of cursors."""
    made_of = (
        __version__,
        current_format(),
        current_policy().fingerprint,
        str(news_settings.summary_characters),
        str(news_settings.page_size),
    )
    return _digest(" ".join(made_of), settings.SECRET_KEY)


@lru_cache(maxsize=4)
def _digest(made_of: str, secret: Any) -> bytes:
    mac = salted_hmac("cms_news.api.conditional", made_of, secret=secret, algorithm="sha256")
    return mac.digest()


def lifetime_of(moment: Moment) -> str:
    """Return the Cache-Control of an answer of `moment`.

    Nobody keeps it beyond the next change that is known now: what is scheduled or expires is late nowhere. What
    nobody knew of may be late by the two settings together.
    """
    fresh, stale = news_settings.max_age_seconds, news_settings.stale_seconds
    left = _seconds_left(moment)
    if left is not None:
        fresh = min(fresh, left)
        stale = min(stale, left - fresh)
    return f"public, max-age={fresh}" + (f", stale-while-revalidate={stale}" if stale else "")


def _seconds_left(moment: Moment) -> int | None:
    if not moment.is_settled:
        return 0
    if moment.next_change_at is None:
        return None
    return (moment.next_change_at - moment.at) // timedelta(seconds=1)
