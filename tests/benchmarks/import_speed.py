"""Measures how fast posts are imported, beside the loop that everybody writes first (`naive/loop.py`).

    pip install python-frontmatter      # of the loop; nothing else needs it
    python -m tests.benchmarks.import_speed --files 5000
    python -m tests.benchmarks.import_speed --files 5000 --database postgres
    python -m tests.benchmarks.import_speed --files 50000 --only chain jobs2

Every contender runs in a process of its own on an empty database. CPU seconds are those of the process and its
children, user and system, from the start of the import to its end; Python's and Django's own start is left out
everywhere except in the last column. With PostgreSQL on this machine the CPU seconds of the server process that
answers are included (from /proc; elsewhere only ours are counted, and the table says so). With --database postgres
the database `cms_news_bench` of --server is dropped, made and dropped again.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.generate_posts import write_posts
from tests.benchmarks.machines import (
    SERVER,
    describe_machine,
    list_servers,
    open_database,
    read_own_clock,
    read_process_clock,
    tell,
)

BENCH_DATABASE = "cms_news_bench"
ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Contender:
    title: str
    jobs: int = 0
    """Of cms_news; 0 is the naive loop."""
    sanitizer: str = "chain"


CONTENDERS = {
    "naive": Contender("naive loop"),
    "chain": Contender("cms_news --jobs 1", jobs=1),
    "nh3": Contender("cms_news --jobs 1, nh3", jobs=1, sanitizer="nh3"),
    "jobs2": Contender("cms_news --jobs 2", jobs=2),
}


@dataclass
class Figures:
    """What one run took."""

    cpu_seconds: float
    wall_seconds: float
    own_peak_mib: float
    child_peak_mib: float
    articles: int
    server_seconds: float = 0.0
    """The part of `cpu_seconds` that the database's server took, where it could be seen."""
    whole_wall_seconds: float = 0.0
    """With the start of Python and Django."""
    load: float = field(default_factory=lambda: os.getloadavg()[0])


# Inside the measured process


def run_step(step: str, folder: Path) -> dict[str, Any]:
    """Do one step with Django set up; return the figures of an import."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"
    django.setup()
    from django.core.management import call_command

    if step == "prepare":
        call_command("migrate", run_syncdb=True, verbosity=0)
        return {}
    before = read_clocks()
    import_with(CONTENDERS[step], folder)
    after = read_clocks()
    from django.apps import apps

    label = "cms_news" if CONTENDERS[step].jobs else "naive"
    # The server's process was started for this one's connection: all it took is of the step at hand.
    server_seconds = read_process_clock(list_servers())
    return {
        "cpu_seconds": after[0] - before[0] + server_seconds,
        "server_seconds": server_seconds,
        "wall_seconds": after[1] - before[1],
        "own_peak_mib": peak_mib(resource.RUSAGE_SELF),
        "child_peak_mib": peak_mib(resource.RUSAGE_CHILDREN),
        "articles": apps.get_model(label, "Article")._default_manager.count(),
    }


def import_with(contender: Contender, folder: Path) -> None:
    if not contender.jobs:
        from tests.benchmarks.naive.loop import import_folder

        import_folder(folder)
        return
    from django.core.management import call_command

    with open(os.devnull, "w") as nowhere:
        call_command("import_articles", str(folder), jobs=contender.jobs, stdout=nowhere)


def read_clocks() -> tuple[float, float]:
    """Return CPU seconds of this process and its finished children, and the time."""
    return read_own_clock(), time.monotonic()


def peak_mib(who: int) -> float:
    # Linux counts in kibibytes, macOS in bytes.
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(who).ru_maxrss / unit


# Around it


def measure(names: list[str], folder: Path, database: str, server: str) -> dict[str, list[Figures]]:
    """Return the figures of each contender's first run, and of cms_news's second."""
    found: dict[str, list[Figures]] = {}
    for name in names:
        with open_database(database, server, name=BENCH_DATABASE) as url:
            run_apart("prepare", folder, url, name)
            runs = 2 if CONTENDERS[name].jobs else 1
            found[name] = [Figures(**run_apart(name, folder, url, name)) for _ in range(runs)]
            sys.stderr.write(f"{CONTENDERS[name].title}: done\n")
    return found


def run_apart(step: str, folder: Path, url: str, name: str) -> dict[str, Any]:
    environment = {
        **os.environ,
        "CMS_NEWS_BENCH_DATABASE": url,
        "CMS_NEWS_BENCH_SANITIZER": CONTENDERS[name].sanitizer,
    }
    command = [sys.executable, "-m", "tests.benchmarks.import_speed", "--step", step]
    started = time.monotonic()
    result = subprocess.run(
        [*command, "--folder", str(folder)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    figures = json.loads(result.stdout)
    return {**figures, "whole_wall_seconds": time.monotonic() - started} if figures else {}


def print_table(found: dict[str, list[Figures]], files: int) -> None:
    tell(
        f"{'':24}{'files per':>10}{'times':>7}{'wall':>8}{'peak MiB':>10}{'peak MiB':>10}"
        f"{'unchanged':>14}{'with start':>12}{'load':>6}\n"
        f"{'':24}{'CPU second':>10}{'naive':>7}{'seconds':>8}{'process':>10}{'child':>10}"
        f"{'run, CPU':>14}{'wall':>12}"
    )
    naive = found["naive"][0].cpu_seconds if "naive" in found else 0.0
    for name, runs in found.items():
        first = runs[0]
        if first.articles != files:
            raise SystemExit(f"{name}: {first.articles} articles of {files} files")
        ratio = f"{naive / first.cpu_seconds:.2f}" if naive else "-"
        again = whole = "-"
        if len(runs) > 1:
            again = f"1/{first.cpu_seconds / runs[1].cpu_seconds:.1f}"
            whole = f"1/{first.whole_wall_seconds / runs[1].whole_wall_seconds:.1f}"
        tell(
            f"{CONTENDERS[name].title:24}{files / first.cpu_seconds:>10.0f}{ratio:>7}"
            f"{first.wall_seconds:>8.1f}{first.own_peak_mib:>10.0f}{first.child_peak_mib:>10.0f}"
            f"{again:>14}{whole:>12}{first.load:>6.1f}"
        )
    if any(runs[0].server_seconds for runs in found.values()):
        tell("CPU seconds include those of the database's server process")
    if "chain" in found and "jobs2" in found:
        gain = found["chain"][0].wall_seconds / found["jobs2"][0].wall_seconds
        tell(f"--jobs 2 takes 1/{gain:.2f} of the wall time of --jobs 1")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--server", default=SERVER, help=f"default: {SERVER}")
    parser.add_argument("--only", nargs="+", choices=[*CONTENDERS], default=[*CONTENDERS])
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        json.dump(run_step(arguments.step, arguments.folder), sys.stdout)
        return
    with tempfile.TemporaryDirectory(prefix="cms_news_posts-") as name:
        folder = Path(name) / "posts"
        size = write_posts(arguments.files, folder, seed=arguments.seed)
        tell(describe_machine(arguments.database, arguments.server))
        tell(f"{arguments.files:,} files, {size / 2**20:.1f} MiB")
        found = measure(arguments.only, folder, arguments.database, arguments.server)
        print_table(found, arguments.files)


if __name__ == "__main__":
    main()
