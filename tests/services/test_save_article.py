import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms_news.content.document import AuthorName
from cms_news.delivery.cards import read_cards
from cms_news.delivery.state import read_moment
from cms_news.errors import HtmlLimitError, NewsError, VersionConflictError
from cms_news.models import Article, ArticleCategory, Author, Category, Tag
from cms_news.services import NewArticle, create_articles, describe_article, save_article
from tests.builders import DATE, make_article, make_data

pytestmark = pytest.mark.django_db


def writes(queries):
    verbs = ("INSERT", "UPDATE", "DELETE")
    return [query["sql"] for query in queries if query["sql"].startswith(verbs)]


def full_data(**changes):
    values = {
        "body": "# 标题\n\n正文。",
        "author": AuthorName("记者站", "https://example.com/a"),
        "categories": (("金融", "中证网", "资讯"), ("要闻",)),
        "tags": ("监管", "银行"),
        "headimg": "https://example.com/a.png",
        "thumbnail": "https://example.com/b.png",
        "comments": False,
        "excerpt": "摘要",
        "permalink": "a/b",
        "lang": "zh-Hans",
        "layout": "post",
        "source_name": "新华社",
        "source_url": "https://wire.example/a",
        "license": "CC BY 4.0",
        "extra": {"top": True, "nested": {"a": [1, "x"]}},
        "updated": DATE + timedelta(days=1),
        "expires_at": DATE + timedelta(days=9000),
        "slug": "morning",
    }
    return make_data(**{**values, **changes})


def test_what_is_saved_is_what_is_described():
    data = full_data()
    pk = save_article(data).pk
    assert describe_article(Article.objects.get(pk=pk)) == data


def test_every_ancestor_is_linked_and_only_the_chosen_are_direct():
    article = save_article(full_data())
    links = {link.category.name: link.direct for link in article.category_links.all()}
    assert links == {"金融": False, "中证网": False, "资讯": True, "要闻": True}
    assert {link.date for link in article.category_links.all()} == {DATE}
    assert [category.name for category in article.categories] == ["资讯", "要闻"]


def test_category_that_is_chosen_and_above_another_is_direct():
    article = save_article(make_data(categories=(("a", "b"), ("a",))))
    assert [category.name for category in article.categories] == ["b", "a"]
    assert article.category_links.count() == 2


def test_names_are_shared_between_articles():
    save_article(full_data())
    save_article(full_data(slug="second", tags=("监管",)))
    assert (Author.objects.count(), Category.objects.count(), Tag.objects.count()) == (1, 4, 2)


def test_saving_the_same_again_writes_nothing():
    article = save_article(full_data())
    loaded = Article.objects.get(pk=article.pk)
    with CaptureQueriesContext(connection) as queries:
        save_article(describe_article(loaded), article=loaded)
    assert writes(queries) == []
    assert Article.objects.get(pk=article.pk).version == 1


def test_a_changed_title_is_one_update_and_touches_no_links():
    pk = save_article(full_data()).pk
    article = Article.objects.get(pk=pk)
    with CaptureQueriesContext(connection) as queries:
        save_article(full_data(title="晚报"), article=article)
    tables = [re.search(r'"(cms_news_\w+)"', sql)[1] for sql in writes(queries)]
    assert tables == ["cms_news_article", "cms_news_revision"]
    assert "晚报" in Article.objects.get(pk=pk).own_card


def test_a_changed_tag_leaves_categories_alone():
    pk = save_article(full_data()).pk
    before = list(ArticleCategory.objects.order_by("pk").values())
    article = Article.objects.get(pk=pk)
    save_article(full_data(tags=("银行", "新")), article=article)
    assert [tag.name for tag in article.tags.all()] == ["银行", "新"]
    assert list(ArticleCategory.objects.order_by("pk").values()) == before


def test_a_changed_date_reaches_the_link_rows():
    article = Article.objects.get(pk=save_article(full_data()).pk)
    moved = DATE + timedelta(hours=5)
    save_article(full_data(date=moved), article=article)
    rows = [*article.category_links.all(), *article.tag_links.all()]
    assert {row.date for row in rows} == {moved}


def test_removed_categories_take_their_ancestors_with_them():
    article = Article.objects.get(pk=save_article(full_data()).pk)
    save_article(full_data(categories=(("要闻",),)), article=article)
    assert [link.category.name for link in article.category_links.all()] == ["要闻"]


def test_article_fetched_with_its_names_can_be_saved_again_and_again():
    pk = save_article(full_data()).pk
    article = Article.objects.with_names().get(pk=pk)
    elsewhere = full_data(categories=(("城市",),), tags=("渡轮",))
    for data in (elsewhere, full_data(), elsewhere, full_data()):
        save_article(data, article=article)
        assert describe_article(article) == describe_article(Article.objects.get(pk=pk)) == data


class ReadsElsewhere:
    def db_for_read(self, model, **hints):
        return "replica"

    def db_for_write(self, model, **hints):
        return "default"


def test_links_are_written_where_writes_go(settings):
    settings.DATABASE_ROUTERS = [f"{__name__}.ReadsElsewhere"]
    assert ArticleCategory.objects.db == "replica"
    assert ArticleCategory.objects.unguarded().db == "default"


def test_links_changed_by_hand_are_set_right():
    pk = save_article(full_data()).pk
    article = Article.objects.get(pk=pk)
    article.tags.add("stray")
    save_article(full_data(), article=Article.objects.get(pk=pk))
    assert [tag.name for tag in article.tags.all()] == ["监管", "银行"]


