"""Articles as the bytes the world gets: stored own parts with names spliced in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from cms_news.models import Article, ArticleQuerySet

from .encoding import encode_json, splice_members
from .names import names_for
from .own_part import (
    current_format,
    ensure_rendered,
    find_references,
    parse_references,
    render_own_part,
)
from .state import Moment


@dataclass(frozen=True, slots=True)
class Position:
    """Where an article stands in the public order."""

    date: datetime
    id: int


@dataclass(frozen=True, slots=True)
class Card:
    """An article in a list: its place, and its JSON object."""

    position: Position
    json: str


@dataclass(frozen=True, slots=True)
class _StoredPart:
    """One row as it was read; without a valid own part until `_rendered` made one."""

    id: int
    date: datetime
    own_card: str
    own_detail: str
    own_references: str
    own_format: str

    def with_own_part(self, article: Article) -> Self:
        part = render_own_part(article, find_references(article))
        return type(self)(self.id, self.date, part.card, part.detail, part.references, part.format)


CARD_COLUMNS = ("pk", "date", "own_card", "own_references", "own_format")


def read_cards(articles: ArticleQuerySet, moment: Moment) -> list[Card]:
    """Return the cards of `articles` in their order. 1 query, once this process knows the names of `moment`.

    Slice `articles` first. Own parts that are blank are rendered here and stored by nobody.
    """
    rows = [
        _StoredPart(pk, date, card, "", references, made_as)
        for pk, date, card, references, made_as in articles.values_list(*CARD_COLUMNS)
    ]
    rows = _with_own_parts(rows, articles)
    references = [parse_references(row.own_references) for row in rows]
    names = names_for(references, generation=moment.names_generation, using=moment.using)
    return [
        Card(Position(row.date, row.id), _splice_card(row, names.members(refers)))
        for row, refers in zip(rows, references, strict=True)
    ]


def read_document(articles: ArticleQuerySet, moment: Moment) -> str | None:
    """Return the document of the only article in `articles` as a JSON object, or None if there is none."""
    columns = (*CARD_COLUMNS, "own_detail", "body_html", "policy_fingerprint")
    found = articles.values_list(*columns).first()
    if found is None:
        return None
    pk, date, card, references, made_as, detail, body_html, fingerprint = found
    rows = _with_own_parts([_StoredPart(pk, date, card, detail, references, made_as)], articles)
    if not rows:
        return None
    (row,) = rows
    refers = parse_references(row.own_references)
    names = names_for([refers], generation=moment.names_generation, using=moment.using)
    if not fingerprint:
        body_html = _clean_body(pk, articles)
    if body_html is None:
        return None
    members = (
        names.members(refers),
        row.own_detail[1:-1],
        f'"body_html":{encode_json(body_html)}',
    )
    return _splice_card(row, *members)


def _splice_card(row: _StoredPart, *members: str) -> str:
    return splice_members(f'{{"id":{row.id},{row.own_card[1:]}', *members)


def _clean_body(pk: int, articles: ArticleQuerySet) -> str | None:
    """Return the cleaned body of that article, or None if it has left `articles`."""
    article = _without_slice(articles).filter(pk=pk).first()
    if article is None:
        return None
    ensure_rendered(article)
    return article.body_html


def _with_own_parts(rows: list[_StoredPart], articles: ArticleQuerySet) -> list[_StoredPart]:
    """Return `rows` with the outdated own parts rendered anew, in memory only.

    An article that was deleted or has left `articles` since the rows were read is left out.
    """
    valid = current_format()
    outdated = [row.id for row in rows if row.own_format != valid]
    if not outdated:
        return rows
    # Asked again, not by id alone: an article hidden since is nobody's to see any more.
    found = _without_slice(articles).with_names().in_bulk(outdated)
    kept = [row for row in rows if row.own_format == valid or row.id in found]
    return [row if row.own_format == valid else _refresh(row, found[row.id]) for row in kept]


def _without_slice(articles: ArticleQuerySet) -> ArticleQuerySet:
    """Return all that `articles` is cut from; Django filters no slice."""
    whole = articles.all()
    whole.query.clear_limits()
    return whole


def _refresh(row: _StoredPart, article: Article) -> _StoredPart:
    ensure_rendered(article)
    return row.with_own_part(article)


def join_cards(cards: Iterable[Card]) -> str:
    """Return the cards as a JSON array."""
    return "[" + ",".join(card.json for card in cards) + "]"
