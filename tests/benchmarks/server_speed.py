"""Measures the API behind a real server: gunicorn with two workers, asked by eight clients at once.

    pip install --group bench           # gunicorn; wrk is used where it is installed
    python -m tests.benchmarks.server_speed --database postgres --articles 20000

The plain implementation (`plain/`) and the API in three setups are started one after another, on the loopback device
alone, and asked the same questions by turns. Beside the requests per second, which the clients on the same machine
take their part of, the CPU milliseconds per request of the workers and of the database's processes are told.
"""

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Thread

from tests.benchmarks.machines import (
    SERVER,
    describe_machine,
    note,
    open_database,
    read_process_clock,
    tell,
)

BENCH_DATABASE = "cms_news_bench_server"
ROOT = Path(__file__).resolve().parent.parent.parent
WORKERS = 2
CLIENTS = 8


@dataclass(frozen=True)
class Setup:
    title: str
    prefix: str
    environment: dict[str, str]


SETUPS = (
    Setup("plain DRF", "/plain", {}),
    Setup("as installed", "/api/v1", {}),
    Setup("minimal middleware", "/api/v1", {"CMS_NEWS_BENCH_MIDDLEWARE": "minimal"}),
    Setup(
        "and prepared",
        "/api/v1",
        {"CMS_NEWS_BENCH_MIDDLEWARE": "minimal", "CMS_NEWS_BENCH_PREPARED": "1"},
    ),
)


@contextmanager
def run_server(setup: Setup) -> Iterator[tuple[int, int]]:
    """Run gunicorn and provide its port and the process id of its master."""
    port = _find_port()
    command = [sys.executable, "-m", "gunicorn", "--workers", str(WORKERS), "--bind"]
    master = subprocess.Popen(
        [*command, f"127.0.0.1:{port}", "--log-level", "error", "example_project.wsgi:application"],
        cwd=ROOT,
        env={**os.environ, **setup.environment},
    )
    try:
        _wait_for(port)
        yield port, master.pid
    finally:
        master.terminate()
        master.wait()


def _find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _attempt in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("gunicorn does not answer")


def put_load(port: int, path: str, seconds: float) -> float:
    """Return how many requests a second are answered when all clients ask for `path`."""
    wrk = shutil.which("wrk")
    if wrk:
        command = [
            wrk,
            "-t1",
            f"-c{CLIENTS}",
            f"-d{seconds:.0f}s",
            f"http://127.0.0.1:{port}{path}",
        ]
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        if "Non-2xx" in told:
            raise SystemExit(told)
        return float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])  # type: ignore[index]
    counts = [0] * CLIENTS
    end = time.monotonic() + seconds
    threads = [
        Thread(target=_ask_until, args=(port, path, end, counts, number))
        for number in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def _ask_until(port: int, path: str, end: float, counts: list[int], number: int) -> None:
    """Ask again and again, each time over a connection of its own, as gunicorn's plain workers have it."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
    while time.monotonic() < end:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(request)
            head = connection.recv(65_536)
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"{path}: {head[:200]!r}")
            while connection.recv(65_536):
                pass
        counts[number] += 1


def list_processes(master: int) -> list[int]:
    """Return the workers of gunicorn and the database's processes that serve them."""
    from django.conf import settings
    from django.db import connection

    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    if not settings.IS_POSTGRESQL:
        return [int(child) for child in children]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid != pg_backend_pid()"
        )
        return [*map(int, children), *(pid for (pid,) in cursor.fetchall())]


def measure_setup(setup: Setup, paths: list[str], seconds: float) -> dict[str, tuple[float, float]]:
    """Return requests per second and CPU milliseconds per request by path."""
    found = {}
    with run_server(setup) as (port, master):
        for path in paths:
            put_load(port, f"{setup.prefix}{path}", 1)
            rates, costs = [], []
            for _round in range(3):
                processes = list_processes(master)
                before = read_process_clock(processes)
                rates.append(put_load(port, f"{setup.prefix}{path}", seconds))
                taken = read_process_clock(processes) - before
                costs.append(taken * 1000 / (rates[-1] * seconds))
            found[path] = median(rates), median(costs)
    return found


def measure_all(arguments: argparse.Namespace) -> None:
    from django.core.management import call_command
    from django.db import connections

    from cms_news.models import Article
    from tests.benchmarks.archive import describe_archive, fill_archive

    tell(describe_machine(arguments.database, arguments.server))
    tell(f"load by {'wrk' if shutil.which('wrk') else 'threads of Python'}, {CLIENTS} clients")
    call_command("migrate", verbosity=0)
    fill_archive(arguments.articles)
    tell(describe_archive())
    newest = Article.objects.public().newest_first().values_list("pk", flat=True)[0]
    paths = {"list": "/articles/", "detail": f"/articles/{newest}/"}
    results = {}
    for setup in SETUPS:
        if "PREPARED" in "".join(setup.environment) and arguments.database == "sqlite":
            continue
        note(f"measuring {setup.title}")
        results[setup.title] = measure_setup(setup, [*paths.values()], arguments.seconds)
    _print(results, paths)
    connections.close_all()


def _print(results: dict[str, dict[str, tuple[float, float]]], paths: dict[str, str]) -> None:
    tell(f"{'':22}" + "".join(f"{name:>34}" for name in paths))
    tell(f"{'':22}" + f"{'a second':>12}{'CPU ms':>10}{'of plain':>12}" * len(paths))
    plain = results[SETUPS[0].title]
    for title, found in results.items():
        cells = [
            f"{found[path][0]:>12.0f}{found[path][1]:>10.2f}{found[path][1] / plain[path][1]:>12.3f}"
            for path in paths.values()
        ]
        tell(f"{title:22}" + "".join(cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--articles", type=int, default=20_000, metavar="N")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--server", default=SERVER, help=f"default: {SERVER}")
    parser.add_argument("--seconds", type=float, default=5.0)
    arguments = parser.parse_args()
    with open_database(arguments.database, arguments.server, name=BENCH_DATABASE) as url:
        os.environ["CMS_NEWS_BENCH_DATABASE"] = url
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.api_settings"
        import django

        django.setup()
        measure_all(arguments)


if __name__ == "__main__":
    main()
