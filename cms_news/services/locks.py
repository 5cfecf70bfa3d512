"""A lock that dies with its process: two imports of one source never interleave, a killed one blocks nobody."""

import hashlib
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from django.db import connection

from cms_news.errors import NewsError, gettext_noop

if sys.platform != "win32":
    import fcntl

MAX_NAME = 63
"""Of a session in PostgreSQL."""


class ImportLockedError(NewsError):
    """Another process is importing the same source right now."""


@contextmanager
def import_lock(source: str) -> Iterator[None]:
    """Hold the lock of `source` for the block. Raises ImportLockedError where somebody else holds it."""
    digest = hashlib.sha256(f"cms_news import {source}".encode()).digest()
    hold = _advisory_lock if connection.vendor == "postgresql" else _file_lock
    with hold(digest) as holder:
        if holder is not None:
            raise ImportLockedError(
                gettext_noop(
                    'another import of the source "{source}" is running ({holder}); wait for its end'
                ),
                source=source,
                holder=holder or "?",
            )
        yield


def _own_name() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"[:MAX_NAME]


@contextmanager
def _advisory_lock(digest: bytes) -> Iterator[str | None]:
    """A lock of the session: the server takes it back when the connection ends, however it ends.

    Provides the name of the session that holds it, or None where this one does.
    """
    key = int.from_bytes(digest[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        (is_held,) = cursor.fetchone()
        if is_held:
            cursor.execute("SELECT set_config('application_name', %s, false)", [_own_name()])
    if not is_held:
        yield _find_session(digest)
        return
    try:
        yield None
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
            cursor.execute("RESET application_name")


def _find_session(digest: bytes) -> str:
    high, low = int.from_bytes(digest[:4]), int.from_bytes(digest[4:8])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid)"
            " WHERE locktype = 'advisory' AND granted AND classid = %s AND objid = %s",
            [high, low],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else ""


@contextmanager
def _file_lock(digest: bytes) -> Iterator[str | None]:
    """A lock on a file beside the database: the kernel takes it back when the process ends.

    Provides what its holder wrote into it, or None where this process holds it.
    """
    if sys.platform == "win32":  # SQLite's own lock has to do
        yield None
        return
    path = _lock_path(digest)
    try:
        handle = _take(path)
    except OSError as error:
        raise NewsError(
            gettext_noop("{path} can't be locked: {reason}"),
            path=path,
            reason=error.strerror or error,
        ) from error
    if isinstance(handle, str):
        yield handle
        return
    with handle:
        try:
            yield None
        finally:
            # While it is locked: whoever opened it before looks whether it still has its name.
            path.unlink(missing_ok=True)


def _lock_path(digest: bytes) -> Path:
    name = str(connection.settings_dict["NAME"])
    if getattr(connection, "is_in_memory_db", bool)():
        # Every process has a database of that name to itself.
        name = str(Path(tempfile.gettempdir()) / f"cms_news-{os.getpid()}")
    elif name.startswith("file:"):
        name = unquote(urlsplit(name).path)
    # Beside the database, by its real name: there all that use it meet, whoever and wherever they are.
    return Path(f"{Path(name).resolve()}-import-{digest.hex()[:16]}.lock")


def _take(path: Path) -> IO[bytes] | str:
    """Return the open and locked file at `path`, or what its holder wrote into it."""
    while True:
        handle = _open(path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with handle:
                return handle.read(1000).decode(errors="replace")
        except OSError:
            handle.close()
            raise
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle.fileno()), path.stat()):
                _sign(handle)
                return handle
        handle.close()


def _open(path: Path) -> IO[bytes]:
    flags = os.O_CREAT | os.O_NOFOLLOW
    try:
        return os.fdopen(os.open(path, flags | os.O_RDWR, 0o666), "r+b", buffering=0)
    except PermissionError:
        # Somebody else's, left by an import that was killed. To lock it, reading is enough.
        return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb", buffering=0)


def _sign(handle: IO[bytes]) -> None:
    if handle.writable():
        handle.truncate(0)
        handle.write(_own_name().encode())