def test_second_writer_of_one_version_is_told():
    pk = save_article(full_data()).pk
    first, second = Article.objects.get(pk=pk), Article.objects.get(pk=pk)
    save_article(full_data(title="first"), article=first)
    with pytest.raises(VersionConflictError, match="somebody else"):
        save_article(full_data(title="second"), article=second)
    assert Article.objects.get(pk=pk).title == "first"


def test_conflicting_writer_changes_nothing_at_all():
    pk = save_article(full_data()).pk
    stale = Article.objects.get(pk=pk)
    save_article(full_data(title="first"), article=Article.objects.get(pk=pk))
    with pytest.raises(VersionConflictError):
        save_article(full_data(title="second", tags=("other",)), article=stale)
    assert [tag.name for tag in Article.objects.get(pk=pk).tags.all()] == ["监管", "银行"]


def test_expected_version_can_be_older_than_the_loaded_article():
    article = save_article(full_data())
    save_article(full_data(title="b"), article=Article.objects.get(pk=article.pk))
    current = Article.objects.get(pk=article.pk)
    with pytest.raises(VersionConflictError):
        save_article(full_data(title="c"), article=current, expected_version=1)


def test_body_is_kept_as_it_came_and_served_clean():
    body = "<p>a</p>\r\n<script>alert(1)</script>\r\n  "
    article = make_article(body=body, markup="html")
    stored = Article.objects.get(pk=article.pk)
    assert stored.body == body
    assert "script" not in stored.body_html
    assert [item["name"] for item in stored.removed] == ["script"]


def test_body_beyond_the_limits_is_refused_and_nothing_is_stored():
    with pytest.raises(HtmlLimitError):
        make_article(body="<p>" + "a" * 1_000_001, markup="html", categories=(("x",),))
    assert not Article.objects.exists()
    assert not Category.objects.exists()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 301}, "301 characters"),
        ({"title": "a\0b"}, "NUL"),
        ({"body": "a\ud800"}, "surrogate"),
        ({"extra": {"a": ["\0"]}}, "extra"),
        ({"extra": {"\0": 1}}, "extra"),
        ({"tags": ("\0",)}, "tags"),
        ({"lang": "x" * 36}, "lang"),
    ],
)
def test_what_no_database_takes_is_refused_with_its_name(changes, reason):
    with pytest.raises(NewsError, match=reason):
        save_article(replace(make_data(), **changes))


def test_slug_of_another_article_is_numbered():
    make_article(slug="a")
    assert make_article(slug="a").slug == "a-2"


def test_author_address_is_taken_over_only_where_none_is_known():
    save_article(make_data(author=AuthorName("a")))
    save_article(make_data(author=AuthorName("a", "https://one.example/")))
    save_article(make_data(author=AuthorName("a", "https://two.example/")))
    assert Author.objects.get().url == "https://one.example/"


def test_summary_comes_from_before_the_marker():
    article = make_article(body="Opening words.\n\n<!-- more -->\n\nThe rest.")
    assert article.summary == "Opening words."
    assert "more" not in article.body_html
    assert "The rest." in article.body_html


def test_new_article_is_stored_with_its_own_part():
    article = Article.objects.get(pk=make_article().pk)
    assert article.own_format
    assert '"title":"晨报"' in article.own_card


def test_new_article_whose_address_needs_its_id_is_rendered_by_readers(settings):
    settings.CMS_NEWS = {"ARTICLE_URL": "/n/{id}"}
    article = Article.objects.get(pk=make_article().pk)
    assert article.own_format == ""
    (card,) = read_cards(Article.objects.all(), read_moment())
    assert f'"url":"/n/{article.pk}"' in card.json


def new_articles(number):
    return [NewArticle(full_data(slug="", title=f"{number}-{n}")) for n in range(number)]


def test_batch_costs_the_same_queries_whatever_its_size():
    create_articles(new_articles(1))
    counts = []
    for number in (9, 20):
        with CaptureQueriesContext(connection) as queries:
            create_articles(new_articles(number))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_batch_is_stored_as_one_by_one_would_be():
    items = [
        NewArticle(full_data(slug="", title="same")),
        NewArticle(full_data(slug="", title="same", tags=("new", "NEW"), categories=(("x", "y"),))),
        NewArticle(make_data("other")),
    ]
    articles = create_articles(items)
    assert [article.slug for article in articles] == ["same", "same-2", "other"]
    for article, item in zip(articles, items, strict=True):
        described = describe_article(Article.objects.get(pk=article.pk))
        expected = replace(item.data, slug=article.slug)
        if expected.tags == ("new", "NEW"):
            expected = replace(expected, tags=("new",))
        assert described == expected
    assert {link.category.name for link in articles[1].category_links.all()} == {"x", "y"}


def test_batch_with_a_bad_article_stores_none():
    with pytest.raises(NewsError, match="NUL"):
        create_articles([NewArticle(make_data("a")), NewArticle(make_data("b\0"))])
    with pytest.raises(HtmlLimitError):
        create_articles([NewArticle(make_data("a")), NewArticle(make_data("b", body="x" * 2**20))])
    assert not Article.objects.exists()


def test_body_that_is_rendered_already_is_taken_over():
    data = make_data(body="# a")
    rendered = Article(body="# a", title="a").render()
    (article,) = create_articles([NewArticle(data, rendered=replace(rendered, summary="mine"))])
    assert Article.objects.get(pk=article.pk).summary == "mine"


def test_body_rendered_under_another_policy_is_not_believed():
    rendered = replace(
        Article(body="a", title="a").render(), policy_fingerprint="x", body_html="<script>"
    )
    (article,) = create_articles([NewArticle(make_data(body="a"), rendered=rendered)])
    assert "script" not in Article.objects.get(pk=article.pk).body_html
