"""A database address, as one line of environment, in Django's terms."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

SQLITE_OPTIONS = {
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
}
"""Several processes may write: readers never wait, and writers queue instead of failing."""


def parse_database_url(url: str, *, root: Path) -> dict[str, Any]:
    """Return the settings of `sqlite:///path` (relative to `root`) or `postgres://user:pass@host:port/name`.

    A fourth slash makes the SQLite path absolute; `sqlite:///:memory:` is no file. Raises ValueError for any other scheme.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        name = unquote(parts.path[1:])
        path = name if name == ":memory:" else root / name
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": SQLITE_OPTIONS}
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(f'"{parts.scheme}" is no known database; write sqlite: or postgres:')
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
    }
