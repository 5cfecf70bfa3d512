"""What every benchmark needs of the machine: a database to itself, the processor's clocks, and a description."""

import os
import platform
import resource
import sqlite3
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER = "postgres://postgres@127.0.0.1:5432"
NANOSECONDS = 1_000_000_000


@contextmanager
def open_database(kind: str, server: str, *, name: str) -> Iterator[str]:
    """Provide the address of an empty database that is gone afterwards; `name` is its name on the server."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix=f"{name}-") as folder:
            yield f"sqlite:///{folder}/bench.sqlite3"
        return
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    ask_server(server, drop, f"CREATE DATABASE {name}")
    try:
        yield f"{server}/{name}"
    finally:
        ask_server(server, drop)


def ask_server(server: str, *statements: str) -> str:
    """Run `statements` on the server and return its version."""
    import psycopg

    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
        return ".".join(str(connection.info.server_version // 10**n % 100) for n in (4, 0))


def read_own_clock() -> float:
    """Return the CPU seconds of this process and its finished children."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def read_process_clock(process_ids: Iterable[int]) -> float:
    """Return the CPU seconds that processes of this machine have taken; 0 of one that is not to be seen."""
    return sum(map(_read_schedstat, process_ids))


def _read_schedstat(process_id: int) -> float:
    # The kernel counts in nanoseconds here; /proc/…/stat would count in hundredths of a second.
    try:
        return int(Path(f"/proc/{process_id}/schedstat").read_text().split()[0]) / NANOSECONDS
    except OSError:
        return 0.0


def list_servers() -> list[int]:
    """Return the PostgreSQL processes that this process's open connections of Django talk to."""
    from django.db import connections

    found = [getattr(wrapper.connection, "info", None) for wrapper in connections.all()]
    return [info.backend_pid for info in found if info is not None]


def describe_machine(database: str, server: str) -> str:
    import django

    version = f"SQLite {sqlite3.sqlite_version}"
    if database == "postgres":
        version = f"PostgreSQL {ask_server(server)}"
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, Django {django.__version__}, "
        f"{version}, load {os.getloadavg()[0]:.1f}"
    )


def tell(line: str = "") -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def note(line: str) -> None:
    """Say how far it is, beside what is printed."""
    sys.stderr.write(f"{line}\n")
