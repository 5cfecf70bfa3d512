"""Many rows in few statements, and no instance for each: a fifth of what `bulk_create` takes."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateTimeField, Field, Model

from .copying import copy_rows
from .driver import has_psycopg3
from .numbering import can_count_on, take_ids

_NOTHING: frozenset[type] = frozenset({type(None)})
_READY: dict[str, frozenset[type]] = {
    "CharField": _NOTHING | {str},
    "TextField": _NOTHING | {str},
    "SlugField": _NOTHING | {str},
    "BooleanField": _NOTHING | {bool},
    "PositiveIntegerField": _NOTHING | {int},
    "PositiveSmallIntegerField": _NOTHING | {int},
    "ForeignKey": _NOTHING | {int},
}
"""By the kind of a field, what every driver takes as it is."""

WORTH_COPYING = 8
"""Rows; fewer are inserted, which needs no ids beforehand."""


def insert_rows(
    model: type[Model],
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    using: str,
    returns_ids: bool = False,
) -> list[Any]:
    """Insert `rows`, whose values belong to the fields `names`; return the ids if asked for, in their order.

    For services: nothing is derived, announced or outdated by it. As many statements as the database's limit
    of parameters makes necessary; many rows are copied on PostgreSQL, in 2 statements at most, and on SQLite
    inserted by one that is called again and again.
    """
    connection = connections[using]
    columns = {field.name: field for field in model._meta.concrete_fields}
    fields = [columns[name] for name in names]
    # By columns: most hold nothing but what the driver takes, and that is told of a whole column at once.
    by_column = zip(*rows, strict=True)
    made = [_prepare(field, column, connection) for field, column in zip(fields, by_column)]  # noqa: B905
    prepared = list(zip(*made, strict=True))
    if len(prepared) >= WORTH_COPYING and has_psycopg3(connection):
        return copy_rows(model, fields, prepared, connection, returns_ids=returns_ids)
    if len(prepared) >= WORTH_COPYING and can_count_on(model, connection):
        return _insert_one_by_one(model, fields, prepared, connection, returns_ids=returns_ids)
    ids: list[Any] = []
    with connection.cursor() as cursor:
        for batch in _batches(prepared, connection.ops.bulk_batch_size(fields, prepared)):
            sql = _insert_sql(model, fields, len(batch), connection, returns_ids=returns_ids)
            cursor.execute(sql, list(chain.from_iterable(batch)))
            if returns_ids:
                ids += [found for (found,) in cursor.fetchall()]
    return ids


def _insert_one_by_one(
    model: type[Model],
    fields: "list[Field[Any, Any]]",
    rows: Sequence[Sequence[Any]],
    connection: BaseDatabaseWrapper,
    *,
    returns_ids: bool,
) -> list[Any]:
    """Insert `rows` by one short statement: reading a long one takes SQLite longer than a call for each row."""
    ids = take_ids(model, len(rows), connection) if returns_ids else []
    if returns_ids:
        fields = [model._meta.pk, *fields]
        rows = [(pk, *row) for pk, row in zip(ids, rows, strict=True)]
    sql = _insert_sql(model, fields, 1, connection, returns_ids=False)
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)
    return ids


def can_return_ids(using: str) -> bool:
    """Return whether the database tells the ids of rows that it is given together."""
    return bool(connections[using].features.can_return_rows_from_bulk_insert)


def _insert_sql(
    model: type[Model],
    fields: "Sequence[Field[Any, Any]]",
    count: int,
    connection: BaseDatabaseWrapper,
    *,
    returns_ids: bool,
) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    values = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * count)
    returning = f" RETURNING {quote(str(model._meta.pk.column))}" if returns_ids else ""
    # Nothing in it but names of our own tables and columns.
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES {values}{returning}"  # noqa: S608


def _prepare(
    field: "Field[Any, Any]", column: Sequence[Any], connection: BaseDatabaseWrapper
) -> Sequence[Any]:
    """Return the values of `field` as the driver takes them."""
    if _READY.get(field.get_internal_type(), _NOTHING).issuperset(map(type, column)):
        return column
    make = partial(field.get_db_prep_save, connection=connection)
    if isinstance(field, DateTimeField):
        # The links of an article share its date.
        made = {value: make(value) for value in set(column)}
        return [made[value] for value in column]
    return [value if value is None else make(value) for value in column]


def _batches(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    step = max(1, size)
    for start in range(0, len(rows), step):
        yield rows[start : start + step]
