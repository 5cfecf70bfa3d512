"""What editors ask of the archive: what comes next, what waits, what is not as it should be."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from .expressions import UnionOfIds

if TYPE_CHECKING:
    Base = QuerySet[Any]
else:
    Base = QuerySet

ALIVE = Q(trashed_at__isnull=True)
NO_PICTURE = ALIVE & Q(headimg="", thumbnail="")
SOMETHING_REMOVED = ALIVE & ~Q(removed=[])


class MayBeUnfiled(models.Func):
    """Whether the ids that are stored with an article for serving name no category, or none are stored at present.

    They are an author, a list of categories, and at the end a list of tags: an empty list that goes on with a comma
    is that of the categories. No index knows of link rows that are not there. Without parameters, because SQLite
    does not recognise the condition of an index in a LIKE with one.
    """

    template = "(%(expressions)s)"
    arg_joiner = " = '' OR "
    output_field = models.BooleanField()

    def __init__(self) -> None:
        super().__init__("own_format", NamesNoCategory("own_references"))


class NamesNoCategory(models.Func):
    """`own_references LIKE '%,[],%'`, without a parameter."""

    template = "%(expressions)s LIKE '%%%%,[],%%%%'"
    arity = 1
    output_field = models.BooleanField()


MAY_BE_UNFILED = ALIVE & Q(MayBeUnfiled())
# These are conditions of indexes as well: those who ask must ask in the very same words.


class DeskQueries(Base):
    """Reads for the newsroom's screens. None of them takes longer because the archive is old."""

    def without_category(self) -> Self:
        """Return what is filed nowhere and not in the trash."""
        links = apps.get_model("cms_news", "ArticleCategory").objects
        return self.filter(MAY_BE_UNFILED, ~Exists(links.filter(article=OuterRef("pk"))))

    def without_picture(self) -> Self:
        """Return what has neither head image nor thumbnail and is not in the trash."""
        return self.filter(NO_PICTURE)

    def with_something_removed(self) -> Self:
        """Return what the sanitiser took something out of and is not in the trash."""
        return self.filter(SOMETHING_REMOVED)

    def attention_parts(self) -> "list[Self]":
        """Return, apart, what each reason to need attention finds."""
        return [self.without_category(), self.without_picture(), self.with_something_removed()]

    def needing_attention(self) -> Self:
        """Return what lacks a category or a picture, or lost something to the sanitiser.

        Each reason has an index; joined by OR they would have none.
        """
        whole = self.model._default_manager.using(self.db)
        parts = [rows.order_by().values("pk") for rows in whole.attention_parts()]
        return self.filter(pk__in=UnionOfIds(parts))

    def scheduled_until(self, moment: datetime, *, at: datetime | None = None) -> Self:
        """Return what becomes public by itself before `moment`."""
        return self.scheduled(at=at).filter(date__lt=moment)  # type: ignore[attr-defined,no-any-return]

    def drafts_of(self, user: Any) -> Self:
        """Return the drafts that `user` made or brought in."""
        return self.waiting().filter(created_by=user.pk)

    def waiting(self) -> Self:
        """Return the drafts, by the index that knows what is not released."""
        return self.unreleased().drafts()  # type: ignore[attr-defined,no-any-return]

    def count_states_by_index(self, *, at: datetime | None = None) -> dict[str, int]:
        """Return what `count_states` returns, and open no row of what is public. 1 query.

        All states but one have few articles and an index; the number of all rows is known to every index. Worth it
        as long as nothing else is asked of the rows.
        """
        rows: Any = self
        few = {
            "draft": [rows.waiting()],
            "scheduled": [rows.scheduled(at=at)],
            "expired": [rows.expired(at=at)],
            "trashed": [rows.unreleased().trashed()],
        }
        counts = count_some({**few, "public": [rows]}, using=self.db)
        counts["public"] -= sum(counts[name] for name in few)
        return counts

    def count_days(
        self, first: datetime, after: datetime, *, at: datetime | None = None
    ) -> dict[date, dict[str, int]]:
        """Return, by day of the current zone, how many articles are `public` and `scheduled`. 1 query.

        Of the days from `first` to before `after`, those without articles are left out.
        """
        moment = at or timezone.now()
        lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=moment)
        rows = (
            self.filter(ALIVE, lasting, published=True, date__gte=first, date__lt=after)
            .order_by()
            .annotate(day=TruncDate("date"))
            .values("day")
            .annotate(
                public=Count("pk", filter=Q(date__lte=moment)),
                scheduled=Count("pk", filter=Q(date__gt=moment)),
            )
        )
        return {row.pop("day"): row for row in rows.values("day", "public", "scheduled")}


Parts = Mapping[str, Sequence["QuerySet[Any]"]]


def count_some(wanted: Parts, *, using: str, limit: int | None = None) -> dict[str, int]:
    """Return how many rows stand in each union of QuerySets; `limit` + 1 means more than `limit`. 1 query.

    Nothing is counted further than that, so the number costs no more in a large archive than in a small one
    where an index knows the rows.
    """
    columns: list[str] = []
    params: list[Any] = []
    most = None if limit is None else limit + 1
    for parts in wanted.values():
        sql, found = _count_sql(parts, most, using)
        columns.append(sql)
        params += found
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", params)
        row = cursor.fetchone()
    numbers = [number if most is None else min(number, most) for number in map(int, row)]
    return dict(zip(wanted, numbers, strict=True))


def _count_sql(
    parts: Sequence["QuerySet[Any]"], most: int | None, using: str
) -> tuple[str, list[Any]]:
    statements: list[str] = []
    params: list[Any] = []
    for rows in parts:
        try:
            query = rows.order_by().values("pk")[:most].query
            sql, found = query.get_compiler(using=using).as_sql()
        except EmptyResultSet:
            continue
        statements.append(f"SELECT * FROM ({sql}) AS part{len(statements)}")  # noqa: S608
        params += found
    if not statements:
        return "0", []
    # UNION drops what stands in several of them.
    union = " UNION ".join(statements)
    return f"(SELECT COUNT(*) FROM ({union}) AS counted)", params  # noqa: S608


Span = tuple[datetime, datetime]
MARKS: Span = (
    datetime(1, 2, 3, 4, 5, 6, 789_012, tzinfo=UTC),
    datetime(1, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC),
)
"""Stand for the ends of a span in a statement that is composed once: nothing is of these moments."""


def hold_any(rows: Any, spans: Sequence[Span]) -> list[bool]:
    """Return, for each of `spans`, whether any of `rows` is dated in it: from its first moment to before its second.

    1 query, none without spans. Django takes longer to compose the question for each of sixty years than the
    database to answer all of them.
    """
    if not spans:
        return []
    first, after = MARKS
    try:
        query = rows.order_by().filter(date__gte=first, date__lt=after).values("pk")[:1].query
        sql, params = query.get_compiler(using=rows.db).as_sql()
    except EmptyResultSet:
        return [False] * len(spans)
    connection = connections[rows.db]
    adapt = connection.ops.adapt_datetimefield_value
    marks = [adapt(mark) for mark in MARKS]
    filled = [
        adapt(span[marks.index(param)]) if param in marks else param
        for span in spans
        for param in params
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([f'EXISTS({sql})'] * len(spans))}", filled)
        return list(map(bool, cursor.fetchone()))
