"""What the generation costs: answers that read nothing, saves with and without the bump, four writers at once.

    TEST_DATABASE_URL=postgres://… python -m tests.benchmarks.generation_cost

Makes a scratch database beside the named one and drops it. CPU of this process and of its database backend,
medians of interleaved rounds.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest import mock

ROUNDS = 9
TICKS = os.sysconf("SC_CLK_TCK")


def set_up() -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"
    django.setup()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def cpu_of_backend() -> float:
    """Return the seconds of processor that the database's process has used for this connection; 0 for SQLite."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0.0
    fields = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().split()
    return (int(fields[13]) + int(fields[14])) / TICKS


def measure(work: Callable[[], Any], count: int) -> tuple[float, float]:
    """Return the microseconds of processor per call, of this process and of the backend."""
    app, backend = time.process_time(), cpu_of_backend()
    for _ in range(count):
        work()
    used = time.process_time() - app, cpu_of_backend() - backend
    return used[0] / count * 1e6, used[1] / count * 1e6


def compare(contenders: dict[str, Callable[[], Any]], *, count: int) -> None:
    """Print the median cost of each contender, measured in turns."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, work in contenders.items():
            found[name].append(measure(work, count))
    for name, costs in found.items():
        app, backend = (statistics.median(column) for column in zip(*costs, strict=True))
        say(f"  {name:<44} app {app:7.0f} us   database {backend:6.0f} us")


def measure_reads() -> None:
    from django.conf import settings
    from django.test import RequestFactory

    from cms_news.api.views import ArticleListView

    factory, view = RequestFactory(), ArticleListView.as_view()

    def ask(**headers: str) -> Any:
        request = factory.get("/api/v1/articles/", **headers)
        return view(request).render()

    tag = ask()["ETag"]
    assert ask(HTTP_IF_NONE_MATCH=tag).status_code == 304

    def with_cache() -> None:
        settings.CMS_NEWS = {**settings.CMS_NEWS, "RESPONSE_CACHE": "default"}
        ask()
        settings.CMS_NEWS = {**settings.CMS_NEWS, "RESPONSE_CACHE": None}

    say("Reads, a list of 20, without middleware")
    compare(
        {
            "200": ask,
            "200 out of the response cache": with_cache,
            "304": lambda: ask(HTTP_IF_NONE_MATCH=tag),
        },
        count=200,
    )


@contextmanager
def without_bump() -> Iterator[None]:
    from cms_news.models.announcing import _Announced

    with mock.patch.object(_Announced, "tell", lambda self, using: self.forget()):
        yield


def saver(article: Any) -> Callable[[], None]:
    from cms_news.services import save_article
    from tests.builders import make_data

    numbers = iter(range(10**9))

    def save() -> None:
        data = make_data(
            f"title {next(numbers)}", author="a", categories=(("x", "y"),), tags=("t", "u")
        )
        save_article(data, article=article)

    return save


def measure_saves() -> None:
    from tests.builders import make_article

    save = saver(make_article(author="a", categories=(("x", "y"),), tags=("t", "u")))

    def save_silently() -> None:
        with without_bump():
            save()

    say("Saves, the title changed")
    compare({"with the bump": save, "without the bump": save_silently}, count=100)


def write_for(seconds: float, number: int, bumps: bool) -> int:
    """Save one article again and again for so long, and return how often that was."""
    set_up()
    from django.db import connection

    from cms_news.models import Article

    connection.close()
    save = saver(Article.objects.order_by("pk")[number])
    count = 0
    with mock.MagicMock() if bumps else without_bump():
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            save()
            count += 1
    return count


def measure_writers() -> None:
    from tests.builders import make_article

    for _ in range(4):
        make_article(author="a", categories=(("x", "y"),), tags=("t", "u"))
    say("Four writers at once, saves per second in all")
    found: dict[bool, list[float]] = {True: [], False: []}
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        list(pool.map(write_for, [0.5] * 4, range(4), [True] * 4))
        for _ in range(ROUNDS):
            for bumps in (True, False):
                found[bumps].append(sum(pool.map(write_for, [2.0] * 4, range(4), [bumps] * 4)) / 2)
    with_bump, without = statistics.median(found[True]), statistics.median(found[False])
    say(f"  with {with_bump:.0f}, without {without:.0f}, ratio {with_bump / without:.2f}")


def main() -> None:
    from tests.kill.newsrooms import close_newsroom, open_newsroom

    with tempfile.TemporaryDirectory() as folder:
        server = os.environ.get("TEST_DATABASE_URL", "")
        newsroom = open_newsroom(server, Path(folder), "bench", batch_size=1)
        os.environ["CMS_NEWS_BENCH_DATABASE"] = newsroom.url
        set_up()
        try:
            measure_all()
        finally:
            close_newsroom(newsroom)


def measure_all() -> None:
    from django.db import connections

    from tests.builders import make_article

    for number in range(50):
        make_article(f"n{number}", author="a", categories=(("x",),), tags=("t",))
    measure_reads()
    measure_saves()
    measure_writers()
    connections.close_all()


if __name__ == "__main__":
    main()
