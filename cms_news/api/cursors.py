"""Cursors as the world gets them: signed, of use for one list alone, nothing to be written by hand."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core import signing
from django.utils.translation import gettext as _

from cms_news.delivery.selection import Start
from cms_news.models.orders import Place

from .problems import BadParameterError

SALT = "cms_news.api.cursor"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_LENGTH = 4000
"""A title of 300 letters that JSON escapes has its place in it."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins, and which way it leads from there."""

    start: Start
    is_backwards: bool = False


def format_cursor(cursor: Cursor, *, query: str) -> str:
    """Return the token for `cursor`; it is of use for the list that `query` names and no other."""
    place = cursor.start.place
    key = (
        place.key
        if isinstance(place.key, str)
        else (place.key - EPOCH) // timedelta(microseconds=1)
    )
    way = cursor.is_backwards + 2 * cursor.start.is_inclusive
    plain = json.dumps([way, place.id, key], ensure_ascii=False, separators=(",", ":"))
    text = base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")
    return _signer(query).sign(text)


def parse_cursor(token: str, *, query: str) -> Cursor:
    """Return the cursor in `token`. Raises BadParameterError for one that was not made here for `query`."""
    try:
        if len(token) > MAX_LENGTH or not token.isascii():
            raise signing.BadSignature(token[:60])
        text = _signer(query).unsign(token)
    except signing.BadSignature as error:
        detail = _("not a cursor of this list; take it from `next` or `previous` as it is")
        raise BadParameterError("cursor", detail) from error
    way, row_id, key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if not isinstance(key, str):
        key = EPOCH + timedelta(microseconds=key)
    return Cursor(Start(Place(key, row_id), is_inclusive=way >= 2), is_backwards=bool(way % 2))


def _signer(query: str) -> signing.Signer:
    return signing.Signer(salt=f"{SALT}:{query}", sep=".")
