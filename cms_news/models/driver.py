"""What the database's driver can do beyond what Django asks of it."""

from typing import Any


def has_psycopg3(connection: Any) -> bool:
    """Return whether the database is PostgreSQL, reached by the newer of its two drivers."""
    if connection.vendor != "postgresql":
        return False
    from django.db.backends.postgresql.psycopg_any import is_psycopg3

    return bool(is_psycopg3)
