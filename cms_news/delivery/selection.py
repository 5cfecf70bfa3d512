"""Which articles a list is about, as queries that cost the same however large the archive is.

Categories and tags have link rows that carry the article's date, and an author has an index by date: "the newest
of one of them" is one range of one index. Of several alternatives each has its range, and the first of all are
among the first of each.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Literal, NamedTuple

from django.db.models import Q, QuerySet

from cms_news.models import (
    Article,
    ArticleCategory,
    ArticleQuerySet,
    ArticleTag,
    Author,
    Category,
    Tag,
)
from cms_news.models.expressions import UnionOfIds
from cms_news.models.names import NameModel
from cms_news.models.orders import ARTICLE_ORDERS, Order, Place

from .slugs import ids_of
from .state import Moment
from .statements import fetch

MAX_ID = 2**63 - 1
DATED_ORDERS = frozenset({"date", "-date"})


@dataclass(frozen=True, slots=True)
class Start:
    """Where a page begins in its order: right after a place, or at it."""

    place: Place
    is_inclusive: bool = False

    def condition(self, order: Order) -> Q:
        return order.beyond(self.place, is_inclusive=self.is_inclusive)


@dataclass(frozen=True, slots=True)
class DateBound:
    """One end of a span of dates."""

    lookup: Literal["gt", "gte", "lt", "lte"]
    moment: datetime


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for: several values are alternatives, several fields all have to hold."""

    tags: tuple[str, ...] = ()
    """Slugs, as of categories and authors; one that nobody has finds nothing."""
    exact_categories: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    langs: tuple[str, ...] = ()
    slugs: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()
    dates: tuple[DateBound, ...] = ()
    has_headimg: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Kind:
    """Something that articles are listed by, with the columns by which the articles of one are sorted."""

    field: str
    model: type[NameModel] | None
    """Whose slugs the values are; without it they are what the column holds."""
    date: str
    id: str
    one: Callable[[Any], Q]
    """Those of one value, through the index that is sorted by date."""
    any: Callable[[Sequence[Any]], Q]
    """Those of any of several values, once each."""


