"""The clock that decides what is public: the database's, for machines differ and there is one of it."""

from typing import Any

from django.db.models.functions import Now
from django.db.models.sql import Query


def now_sql(connection: Any) -> str:
    """Return the SQL for the time at which the statement that holds it begins.

    Delivery asks nobody else for the time: a test that puts its own function here moves the clock.
    """
    sql = _composed.get(connection.vendor)
    if sql is None:
        # Django knows how each database says it: CURRENT_TIMESTAMP is the transaction's on PostgreSQL.
        compiler: Any = Query(None).get_compiler(connection=connection)
        sql = _composed[connection.vendor] = str(compiler.compile(Now())[0])
    return sql


_composed: dict[str, str] = {}
"""By the kind of database."""
