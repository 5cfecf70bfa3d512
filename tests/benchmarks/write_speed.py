"""Measures what writing costs: a save beside a plain one, writers beside each other, an import, a rename.

    python -m tests.benchmarks.write_speed --database postgres
    python -m tests.benchmarks.write_speed --database sqlite --seconds 5

The plain way is one row of the same columns, `save()`, `set()` of a many-to-many relation and taggit's `set()`, in one
transaction (`plain_write/`); neither side cleans the body where that is not said. CPU milliseconds are of this process
and of the database's server process, by turns, medians of all rounds; seconds on the wall are only told where waiting
is the point. With --database postgres the database `cms_news_bench_write` of --server is dropped, made and dropped
again.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from tests.benchmarks.machines import (
    SERVER,
    describe_machine,
    list_servers,
    note,
    open_database,
    tell,
)
from tests.benchmarks.rounds import Worker, measure

BENCH_DATABASE = "cms_news_bench_write"
ROOT = Path(__file__).resolve().parent.parent.parent
ARTICLES = 2_000
WRITERS = 4
BATCH = 500
SAVE_LIMITS = {"postgres": 1.0, "sqlite": 1.2}


def measure_saves(rounds: int, database: str) -> None:
    from tests.benchmarks.saving import CHANGES, make_savers

    limit = SAVE_LIMITS[database]
    tell(f"\nSaving one article, CPU milliseconds (promised: at most {limit} of the plain way)")
    tell(
        f"{'changed':12}{'plain':>10}{'ours':>10}{'ratio':>8}{'with the body cleaned':>24}{'ratio':>8}"
    )
    for change in CHANGES:
        note(f"saving with another {change}")
        savers = make_savers(change)
        costs = measure(
            {key: Worker(work, list_servers) for key, work in savers.items()}, rounds=rounds
        )
        plain, ours, cleaning = (costs[key].total for key in ("plain", "ours", "cleaning"))
        tell(
            f"{change:12}{plain:>10.2f}{ours:>10.2f}{ours / plain:>8.2f}{cleaning:>24.2f}"
            f"{cleaning / plain:>8.2f}"
        )


def measure_writers(seconds: float) -> None:
    """Tell how much four processes save together, with and without the row that they all write."""
    from cms_news.models.delivery_state import DeliveryStateQuerySet

    tell(f"\n{WRITERS} writers, {seconds:.0f} seconds each")
    if not hasattr(DeliveryStateQuerySet, "bump"):
        tell("left out: this version has no generation")
        return
    found: dict[str, list[float]] = {"with": [], "without": []}
    for _round in range(3):
        for key, rates in found.items():
            rates.append(_run_writers(seconds / 3, is_bumping=key == "with"))
    rates = {key: median(values) for key, values in found.items()}
    ratio = rates["with"] / rates["without"]
    tell(
        f"with the generation row {rates['with']:.0f} saves a second, without it {rates['without']:.0f}"
    )
    tell(f"ratio {ratio:.2f} (promised: at least 0.9)")


def _run_writers(seconds: float, *, is_bumping: bool) -> float:
    writers = [
        _start("writer", number, "--seconds", seconds, *([] if is_bumping else ["--no-bump"]))
        for number in range(WRITERS)
    ]
    taken = [json.loads(writer.communicate()[0]) for writer in writers]
    return sum(len(times) for times in taken) / seconds


def measure_editor(seconds: float, database: str) -> None:
    """Tell how long an editor waits for a save while batches of 500 files come in."""
    from cms_news.models import Article
    from tests.benchmarks.saving import save_for

    articles = list(Article.objects.public().with_names().order_by("pk")[:20])
    alone = save_for(seconds / 3, articles, time.monotonic)
    with tempfile.TemporaryDirectory(prefix="cms_news_posts-") as folder:
        importer = _start("importer", folder)
        importer.stdout.readline()
        beside = save_for(seconds, articles, time.monotonic)
        importer.terminate()
        importer.communicate()
    tell(f"\nAn editor's save on the wall, milliseconds ({database})")
    tell(f"{'':24}{'median':>10}{'95 of 100':>12}{'longest':>10}{'saves':>8}")
    for name, times in (("alone", alone), (f"import of {BATCH} beside", beside)):
        high = quantiles(times, n=20)[-1]
        tell(
            f"{name:24}{median(times) * 1e3:>10.1f}{high * 1e3:>12.1f}{max(times) * 1e3:>10.1f}"
            f"{len(times):>8}"
        )
    tell("promised: less than 50 behind an import, on PostgreSQL")


def measure_rename() -> None:
    """Tell how long it takes to rename an author of all articles, and what the next readers pay."""
    from django.core.management import call_command

    from cms_news.models import Article, Author
    from tests.benchmarks.contenders import Question, ask, make_contenders

    author = Author.objects.create(name="老灯塔")
    Article.objects.update(author=author)
    call_command("refresh_cards", verbosity=0)
    ours = next(contender for contender in make_contenders() if contender.key == "ours")
    question = Question("/api/v1/articles/")
    ask(ours, question)
    taken: list[tuple[float, float, float]] = []
    for number in range(15):
        author.name = f"老灯塔 {number}"
        marks = [time.monotonic()]
        author.save()
        marks.append(time.monotonic())
        for _reader in range(2):
            reply = ask(ours, question)
            marks.append(time.monotonic())
        names = {item["author"]["name"] for item in reply.json["results"]}
        if names != {author.name}:
            raise SystemExit(f"an old name is served: {names}")
        taken.append((marks[1] - marks[0], marks[2] - marks[1], marks[3] - marks[2]))
    rename, first, second = (median(column) * 1e3 for column in zip(*taken, strict=True))
    tell(
        f"\nRenaming an author of {Article.objects.count():,} articles: {rename:.1f} ms on the wall"
    )
    tell(
        f"(promised: less than 50); the next list {first:.1f} ms, the one after it {second:.1f} ms"
    )


def measure_batch() -> None:
    """Tell what storing a batch costs, parsing and cleaning left out."""
    from cms_news.services import create_articles

    tell(f"\nStoring a batch of {BATCH} new articles, parsed and cleaned before")
    taken = []
    for number in range(4):
        items = _prepare_batch(number)
        cost = measure_once(lambda items=items: create_articles(items))
        taken.append(cost)
    best = median(taken)
    tell(
        f"{best * 1e3 / BATCH:.2f} CPU milliseconds an article, {BATCH / best:.0f} in a CPU second"
    )


def _prepare_batch(number: int) -> list[Any]:
    from cms_news.content.fields import Origin
    from cms_news.content.preparing import prepare_text
    from cms_news.services import NewArticle
    from cms_news.services.import_results import ImportOptions
    from tests.benchmarks.generate_posts import generate_posts

    recipe = ImportOptions(zone=UTC).recipe()
    prepared = [
        prepare_text(text, origin=Origin(path=name), recipe=recipe)
        for name, text in generate_posts(BATCH, seed=100 + number)
    ]
    return [NewArticle(item.data, None, item.rendered) for item in prepared]


def measure_once(work: Any) -> float:
    """Return the CPU seconds that `work` takes here and at the server."""
    from tests.benchmarks.machines import read_process_clock

    servers = list_servers()
    before = time.process_time() + read_process_clock(servers)
    work()
    return time.process_time() + read_process_clock(servers) - before


# Other processes


def _start(step: str, *arguments: Any) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.benchmarks.write_speed", "--step", step]
    return subprocess.Popen(
        [*command, *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def run_step(step: str, argument: str, seconds: float, *, is_bumping: bool) -> None:
    """Be one of the other processes."""
    set_up()
    if step == "importer":
        _import_for_ever(Path(argument))
        return
    from cms_news.models import Article
    from cms_news.models.delivery_state import DeliveryStateQuerySet
    from tests.benchmarks.saving import save_for

    if not is_bumping:
        DeliveryStateQuerySet.bump = lambda *_arguments: None  # type: ignore[attr-defined]
    start = int(argument) * 100
    articles = list(Article.objects.public().with_names().order_by("pk")[start : start + 100])
    json.dump(save_for(seconds, articles, time.monotonic), sys.stdout)


def _import_for_ever(folder: Path) -> None:
    from django.core.management import call_command

    from cms_news.services import importing
    from tests.benchmarks.generate_posts import write_posts

    importing.BATCH_SIZE = BATCH
    write_posts(BATCH, folder / "0", seed=1_000)
    tell("ready")
    for number in range(10**6):
        with open(os.devnull, "w") as nowhere:
            call_command("import_articles", str(folder / str(number)), jobs=1, stdout=nowhere)
        write_posts(BATCH, folder / str(number + 1), seed=1_001 + number)


def set_up() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.api_settings"
    import django

    django.setup()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--server", default=SERVER, help=f"default: {SERVER}")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--seconds", type=float, default=9.0)
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("argument", nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("--no-bump", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        run_step(
            arguments.step, arguments.argument, arguments.seconds, is_bumping=not arguments.no_bump
        )
        return
    with open_database(arguments.database, arguments.server, name=BENCH_DATABASE) as url:
        os.environ["CMS_NEWS_BENCH_DATABASE"] = url
        set_up()
        measure_all(arguments)


def measure_all(arguments: argparse.Namespace) -> None:
    from django.core.management import call_command
    from django.db import connections

    from tests.benchmarks.archive import describe_archive, fill_archive

    tell(describe_machine(arguments.database, arguments.server))
    call_command("migrate", run_syncdb=True, verbosity=0)
    fill_archive(ARTICLES)
    tell(describe_archive())
    measure_saves(arguments.rounds, arguments.database)
    measure_batch()
    measure_writers(arguments.seconds)
    measure_editor(arguments.seconds, arguments.database)
    measure_rename()
    connections.close_all()


if __name__ == "__main__":
    main()
