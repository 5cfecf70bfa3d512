"""Numbers of public articles by author, category and tag, remembered per process.

What is remembered hangs on `DeliveryState.filing_generation`: an edit that moves no article costs no counting. As of
names, what a page needs is loaded, whatever the number of tags.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from cms_news.models import Article, ArticleCategory, ArticleTag, Author, Category, Tag
from cms_news.models.names import NameModel
from cms_news.models.querysets import RELEASED

from .state import Moment

MAX_NAMED = 500
"""More are not named in the query: all are counted then."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers by id of the rows of one kind, as far as anybody asked."""

    generation: int
    numbers: Mapping[int, int]


_remembered: dict[tuple[str, type[NameModel]], Counts] = {}
"""The newest counts by database alias and kind. Replaced whole, never changed, so threads need no lock."""


def count_public(model: type[NameModel], ids: Collection[int], moment: Moment) -> Mapping[int, int]:
    """Return the number of public articles for each of `ids`. 1 query, none for those known already."""
    place = (moment.using, model)
    known = _remembered.get(place)
    if known is None or not moment.is_settled or known.generation != moment.filing_generation:
        known = Counts(moment.filing_generation, {})
    unknown = set(ids) - known.numbers.keys()
    if not unknown:
        return known.numbers
    counted = dict.fromkeys(unknown, 0) | _count(model, unknown, moment)
    complete = Counts(known.generation, {**known.numbers, **counted})
    if moment.is_settled:
        _remembered[place] = complete
    return complete.numbers


def _count(model: type[NameModel], ids: Collection[int], moment: Moment) -> dict[int, int]:
    """Return the numbers above 0 under `ids`, in one statement.

    Public is what is dated until now, but for what is unreleased and what is expired. The first an index tells
    without a look at the articles, and the others are few.
    """
    rows, name, article = _filing_rows(model, moment.using)
    named = {f"{name}__in": ids} if len(ids) <= MAX_NAMED else {f"{name}__isnull": False}
    filed = rows.filter(date__lte=moment.at, **named).order_by().values_list(name)
    articles = Article.objects.using(moment.using).order_by()
    hidden = (
        filed.filter(**{f"{article}__in": rest.values("pk")}).annotate(number=-Count("pk"))
        for rest in (articles.unreleased(), articles.expired(at=moment.at))
    )
    numbers: Counter[int] = Counter()
    # A union falls back into the order of its model.
    for pk, number in filed.annotate(number=Count("pk")).union(*hidden, all=True).order_by():
        numbers[pk] += number
    return +numbers


def _filing_rows(model: type[NameModel], using: str) -> tuple[QuerySet[Any], str, str]:
    """Return the rows that tell what is filed under `model`, their column of it, and that of the article."""
    if model is Category:
        return ArticleCategory.objects.using(using), "category", "article"
    if model is Tag:
        return ArticleTag.objects.using(using), "tag", "content_object"
    if model is Author:
        # An index of what is released tells authors and dates.
        return Article.objects.using(using).filter(RELEASED), "author", "pk"
    raise ValueError(f"{model.__name__} has no articles")
