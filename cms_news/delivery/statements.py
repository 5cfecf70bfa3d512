"""Statements that Django composes once, to be run again with other values.

Composing one takes several times what the database takes to answer it, and what differs between two requests of
one shape is nothing but values.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

MAX_STATEMENTS = 512
"""Shapes that are remembered; what strangers ask beyond that costs what it would cost without memory."""
FIRST_MARK = datetime(9000, 1, 1, tzinfo=UTC)
FIRST_NUMBER = 7_000_000_000_000_000_000
TRACES = ("9000-01-01", "datetime(9000, 1, 1", str(FIRST_NUMBER)[:12], "\N{SYMBOL FOR NULL}")
"""What is seen of a mark that was turned into something else, where it would be a constant for ever."""

Build = Callable[[Sequence[Any], Any, str], QuerySet[Any, Any]]
"""Makes, of values, shape and database alias, the rows: of `values_list`, and the same for the same arguments."""


@dataclass(frozen=True, slots=True)
class _Statement:
    sql: str
    constants: tuple[Any, ...]
    pick: Callable[[Sequence[Any]], tuple[Any, ...]]
    """Takes the parameters out of the values with the constants behind them."""


def fetch(
    build: Build, shape: Hashable, values: Sequence[Any], *, using: str
) -> list[tuple[Any, ...]]:
    """Return the rows of `build(values, shape, using)`. 1 query.

    The values are datetimes, numbers and texts. The columns are such as come out of every database as they are.
    """
    kinds = tuple(map(type, values))
    statement = _compose(build, shape, kinds, using)
    if statement is None:
        return []
    connection = connections[using]
    adapt = connection.ops.adapt_datetimefield_value
    adapted = [adapt(value) if type(value) is datetime else value for value in values]
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.pick([*adapted, *statement.constants]))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


@lru_cache(maxsize=MAX_STATEMENTS)
def _compose(
    build: Build, shape: Hashable, kinds: tuple[type, ...], using: str
) -> _Statement | None:
    """Return the statement, or None where it can't find anything. Which parameter is which, marks tell."""
    connection = connections[using]
    marks = [_MARKS[kind](index) for index, kind in enumerate(kinds)]
    query = build(marks, shape, using).query
    compiler = query.get_compiler(connection=connection)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return None
    _refuse_converted(compiler)
    adapt = connection.ops.adapt_datetimefield_value
    places = {adapt(m) if isinstance(m, datetime) else m: index for index, m in enumerate(marks)}
    constants = [param for param in params if param not in places]
    left = f"{sql} {constants!r}"
    if any(trace in left for trace in TRACES):
        raise ValueError(f"{left}: holds a value in another form than it was given in")
    behind = iter(range(len(marks), len(marks) + len(constants)))
    picked = [places[param] if param in places else next(behind) for param in params]
    return _Statement(sql, tuple(constants), _picker(picked))


def _picker(indexes: Sequence[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    if len(indexes) > 1:
        return itemgetter(*indexes)
    return lambda values: tuple(values[index] for index in indexes)


def _refuse_converted(compiler: Any) -> None:
    columns = [column for column, *_rest in compiler.select]
    if compiler.get_converters(columns):
        raise ValueError("a column needs Django to read its values; select it as text")


_MARKS: dict[type, Callable[[int], Any]] = {
    datetime: lambda index: FIRST_MARK + timedelta(microseconds=index),
    int: lambda index: FIRST_NUMBER + index,
    str: lambda index: f"\N{SYMBOL FOR NULL}{index}",
}
