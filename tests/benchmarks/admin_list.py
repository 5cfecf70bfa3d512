"""Measures what a page of the admin's list of articles costs, beside the same list as Django does it.

    python -m tests.benchmarks.admin_list --database postgres --articles 100000
    python -m tests.benchmarks.admin_list --database sqlite --articles 2000

The plain list (`plain_admin.py`) has the same columns, page size and search, joins authors and prefetches categories,
and leaves all else to Django: two counts, a hierarchy of dates, filters that list what there is, whole rows. Ours shows
besides the numbers of all states and of all saved views. Both are asked in this process, by turns, and rendered to the
last byte; sessions and sign-in are left out. What is told is CPU milliseconds per page, of this process and of the
database's server process, medians of all rounds, with the number of statements in brackets. With --database postgres
the database `cms_news_bench_admin` of --server is dropped, made and dropped again.
"""

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.machines import (
    SERVER,
    describe_machine,
    list_servers,
    note,
    open_database,
    tell,
)
from tests.benchmarks.rounds import Cost, Worker, measure

BENCH_DATABASE = "cms_news_bench_admin"


@dataclass(frozen=True)
class Case:
    """A way to look at the list, as either side spells it; None where a side has no such page."""

    name: str
    ours: str
    plain: str | None


def make_cases() -> list[Case]:
    from cms_news.models import Article, Author

    author = Author.objects.order_by("pk")[0].pk
    date = Article.objects.public().order_by("date")[100].date
    middle = f"p={Article.objects.alive().count() // 100}"
    month = f"date__year={date.year}&date__month={date.month}"
    return [
        Case("first page", "", ""),
        Case("middle page", middle, middle),
        Case("drafts", "state=draft", "published__exact=0"),
        Case("author", f"author={author}", f"author__id__exact={author}"),
        Case("month", month, month),
        Case("search", "q=zzzz", "q=zzzz"),
        Case("attention", "view=attention", None),
        Case("no category", "view=no_category", None),
        Case("my drafts", "view=my_drafts", None),
    ]


def make_asker(site: Any, model: Any, user: Any, query: str) -> Callable[[], bytes]:
    """Return a function that asks the screen of `model` on `site` for one page, and renders it."""
    from django.test import RequestFactory

    screen = site._registry[model]
    address = f"/{site.name}/?{query}"
    factory = RequestFactory()

    def ask() -> bytes:
        request = factory.get(address)
        request.user = user
        request.current_app = site.name
        response = screen.changelist_view(request)
        if response.status_code != 200:
            raise SystemExit(f"{address} answers {response.status_code}")
        content: bytes = response.render().content
        return content

    return ask


def count_queries(ask: Callable[[], bytes]) -> int:
    """Return how many statements a page takes, everything being warm."""
    from django.db import connection

    seen: list[str] = []

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    ask()
    with connection.execute_wrapper(count):
        ask()
    return len(seen)


def run_size(count: int, rounds: int) -> None:
    from django.contrib import admin
    from django.contrib.auth import get_user_model

    from cms_news.models import Article, Newsroom
    from tests.benchmarks.archive import describe_archive, fill_archive
    from tests.benchmarks.plain_admin import plain_site

    fill_archive(count)
    tell(f"\n{describe_archive()}")
    tell("CPU milliseconds per page (application + database), number of statements in brackets")
    tell(f"{'':14}{'plain':>28}{'ours':>28}{'ratio':>8}")
    user, _made = get_user_model().objects.get_or_create(
        username="bench", defaults={"is_staff": True, "is_superuser": True}
    )
    for case in make_cases():
        note(f"measuring {case.name}")
        askers = {"ours": make_asker(admin.site, Article, user, case.ours)}
        if case.plain is not None:
            askers["plain"] = make_asker(plain_site, Article, user, case.plain)
        tell_case(case.name, askers, rounds)
    note("measuring the newsroom")
    tell_case("newsroom", {"ours": make_asker(admin.site, Newsroom, user, "")}, rounds)


def tell_case(name: str, askers: dict[str, Callable[[], bytes]], rounds: int) -> None:
    queries = {key: count_queries(ask) for key, ask in askers.items()}
    workers = {key: Worker(ask, list_servers) for key, ask in askers.items()}
    costs = measure(workers, rounds=rounds)
    cells = "".join(f"{_cell(costs.get(key), queries.get(key)):>28}" for key in ("plain", "ours"))
    ratio = f"{costs['ours'].total / costs['plain'].total:.2f}" if "plain" in costs else "-"
    tell(f"{name:14}{cells}{ratio:>8}")


def _cell(cost: Cost | None, queries: int | None) -> str:
    if cost is None:
        return "-"
    return f"{cost.total:.1f} ({cost.app:.1f}+{cost.database:.1f}) [{queries}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--articles", type=int, nargs="+", default=[2_000], metavar="N")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--server", default=SERVER, help=f"default: {SERVER}")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    with open_database(arguments.database, arguments.server, name=BENCH_DATABASE) as url:
        os.environ["CMS_NEWS_BENCH_DATABASE"] = url
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.admin_settings"
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        tell(describe_machine(arguments.database, arguments.server))
        call_command("migrate", verbosity=0)
        for count in sorted(arguments.articles):
            run_size(count, arguments.rounds)
        connections.close_all()


if __name__ == "__main__":
    main()
