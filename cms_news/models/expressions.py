"""SQL that Django has no words for."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from django.db import models
from django.db.models.lookups import LessThanOrEqual, Lookup

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Comparison = Literal["<", ">"]


class _Row(models.Func):
    """`(a, b)`."""

    template = "(%(expressions)s)"
    arity = 2
    output_field = models.BooleanField()
    """None that means anything: a row is only ever compared."""


class RowComparison(Lookup):
    """`(a, b) < (…, …)` as one comparison, which an index on both answers as a range.

    Written with AND and OR it is the same set, but planners then walk through all ties of `a`. It is a lookup
    because Django puts any other expression as `… = 1` on SQLite, which is no range any more.
    """

    lookup_name = "row_comparison"

    def __init__(
        self,
        columns: tuple[Any, Any],
        comparison: Comparison,
        values: tuple[Any, Any],
        *,
        is_inclusive: bool = False,
    ) -> None:
        super().__init__(_Row(*columns), _Row(*values))
        self.comparison = f"{comparison}=" if is_inclusive else comparison

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        columns, column_params = self.process_lhs(compiler, connection)
        values, value_params = self.process_rhs(compiler, connection)
        return f"{columns} {self.comparison} {values}", (*column_params, *value_params)


class UnindexedLessThanOrEqual(LessThanOrEqual):
    """`<=` by which no index is entered: SQLite takes any such bound for worth more than an order."""

    lookup_name = "lte_unindexed"

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        return f"<= {rhs}"

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        sql, params = self.as_sql(compiler, connection)
        return f"+{sql}", params


class UnionOfIds(models.Expression):
    """What stands in slices of several QuerySets of ids, for `pk__in`: each slice keeps its own index range.

    Django's own union() can't be filtered by, and has no slices in it on SQLite.
    """

    def __init__(self, slices: Iterable[models.QuerySet[Any, Any]]) -> None:
        super().__init__(output_field=models.BigIntegerField())
        self.queries = [rows.query for rows in slices]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        compiled = [query.get_compiler(connection=connection).as_sql() for query in self.queries]
        parts = [
            f"SELECT * FROM ({sql}) AS part{number}"  # noqa: S608
            for number, (sql, _params) in enumerate(compiled)
        ]
        params = tuple(param for _sql, found in compiled for param in found)
        return f"({' UNION ALL '.join(parts)})", params


class Sortable(models.Func):
    """A moment as a number or a text, to be read by `read_sortable`.

    To make a datetime of it takes longer than to fetch it, and of a page only the first and the last are wanted.
    """

    arity = 1
    output_field = models.TextField()

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        return f"(EXTRACT(EPOCH FROM {sql}) * 1000000)::bigint", params

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:  # type: ignore[override]
        # Django lets the driver of SQLite make datetimes of columns, but not of what is computed.
        sql, params = compiler.compile(self.get_source_expressions()[0])
        return f"CAST({sql} AS TEXT)", params


def read_sortable(value: int | str) -> datetime:
    """Return the moment that `Sortable` has selected."""
    if isinstance(value, int):
        return EPOCH + timedelta(microseconds=value)
    return datetime.fromisoformat(value).replace(tzinfo=UTC)
