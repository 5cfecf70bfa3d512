"""What stands on the newsroom's page: each part is one query, whatever the archive holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from cms_news.models import ArticleState, ImportRecord
from cms_news.models.desk import count_some

from .chart import Chart, draw_chart, show_day
from .columns import name_removed
from .days import WEEK, days_from, end_of_week, moment_of
from .import_columns import count_troubles, name_counts, show_record_state
from .saved_views import MAX_COUNT, VIEWS, show_count

CHART_DAYS = 28
A_DAY_SHOWS = 6
A_WEEK_SHOWS = 200
A_PART_SHOWS = 6
IMPORTS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that leads to what it counts."""

    title: str
    count: str
    link: str
    is_empty: bool
    is_part: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """An article by its title, with a word or two about it."""

    title: str
    link: str
    note: str = ""
    moment: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the week ahead."""

    name: str
    weekday: str
    is_today: bool
    link: str
    count: int
    entries: Sequence[Entry]

    @property
    def rest(self) -> int:
        return self.count - len(self.entries)


@dataclass(frozen=True, slots=True)
class ImportEntry:
    """An import that was."""

    source: str
    link: str
    moment: str
    state: SafeString
    failures: int
    files: str


class Newsdesk:
    """Everything about articles on the page: 5 queries.

    `rows` are the articles that whoever asks may see.
    """

    def __init__(self, rows: Any, request: HttpRequest, addresses: "Addresses") -> None:
        self.rows = rows
        self.request = request
        self.addresses = addresses
        self.now: datetime = timezone.now()
        self.today: date = timezone.localdate(self.now)

    def describe(self) -> dict[str, Any]:
        """Return what the template shows."""
        days = self.rows.count_days(
            moment_of(self.today - timedelta(days=CHART_DAYS - 1)), self._end(), at=self.now
        )
        return {
            "figures": self._figures(),
            "week": self._week(days),
            "has_scheduled": any(counts["scheduled"] for counts in days.values()),
            "drafts": self._drafts(),
            "removed": self._removed(),
            "chart": self._chart(days),
        }

    def _end(self) -> datetime:
        return end_of_week(self.now)

    def _figures(self) -> list[Figure]:
        whole: dict[str, Any] = {
            "draft": [self.rows.waiting()],
            "scheduled": [self.rows.scheduled(at=self.now)],
        }
        views = {name: v.count_parts(self.rows, self.request) for name, v in VIEWS.items()}
        counts = count_some({**whole, **views}, limit=MAX_COUNT, using=self.rows.db)
        titles = {"draft": _("Drafts"), "scheduled": _("Scheduled")}
        states = [self._figure(titles[name], counts[name], {"state": name}) for name in whole]
        return states + [
            self._figure(str(view.title), counts[name], {"view": name}, is_part=view.is_part)
            for name, view in VIEWS.items()
        ]

    def _figure(
        self, title: str, count: int, query: Mapping[str, Any], *, is_part: bool = False
    ) -> Figure:
        link = self.addresses.articles(**query)
        return Figure(title, show_count(count), link, is_empty=not count, is_part=is_part)

    def _week(self, days: Mapping[date, Mapping[str, int]]) -> list[Day]:
        rows = self.rows.scheduled_until(self._end(), at=self.now).order_by("date", "pk")
        by_day: dict[date, list[Entry]] = {}
        for article in _bare(rows, "title", "date")[:A_WEEK_SHOWS]:
            local = timezone.localtime(article.date)
            entry = self._entry(article, moment=date_format(local, "TIME_FORMAT"))
            by_day.setdefault(local.date(), []).append(entry)
        return [
            Day(
                name=show_day(day),
                weekday=capfirst(date_format(day, "l")),
                is_today=day == self.today,
                link=self.addresses.day(day, ArticleState.SCHEDULED),
                count=days.get(day, {}).get("scheduled", 0),
                entries=by_day.get(day, [])[:A_DAY_SHOWS],
            )
            for day in days_from(self.today, WEEK)
        ]

    def _drafts(self) -> list[Entry]:
        """Return the drafts that were made last."""
        rows = _bare(self.rows.waiting().order_by("-pk"), "title", "modified_at")
        return [
            self._entry(article, moment=_moment(article.modified_at))
            for article in rows[:A_PART_SHOWS]
        ]

    def _removed(self) -> list[Entry]:
        rows = self.rows.with_something_removed().newest_first()
        return [
            self._entry(article, note=name_removed(article.removed), moment=_moment(article.date))
            for article in _bare(rows, "title", "date", "removed")[:A_PART_SHOWS]
        ]

    def _chart(self, days: Mapping[date, Mapping[str, int]]) -> Chart:
        shown = days_from(self.today - timedelta(days=CHART_DAYS - 1), CHART_DAYS)
        return draw_chart(
            (
                day,
                days.get(day, {}).get("public", 0),
                self.addresses.day(day, ArticleState.PUBLIC),
            )
            for day in shown
        )

    def _entry(self, article: Any, *, note: str = "", moment: str = "") -> Entry:
        return Entry(article.title, self.addresses.article(article.pk), note, moment)


class Addresses:
    """Where numbers and names lead, on the admin site at hand."""

    def __init__(self, reverse: Any) -> None:
        self.reverse = reverse

    def articles(self, **query: Any) -> str:
        """Return the address of the filtered list."""
        address = self.reverse("article_changelist")
        return f"{address}?{urlencode(query)}" if query else str(address)

    def day(self, day: date, state: ArticleState) -> str:
        return self.articles(
            date__year=day.year, date__month=day.month, date__day=day.day, state=state.value
        )

    def article(self, pk: int) -> str:
        return str(self.reverse("article_change", pk))

    def record(self, pk: int) -> str:
        return str(self.reverse("importrecord_change", pk))


def _bare(rows: Any, *columns: str) -> Any:
    """Return the rows with these columns alone: bodies and stored JSON stay in the database."""
    return rows.select_related(None).prefetch_related(None).only("pk", *columns)


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")


def describe_imports(records: Any, addresses: Addresses) -> list[ImportEntry]:
    """Return the last of the imports `records`, newest first. 1 query."""
    # The order of their ids, which is that of their beginnings, has an index.
    rows = records.order_by("-pk").defer("upload", "troubles")[:IMPORTS_SHOWN]
    return [_import_entry(record, addresses) for record in rows]


def _import_entry(record: ImportRecord, addresses: Addresses) -> ImportEntry:
    return ImportEntry(
        source=record.source,
        link=addresses.record(record.pk),
        moment=_moment(record.started_at),
        state=show_record_state(record),
        failures=count_troubles(record.counts),
        files=name_counts(record.counts),
    )
