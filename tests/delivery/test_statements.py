from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F, Value

from cms_news.delivery import statements
from cms_news.delivery.selection import (
    DateBound,
    FoundArticle,
    Selection,
    Slice,
    Start,
    find_slice,
    select_slice,
)
from cms_news.delivery.state import read_moment
from cms_news.delivery.statements import fetch
from cms_news.models import Article
from cms_news.models.orders import ARTICLE_ORDERS
from tests.builders import DATE, make_article

SELECTIONS = [
    Selection(),
    Selection(tags=("水",)),
    Selection(tags=("水", "火"), langs=("zh",)),
    Selection(categories=("财经",), authors=("港务局",)),
    Selection(exact_categories=("财经", "快讯")),
    Selection(slugs=("a1", "a2", "a7"), has_headimg=False),
    Selection(ids=(1, 2, 3, 10**18), has_headimg=False),
    Selection(tags=("nobody",)),
    Selection(
        dates=(DateBound("gte", DATE - timedelta(days=5)), DateBound("lt", DATE)), langs=("zh",)
    ),
]


@pytest.fixture
def archive(db):
    for number in range(12):
        make_article(
            f"a{number}",
            slug=f"a{number}",
            date=DATE - timedelta(days=number % 4, microseconds=number),
            lang="zh" if number % 2 else "",
            author="港务局" if number % 3 else None,
            categories=(("财经", "快讯") if number % 2 else ("财经",),),
            tags=("水", "火")[: number % 3],
            published=number != 5,
        )


def rows_of(found, piece):
    return [(pk, piece.order.place(key, pk), card) for pk, key, card in found.rows("own_card")]


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("ordering", list(ARTICLE_ORDERS))
def test_rows_are_those_of_the_queryset(archive, selection, ordering):
    moment = read_moment()
    start = None
    for _page in range(4):
        piece = Slice(ordering, 3, start)
        expected = list(select_slice(selection, piece, moment))
        found = rows_of(find_slice(selection, piece, moment), piece)
        assert [row[0] for row in found] == [article.pk for article in expected]
        assert [row[2] for row in found] == [article.own_card for article in expected]
        if not found:
            break
        start = Start(found[-1][1])
        back = Slice(ordering, 3, start, is_backwards=True)
        assert [row[0] for row in rows_of(find_slice(selection, back, moment), back)] == [
            article.pk for article in select_slice(selection, back, moment)
        ]


def test_places_tell_microseconds(archive):
    piece = Slice("-date", 20)
    for pk, place, _card in rows_of(find_slice(Selection(), piece, read_moment()), piece):
        assert place.key == Article.objects.get(pk=pk).date


def test_one_shape_is_composed_once(archive, django_assert_num_queries):
    moment = read_moment()
    statements._compose.cache_clear()
    for slug in ("水", "火"):
        find_slice(Selection(tags=(slug,)), Slice("-date", 3), moment).rows()
    for name in ("a1", "a2"):
        with django_assert_num_queries(1):
            ((_pk, _lang, title),) = FoundArticle("slug", name, moment).rows("title")
        assert title == name
    assert statements._compose.cache_info().misses == 2


def test_statement_is_asked_with_the_values_of_each_call(archive):
    moment = read_moment()
    early = datetime(2000, 1, 1, tzinfo=UTC)
    (pk,) = Article.objects.filter(slug="a1").values_list("pk", flat=True)
    for _time in range(2):
        assert FoundArticle("id", pk, moment).rows("title") == [(pk, "zh", "a1")]
        assert FoundArticle("id", pk + 10**6, moment).rows("title") == []
        assert FoundArticle("id", 10**30, moment).rows("title") == []
    values = (early, pk)
    assert fetch(public_titles, None, values, using=moment.using) == []


def public_titles(values, shape, using):
    return Article.objects.using(using).public(at=values[0]).filter(pk=values[1]).values_list("pk")


@pytest.mark.parametrize("value", [1, "x", DATE])
def test_value_that_becomes_another_is_a_mistake(db, value):
    def build(values, shape, using):
        found = Article.objects.using(using).annotate(said=Value(f"{values[0]}!"))
        return found.filter(title=F("said")).values_list("pk")

    with pytest.raises(ValueError, match="in another form"):
        fetch(build, None, (value,), using="default")


def test_value_may_be_of_no_use(db):
    def build(values, shape, using):
        return Article.objects.using(using).filter(pk=values[0]).values_list("pk")

    assert fetch(build, None, (1, 2), using="default") == []


def test_column_that_has_to_be_converted_is_a_mistake(db):
    def build(values, shape, using):
        return Article.objects.using(using).filter(pk=values[0]).values_list("extra", F("date"))

    with pytest.raises(ValueError, match="select it as text"):
        fetch(build, None, (1,), using="default")
