import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from cms_news.models import Article, FormerSlug
from cms_news.services import save_article
from tests.builders import DATE, make_article, make_data

pytestmark = pytest.mark.django_db


def rename(article, slug):
    return save_article(make_data(article.title, slug=slug), article=article)


def kept():
    return dict(FormerSlug.objects.values_list("slug", "article_id"))


def test_a_renamed_article_keeps_its_former_slugs():
    article = rename(rename(make_article(slug="a"), "b"), "c")
    assert kept() == {"a": article.pk, "b": article.pk}


def test_renaming_back_and_forth_keeps_what_is_not_in_use():
    article = make_article(slug="a")
    for slug in ("b", "a", "b", "a"):
        rename(article, slug)
    assert kept() == {"b": article.pk}


def test_a_save_that_renames_nothing_asks_nothing():
    article = make_article(slug="a")
    with CaptureQueriesContext(connection) as queries:
        save_article(make_data("other", slug="a"), article=article)
    assert not [q for q in queries if "cms_news_formerslug" in q["sql"]]


def test_a_new_article_takes_the_slug_over():
    rename(make_article(slug="a"), "b")
    make_article("new", slug="a")
    assert not kept()


def test_a_numbered_slug_is_taken_over_as_well():
    make_article("x", slug="a")
    rename(make_article("y", slug="a"), "b")
    assert set(kept()) == {"a-2"}
    assert make_article("z", slug="a").slug == "a-2"
    assert not kept()


def test_a_renamed_article_takes_the_slug_over():
    rename(make_article("x", slug="a"), "b")
    other = rename(make_article("y", slug="c"), "a")
    assert kept() == {"c": other.pk}


def test_one_slug_of_two_articles_belongs_to_the_later():
    rename(make_article("x", slug="a"), "b")
    later = rename(make_article("y", slug="a"), "c")
    assert kept() == {"a": later.pk}


def test_plain_save_keeps_the_slug():
    article = make_article(slug="a")
    article.slug = "b"
    article.save()
    assert kept() == {"a": article.pk}
    article.title = "other"
    article.save(update_fields=["title"])
    assert kept() == {"a": article.pk}
    Article.objects.create(title="t", slug="a", date=DATE)
    assert not kept()


def test_save_of_a_deferred_slug_keeps_nothing():
    make_article(slug="a")
    article = Article.objects.defer("slug").get()
    article.title = "other"
    article.save(update_fields=["title"])
    assert not kept()


def test_update_and_bulk_update_keep_the_slug():
    article = make_article(slug="a")
    Article.objects.update(slug="b")
    assert kept() == {"a": article.pk}
    article.slug = "c"
    Article.objects.bulk_update([article], ["slug"])
    assert kept() == {"a": article.pk, "b": article.pk}


def test_bulk_create_takes_the_slug_over():
    rename(make_article(slug="a"), "b")
    Article.objects.bulk_create([Article(title="t", slug="a", date=DATE)])
    assert not kept()


def test_a_rename_that_fails_keeps_nothing():
    article = make_article(slug="a")
    with pytest.raises(RuntimeError), transaction.atomic():
        rename(article, "b")
        raise RuntimeError
    assert not kept()


def test_former_slugs_go_with_their_article():
    article = rename(make_article(slug="a"), "b")
    article.delete()
    assert not kept()


def test_the_database_refuses_an_empty_slug_and_one_of_two_articles():
    article = make_article(slug="a")
    for slugs in ([""], ["x", "x"]):
        with pytest.raises(IntegrityError), transaction.atomic():
            for slug in slugs:
                FormerSlug.objects.create(slug=slug, article=article)


def test_creating_costs_no_statement_more_for_the_slugs_of_others():
    rename(make_article(slug="a"), "b")
    with CaptureQueriesContext(connection) as queries:
        make_article("new", slug="n")
    (asked,) = [q["sql"] for q in queries if "cms_news_formerslug" in q["sql"]]
    assert "cms_news_article" in asked  # the statement that looks for taken slugs anyway
