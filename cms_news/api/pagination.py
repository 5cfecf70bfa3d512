"""Pages by keyset: `(date, id)` of the last item seen, so that page 10,000 costs what page 1 costs and
articles that come or go meanwhile neither repeat others nor hide them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from django.core import signing
from django.utils.translation import gettext as _
from rest_framework.utils.urls import remove_query_param, replace_query_param

from cms_news.delivery.cards import Card, Position
from cms_news.models import ArticleQuerySet

from .problems import BadParameterError

SALT = "cms_news.api.cursor"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: right after a position, or right before it."""

    direction: Literal["after", "before"]
    position: Position


def format_cursor(cursor: Cursor, *, query: str) -> str:
    """Return the token for `cursor`; it is of use for the list that `query` names and no other."""
    microseconds = (cursor.position.date - EPOCH) // timedelta(microseconds=1)
    plain = f"{cursor.direction[0]}.{microseconds}.{cursor.position.id}"
    return signing.Signer(salt=f"{SALT}:{query}").sign(plain)


def parse_cursor(token: str, *, query: str) -> Cursor:
    """Return the cursor in `token`. Raises BadParameterError for one that was not made here for `query`."""
    try:
        plain = signing.Signer(salt=f"{SALT}:{query}").unsign(token)
    except signing.BadSignature as error:
        detail = _("not a cursor of this list; take it from `next` or `previous` as it is")
        raise BadParameterError("cursor", detail) from error
    direction, microseconds, article_id = plain.split(".")
    date = EPOCH + timedelta(microseconds=int(microseconds))
    return Cursor("after" if direction == "a" else "before", Position(date, int(article_id)))


@dataclass(frozen=True, slots=True)
class Page:
    """Some cards in public order, and the tokens of what comes before and after them."""

    cards: Sequence[Card]
    next: str | None
    previous: str | None


def slice_page(
    articles: ArticleQuerySet, cursor: Cursor | None, *, page_size: int
) -> ArticleQuerySet:
    """Return the rows of the page and one more, which tells whether there is another page."""
    if cursor is None:
        return articles.newest_first()[: page_size + 1]
    if cursor.direction == "after":
        return articles.older_than(cursor.position.date, cursor.position.id).newest_first()[
            : page_size + 1
        ]
    newer = articles.newer_than(cursor.position.date, cursor.position.id)
    return newer.order_by("date", "pk")[: page_size + 1]


def make_page(cards: list[Card], cursor: Cursor | None, *, page_size: int, query: str) -> Page:
    """Return the page that the rows of `slice_page` make."""
    has_more = len(cards) > page_size
    shown = cards[:page_size]
    backwards = cursor is not None and cursor.direction == "before"
    if backwards:
        shown.reverse()
    has_next = bool(shown) and (backwards or has_more)
    has_previous = bool(shown) and (has_more if backwards else cursor is not None)
    return Page(
        cards=shown,
        next=format_cursor(Cursor("after", shown[-1].position), query=query) if has_next else None,
        previous=(
            format_cursor(Cursor("before", shown[0].position), query=query)
            if has_previous
            else None
        ),
    )


def page_url(address: str, token: str | None) -> str | None:
    """Return the address of the page that `token` leads to from the page at `address`."""
    if token is None:
        return None
    following: Any = replace_query_param(remove_query_param(address, "cursor"), "cursor", token)
    return str(following)
