"""A database for one command's eyes, gone when it ends."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections


@contextmanager
def scratch_database() -> Iterator[None]:
    """Let the default database be an empty SQLite file with the tables of this app, for the block."""
    former_settings = connections.settings[DEFAULT_DB_ALIAS]
    former = connections[DEFAULT_DB_ALIAS]
    with tempfile.TemporaryDirectory() as folder:
        connections.settings[DEFAULT_DB_ALIAS] = {
            **former_settings,
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(folder) / "scratch.sqlite3",
            "OPTIONS": {},
            "ATOMIC_REQUESTS": False,
            "AUTOCOMMIT": True,
        }
        connections[DEFAULT_DB_ALIAS] = connections.create_connection(DEFAULT_DB_ALIAS)
        try:
            with connections[DEFAULT_DB_ALIAS].schema_editor() as editor:
                for model in apps.get_app_config("cms_news").get_models():
                    editor.create_model(model)
            yield
        finally:
            connections[DEFAULT_DB_ALIAS].close()
            connections.settings[DEFAULT_DB_ALIAS] = former_settings
            connections[DEFAULT_DB_ALIAS] = former
