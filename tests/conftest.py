"""Skips, aloud, the tests whose browser or server isn't there."""

import importlib.util
import os
import shutil
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cms_news.models import clock as database_clock
from tests.clocks import HeldClock

REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")


def find_chromium() -> str | None:
    """Return the path of Debian's browser, or of the one in PATH."""
    return shutil.which("chromium") or shutil.which("/usr/bin/chromium")


@pytest.fixture(scope="session")
def chromium_path() -> str | None:
    return find_chromium()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> HeldClock:
    """The database's clock, held on a day in 2025: long before the machine's."""
    held = HeldClock(datetime(2025, 6, 1, 12, 0, 0, 500_000, tzinfo=UTC))
    monkeypatch.setattr(database_clock, "now_sql", held.now_sql)
    return held


def missing_browser() -> str:
    """Return why no browser test can run; "" when one can."""
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed"
    if not find_chromium():
        return "chromium is neither in PATH nor in /usr/bin"
    return ""


def missing_postgresql() -> str:
    """Return why no PostgreSQL test can run; "" when a server answers at PGHOST."""
    host, port = os.environ.get("PGHOST", "127.0.0.1"), int(os.environ.get("PGPORT", "5432"))
    if host.startswith("/"):
        path = Path(host) / f".s.PGSQL.{port}"
        return "" if path.is_socket() else f"no PostgreSQL server at {path}"
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError as error:
        return f"no PostgreSQL server at {host}:{port} ({error.strerror or error})"
    return ""


def missing_redis() -> str:
    """Return why no Redis test can run; "" when a server answers at TEST_REDIS_URL."""
    parts = urlsplit(REDIS_URL)
    try:
        socket.create_connection((parts.hostname, parts.port or 6379), timeout=1).close()
    except OSError as error:
        return f"no Redis server at {parts.netloc} ({error.strerror or error})"
    return ""


def missing_npm() -> str:
    """Return why no client in TypeScript can be made; "" when one can."""
    missing = [name for name in ("node", "npm") if not shutil.which(name)]
    return f"{' and '.join(missing)} not found in PATH" if missing else ""


def missing_schemathesis() -> str:
    """Return why schemathesis can't be run; "" when it can."""
    is_there = importlib.util.find_spec("schemathesis") is not None
    return "" if is_there else "schemathesis is not installed"


NEEDS = {
    "browser": missing_browser,
    "postgresql": missing_postgresql,
    "redis": missing_redis,
    "schemathesis": missing_schemathesis,
    "typescript": missing_npm,
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out bounds on time where every line is traced: they would measure the tracing."""
    if sys.gettrace() is not None and item.get_closest_marker("timed"):
        pytest.skip("times mean nothing under coverage; the run without it has them")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests to skip; what a marker needs is looked for once, and only if a test carries it."""
    for marker, find_reason in NEEDS.items():
        marked = [item for item in items if item.get_closest_marker(marker)]
        reason = find_reason() if marked else ""
        if reason:
            for item in marked:
                item.add_marker(pytest.mark.skip(reason=reason))
