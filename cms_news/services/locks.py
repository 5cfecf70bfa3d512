"""A lock that dies with its process: two imports of one source never interleave, a killed one blocks nobody."""

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import connection

from cms_news.errors import NewsError, gettext_noop

if sys.platform != "win32":
    import fcntl


class ImportLockedError(NewsError):
    """Another process is importing the same source right now."""


@contextmanager
def import_lock(source: str) -> Iterator[None]:
    """Hold the lock of `source` for the block. Raises ImportLockedError where somebody else holds it."""
    digest = hashlib.sha256(f"cms_news import {source}".encode()).digest()
    hold = _advisory_lock if connection.vendor == "postgresql" else _file_lock
    with hold(digest) as is_held:
        if not is_held:
            raise ImportLockedError(
                gettext_noop(
                    'another import of the source "{source}" is running; wait for its end'
                ),
                source=source,
            )
        yield


@contextmanager
def _advisory_lock(digest: bytes) -> Iterator[bool]:
    """A lock of the session: the server takes it back when the connection ends, however it ends."""
    key = int.from_bytes(digest[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        (is_held,) = cursor.fetchone()
    try:
        yield is_held
    finally:
        if is_held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


@contextmanager
def _file_lock(digest: bytes) -> Iterator[bool]:
    """A lock on a file that names database and source: the kernel takes it back when the process ends."""
    if sys.platform == "win32":  # SQLite's own lock has to do
        yield True
        return
    names = f"{connection.settings_dict['NAME']} {os.getuid()}"
    if getattr(connection, "is_in_memory_db", bool)():
        names += f" {os.getpid()}"  # every process has a database of that name to itself
    name = hashlib.sha256(digest + names.encode()).hexdigest()[:32]
    with (Path(tempfile.gettempdir()) / f"cms_news-{name}.lock").open("a") as handle:
        is_held = False
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_held = True
        yield is_held
