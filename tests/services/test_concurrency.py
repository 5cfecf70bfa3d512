"""Several writers at once, each with a connection of its own, on a server that runs them side by side."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from django.db import connection, connections

from cms_news.errors import VersionConflictError
from cms_news.models import Article, Author, Category, DeliveryState, Tag
from cms_news.services import describe_article, save_article
from tests.builders import make_article, make_data

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite", reason="SQLite lets one writer in at a time by itself"
    ),
]

WRITERS = 6


def at_once(work):
    """Run `work(number)` in as many threads as there are writers and return what each made of it."""
    barrier = Barrier(WRITERS)

    def run(number):
        try:
            connections["default"].ensure_connection()
            barrier.wait(10)
            return work(number)
        except VersionConflictError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(run, range(WRITERS)))


@pytest.mark.parametrize("attempt", range(5))
def test_exactly_one_writer_of_a_version_wins(attempt):
    pk = make_article("first", tags=("old",), categories=(("a",),)).pk

    def write(number):
        article = Article.objects.get(pk=pk)
        data = replace(
            describe_article(article),
            title=f"by {number}",
            tags=("shared", f"t{number}"),
            categories=(("a", "b"), (f"c{number}",)),
        )
        return save_article(data, article=article, expected_version=1)

    results = at_once(write)
    winners = [result for result in results if isinstance(result, Article)]
    assert len(winners) == 1
    stored = Article.objects.get(pk=pk)
    number = stored.title.removeprefix("by ")
    assert stored.version == 2
    assert [tag.name for tag in stored.tags.all()] == ["shared", f"t{number}"]
    assert [category.name for category in stored.categories] == ["b", f"c{number}"]


def test_writers_of_one_title_get_slugs_of_their_own():
    at_once(lambda number: save_article(make_data("晨报")))
    slugs = sorted(Article.objects.values_list("slug", flat=True))
    assert slugs == sorted(["晨报", *(f"晨报-{number}" for number in range(2, WRITERS + 1))])


@pytest.mark.parametrize("attempt", range(3))
def test_new_names_are_made_once(attempt):
    at_once(
        lambda number: make_article(
            f"n{number}", author="one", categories=(("x", "y"),), tags=("t", "u")
        )
    )
    counts = [model.objects.count() for model in (Article, Author, Category, Tag)]
    assert counts == [WRITERS, 1, 2, 2]
    assert DeliveryState.objects.count() == 1
