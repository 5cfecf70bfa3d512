"""The queries find what a naive reading of the same articles finds, in the same order."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms_news.delivery.selection import (
    DateBound,
    Selection,
    Slice,
    Start,
    select_all,
    select_slice,
)
from cms_news.delivery.state import read_moment
from cms_news.models import Article
from cms_news.models.orders import ARTICLE_ORDERS, Place
from tests.builders import DATE, make_article

pytestmark = pytest.mark.django_db

PATHS = [("news",), ("news", "city"), ("news", "city", "trams"), ("arts",)]
CATEGORIES = ["news", "city", "trams", "arts", "none"]
WORDS = ["a", "b", "c", "none"]
LANGS = ["en", "zh-Hans", "fr"]
MOMENTS = [DATE + timedelta(days=days) for days in range(-1, 4)]
COMPARE = {
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
}


def make_archive():
    """24 articles with ties in everything, some of them hidden."""
    for number in range(24):
        make_article(
            f"t{number % 5}",
            slug=f"s{number}",
            date=DATE + timedelta(days=number % 3),
            updated=DATE + timedelta(days=number % 7) if number % 2 else None,
            author=[None, "a", "b", "c"][number % 4],
            tags=[(), ("a",), ("a", "b"), ("c",)][number // 2 % 4],
            categories=[(PATHS[number % 4],), (PATHS[number % 4], PATHS[3]), ()][number % 3],
            lang=[*LANGS[:2], ""][number % 3],
            headimg="https://example.com/a.png" if number % 5 else "",
            published=number % 11 != 0,
            expires_at=timezone.now() if number % 13 == 0 else None,
        )
    make_article("scheduled", date=timezone.now() + timedelta(days=1), tags=("a",), author="a")


def slugs_of(values, field):
    return st.lists(st.sampled_from(values), unique=True, max_size=3).map(
        lambda chosen: {field: tuple(sorted(chosen))}
    )


SELECTIONS = st.tuples(
    slugs_of(CATEGORIES, "categories"),
    slugs_of(CATEGORIES, "exact_categories"),
    slugs_of(WORDS, "tags"),
    slugs_of(WORDS, "authors"),
    slugs_of(LANGS, "langs"),
    slugs_of([f"s{number}" for number in range(0, 24, 3)], "slugs"),
    st.lists(
        st.builds(DateBound, st.sampled_from(list(COMPARE)), st.sampled_from(MOMENTS)), max_size=2
    ).map(lambda bounds: {"dates": tuple(bounds)}),
    st.sampled_from([None, True, False]).map(lambda wanted: {"has_headimg": wanted}),
).flatmap(
    # All at once find nothing: most selections ask for few things.
    lambda parts: st.lists(st.sampled_from(parts), max_size=3).map(
        lambda some: Selection(**{name: value for part in some for name, value in part.items()})
    )
)


def is_meant(article, asked):
    links = list(article.category_links.select_related("category"))
    filed = {link.category.slug for link in links}
    chosen = {link.category.slug for link in links if link.direct}
    return (
        (not asked.categories or bool(filed & set(asked.categories)))
        and (not asked.exact_categories or bool(chosen & set(asked.exact_categories)))
        and (not asked.tags or bool({tag.slug for tag in article.tags.all()} & set(asked.tags)))
        and (not asked.authors or (article.author and article.author.slug) in asked.authors)
        and (not asked.langs or article.lang in asked.langs)
        and (not asked.slugs or article.slug in asked.slugs)
        and (not asked.ids or article.pk in asked.ids)
        and asked.has_headimg in (None, article.headimg != "")
        and all(COMPARE[bound.lookup](article.date, bound.moment) for bound in asked.dates)
    )


def read_naively(selection, ordering):
    public = [article for article in Article.objects.all() if article.state() == "public"]
    keys = {
        "date": lambda article: (article.date, article.pk),
        "title": lambda article: (article.title, article.pk),
        "updated": lambda article: (article.updated or article.date, article.pk),
    }
    meant = [article for article in public if is_meant(article, selection)]
    name = ordering.removeprefix("-")
    meant.sort(key=keys[name], reverse=ordering.startswith("-"))
    return [(Place(keys[name](article)[0], article.pk)) for article in meant]


@settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    selection=SELECTIONS,
    ordering=st.sampled_from(list(ARTICLE_ORDERS)),
    index=st.integers(min_value=0, max_value=23),
    is_inclusive=st.booleans(),
    limit=st.integers(min_value=1, max_value=30),
)
def test_any_slice_of_any_selection(selection, ordering, index, is_inclusive, limit):
    if not Article.objects.exists():
        make_archive()
    moment = read_moment()
    expected = read_naively(selection, ordering)
    assert select_all(selection, moment).count() == len(expected)

    def ids(rows):
        return [row.pk for row in rows]

    first = select_slice(selection, Slice(ordering, limit), moment)
    assert ids(first) == [place.id for place in expected[:limit]]
    if not expected:
        return
    index %= len(expected)
    start = Start(expected[index], is_inclusive=is_inclusive)
    after = expected[index if is_inclusive else index + 1 :]
    before = expected[: index + 1 if is_inclusive else index][::-1]
    forwards = select_slice(selection, Slice(ordering, limit, start), moment)
    backwards = select_slice(selection, Slice(ordering, limit, start, is_backwards=True), moment)
    assert ids(forwards) == [place.id for place in after[:limit]]
    assert ids(backwards) == [place.id for place in before[:limit]]


@pytest.mark.parametrize(
    "selection",
    [
        Selection(categories=("news",)),
        Selection(categories=("arts", "news")),
        Selection(tags=("a", "b")),
        Selection(authors=("a", "b")),
    ],
)
def test_each_article_once_however_many_alternatives_it_meets(selection):
    make_archive()
    rows = list(select_slice(selection, Slice("-date", 100), read_moment()))
    assert (
        len(rows) == len({row.pk for row in rows}) == select_all(selection, read_moment()).count()
    )
    assert len(rows) > 5
