"""Each list is a range of an index that holds its order: nothing is sorted, nothing is read that is not shown."""

from datetime import timedelta

import pytest
from django.db import connection

from cms_news.delivery.selection import Selection, Slice, Start, select_slice
from cms_news.delivery.state import read_moment
from cms_news.models import Article
from cms_news.models.orders import ARTICLE_ORDERS, Place
from tests.builders import DATE, make_article, make_author

pytestmark = pytest.mark.django_db

# By date there are two indexes, of all and of what is released; PostgreSQL takes either.
INDEXES = {
    "date": "Index Scan" if connection.vendor == "postgresql" else "cms_news_article_released",
    "title": "cms_news_article_by_title",
    "updated": "cms_news_article_by_change",
}
RANGES = [
    (Selection(categories=("c",)), "cms_news_in_category"),
    (Selection(exact_categories=("c",)), "cms_news_chosen_category"),
    (Selection(tags=("t",)), "cms_news_with_tag"),
    (Selection(authors=("a",)), "cms_news_article_by_author"),
    (Selection(langs=("en",)), "cms_news_article_in_lang"),
]
"""What is selected, and the index that the newest of it are a range of."""


def explain(rows):
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A dozen rows are read whole and sorted faster than any index is opened; 200,000 are not.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
            cursor.execute(f"EXPLAIN {sql}", params)
            return "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        return "\n".join(row[3] for row in cursor.fetchall())


def check(plan, index):
    assert index in plan, plan
    assert "Sort Key" not in plan, plan
    assert "TEMP B-TREE" not in plan, plan


def make_some():
    """A dozen articles that are alike, among 400 others, so that it is worth going by what is alike."""
    others = [
        Article(
            title=f"other {number}",
            slug=f"o{number}",
            date=DATE + timedelta(minutes=number - 200),
            published=True,
            author=make_author(f"o{number}") if number % 40 == 0 else None,
            lang=f"x{number % 10}",
        )
        for number in range(400)
    ]
    Article.objects.insert(others)
    for number in range(12):
        make_article(f"t{number}", author="a", tags=("t",), categories=(("b", "c"),), lang="en")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cms_news_article")


def pieces(ordering):
    key = "t5" if ordering.endswith("title") else DATE
    start = Start(Place(key, Article.objects.order_by("-pk")[5].pk))
    return [
        Slice(ordering, 5),
        Slice(ordering, 5, start),
        Slice(ordering, 5, start, is_backwards=True),
    ]


@pytest.mark.parametrize("ordering", ARTICLE_ORDERS)
def test_every_order_is_one_index(ordering):
    make_some()
    for piece in pieces(ordering):
        rows = select_slice(Selection(), piece, read_moment())
        check(explain(rows), INDEXES[ordering.removeprefix("-")])


@pytest.mark.parametrize("ordering", ["-date", "date"])
@pytest.mark.parametrize(("selection", "index"), RANGES)
def test_the_newest_of_one_are_one_range(selection, index, ordering):
    make_some()
    for piece in pieces(ordering):
        check(explain(select_slice(selection, piece, read_moment())), index)


@pytest.mark.parametrize("ordering", ["-date", "date", "title", "-updated"])
@pytest.mark.skipif(connection.vendor != "sqlite", reason="as SQLite words it")
def test_no_page_is_entered_at_the_beginning_of_the_list(ordering):
    make_some()
    for piece in pieces(ordering)[1:]:
        plan = explain(select_slice(Selection(), piece, read_moment()))
        assert plan.startswith("SEARCH"), plan
        plan = explain(select_slice(Selection(tags=("t",)), piece, read_moment()))
        if ordering.endswith("date"):
            assert "(date,content_object_id)" in plan, plan


@pytest.mark.parametrize(
    ("selection", "index"), [(Selection(tags=("t", "u")), "cms_news_with_tag"), RANGES[0]]
)
def test_of_several_each_is_a_range(selection, index):
    make_some()
    make_article("other", tags=("u",))
    plan = explain(select_slice(selection, Slice("-date", 5), read_moment()))
    number = len(selection.tags) or 1
    assert plan.count(index) == number, plan
