"""Many rows to PostgreSQL by COPY: neither the driver nor the server has a long statement to read."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Model

from .numbering import take_ids


def copy_rows(
    model: type[Model],
    fields: "Sequence[Field[Any, Any]]",
    rows: Sequence[Sequence[Any]],
    connection: BaseDatabaseWrapper,
    *,
    returns_ids: bool,
) -> list[Any]:
    """Store `rows`, whose values the driver takes as they are; return the ids if asked for, in their order."""
    ids = take_ids(model, len(rows), connection) if returns_ids else []
    named = [str(model._meta.pk.column)] * returns_ids + [str(field.column) for field in fields]
    columns = ", ".join(map(connection.ops.quote_name, named))
    table = connection.ops.quote_name(model._meta.db_table)
    whole: Iterable[Sequence[Any]] = (
        ([pk, *row] for pk, row in zip(ids, rows, strict=True)) if returns_ids else rows
    )
    # Nothing in it but names of our own tables and columns.
    sql = f"COPY {table} ({columns}) FROM STDIN"
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(sql) as copy,
    ):
        for row in whole:
            copy.write_row(row)
    return ids
