"""A database for one command's eyes, gone when it ends."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, router
from django.db.models import Model

TEMPORARY = "pg_temp"
"""PostgreSQL's schema of what no other connection sees, and which ends with it."""


@contextmanager
def scratch_database(*, is_of_same_kind: bool = False) -> Iterator[None]:
    """Let the default database be an empty one with the tables of this app, for the block, whatever routers say.

    That is an SQLite file; or, where `is_of_same_kind` asks for it and the project has PostgreSQL, temporary tables
    of a connection of their own. Raises CommandError, status 2, where none can be made.
    """
    former = connections[DEFAULT_DB_ALIAS]
    is_postgresql = is_of_same_kind and former.vendor == "postgresql"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scratch.sqlite3"
        chosen = _temporary(former.settings_dict) if is_postgresql else _in_file(file, former)
        with _only_database(chosen):
            try:
                _make_tables()
            except DatabaseError as error:
                detail = str(error).strip()
                raise CommandError(
                    f"no scratch database can be made: {detail}", returncode=2
                ) from error
            yield


def _in_file(file: Path, former: Any) -> dict[str, Any]:
    return {
        **former.settings_dict,
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        # It need not outlive the machine, let alone the block.
        "OPTIONS": {"init_command": "PRAGMA synchronous=OFF"},
    }


def _temporary(former: dict[str, Any]) -> dict[str, Any]:
    options = {name: value for name, value in former["OPTIONS"].items() if name != "pool"}
    path = f"{options.get('options', '')} -c search_path={TEMPORARY}".strip()
    # The tables end with the connection: nobody may close it meanwhile.
    return {**former, "OPTIONS": {**options, "options": path}, "CONN_MAX_AGE": None}


@contextmanager
def _only_database(chosen: dict[str, Any]) -> Iterator[None]:
    former_settings = connections.settings[DEFAULT_DB_ALIAS]
    former, former_routers = connections[DEFAULT_DB_ALIAS], router.routers
    connections.settings[DEFAULT_DB_ALIAS] = {
        **chosen,
        "ATOMIC_REQUESTS": False,
        "AUTOCOMMIT": True,
    }
    connections[DEFAULT_DB_ALIAS] = connections.create_connection(DEFAULT_DB_ALIAS)
    # A router may know of other databases, and those are not ours to write to.
    router.routers = []
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS].close()
        connections.settings[DEFAULT_DB_ALIAS] = former_settings
        connections[DEFAULT_DB_ALIAS] = former
        router.routers = former_routers


def _make_tables() -> None:
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "postgresql":
        _refuse_other_schemas(connection)
    own = apps.get_app_config("cms_news").get_models()
    models: list[type[Model]] = [model for model in own if not model._meta.proxy]
    if connection.vendor == "sqlite":
        # It takes no row that may refer to a table that is not there.
        models.insert(0, get_user_model())
    others = _referred_tables(models)
    with connection.schema_editor() as editor:
        for model in models:
            editor.create_model(model)
        # Those are not here, and a temporary table may not refer to one that stays.
        editor.deferred_sql = [
            statement
            for statement in editor.deferred_sql
            if not any(statement.references_table(table) for table in others)
        ]


def _referred_tables(models: Sequence[type[Model]]) -> set[str]:
    """Return the tables that `models` refer to and that are not theirs, such as that of the users."""
    fields = [field for model in models for field in model._meta.get_fields()]
    referred: set[Any] = {
        field.related_model for field in fields if field.concrete or _links_many(field)
    }
    return {model._meta.db_table for model in referred - {None, *models}}


def _links_many(field: Any) -> bool:
    return bool(field.many_to_many and not field.auto_created)


def _refuse_other_schemas(connection: Any) -> None:
    """Raise DatabaseError where a pooler has lost the search path: the tables would be the project's own."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW search_path")
        (found,) = cursor.fetchone()
    if found != TEMPORARY:
        raise DatabaseError(f'the search path is "{found}"; a pooler has lost the one asked for')
