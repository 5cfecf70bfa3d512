"""Links to years, months and days that hold articles, found without reading the whole archive.

Django's own date hierarchy truncates the date of every article there is. Here the first and the last article
are looked up in the index, and each span between them is asked whether it holds any.
"""

from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from cms_news.models.desk import hold_any

from .days import moment_of

MAX_SPANS = 60
"""Of years: a wrong date in a file must not cost a thousand lookups."""
YEAR, MONTH, DAY = "date__year", "date__month", "date__day"


@dataclass(frozen=True, slots=True)
class Span:
    """A year, a month or a day."""

    first: date
    after: date
    """The day after its last one."""
    params: dict[str, int]
    title: str


def years_between(first: date, last: date, *, today: date) -> list[Span]:
    """Return the years from `first` to `last`: of more than MAX_SPANS, those around `today`, and the outermost two.

    One article that is dated into the next century must not hide all others.
    """
    years = range(first.year, last.year + 1)
    if len(years) > MAX_SPANS:
        between = MAX_SPANS - 2
        end = max(first.year + 1 + between, min(last.year, today.year + 2))
        near = range(end - between, end)
        years = sorted({first.year, *near, last.year})  # type: ignore[assignment]
    return [Span(date(y, 1, 1), _new_year(y + 1), {YEAR: y}, str(y)) for y in years]


def _new_year(year: int) -> date:
    return date(year, 1, 1) if year <= MAXYEAR else date.max


def months_of(year: int) -> list[Span]:
    """Return the months of `year`."""
    starts = [date(year, month, 1) for month in range(1, 13)]
    return [
        Span(
            start,
            _next_month(start),
            {YEAR: year, MONTH: start.month},
            capfirst(date_format(start, "YEAR_MONTH_FORMAT")),
        )
        for start in starts
    ]


def days_of(year: int, month: int) -> list[Span]:
    """Return the days of a month."""
    start = date(year, month, 1)
    days = (start + timedelta(days=n) for n in range((_next_month(start) - start).days))
    return [
        Span(
            day,
            day + timedelta(days=1),
            {YEAR: year, MONTH: month, DAY: day.day},
            capfirst(date_format(day, "MONTH_DAY_FORMAT")),
        )
        for day in days
    ]


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def date_links(changelist: Any) -> dict[str, Any]:
    """Return what the template of Django's date hierarchy shows: `back`, and `choices` with articles.

    3 queries at most, whatever the number of articles.
    """
    year, month, day = (_number(changelist, name) for name in (YEAR, MONTH, DAY))
    articles = changelist.queryset
    if year is None:
        return {"show": True, "back": None, "choices": _choices(changelist, _years_of(articles))}
    if month is None:
        back = {"link": _link(changelist, {}), "title": _("All dates")}
        return {"show": True, "back": back, "choices": _choices(changelist, months_of(year))}
    if day is None:
        back = {"link": _link(changelist, {YEAR: year}), "title": str(year)}
        return {"show": True, "back": back, "choices": _choices(changelist, days_of(year, month))}
    chosen = date(year, month, day)
    back = {
        "link": _link(changelist, {YEAR: year, MONTH: month}),
        "title": capfirst(date_format(chosen, "YEAR_MONTH_FORMAT")),
    }
    choices = [{"title": capfirst(date_format(chosen, "MONTH_DAY_FORMAT"))}]
    return {"show": True, "back": back, "choices": choices}


def _number(changelist: Any, name: str) -> int | None:
    value = changelist.params.get(name)
    return int(value) if value else None


def _link(changelist: Any, params: dict[str, int]) -> str:
    link: str = changelist.get_query_string(params, ["date__"])
    return link


def _years_of(articles: QuerySet[Any]) -> list[Span]:
    dates = articles.order_by("date").values_list("date", flat=True)
    first = dates.first()
    if first is None:
        return []
    last = dates.last() or first
    return years_between(
        timezone.localdate(first), timezone.localdate(last), today=timezone.localdate()
    )


def _choices(changelist: Any, spans: list[Span]) -> list[dict[str, str]]:
    """Return a link for each of `spans` with articles. 1 query."""
    held = hold_any(
        changelist.queryset, [(moment_of(span.first), moment_of(span.after)) for span in spans]
    )
    return [
        {"link": _link(changelist, span.params), "title": span.title}
        for span, has_any in zip(spans, held, strict=True)
        if has_any
    ]
