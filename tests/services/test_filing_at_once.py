"""Somebody moves or merges a category while somebody else files an article under it."""

import pytest
from django.db import connection

from cms_news.models import Article, ArticleCategory, Category
from cms_news.services.category_tree import move_categories
from cms_news.services.merging import merge_categories
from tests.actors import Actor
from tests.builders import make_article, make_category

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite lets one writer in at a time"
    ),
]


@pytest.fixture
def desk():
    make_category("a", "b")
    make_category("n")
    actors = Actor(), Actor()
    yield actors
    for actor in actors:
        actor.leaves()


def file_one():
    make_article(categories=(("a", "b"),), slug="one")


def move():
    move_categories([make_category("a", "b")], make_category("n"))


def links():
    rows = ArticleCategory.objects.filter(article__slug="one")
    return set(rows.values_list("category__name", "direct"))


def test_who_moves_waits_for_who_files(desk):
    files, moves = desk
    files.begins()
    files.does(file_one)
    moving = moves.starts(move)
    moves.waits_for_a_lock()
    files.commits()
    moving.result(20)
    assert links() == {("n", False), ("b", True)}


def test_who_files_waits_for_who_moves(desk):
    files, moves = desk
    moves.begins()
    moves.does(move)
    filing = files.starts(file_one)
    files.waits_for_a_lock()
    moves.commits()
    filing.result(20)
    assert links() == {("n", False), ("b", True)}
    assert Article.objects.get(slug="one").categories[0].path_names == ["n", "b"]


def test_two_who_move_below_each_other_make_no_circle(desk):
    one, other = desk
    make_category("m")
    one.begins()
    one.does(move_categories, [make_category("m")], make_category("n"))
    turned = other.starts(move_categories, [make_category("n")], make_category("m"))
    other.waits_for_a_lock()
    one.commits()
    assert "below itself" in str(turned.exception(20))
    assert Category.objects.get(name="n").parent is None


def test_who_files_under_what_is_being_merged_files_under_what_stays(desk):
    files, merges = desk
    merges.begins()
    merges.does(lambda: merge_categories([make_category("a", "b")], into=make_category("n")))
    filing = files.starts(file_one)
    files.waits_for_a_lock()
    merges.commits()
    assert "save again" in str(filing.exception(20))
    file_one()
    assert links() == {("n", True)}
