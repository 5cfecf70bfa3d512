"""The questions of the benchmark, and the proof that all contenders give the same answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from tests.benchmarks.contenders import Contender, Question, Reply, ask
from tests.benchmarks.machines import note, tell

DEEP_PAGE = 5_000
PAGE_SIZE = 20


@dataclass(frozen=True)
class Target:
    """A ratio that is promised: cost of ours / cost of `against`."""

    limit: float
    against: str


@dataclass(frozen=True)
class Case:
    """One question, as each kind of contender is asked it."""

    name: str
    plain: Question
    ours: Question
    bare: Question | None = None
    targets: tuple[Target, ...] = ()

    def question(self, contender: Contender) -> Question | None:
        return {"B": self.plain, "F": self.bare}.get(contender.key, self.ours)


@dataclass
class Walk:
    """A walk from page to page."""

    pages: int = 0
    ids: list[int] = field(default_factory=list)
    address: str = ""
    """Of the page that it came to last."""


def make_cases(ours: Contender) -> Iterator[Case]:
    """Yield the cases that this version of the API knows; the others are named and left out."""
    listing = Question("/plain/articles/"), Question("/api/v1/articles/")
    list_targets = (Target(0.06, "B"), Target(2.5, "F"))
    yield Case("list", *listing, bare=Question("/bare"), targets=list_targets)
    yield from _make_filter_case(ours, "category", "categories")
    yield from _make_filter_case(ours, "tag", "tags")
    pk = ask(ours, listing[1]).json["results"][0]["id"]
    document = Question(f"/plain/articles/{pk}/"), Question(f"/api/v1/articles/{pk}/")
    yield Case("detail", *document, targets=(Target(0.15, "B"),))
    yield from _make_condition_case(ours, *listing)
    walk = walk_pages(ours, pages=DEEP_PAGE)
    deep = Question(f"/plain/articles/?page={walk.pages}"), Question(walk.address)
    yield Case(f"page {walk.pages:,}", *deep, targets=(Target(1.5, "list"),))


def _make_filter_case(ours: Contender, name: str, path: str) -> Iterator[Case]:
    """Yield the list by the category or tag that most articles have; of categories that is one at the top."""
    rows = ask(ours, Question(f"/api/v1/{path}/?page_size=100"))
    if rows.status == 400:
        rows = ask(ours, Question(f"/api/v1/{path}/"))
    slug = quote(max(rows.json["results"], key=lambda row: row["article_count"])["slug"])
    question = Question(f"/api/v1/articles/?{name}={slug}")
    status = ask(ours, question).status
    if status != 200:
        tell(f"left out: list by {name} (the API answers {status})")
        return
    yield Case(
        name,
        Question(f"/plain/articles/?{name}={slug}"),
        question,
        targets=(Target(0.08, "B"),),
    )


def _make_condition_case(ours: Contender, plain: Question, question: Question) -> Iterator[Case]:
    etag = ask(ours, question).headers.get("etag")
    if etag is None:
        tell("left out: 304 (the API sends no ETag)")
        return
    conditional = Question(question.url, {"If-None-Match": etag})
    yield Case("304", plain, conditional, targets=(Target(0.03, "B"),))


def walk_pages(ours: Contender, *, pages: int, page_size: int = PAGE_SIZE) -> Walk:
    """Follow `next` for that many pages, or to the last whole one."""
    walk, following = Walk(), f"/api/v1/articles/?page_size={page_size}"
    if page_size == PAGE_SIZE:
        following = "/api/v1/articles/"
    while walk.pages < pages:
        page = ask(ours, Question(following)).json
        if len(page["results"]) < page_size and walk.pages:
            break
        walk.pages, walk.address = walk.pages + 1, following
        walk.ids += [item["id"] for item in page["results"]]
        if not page["next"]:
            break
        parts = urlsplit(page["next"])
        following = f"{parts.path}?{parts.query}"
    if len(set(walk.ids)) != len(walk.ids):
        raise SystemExit("the walk met an article twice")
    return walk


def fetch_cards(ours: Contender) -> Iterator[tuple[int, int, str]]:
    """Yield date, id and JSON of every public article, for the bare function."""
    note("walking through all articles for the bare function")
    following = "/api/v1/articles/?page_size=100"
    while following:
        reply = ask(ours, Question(following))
        page = reply.json
        for item in page["results"]:
            date = datetime.fromisoformat(item["date"])
            yield int(date.timestamp()), item["id"], _write_card(item)
        parts = urlsplit(page["next"] or "")
        following = f"{parts.path}?{parts.query}" if page["next"] else ""


def _write_card(item: Mapping[str, Any]) -> str:
    from cms_news.delivery.encoding import encode_json

    return encode_json(item)


def check_answers(case: Case, contenders: list[Contender]) -> None:
    """Stop the benchmark unless everybody answers `case` with the same articles."""
    replies = {
        contender.key: ask(contender, question)
        for contender in contenders
        if (question := case.question(contender)) is not None
    }
    if case.name == "304":
        replies.pop("B")
        if {(reply.status, reply.body) for reply in replies.values()} != {(304, b"")}:
            raise SystemExit("304: somebody answers something else")
        return
    found = {key: _articles_of(key, reply) for key, reply in replies.items()}
    ids = {key: [item["id"] for item in items] for key, items in found.items()}
    if len({tuple(pks) for pks in ids.values()}) != 1 or not ids["B"]:
        raise SystemExit(f"{case.name}: the contenders answer different articles: {ids}")
    _tell_differences(case, found["B"], found["ours"])


def _articles_of(key: str, reply: Reply) -> list[Any]:
    if reply.status != 200:
        raise SystemExit(f"{key} answers {reply.status}: {reply.body[:300]!r}")
    found = reply.json
    return list(found["results"]) if "results" in found else [found]


def _tell_differences(case: Case, plain: list[Any], ours: list[Any]) -> None:
    """Say which members of an article the plain implementation serves in another way, if any."""
    differing = {
        name
        for one, other in zip(plain, ours, strict=True)
        for name in one.keys() | other.keys()
        if one.get(name) != other.get(name)
    }
    if differing:
        tell(f"{case.name}: B serves otherwise: {', '.join(sorted(differing))}")
