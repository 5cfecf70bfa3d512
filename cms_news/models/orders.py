"""Total orders with a place for every row, so that a list can go on where it stopped."""

from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from .expressions import Comparison, RowComparison, Sortable, read_sortable

Rows = TypeVar("Rows", bound=models.QuerySet[Any, Any])


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in an order."""

    key: datetime | str
    id: int


@dataclass(frozen=True, slots=True)
class Order:
    """By `key`, and by id among equals; key and id are never null."""

    key: str | Coalesce
    """A column, or what is computed of several."""
    field: "models.Field[Any, Any]"
    """The type of the key."""
    id: str = "pk"
    is_descending: bool = False

    @property
    def column(self) -> Any:
        """The key as it is to be selected for `place`."""
        key = F(self.key) if isinstance(self.key, str) else self.key
        return Sortable(key) if self._is_dated else key

    def place(self, value: Any, row_id: int) -> Place:
        """Return the place of a row whose `column` has that value."""
        return Place(read_sortable(value) if self._is_dated else value, row_id)

    @property
    def _is_dated(self) -> bool:
        return isinstance(self.field, models.DateTimeField)

    def reversed(self) -> Self:
        """Return the order that leads the other way."""
        return replace(self, is_descending=not self.is_descending)

    def through(self, key: str, id: str) -> Self:  # noqa: A002
        """Return this order by the same values kept in other columns, such as those of a link row."""
        return replace(self, key=key, id=id)

    def sort(self, rows: Rows) -> Rows:
        """Return `rows` in this order."""
        sign = "-" if self.is_descending else ""
        if isinstance(self.key, str):
            return rows.order_by(f"{sign}{self.key}", f"{sign}{self.id}")
        key = self.key.desc() if self.is_descending else self.key.asc()
        return rows.order_by(key, f"{sign}{self.id}")

    def beyond(self, place: Place, *, is_inclusive: bool = False) -> Q:
        """Return the condition on rows that come after `place`, or stand at it if that is to be included."""
        key = models.Value(place.key, output_field=self.field)
        values = key, models.Value(place.id, output_field=models.BigIntegerField())
        comparison: Comparison = "<" if self.is_descending else ">"
        beyond = RowComparison(self._columns, comparison, values, is_inclusive=is_inclusive)
        if isinstance(self.key, str):
            return Q(beyond)
        # SQLite finds no range of computed values in a comparison of rows, only in one of values.
        limit = LessThanOrEqual if self.is_descending else GreaterThanOrEqual
        return Q(beyond) & Q(limit(self.key, key))

    @property
    def _columns(self) -> tuple[F | Coalesce, F]:
        return F(self.key) if isinstance(self.key, str) else self.key, F(self.id)


def last_change() -> Coalesce:
    """Return when an article last changed for readers: never, where it has no `updated`, since its date."""
    return Coalesce("updated", "date")


BY_DATE = Order("date", models.DateTimeField())
NEWEST_FIRST = BY_DATE.reversed()
BY_TITLE = Order("title", models.CharField())
BY_CHANGE = Order(last_change(), models.DateTimeField())

ARTICLE_ORDERS = MappingProxyType(
    {
        "-date": NEWEST_FIRST,
        "date": BY_DATE,
        "title": BY_TITLE,
        "-title": BY_TITLE.reversed(),
        "updated": BY_CHANGE,
        "-updated": BY_CHANGE.reversed(),
    }
)
"""Every order of articles by the name it is asked by. Each is one index, read in either direction."""
