"""The statements that every read and every write pays for, written by hand.

Composed by Django each costs three times what it costs the database and the driver.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import models

from . import clock

MAX_DATES = 8
"""Of more dates than so many, a bump does not look for the next one; the first reader does."""
_MOMENT = models.Value(None, output_field=models.DateTimeField())
"""Stands for any column of a moment: databases without such a type convert by it."""


def read_row(connection: Any, table: str, columns: Sequence[str], *, pk: int) -> list[Any]:
    """Return the columns of the row, None where there is no row, and the database's clock after them."""
    sql = _read_sql(connection, table, columns)
    with connection.cursor() as cursor:
        cursor.execute(sql, [pk])
        row = list(cursor.fetchone())
    return _with_datetimes(row, connection, first=columns.index("next_change_at"))


def _read_sql(connection: Any, table: str, columns: Sequence[str]) -> str:
    now = clock.now_sql(connection)
    key = (connection.vendor, now, table, tuple(columns))
    if key not in _composed:
        if len(_composed) >= MAX_COMPOSED:
            _composed.clear()
        quote = connection.ops.quote_name
        names = ", ".join(f"state.{quote(name)}" for name in columns)
        _composed[key] = (
            f"SELECT {names}, {now} FROM (SELECT 1) AS anything "  # noqa: S608
            f"LEFT JOIN {quote(table)} AS state ON state.{quote('id')} = %s"
        )
    return _composed[key]


_composed: dict[tuple[str, str, str, tuple[str, ...]], str] = {}
"""By all that it is composed of: a test may give every reader another clock."""
MAX_COMPOSED = 64


def _with_datetimes(row: list[Any], connection: Any, *, first: int) -> list[Any]:
    """Return `row` with what stands from `first` on as moments, whatever the driver made of them."""
    for convert in connection.ops.get_db_converters(_MOMENT):
        row[first:] = [convert(value, _MOMENT, connection) for value in row[first:]]
    return row


def write_bump(
    connection: Any,
    table: str,
    generations: Mapping[str, int],
    *,
    dates: Sequence[datetime] | None,
    pk: int,
) -> int:
    """Store `generations` and draw the horizon in to the first of `dates`, which are sorted, that lies ahead.

    To the present where `dates` is None. Returns the number of rows, 1 or 0.
    """
    quote = connection.ops.quote_name
    assignments, params = _assignments(connection, table, generations, dates)
    sql = f"UPDATE {quote(table)} SET {assignments} WHERE {quote('id')} = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, pk])
        changed: int = cursor.rowcount
    return changed


def write_bump_and_commit(
    connection: Any,
    table: str,
    generations: Mapping[str, int],
    *,
    dates: Sequence[datetime] | None,
    row: Mapping[str, Any],
) -> None:
    """Do what `write_bump` does, or store `row` where there is none, and COMMIT, in one message to the server.

    Moments that `row` leaves open, as None, are the present.

    All writers wait for one another from the bump to the end of COMMIT. A writer that sent the two apart would
    keep the others waiting until its own process is given a processor again: four writers on two processors
    reached two thirds of what they do without the row.
    """
    from django.db.backends.postgresql.psycopg_any import ClientCursor

    quote = connection.ops.quote_name
    assignments, params = _assignments(connection, table, generations, dates)
    columns = ", ".join(map(quote, row))
    now = clock.now_sql(connection)
    values = ", ".join(now if value is None else "%s" for value in row.values())
    given = [value for value in row.values() if value is not None]
    sql = (
        f"INSERT INTO {quote(table)} ({columns}) VALUES ({values}) "  # noqa: S608
        f"ON CONFLICT ({quote('id')}) DO UPDATE SET {assignments}; COMMIT"
    )
    # Composed here: what is bound by the server must be one statement.
    with connection.wrap_database_errors, ClientCursor(connection.connection) as composer:
        whole = composer.mogrify(sql, [*given, *params])
    with connection.cursor() as cursor:
        cursor.execute(whole)


def _assignments(
    connection: Any,
    table: str,
    generations: Mapping[str, int],
    dates: Sequence[datetime] | None,
) -> tuple[str, list[Any]]:
    """Return what stands behind SET, with its parameters."""
    quote = connection.ops.quote_name
    now = clock.now_sql(connection)
    greatest = "MAX" if connection.vendor == "sqlite" else "GREATEST"
    stored = f"{quote(table)}.{{}}".format
    later = _one_second_later(connection.vendor, stored(quote("changed_at")))
    horizon, params = _horizon(connection, now, dates, column=stored(quote("next_change_at")))
    assignments = [
        *(f"{quote(name)} = %s" for name in generations),
        # The clock that tells dates ahead from dates past: no reader may be of a moment before it.
        f"{quote('as_of')} = {greatest}({stored(quote('as_of'))}, {now})",
        # A header tells whole seconds: two changes within one would look alike.
        f"{quote('changed_at')} = {greatest}({later}, {now})",
        *([f"{quote('next_change_at')} = {horizon}"] if horizon else []),
    ]
    return ", ".join(assignments), [*generations.values(), *params]


def _one_second_later(vendor: str, column: str) -> str:
    if vendor == "sqlite":
        return f"STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', {column}, '+1 second')"
    return f"{column} + INTERVAL '1' SECOND"


def _horizon(
    connection: Any, now: str, dates: Sequence[datetime] | None, *, column: str
) -> tuple[str, list[Any]]:
    """Return the SQL of the new horizon with its parameters; "" where it stays."""
    # SQLite's least of anything and NULL is NULL.
    least = "MIN" if connection.vendor == "sqlite" else "LEAST"
    no_later_than = f"{least}(COALESCE({column}, {{0}}), {{0}})"
    if dates is None:
        return no_later_than.format(now), []
    if not dates:
        return "", []
    adapted = [connection.ops.adapt_datetimefield_value(date) for date in dates]
    if len(adapted) > MAX_DATES:
        drawn_in = f"WHEN %s > {now} THEN {no_later_than.format(now)}"
        return f"CASE {drawn_in} ELSE {column} END", adapted[-1:]
    arms = [f"WHEN %s > {now} THEN {no_later_than.format('%s')}" for _date in adapted]
    return f"CASE {' '.join(arms)} ELSE {column} END", [d for d in adapted for _ in range(3)]
