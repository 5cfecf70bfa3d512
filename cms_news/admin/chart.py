"""A small column chart, as numbers for an SVG: no script, no style, no library."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

COLUMN_WIDTH = 20
GAP = 4
HEIGHT = 120
LEAST = 3
"""A single article among thousands is still to be seen."""


@dataclass(frozen=True, slots=True)
class Column:
    """A day. Lengths are whole numbers: Django would write fractions with a comma where people do."""

    day: date
    count: int
    link: str
    left: int
    top: int
    height: int
    title: str

    @property
    def shown_count(self) -> str:
        return number_format(self.count)


@dataclass(frozen=True, slots=True)
class Chart:
    """The columns, and in words what they say."""

    columns: Sequence[Column]
    highest: int
    summary: str

    width: int
    height: int = HEIGHT
    column_width: int = COLUMN_WIDTH
    bar_width: int = COLUMN_WIDTH - GAP


def draw_chart(days: Iterable[tuple[date, int, str]]) -> Chart:
    """Return the chart of `days`: each with its number of articles and the link to them."""
    rows = list(days)
    highest = max((count for _day, count, _link in rows), default=0)
    columns = [_column(number, row, highest) for number, row in enumerate(rows)]
    return Chart(columns, highest, _summary(columns, highest), width=len(rows) * COLUMN_WIDTH)


def _column(number: int, row: tuple[date, int, str], highest: int) -> Column:
    day, count, link = row
    height = max(LEAST, round(count / highest * HEIGHT)) if count else 0
    return Column(
        day=day,
        count=count,
        link=link,
        left=number * COLUMN_WIDTH + GAP // 2,
        top=HEIGHT - height,
        height=height,
        title=_("{day}: {count}").format(day=show_day(day), count=number_format(count)),
    )


def show_day(day: date) -> str:
    """Return month and day."""
    return date_format(day, "MONTH_DAY_FORMAT")


def _summary(columns: Sequence[Column], highest: int) -> str:
    total = sum(column.count for column in columns)
    if not total:
        return _("Nothing was published on these days.")
    best = next(column for column in columns if column.count == highest)
    return ngettext(
        "{count} article in {days} days; most on {day}: {most}.",
        "{count} articles in {days} days; most on {day}: {most}.",
        total,
    ).format(
        count=number_format(total),
        days=len(columns),
        day=show_day(best.day),
        most=number_format(highest),
    )
