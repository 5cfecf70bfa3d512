"""Ids for rows that are yet to be stored, where the database would not tell which it gave."""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import AutoField, BigAutoField, Model


def take_ids(model: type[Model], count: int, connection: BaseDatabaseWrapper) -> list[int]:
    """Return `count` ids of `model` that nobody else gets; on SQLite, while the transaction at hand lasts."""
    if connection.vendor == "sqlite":
        return _count_on(model, count, connection)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [table, model._meta.pk.column, count],
        )
        return [pk for (pk,) in cursor.fetchall()]


def can_count_on(model: type[Model], connection: BaseDatabaseWrapper) -> bool:
    """Return whether this is SQLite, with one writer at a time, and ids that it counts."""
    is_counted = isinstance(model._meta.pk, AutoField | BigAutoField)
    return connection.vendor == "sqlite" and connection.in_atomic_block and is_counted


def _count_on(model: type[Model], count: int, connection: BaseDatabaseWrapper) -> list[int]:
    quote = connection.ops.quote_name
    table, column = model._meta.db_table, str(model._meta.pk.column)
    # If somebody else writes between this and the first row, that row is refused: what was read is outdated then.
    sql = (
        f"SELECT MAX(COALESCE((SELECT MAX({quote(column)}) FROM {quote(table)}), 0), "  # noqa: S608
        "COALESCE((SELECT MAX(seq) FROM sqlite_sequence WHERE name = %s), 0))"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [table])
        (last,) = cursor.fetchone()
    return list(range(last + 1, last + 1 + count))
