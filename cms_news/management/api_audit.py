"""Everything that the API has a budget for, asked in archives of several sizes, and what is wrong with the costs."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.urls import URLPattern, get_resolver, resolve

from cms_news.delivery.budgets import BUDGETS, STATE_ALONE, Budget

from .audit_archive import fill_archive
from .audit_asking import URLCONF, ask, count_queries, follow, outdate_memory, own_settings

WAYS = ("cold", "warm", "not_modified", "remembered")
"""How each question is asked: by a process that knows nothing, then by one that does; then the two short ways."""


@dataclass
class Finding:
    """What one question cost, and what is wrong about it."""

    budget: Budget
    endpoint: str
    """The name of its URL pattern; empty for what lies nowhere."""
    queries: dict[str, list[int]] = field(default_factory=dict)
    """A number for each size of the archive, by way of asking."""
    faults: list[str] = field(default_factory=list)

    @property
    def allowed(self) -> Mapping[str, int]:
        """The budget by way of asking."""
        numbers = (self.budget.cold, self.budget.warm, STATE_ALONE, STATE_ALONE)
        return dict(zip(WAYS, numbers, strict=True))

    def note(self, way: str, number: int) -> None:
        self.queries.setdefault(way, []).append(number)

    def expect(self, status: int, answer: Any) -> None:
        if answer.status_code != status:
            self.complain(f"answered with {answer.status_code}, not {status}")

    def complain(self, fault: str) -> None:
        if fault not in self.faults:
            self.faults.append(fault)

    def judge(self) -> None:
        """Note what costs more than it may, or more in a larger archive than in a smaller one."""
        for way, numbers in self.queries.items():
            allowed = self.allowed[way]
            if max(numbers) > allowed:
                self.complain(f"{way}: {max(numbers)} queries, and {allowed} are allowed")
            if sorted(numbers, reverse=True) != numbers:
                told = ", ".join(map(str, numbers))
                self.complain(f"{way}: grows with the archive: {told}")


def list_findings() -> list[Finding]:
    """Return a finding for each budget, with nothing found yet."""
    return [Finding(budget, _find_endpoint(budget.address)) for budget in BUDGETS]


def measure(findings: Sequence[Finding], sizes: Iterable[int]) -> Generator[Finding, None, None]:
    """Ask for each of `findings` in the default database at each size, and yield it."""
    with own_settings():
        for size in sizes:
            ids = fill_archive(size)
            for finding in findings:
                _measure(finding, ids)
                yield finding
    for finding in findings:
        finding.judge()


def _measure(finding: Finding, ids: Mapping[str, int]) -> None:
    budget = finding.budget
    address = follow(budget.address.format_map(ids), budget.then)
    if address is None:
        finding.complain("there is no such page")
        return
    outdate_memory()
    for way in ("cold", "warm"):
        number, answer = count_queries(address)
        finding.note(way, number)
        finding.expect(budget.status, answer)
    if answer.status_code == HTTPStatus.OK and answer.has_header("ETag"):
        number, again = count_queries(address, {"if-none-match": answer["ETag"]})
        finding.note("not_modified", number)
        finding.expect(HTTPStatus.NOT_MODIFIED, again)
        with own_settings(remembers=True):
            ask(address)
            finding.note("remembered", count_queries(address)[0])


def find_gaps(budgets: Iterable[Budget] = BUDGETS) -> Iterator[Finding]:
    """Yield a finding for each endpoint without a budget, and for each with a parameter that no budget asks with."""
    asked: dict[str, set[str]] = {}
    for budget in budgets:
        names = {name for name, _value in parse_qsl(urlsplit(budget.address).query)}
        cursor = {"cursor"} if budget.then else set()
        asked.setdefault(_find_endpoint(budget.address), set()).update(names, cursor)
    for pattern in _list_patterns(get_resolver(URLCONF)):
        name = pattern.name or ""
        view = getattr(pattern.callback, "view_class", None)
        missing = set(getattr(view, "parameters", ())) - asked.get(name, set())
        faults = [f"no budget asks with {parameter}=" for parameter in sorted(missing)]
        if name not in asked:
            faults = ["there is no budget for it"]
        if faults:
            yield Finding(Budget(str(pattern.pattern), 0, 0), name, faults=faults)


def _list_patterns(resolver: Any) -> Iterator[URLPattern]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield pattern
        else:
            yield from _list_patterns(pattern)


def _find_endpoint(address: str) -> str:
    path = urlsplit(address).path.format_map(_AnyId())
    return resolve(f"/{path}", URLCONF).url_name or ""


class _AnyId(dict[str, int]):
    def __missing__(self, key: str) -> int:
        return 1