# Where several kinds are asked for, the one that comes first is read in order, and the rest looked up.
KINDS = (
    _Kind(
        field="tags",
        model=Tag,
        date="tag_links__date",
        id="tag_links__content_object_id",
        one=lambda pk: Q(tag_links__tag=pk),
        any=lambda ids: Q(pk__in=ArticleTag.objects.filter(tag__in=ids).values("content_object")),
    ),
    _Kind(
        field="exact_categories",
        model=Category,
        date="category_links__date",
        id="category_links__article_id",
        one=lambda pk: Q(category_links__category=pk, category_links__direct=True),
        any=lambda ids: Q(
            pk__in=ArticleCategory.objects.filter(category__in=ids, direct=True).values("article")
        ),
    ),
    _Kind(
        field="categories",
        model=Category,
        date="category_links__date",
        id="category_links__article_id",
        one=lambda pk: Q(category_links__category=pk),
        any=lambda ids: Q(
            pk__in=ArticleCategory.objects.filter(category__in=ids).values("article")
        ),
    ),
    _Kind(
        field="authors",
        model=Author,
        date="date",
        id="pk",
        one=lambda pk: Q(author=pk),
        any=lambda ids: Q(author__in=ids),
    ),
    _Kind(
        field="langs",
        model=None,
        date="date",
        id="pk",
        one=lambda lang: Q(lang=lang),
        any=lambda langs: Q(lang__in=langs),
    ),
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A kind that is asked for, with the values of it that exist."""

    kind: _Kind
    values: Sequence[Any]

    @property
    def condition(self) -> Q:
        return self.kind.any(self.values)


@dataclass(frozen=True, slots=True)
class Slice:
    """A piece of a list: the first `limit` articles from `start` on, in the order called `ordering`.

    Backwards it is those before `start`, the nearest first.
    """

    ordering: str
    limit: int
    start: Start | None = None
    is_backwards: bool = False

    @property
    def order(self) -> Order:
        order = ARTICLE_ORDERS[self.ordering]
        return order.reversed() if self.is_backwards else order

    def cut(
        self, articles: ArticleQuerySet, order: Order, conditions: Iterable[Q]
    ) -> ArticleQuerySet:
        """Return this piece of those of `articles` that meet `conditions`."""
        # All in one call: only then do all that speak of link rows mean one and the same row.
        beyond = [self.start.condition(order)] if self.start else []
        wanted = [*conditions, *beyond]
        return order.sort(articles.filter(*wanted) if wanted else articles)[: self.limit]


ALL = Slice("-date", limit=0)


def select_all(selection: Selection, moment: Moment) -> ArticleQuerySet:
    """Return all public articles that are asked for, in no order."""
    return find_slice(selection, ALL, moment).uncut()


def select_slice(selection: Selection, piece: Slice, moment: Moment) -> ArticleQuerySet:
    """Return that piece of the public articles that are asked for."""
    return find_slice(selection, piece, moment).cut()


def find_slice(selection: Selection, piece: Slice, moment: Moment) -> "FoundSlice":
    """Return what is known of that piece before it is read: slugs are ids now."""
    return FoundSlice(selection, piece, moment, tuple(_find_asked(selection, moment)))


@dataclass(frozen=True, slots=True)
class FoundSlice:
    """A piece of a list, to be read."""

    selection: Selection
    piece: Slice
    moment: Moment
    asked: tuple[_Asked, ...]

    def rows(self, *columns: str) -> list[tuple[Any, ...]]:
        """Return id, place in the order (see `Order.column`) and `columns` of the articles. 1 query."""
        if not all(asked.values for asked in self.asked):
            return []
        shape, values = _take_apart(self)
        return fetch(_select_rows, (shape, columns), values, using=self.moment.using)

    def uncut(self) -> ArticleQuerySet:
        """Return all articles that this is a piece of."""
        conditions = [asked.condition for asked in self.asked]
        bounds = _within(self.selection.dates, "date")
        return _public(self.selection, self.moment).filter(*conditions, *bounds)

    def cut(self) -> ArticleQuerySet:
        """Return the articles of the piece."""
        piece, selection, moment = self.piece, self.selection, self.moment
        if piece.ordering not in DATED_ORDERS:
            return piece.cut(self.uncut(), piece.order, [])
        articles = _public(selection, moment)
        if not self.asked:
            bounds = _within(_bounds(selection.dates, piece), "date")
            return piece.cut(articles, piece.order, bounds)
        if len(self.asked) > 1:
            articles = articles.filter(*(other.condition for other in self.asked[1:]))
        kind = self.asked[0].kind
        order = piece.order.through(kind.date, kind.id)
        # What is scheduled has link rows as well, and lies before all that is public.
        dates = _bounds([*selection.dates, DateBound("lte", moment.at)], piece)
        ranges = [
            piece.cut(articles, order, [kind.one(value), *_within(dates, kind.date)])
            for value in self.asked[0].values
        ]
        if len(ranges) == 1:
            return ranges[0]
        if not ranges:
            return articles.none()
        ids = UnionOfIds(rows.values("pk") for rows in ranges)
        found = Article.objects.using(moment.using).filter(pk__in=ids)
        return piece.order.sort(found)[: piece.limit]


class _Shape(NamedTuple):
    """All of a `FoundSlice` but its values."""

    ordering: str
    limit: int
    is_backwards: bool
    is_inclusive: bool | None
    """None without a start."""
    lookups: tuple[Literal["gt", "gte", "lt", "lte"], ...]
    kinds: tuple[tuple[_Kind, int], ...]
    """With numbers of values."""
    ids: int
    slugs: int
    has_headimg: bool | None


def _take_apart(found: FoundSlice) -> tuple[_Shape, list[Any]]:
    selection, piece = found.selection, found.piece
    start = piece.start
    shape = _Shape(
        ordering=piece.ordering,
        limit=piece.limit,
        is_backwards=piece.is_backwards,
        is_inclusive=start.is_inclusive if start else None,
        lookups=tuple(bound.lookup for bound in selection.dates),
        kinds=tuple((asked.kind, len(asked.values)) for asked in found.asked),
        ids=len(selection.ids),
        slugs=len(selection.slugs),
        has_headimg=selection.has_headimg,
    )
    values: list[Any] = [found.moment.at]
    if start:
        values += [start.place.key, start.place.id]
    values += [bound.moment for bound in selection.dates]
    for asked in found.asked:
        values += asked.values
    return shape, [*values, *selection.ids, *selection.slugs]


def _put_together(shape: _Shape, values: Sequence[Any], using: str) -> FoundSlice:
    """Return what `_take_apart` took apart."""
    left = iter(values)
    moment = Moment(at=next(left), names_generation=0, using=using)
    start = None
    if shape.is_inclusive is not None:
        start = Start(Place(next(left), next(left)), is_inclusive=shape.is_inclusive)
    dates = tuple(DateBound(lookup, next(left)) for lookup in shape.lookups)
    asked = tuple(_Asked(kind, tuple(islice(left, number))) for kind, number in shape.kinds)
    selection = Selection(
        ids=tuple(islice(left, shape.ids)),
        slugs=tuple(islice(left, shape.slugs)),
        dates=dates,
        has_headimg=shape.has_headimg,
    )
    piece = Slice(shape.ordering, shape.limit, start, is_backwards=shape.is_backwards)
    return FoundSlice(selection, piece, moment, asked)


def _select_rows(values: Sequence[Any], described: Any, using: str) -> QuerySet[Any, Any]:
    shape, columns = described
    found = _put_together(shape, values, using)
    return found.cut().values_list("pk", found.piece.order.column, *columns)


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """One article, to be read: by its `id` or its `slug`."""

    name: str
    value: Any
    moment: Moment

    def rows(self, *columns: str) -> list[tuple[Any, ...]]:
        """Return id, language and `columns` of the article, if it is public. 1 query."""
        if isinstance(self.value, int) and self.value > MAX_ID:
            return []
        values = (self.moment.at, self.value)
        return fetch(_select_article, (self.name, columns), values, using=self.moment.using)

    def uncut(self) -> ArticleQuerySet:
        """Return it, if it is public."""
        public = Article.objects.using(self.moment.using).public(at=self.moment.at)
        return public.filter(**{self.name: self.value})


def _select_article(values: Sequence[Any], described: Any, using: str) -> QuerySet[Any, Any]:
    name, columns = described
    at, value = values
    moment = Moment(at=at, names_generation=0, using=using)
    return FoundArticle(name, value, moment).uncut().values_list("pk", "lang", *columns)


def _public(selection: Selection, moment: Moment) -> ArticleQuerySet:
    """Return the public articles whose own row is as asked for; of their dates nothing is asked yet."""
    conditions = []
    if selection.ids:
        conditions.append(Q(pk__in=selection.ids))
    if selection.slugs:
        conditions.append(Q(slug__in=selection.slugs))
    if selection.has_headimg is not None:
        conditions.append(~Q(headimg="") if selection.has_headimg else Q(headimg=""))
    articles = Article.objects.using(moment.using).public(at=moment.at)
    return articles.filter(*conditions) if conditions else articles


def _find_asked(selection: Selection, moment: Moment) -> list[_Asked]:
    """Return what is asked for, kind by kind; a slug that nobody has finds nothing."""
    found = []
    for kind in KINDS:
        values = getattr(selection, kind.field)
        if values:
            found.append(_Asked(kind, ids_of(kind.model, values, moment) if kind.model else values))
    return found


def _bounds(dates: Sequence[DateBound], piece: Slice) -> Sequence[DateBound]:
    """Return the ends of the range of dates to be read, each of which one index can be entered by."""
    if piece.start is None:
        return dates
    # The start lies within the bounds, and SQLite might enter by them instead: from the newest article on.
    kept = "g" if piece.order.is_descending else "l"
    return [bound for bound in dates if bound.lookup.startswith(kept)]


def _within(bounds: Iterable[DateBound], column: str) -> list[Q]:
    return [Q(**{f"{column}__{bound.lookup}": bound.moment}) for bound in bounds]
