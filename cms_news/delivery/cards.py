"""Articles as the bytes the world gets: stored own parts with names spliced in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Self

from cms_news.models import Article, ArticleQuerySet
from cms_news.models.orders import NEWEST_FIRST, Order, Place

from .encoding import encode_json
from .members import BODY, CARD, DOCUMENT, OWN_CARD, OWN_DETAIL, Members, cut_members
from .names import splice_names
from .own_part import (
    current_format,
    ensure_rendered,
    find_references,
    render_own_part,
)
from .selection import FoundArticle, FoundSlice
from .state import Moment

COLUMNS = ("own_card", "own_references", "own_format")


class Card(NamedTuple):
    """An article in a list: where it stands, and its JSON object."""

    id: int
    key: Any
    """The value of the order's column."""
    json: str

    def place(self, order: Order) -> Place:
        return order.place(self.key, self.id)


@dataclass(frozen=True, slots=True)
class Document:
    """An article whole: its JSON object, and the language tag that somebody gave it, if any."""

    json: str
    lang: str


class _StoredPart(NamedTuple):
    """One row as it was read; without a valid own part until `refreshed` made one."""

    id: int
    beside: Any
    """What else the reader wants to know: of a card its place, of a document its language."""
    own_card: str
    own_references: str
    own_format: str
    own_detail: str = ""
    body_html: str = ""
    policy_fingerprint: str = ""

    def refreshed(self, article: Article) -> Self:
        ensure_rendered(article)
        part = render_own_part(article, find_references(article))
        columns: dict[str, Any] = {**part.as_columns(), "body_html": article.body_html}
        return self._replace(**columns)


def read_cards(
    articles: ArticleQuerySet | FoundSlice, moment: Moment, *, members: Members = CARD
) -> list[Card]:
    """Return the cards of `articles` in their order.

    1 query, once this process knows the names of `moment`. Slice `articles` first. Own parts that are blank
    are rendered here and stored by nobody.
    """
    rows = _read_rows(articles, NEWEST_FIRST.column, members)
    texts = _compose(rows, moment, members)
    return [Card(row[0], row[1], text) for row, text in zip(rows, texts, strict=True)]


def read_document(
    articles: ArticleQuerySet | FoundArticle, moment: Moment, *, members: Members = DOCUMENT
) -> Document | None:
    """Return the document of the only article in `articles`, or None if there is none."""
    rows = _read_rows(articles, "lang", members)[:1]
    texts = _compose(rows, moment, members)
    return Document(texts[0], rows[0].beside) if texts else None


def _read_rows(
    articles: ArticleQuerySet | FoundSlice | FoundArticle, beside: Any, members: Members
) -> list[_StoredPart]:
    columns = _columns(members)
    if isinstance(articles, ArticleQuerySet):
        found: Iterable[Any] = articles.values_list("pk", beside, *columns)
        return _with_own_parts(found, partial(_without_slice, articles), members)
    return _with_own_parts(articles.rows(*columns), articles.uncut, members)


def _columns(members: Members) -> tuple[str, ...]:
    # What is not served is not read: a body takes its time to come out of the database.
    columns: tuple[str, ...] = COLUMNS
    if members.own_detail or members.has_body:
        columns += ("own_detail",)
    if members.has_body:
        columns += (BODY, "policy_fingerprint")
    return columns


def _with_own_parts(
    found: Iterable[tuple[Any, ...]], whole: Callable[[], ArticleQuerySet], members: Members
) -> list[_StoredPart]:
    """Return `rows` with the outdated own parts and the uncleaned bodies made anew, in memory only.

    An article that was deleted or has left `articles` since the rows were read is left out.
    """
    rows = [_StoredPart(*row) for row in found]
    valid = current_format()
    outdated = {
        row.id
        for row in rows
        if row.own_format != valid or (members.has_body and not row.policy_fingerprint)
    }
    if not outdated:
        return rows
    # Asked again, not by id alone: an article hidden since is nobody's to see any more.
    articles = whole().with_names().in_bulk(outdated)
    kept = [row for row in rows if row.id not in outdated or row.id in articles]
    return [row.refreshed(articles[row.id]) if row.id in articles else row for row in kept]


def _without_slice(articles: ArticleQuerySet) -> ArticleQuerySet:
    """Return all that `articles` is cut from; Django filters no slice."""
    whole = articles.all()
    whole.query.clear_limits()
    return whole


def _compose(rows: list[_StoredPart], moment: Moment, members: Members) -> list[str]:
    """Return the JSON objects of `rows`."""
    if not members.references:
        return [_compose_one(row, [], members) for row in rows]
    spliced = splice_names(
        [row.own_references for row in rows],
        members.references,
        generation=moment.names_generation,
        using=moment.using,
    )
    return [_compose_one(row, names, members) for row, names in zip(rows, spliced, strict=True)]


def _compose_one(row: _StoredPart, spliced: list[str], members: Members) -> str:
    if members is CARD:
        return f'{{"id":{row.id},{row.own_card[1:-1]},{spliced[0]}}}'
    parts = [f'"id":{row.id}'] if members.has_id else []
    parts += cut_members(row.own_card, members.own_card, of=OWN_CARD)
    parts += spliced
    if members.own_detail:
        parts += cut_members(row.own_detail, members.own_detail, of=OWN_DETAIL)
    if members.has_body:
        parts.append(f'"{BODY}":{encode_json(row.body_html)}')
    return f"{{{','.join(parts)}}}"


def join_cards(cards: Iterable[Card]) -> str:
    """Return the cards as a JSON array."""
    return "[" + ",".join(card.json for card in cards) + "]"
