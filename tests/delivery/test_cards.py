import json
from unittest import mock

import pytest
from django.db import connection
from django.db.models import JSONField, Value
from django.test.utils import CaptureQueriesContext
from rest_framework import serializers

from cms_news.delivery import cards, names
from cms_news.delivery.cards import join_cards, read_cards, read_document
from cms_news.delivery.own_part import current_format
from cms_news.delivery.serializers import CardSerializer, DocumentSerializer
from cms_news.delivery.state import read_moment
from cms_news.models import Article, ArticleCategory, Author, Category, Tag
from tests.builders import DATE, make_article, make_author

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forgetful_process():
    names._remembered.clear()


def make_many(number):
    for index in range(number):
        make_article(
            f"Article {index}",
            author=f"author {index % 7}",
            categories=(("金融", f"城市 {index % 5}"), ("要闻",)),
            tags=(f"tag {index % 11}", "all"),
            body=f"Body {index}.",
        )


def read(articles=None):
    rows = Article.objects.newest_first() if articles is None else articles
    return json.loads(join_cards(read_cards(rows, read_moment())))


def document(article):
    return json.loads(read_document(Article.objects.filter(pk=article.pk), read_moment()).json)


def test_spliced_card_is_what_the_serializer_says():
    make_many(12)
    expected = [CardSerializer(article).data for article in Article.objects.newest_first()]
    assert read() == json.loads(json.dumps(expected))


def test_spliced_document_is_what_the_serializer_says():
    article = make_article(
        '标题 "quoted" \\ </script> \u2028',
        body="<p>正文 &amp; more</p>",
        markup="html",
        author="a",
        categories=(("x", "y"),),
        tags=("t",),
        extra={"a": {"b": [1, None, True, "é"]}, "description": "For machines"},
        headimg="https://example.com/a.png",
        permalink="x/y",
        layout="post",
        lang="zh-Hans",
        excerpt="<b>short</b>",
    )
    loaded = Article.objects.get(pk=article.pk)
    assert document(article) == json.loads(json.dumps(DocumentSerializer(loaded).data))


@pytest.mark.parametrize("extra", [[1], "text", None, 3, True])
def test_extra_is_an_object_whatever_somebody_stored(extra):
    article = make_article()
    Article.objects.filter(pk=article.pk).update(extra=Value(extra, JSONField()))
    assert document(article)["extra"] == {}


def test_document_never_holds_the_source():
    article = make_article(body="<p>a</p><!-- secret remark -->", markup="html")
    found = read_document(Article.objects.filter(pk=article.pk), read_moment())
    assert "secret remark" not in found.json


def test_article_without_author_categories_and_tags():
    make_article()
    (card,) = read()
    assert (card["author"], card["categories"], card["tags"]) == (None, [], [])


@pytest.mark.parametrize("number", [20, 100])
def test_warm_list_costs_two_queries_whatever_its_length(number, django_assert_num_queries):
    make_many(number)
    read()
    with django_assert_num_queries(2):
        assert len(read()) == number


def test_cold_list_costs_five_queries(django_assert_num_queries):
    make_many(20)
    read_moment()
    names._remembered.clear()
    with django_assert_num_queries(5):
        read()


def test_no_serializer_runs_on_a_warm_read():
    make_many(5)
    article = Article.objects.first()
    read()
    document(article)
    with mock.patch.object(
        serializers.Serializer, "to_representation", side_effect=AssertionError("a serializer ran")
    ):
        assert len(read()) == 5
        assert document(article)["id"] == article.pk


def test_the_guard_against_serializers_can_fail():
    make_many(1)
    with (
        mock.patch.object(
            serializers.Serializer,
            "to_representation",
            side_effect=AssertionError("a serializer ran"),
        ),
        pytest.raises(AssertionError, match="a serializer ran"),
    ):
        read()


def test_renaming_an_author_of_2000_articles_changes_one_row_and_shows_at_once():
    author = make_author("before")
    Article.objects.bulk_create(
        [
            Article(title=f"t{n}", slug=f"s{n}", author=author, date=DATE, published=True)
            for n in range(2000)
        ]
    )
    assert {card["author"]["name"] for card in read(Article.objects.newest_first()[:100])} == {
        "before"
    }
    rows = Article.objects.order_by("pk").values()
    before = list(rows)
    with CaptureQueriesContext(connection) as queries:
        author.name = "after"
        author.save()
    updates = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    assert not [sql for sql in updates if "cms_news_article" in sql]
    assert list(Article.objects.order_by("pk").values()) == before
    assert {card["author"]["name"] for card in read(Article.objects.newest_first())} == {"after"}


def test_no_name_is_stored_with_an_article():
    make_article("t", author="somebody", categories=(("above", "below"),), tags=("tagged",))
    row = Article.objects.values("own_card", "own_detail", "own_references").get()
    stored = "".join(row.values())
    assert not [name for name in ("somebody", "above", "below", "tagged") if name in stored]


@pytest.mark.parametrize(
    ("rename", "show"),
    [
        (
            lambda: Category.objects.filter(name="金融").update(name="new"),
            lambda card: card["categories"][0]["path"][0],
        ),
        (
            lambda: Tag.objects.filter(name="all").update(name="new"),
            lambda card: card["tags"][1]["name"],
        ),
        (
            lambda: Author.objects.update(name="new"),
            lambda card: card["author"]["name"],
        ),
    ],
)
def test_a_rename_shows_in_the_next_answer(rename, show):
    make_many(1)
    read()
    rename()
    assert show(read()[0]) == "new"


