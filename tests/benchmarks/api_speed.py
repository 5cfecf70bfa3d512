"""Measures what a request of the read API costs, beside a plain and a bare way to answer it.

    python -m tests.benchmarks.api_speed --database postgres
    python -m tests.benchmarks.api_speed --database sqlite --articles 2000
    python -m tests.benchmarks.api_speed --database postgres --articles 20000 200000

B is a plain, competent implementation with Django REST framework over the same tables (`plain/`): view set,
serializers, select_related, prefetch_related, numbered pages with count. F is a bare WSGI function with one statement
over a table of whole cards (`bare.py`), without count. Ours is the API as the example project installs it, then with
the middleware that the README recommends for it, then with prepared statements besides. All are called in this
process, by turns, as a WSGI server calls them, over connections that stay open. What is told is CPU milliseconds per
request, of this process and of the database's server process (from /proc; elsewhere only ours are counted), medians
of all rounds. With --database postgres the database `cms_news_bench_api` of --server is dropped, made and dropped
again.
"""

import argparse
import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import pairwise
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

BENCH_DATABASE = "cms_news_bench_api"
GROWTH_LIMIT = 1.4
OURS = ("ours", "lean", "prepared")

Costs = dict[str, dict[str, Cost]]
"""By case and contender."""


def run_size(count: int, rounds: int, only: Iterable[str]) -> Costs:
    """Return what everything costs with an archive of `count` articles, having printed it."""
    from tests.benchmarks.api_cases import check_answers, fetch_cards, make_cases
    from tests.benchmarks.archive import describe_archive, fill_archive
    from tests.benchmarks.contenders import make_bare, make_contenders

    fill_archive(count)
    tell(f"\n{describe_archive()}")
    contenders = make_contenders()
    ours = next(contender for contender in contenders if contender.key == "ours")
    contenders.append(make_bare(fetch_cards(ours)))
    costs: Costs = {}
    for case in make_cases(ours):
        if only and case.name.split()[0] not in only:
            continue
        note(f"measuring {case.name}")
        check_answers(case, contenders)
        workers = {
            contender.key: _make_worker(contender, question)
            for contender in contenders
            if (question := case.question(contender)) is not None
        }
        costs[case.name] = measure(workers, rounds=rounds)
        if len(costs) == 1:
            _print_head(contenders)
        _print_case(case, costs, {c.key: _count_queries(c, case) for c in contenders})
    return costs


def _make_worker(contender: Any, question: Any) -> Worker:
    from tests.benchmarks.contenders import ChosenDatabase, call

    environ, start = question.environ(), _ignore
    application, alias = contender.application, contender.alias

    def work() -> None:
        ChosenDatabase.alias = alias
        call(application, environ, start)

    return Worker(work, partial(_servers_of, contender))


def _ignore(*_arguments: Any) -> None:
    pass


def _servers_of(contender: Any) -> list[int]:
    info = getattr(getattr(contender.application, "connection", None), "info", None)
    return list_servers() if info is None else [info.backend_pid]


def _count_queries(contender: Any, case: Any) -> int:
    """Return how many statements a request of Django's contenders takes, everything being warm."""
    from django.db import connections

    from tests.benchmarks.contenders import ask

    question = case.question(contender)
    if question is None or contender.key == "F":
        return 1
    seen: list[str] = []

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    with connections[contender.alias].execute_wrapper(count):
        ask(contender, question)
    return len(seen)


def _print_head(contenders: Iterable[Any]) -> None:
    tell("CPU milliseconds per request (application + database), number of statements in brackets")
    tell(f"{'':12}" + "".join(f"{contender.title:>26}" for contender in contenders))


def _print_case(case: Any, costs: Costs, queries: Mapping[str, int]) -> None:
    found = costs[case.name]
    cells = [
        f"{cost.total:.3f} ({cost.app:.2f}+{cost.database:.2f}) [{queries[key]}]"
        if (cost := found.get(key))
        else "-"
        for key in queries
    ]
    tell(f"{case.name:12}" + "".join(f"{cell:>26}" for cell in cells))
    for target in case.targets:
        base = found.get(target.against)
        tell(f"{'':12}" + _compare(found, target, base, costs.get(target.against, {})))


def _compare(
    found: Mapping[str, Cost], target: Any, base: Cost | None, other_case: Mapping[str, Cost]
) -> str:
    """Return the ratios of ours to what the target names: a contender, or another case of their own."""
    ratios = []
    for key in OURS:
        against = base or other_case.get(key)
        if key in found and against:
            ratios.append((key, found[key].total / against.total))
    shown = ", ".join(f"{key} {ratio:.3f}" for key, ratio in ratios)
    best = min((ratio for _key, ratio in ratios), default=0.0)
    verdict = "reached" if best <= target.limit else "MISSED"
    return f"of {target.against}: {shown}; promised {target.limit}: {verdict}"


def _print_growth(before: Costs, after: Costs) -> None:
    tell(f"\nGrowth of the cost with the archive (promised {GROWTH_LIMIT})")
    # The deep page lies deeper in a larger archive, and bears another name.
    pairs = zip(before.values(), after.items(), strict=True)
    for small, (name, large) in pairs:
        ratios = [
            f"{key} {large[key].total / small[key].total:.2f}"
            for key in ("B", *OURS)
            if key in small and key in large
        ]
        tell(f"{name:12}{', '.join(ratios)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--articles", type=int, nargs="+", default=[20_000], metavar="N")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--server", default=SERVER, help=f"default: {SERVER}")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--only", nargs="+", default=[], metavar="CASE", help="list, category …")
    arguments = parser.parse_args()
    with open_database(arguments.database, arguments.server, name=BENCH_DATABASE) as url:
        os.environ["CMS_NEWS_BENCH_DATABASE"] = url
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.api_settings"
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        tell(describe_machine(arguments.database, arguments.server))
        call_command("migrate", verbosity=0)
        sizes = sorted(arguments.articles)
        measured = [run_size(count, arguments.rounds, arguments.only) for count in sizes]
        for before, after in pairwise(measured):
            _print_growth(before, after)
        connections.close_all()


if __name__ == "__main__":
    main()
