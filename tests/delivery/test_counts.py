"""Numbers of public articles: right, and counted only when they may have changed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms_news.delivery import counts
from cms_news.delivery.counts import count_public
from cms_news.delivery.state import read_moment
from cms_news.models import Article, ArticleTag, Author, Category, Tag
from cms_news.services import describe_article, save_article
from tests.builders import make_article, make_data
from tests.delivery import naive

pytestmark = pytest.mark.django_db

MODELS = {"authors": Author, "categories": Category, "tags": Tag}


@pytest.fixture(autouse=True)
def archive(clock):
    """Articles of all kinds under a few names."""
    counts._remembered.clear()
    ahead = clock.now + timedelta(seconds=10)
    filed = {"author": "a", "categories": (("x", "y"), ("z",)), "tags": ("t", "u")}
    make_article("public", **filed)
    make_article("another", author="b", categories=(("x",),), tags=("u",))
    make_article("draft", published=False, **filed)
    make_article("scheduled", date=ahead, **filed)
    make_article("expired", expires_at=clock.now, **filed)
    make_article("expiring", expires_at=ahead, **filed)
    make_article("trashed", **filed)
    Article.objects.filter(title="trashed").update(trashed_at=clock.now)
    make_article("of nobody")
    return clock


def count(model):
    ids = list(model.objects.values_list("pk", flat=True))
    return {pk: number for pk, number in count_public(model, ids, read_moment()).items() if number}


def assert_right(clock):
    expected = naive.numbers(clock.now)
    assert {kind: count(model) for kind, model in MODELS.items()} == expected


def test_numbers_are_right_before_and_after_the_horizon(archive):
    assert_right(archive)
    archive.move(seconds=10)
    assert_right(archive)


@pytest.mark.parametrize(
    "write",
    [
        lambda article: article.delete(),
        lambda article: article.tags.add("u"),
        lambda article: article.tags.clear(),
        lambda article: article.category_links.all().delete(),
        lambda article: Article.objects.update(author=Author.objects.get(name="b")),
        lambda article: Article.objects.update(published=True, trashed_at=None, expires_at=None),
        lambda article: ArticleTag.objects.filter(tag__name="t").update(
            tag=Tag.objects.create(name="v")
        ),
        lambda article: save_article(make_data("p", tags=("v",)), article=article),
        lambda article: save_article(
            make_data("public", author="a", categories=(("x", "y"), ("z",)), tags=("u",)),
            article=article,
        ),
        lambda article: Tag.objects.get(name="t").delete(),
    ],
)
def test_numbers_are_right_after_any_change_of_filing(archive, write):
    assert_right(archive)
    write(Article.objects.get(title="public"))
    assert_right(archive)


def test_numbers_are_counted_in_one_query_and_once(django_assert_num_queries):
    ids = list(Category.objects.values_list("pk", flat=True))
    moment = read_moment()
    with django_assert_num_queries(1):
        first = count_public(Category, ids, moment)
    with django_assert_num_queries(0):
        assert count_public(Category, ids, moment) == first


def test_edit_that_moves_no_article_costs_no_counting(django_assert_num_queries):
    count(Tag)
    article = Article.objects.get(title="public")
    said = describe_article(article)
    data = make_data(
        "new", author=said.author, categories=said.categories, tags=said.tags, body="new"
    )
    save_article(data, article=article)
    moment = read_moment()
    with django_assert_num_queries(0):
        count_public(Tag, Tag.objects.none().values_list("pk", flat=True), moment)
    ids = list(Tag.objects.values_list("pk", flat=True))
    with django_assert_num_queries(0):
        count_public(Tag, ids, moment)


def test_what_a_page_needs_is_counted_and_kept(django_assert_num_queries):
    first, second = Tag.objects.values_list("pk", flat=True)
    moment = read_moment()
    assert count_public(Tag, [first], moment).keys() == {first}
    with django_assert_num_queries(1):
        assert count_public(Tag, [first, second], moment).keys() == {first, second}


def test_more_names_than_a_query_names_are_counted_all(monkeypatch, archive):
    monkeypatch.setattr(counts, "MAX_NAMED", 1)
    with CaptureQueriesContext(connection) as queries:
        assert_right(archive)
    assert not [query for query in queries if '"tag_id" IN' in query["sql"]]


def test_of_an_unsettled_moment_nothing_is_remembered():
    moment = read_moment().unsettled()
    ids = list(Tag.objects.values_list("pk", flat=True))
    expected = count_public(Tag, ids, moment)
    Article.objects.all().delete()
    assert count_public(Tag, ids, moment) != expected


def test_only_names_have_numbers():
    with pytest.raises(ValueError, match="Article"):
        count_public(Article, [1], read_moment())