def test_a_name_that_is_unknown_is_loaded():
    make_many(1)
    read()
    # Past every door of ours: raw SQL tells no generation.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cms_news_author (name, slug, url, bio) VALUES ('raw', 'raw', '', '')"
        )
    make_article("second", author="raw")
    assert read()[0]["author"]["name"] == "raw"


def test_a_deleted_tag_is_left_out():
    make_article(tags=("a", "b"))
    read()
    Tag.objects.get(name="a").delete()
    assert [tag["name"] for tag in read()[0]["tags"]] == ["b"]


def test_names_of_a_rolled_back_transaction_are_forgotten():
    from django.db import transaction

    make_article(author="before")
    try:
        with transaction.atomic():
            Author.objects.update(name="never was")
            assert read()[0]["author"]["name"] == "never was"
            raise RuntimeError
    except RuntimeError:
        pass
    Author.objects.update(name="after")
    assert read()[0]["author"]["name"] == "after"


def test_blank_own_part_is_rendered_on_read_and_not_stored():
    article = make_article("old", tags=("a",))
    Article.objects.filter(pk=article.pk).update(title="new")
    before = Article.objects.values().get()
    assert read()[0]["title"] == "new"
    assert document(article)["title"] == "new"
    assert Article.objects.values().get() == before
    assert before["own_format"] == ""


def test_unsaved_body_is_cleaned_on_read():
    hostile = "<p onclick='x()'>safe</p><script>alert(1)</script>"
    Article.objects.bulk_create([Article(title="a", slug="a", body=hostile, markup="html")])
    article = Article.objects.get()
    assert document(article)["body_html"] == "<p>safe</p>"
    assert read()[0]["excerpt"] == "safe"


def test_change_of_a_setting_is_served_at_once(settings):
    article = make_article(slug="a")
    assert document(article)["url"] == "/articles/a/"
    before = current_format()
    settings.CMS_NEWS = {"ARTICLE_URL": "https://front.example/{slug}"}
    assert current_format() != before
    assert document(article)["url"] == "https://front.example/a"
    assert read()[0]["url"] == "https://front.example/a"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", " java\nscript:1"])
def test_picture_and_author_addresses_are_checked(address):
    make_author("a", url=address)
    make_article(author="a", headimg=address, thumbnail=address)
    (card,) = read()
    assert (card["headimg"], card["thumbnail"], card["author"]["url"]) == (None, None, "")


def test_picture_shape():
    make_article(headimg="https://example.com/a.png")
    assert read()[0]["headimg"] == {
        "url": "https://example.com/a.png",
        "width": None,
        "height": None,
        "alt": "",
        "caption": "",
        "credit": "",
        "renditions": {},
        "srcset": "",
    }


def test_reading_stores_nothing():
    make_many(3)
    Article.objects.update(comments=False)
    read_moment()
    with CaptureQueriesContext(connection) as queries:
        read()
    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}


def test_body_beyond_the_limits_that_nobody_saved_is_no_error():
    Article.objects.bulk_create(
        [Article(title="a", slug="a", body="<p>" + "a" * 1_000_001, markup="html")]
    )
    article = Article.objects.get()
    assert document(article)["body_html"] == ""
    assert read()[0]["excerpt"] == ""


def test_categories_that_are_gone_take_no_others_along():
    first, second = make_article("a", categories=(("A",),)), make_article("b", categories=(("B",),))
    ArticleCategory.objects.unguarded().delete()
    Category.objects.all().delete()
    assert document(first)["categories"] == []
    assert document(second)["categories"] == []
    assert [card["categories"] for card in read()] == [[], []]


def hide(article):
    Article.objects.filter(pk=article.pk).update(published=False, title="SECRET", body="SECRET")


def test_article_hidden_between_two_statements_of_a_list(monkeypatch):
    hidden, shown = make_article("hidden"), make_article("shown", slug="shown")
    Article.objects.blank_own_parts()
    valid = cards.current_format

    def hide_first():
        hide(hidden)
        return valid()

    monkeypatch.setattr(cards, "current_format", hide_first)
    (card,) = read(Article.objects.public().newest_first()[:20])
    assert card["id"] == shown.pk


def test_article_hidden_between_two_statements_of_its_document(monkeypatch):
    article = make_article("public", body="x")
    Article.objects.update(body="y")
    valid = cards.current_format

    def hide_first():
        hide(article)
        return valid()

    monkeypatch.setattr(cards, "current_format", hide_first)
    assert read_document(Article.objects.public().filter(pk=article.pk), read_moment()) is None


def test_article_hidden_after_all_of_it_was_read_is_served_as_it_was_while_public(monkeypatch):
    article = make_article("public", body="x")
    Article.objects.update(body="y")
    splice_names = cards.splice_names

    def hide_first(*args, **kwargs):
        hide(article)
        return splice_names(*args, **kwargs)

    monkeypatch.setattr(cards, "splice_names", hide_first)
    found = read_document(Article.objects.public().filter(pk=article.pk), read_moment())
    assert json.loads(found.json)["title"] == "public"
    assert "SECRET" not in found.json


def test_blank_own_parts_of_a_category_are_served_once_each():
    make_many(6)
    Article.objects.blank_own_parts()
    category = Category.objects.get(name="要闻")
    chosen = Article.objects.in_category(category).newest_first()[1:4]
    assert [card["title"] for card in read(chosen)] == ["Article 4", "Article 3", "Article 2"]


@pytest.mark.parametrize("address", ["javascript:alert(1)", " java\nscript:1"])
def test_unsafe_permalink_is_not_served(address):
    article = make_article(permalink=address)
    assert document(article)["permalink"] == ""
    loaded = Article.objects.get(pk=article.pk)
    assert DocumentSerializer(loaded).data["permalink"] == ""
