"""What articles can be filtered by: a closed table, from the text of a parameter to a part of the selection.

Not a FilterSet: that builds a form per request, which takes longer than all the rest of a list; and a slug
must not be looked up to be checked, as unknown and hidden ones are answered alike.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from django.utils.translation import gettext as _

from cms_news.conf import news_settings
from cms_news.delivery.selection import DateBound, Selection
from cms_news.models.orders import ARTICLE_ORDERS

from .dates import has_lost_its_plus, parse_span
from .parameters import MAX_ROWS, listed, read_boolean, read_number, read_slugs, read_values, shown
from .problems import BadParameterError

DEFAULT_ORDERING = "-date"
MAX_ID = 2**63 - 1
Comparison = Literal["gt", "gte", "lt", "lte"]


def read_ids(name: str, text: str) -> tuple[int, ...]:
    """Return the ids, sorted."""
    values = read_values(name, text, limit=MAX_ROWS)
    return tuple(sorted({read_number(name, value, low=0, high=MAX_ID) for value in values}))


def read_row_slugs(name: str, text: str) -> tuple[str, ...]:
    """Return the slugs, sorted, as many as there may be articles in one parameter."""
    return read_slugs(name, text, limit=MAX_ROWS)


def read_bound(name: str, text: str) -> DateBound:
    """Return the comparison that the parameter is called after, with what `text` says."""
    try:
        first, end = parse_span(text, zone=news_settings.timezone)
    except ValueError as error:
        raise BadParameterError(name, _explain_date(text), code="not_a_date") from error
    comparison: Comparison = name.removeprefix("date__")  # type: ignore[assignment]
    # A day is compared whole: later than it is from the next one on, up to it is with all of it.
    whole: Mapping[str, DateBound] = {
        "gte": DateBound("gte", first),
        "gt": DateBound("gte", end),
        "lte": DateBound("lt", end),
        "lt": DateBound("lt", first),
    }
    return whole[comparison] if first < end else DateBound(comparison, first)


def _explain_date(text: str) -> str:
    if has_lost_its_plus(text):
        return _('"{value}": in an address a + is a space; write %2B').format(value=shown(text))
    detail = _('"{value}" is no date; write 2021-12-09 or 2021-12-09T18:14:00Z')
    return detail.format(value=shown(text))


@dataclass(frozen=True, slots=True)
class Filter:
    """One parameter: which part of the selection it fills, and how it is read."""

    field: str
    read: Callable[[str, str], Any]


FILTERS: Mapping[str, Filter] = MappingProxyType(
    {
        "category": Filter("categories", read_slugs),
        "category__exact": Filter("exact_categories", read_slugs),
        "tag": Filter("tags", read_slugs),
        "author": Filter("authors", read_slugs),
        "lang": Filter("langs", read_slugs),
        "date__gte": Filter("dates", read_bound),
        "date__gt": Filter("dates", read_bound),
        "date__lte": Filter("dates", read_bound),
        "date__lt": Filter("dates", read_bound),
        "has_headimg": Filter("has_headimg", read_boolean),
        "id__in": Filter("ids", read_ids),
        "slug__in": Filter("slugs", read_row_slugs),
    }
)
"""Every filter of the list of articles by its parameter."""

EVERYTHING = Selection()


def read_selection(parameters: Mapping[str, str]) -> Selection:
    """Return what the filters among `parameters` select. Raises BadParameterError."""
    if not parameters:
        return EVERYTHING
    fields: dict[str, Any] = {}
    for name, described in FILTERS.items():
        text = parameters.get(name)
        if text is None:
            continue
        value = described.read(name, text)
        if described.field == "dates":
            value = (*fields.get("dates", ()), value)
        fields[described.field] = value
    return Selection(**fields)


def read_ordering(parameters: Mapping[str, str]) -> str:
    """Return the name of the order that is asked for. Raises BadParameterError."""
    name = parameters.get("ordering", DEFAULT_ORDERING)
    if name not in ARTICLE_ORDERS:
        detail = _('"{value}" is no order; known here: {known}')
        raise BadParameterError(
            "ordering",
            detail.format(value=shown(name), known=listed(ARTICLE_ORDERS)),
            code="unknown",
        )
    return name
