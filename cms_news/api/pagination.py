"""Pages by keyset: where the last item stood, so that page 10,000 costs what page 1 costs and rows that come
or go meanwhile neither repeat others nor hide them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from rest_framework.request import Request

from cms_news.conf import news_settings
from cms_news.delivery.encoding import encode_json
from cms_news.delivery.selection import Start
from cms_news.models.orders import Place

from .cursors import Cursor, format_cursor, parse_cursor
from .parameters import read_boolean, read_page_size

Row = TypeVar("Row")

PAGE_PARAMETERS = frozenset({"cursor", "page_size", "count"})


@dataclass(frozen=True, slots=True)
class PageQuestion:
    """Which page of a list is asked for."""

    query: str
    """What the list is of: a cursor is good for it alone."""
    page_size: int
    wants_count: bool
    cursor: Cursor | None
    address: str
    """Of the list, absolute."""
    parameters: Mapping[str, str]
    """All that were given."""

    @property
    def start(self) -> Start | None:
        return self.cursor.start if self.cursor else None

    @property
    def is_backwards(self) -> bool:
        return self.cursor is not None and self.cursor.is_backwards

    @property
    def limit(self) -> int:
        """How many rows to read: one more than are shown tells whether there is another page."""
        return self.page_size + 1

    def address_of(self, cursor: Cursor | None) -> str | None:
        """Return the address of the page that begins there."""
        if cursor is None:
            return None
        token = format_cursor(cursor, query=self.query)
        if not self.parameters:
            # A token needs no escaping.
            return f"{self.address}?cursor={token}"
        return f"{self.address}?{urlencode({**self.parameters, 'cursor': token})}"


def read_page_question(request: Request, *, query: str) -> PageQuestion:
    """Return the page that is asked for. Raises BadParameterError."""
    parameters = request.query_params.dict()
    token = parameters.get("cursor")
    return PageQuestion(
        query=query,
        page_size=read_page_size(request, default=news_settings.page_size),
        wants_count=read_boolean("count", parameters.get("count", "false")),
        cursor=parse_cursor(token, query=query) if token is not None else None,
        address=request.build_absolute_uri(request.path),
        parameters=parameters,
    )


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows in the order of the list, and where the pages around them begin."""

    rows: Sequence[Row]
    next: Cursor | None
    previous: Cursor | None


def make_page(
    rows: list[Row], asked: PageQuestion, *, place_of: Callable[[Row], Place]
) -> Page[Row]:
    """Return the page that `rows` make, which were read from its start on and are one too many at most."""
    has_more = len(rows) > asked.page_size
    shown = rows[: asked.page_size]
    if not shown:
        return _empty_page(asked)
    if asked.is_backwards:
        shown.reverse()
    has_next = asked.is_backwards or has_more
    has_previous = has_more if asked.is_backwards else asked.cursor is not None
    return Page(
        shown,
        next=Cursor(Start(place_of(shown[-1]))) if has_next else None,
        previous=Cursor(Start(place_of(shown[0])), is_backwards=True) if has_previous else None,
    )


def _empty_page(asked: PageQuestion) -> "Page[Row]":
    """Return a page from which one can go back, since all that lay here has gone meanwhile."""
    if asked.cursor is None:
        return Page([], next=None, previous=None)
    start = asked.cursor.start
    back = Cursor(
        Start(start.place, is_inclusive=not start.is_inclusive),
        is_backwards=not asked.is_backwards,
    )
    return Page([], None, back) if back.is_backwards else Page([], back, None)


def write_listing(
    page: Page[Row], asked: PageQuestion, *, count: int | None, results: str
) -> tuple[str, dict[str, str]]:
    """Return the JSON of a list, and the header that names the pages around it."""
    following, previous = asked.address_of(page.next), asked.address_of(page.previous)
    text = (
        f'{{"count":{encode_json(count)},"next":{encode_json(following)},'
        f'"previous":{encode_json(previous)},"results":{results}}}'
    )
    links = [
        f'<{address}>; rel="{relation}"'
        for address, relation in ((following, "next"), (previous, "prev"))
        if address
    ]
    return text, {"Link": ", ".join(links)} if links else {}
