"""Writes past the services, in the orders that a careless program takes them."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Value
from django.db.models.signals import post_save

from cms_news.delivery.cards import read_document
from cms_news.delivery.state import read_moment
from cms_news.errors import NewsError, VersionConflictError
from cms_news.models import Article, ArticleCategory, ArticleTag, Author, Category, Tag
from cms_news.services import save_article
from tests.builders import DATE, make_article, make_category, make_data

pytestmark = pytest.mark.django_db

LATER = DATE + timedelta(days=3)
HOSTILE = "<script>alert(1)</script>"


def served(article):
    return json.loads(read_document(Article.objects.filter(pk=article.pk), read_moment()).json)


def names_served(article, key):
    return [item["name"] for item in served(article)[key]]


def dates_of_links(article):
    links = [
        *ArticleCategory.objects.filter(article=article.pk),
        *ArticleTag.objects.filter(content_object=article.pk),
    ]
    return {link.date for link in links}


def save_in_vain(article):
    with transaction.atomic():
        article.save()
        transaction.set_rollback(True)


def make_filed(title="t", **values):
    return make_article(title, categories=(("A",), ("B",)), tags=("x", "y"), **values)


def test_stale_plain_save_does_not_turn_the_version_back():
    make_article("v1")
    stale = Article.objects.get()
    save_article(make_data("v2"), article=Article.objects.get())
    held = Article.objects.get()
    save_article(make_data("v3"), article=Article.objects.get())
    stale.comments = False
    stale.save(update_fields=["comments"])
    assert (stale.version, Article.objects.get().version) == (4, 4)
    with pytest.raises(VersionConflictError):
        save_article(make_data("v2 edited"), article=held)


def test_article_after_a_plain_save_can_be_saved_by_the_service():
    article = make_article("one")
    article.comments = False
    article.save()
    save_article(make_data("two"), article=article)
    assert Article.objects.get().title == "two"


def test_version_is_a_number_when_signals_are_sent():
    article = make_article()
    seen = []

    def receive(instance, **_options):
        seen.append(instance.version)

    post_save.connect(receive, sender=Article)
    try:
        article.save()
    finally:
        post_save.disconnect(receive, sender=Article)
    assert seen == [2]


def test_save_over_a_row_by_its_id_raises_the_version():
    article = make_article("old", slug="a")
    save_article(make_data("newer", slug="a"), article=article)
    Article(pk=article.pk, title="over", slug="a", created_at=article.created_at).save()
    assert Article.objects.get().version == 3


def test_copy_and_deleted_article_are_inserted():
    article = make_article("t", slug="a")
    article.pk, article.slug = None, "b"
    article.save()
    first = Article.objects.get(slug="a")
    gone = Article.objects.get(slug="a")
    first.delete()
    gone.save()
    assert {row.slug for row in Article.objects.all()} == {"a", "b"}


def test_body_left_out_of_one_save_is_rendered_by_the_next():
    make_article(body="old")
    article = Article.objects.get()
    article.body = "new"
    article.save(update_fields=["title"])
    article.save()
    stored = Article.objects.get()
    assert (stored.body, "new" in stored.body_html) == ("new", True)


def test_html_left_out_of_one_save_is_not_believed_by_the_next():
    make_article(body="old")
    article = Article.objects.get()
    article.body_html = HOSTILE
    article.save(update_fields=["title"])
    article.save()
    assert "<script" not in served(article)["body_html"]


def test_body_of_a_rolled_back_save_is_stored_with_its_html():
    make_article(body="old")
    article = Article.objects.get()
    article.body = "new"
    save_in_vain(article)
    article.save(update_fields=["body"])
    assert "new" in Article.objects.get().body_html


def test_date_left_out_of_one_save_reaches_the_links_with_the_next():
    article = make_filed()
    article.date = LATER
    article.save(update_fields=["title"])
    assert dates_of_links(article) == {DATE}
    article.save()
    assert dates_of_links(article) == {LATER}


def test_date_that_was_not_loaded_reaches_the_links():
    make_filed()
    article = Article.objects.only("title").get()
    article.date = LATER
    article.save()
    assert dates_of_links(article) == {LATER}


def test_first_date_after_a_refresh_reaches_the_links():
    make_filed()
    article = Article.objects.get()
    Article.objects.update(date=LATER)
    article.refresh_from_db()
    article.date = DATE
    article.save()
    assert dates_of_links(article) == {DATE}


def test_date_of_a_rolled_back_save_reaches_the_links_with_the_next():
    make_filed()
    article = Article.objects.get()
    article.date = LATER
    save_in_vain(article)
    article.save()
    assert dates_of_links(article) == {LATER}


def test_plain_save_without_a_new_date_leaves_the_links_alone(django_assert_num_queries):
    article = make_filed()
    # A savepoint and its release, the version up and read, and the row.
    with django_assert_num_queries(5):
        article.save()


def upsert(article, update_fields, **values):
    changed = {"title": article.title, "slug": article.slug, "date": DATE, **values}
    Article.objects.bulk_create(
        [Article(pk=article.pk, **changed), Article(title="new", slug="new")],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=update_fields,
    )


def test_bulk_create_over_a_row_outdates_what_is_derived():
    article = make_article("old", body="old", published=True)
    upsert(article, ["title", "body"], title="fresh title", body="<p>fresh</p>")
    document = served(article)
    assert document["title"] == "fresh title"
    assert "fresh" in document["body_html"]
    with pytest.raises(VersionConflictError):
        save_article(make_data("stale"), article=article)


def test_bulk_create_over_a_row_takes_the_date_to_the_links():
    article = make_filed()
    upsert(article, ["date"], date=LATER)
    assert dates_of_links(article) == {LATER}


def test_bulk_create_refuses_derived_columns():
    with pytest.raises(NewsError, match="body_html"):
        upsert(make_article(), ["body_html"], body_html=HOSTILE)


def test_article_added_to_an_author_shows_that_author():
    article, other = make_article(author="first"), Author.objects.create(name="second")
    other.articles.add(article)
    assert served(article)["author"]["name"] == "second"
    other.articles.remove(article)
    assert served(article)["author"] is None


@pytest.mark.parametrize(
    "remove",
    [
        lambda article: article.tag_links.first().delete(),
        lambda article: article.tag_links.filter(tag__name="x").delete(),
        lambda article: article.tags.remove("x"),
    ],
)
def test_removed_tag_is_served_no_more(remove):
    article = make_filed()
    remove(article)
    assert names_served(article, "tags") == ["y"]


@pytest.mark.parametrize(
    "remove",
    [
        lambda article: article.category_links.get(category__name="A").delete(),
        lambda article: article.category_links.filter(category__name="A").delete(),
        lambda article: article.category_links.filter(category__name="A").update(direct=False),
    ],
)
def test_removed_category_is_served_no_more(remove):
    article = make_filed()
    remove(article)
    assert names_served(article, "categories") == ["B"]


def test_changed_link_is_served_at_once():
    article = make_filed()
    link = article.category_links.get(category__name="B")
    link.category = make_category("C")
    link.save()
    assert names_served(article, "categories") == ["A", "C"]


@pytest.mark.parametrize(
    "add",
    [
        lambda link: link.save(),
        lambda link: ArticleCategory.objects.bulk_create([link]),
    ],
)
def test_added_link_is_served_at_once(add):
    article = make_article(categories=(("A",),))
    category = make_category("B")
    add(ArticleCategory(article=article, category=category, date=DATE, direct=True, position=1))
    assert names_served(article, "categories") == ["A", "B"]


def _save_link(link, article):
    link.content_object = article
    link.save()


@pytest.mark.parametrize(
    "move",
    [
        _save_link,
        lambda link, article: article.tag_links.add(link),
        lambda link, article: ArticleTag.objects.filter(pk=link.pk).update(content_object=article),
    ],
)
def test_link_taken_to_another_article_shows_there_alone(move):
    first, second = make_article("first", tags=("x",)), make_article("second")
    move(first.tag_links.get(), second)
    assert names_served(first, "tags") == []
    assert names_served(second, "tags") == ["x"]


def test_service_that_refiles_leaves_the_own_part_as_it_stored_it():
    article = make_filed()
    data = make_data("t", categories=(("B",), ("C",)), tags=("y", "z"), date=LATER)
    save_article(data, article=article)
    assert Article.objects.get().own_format
    assert names_served(article, "categories") == ["B", "C"]


@pytest.mark.parametrize("model", [ArticleCategory, ArticleTag])
def test_link_says_its_names_without_a_query(model, django_assert_num_queries):
    make_article("晨报", categories=(("财经",),), tags=("财经",))
    names = ("article", "category") if model is ArticleCategory else ("content_object", "tag")
    link = model.objects.select_related(*names).get()
    with django_assert_num_queries(0):
        assert str(link) == "财经: 晨报"


@pytest.mark.parametrize("extra", [[1], "text", 1, True])
def test_extra_that_is_no_mapping_is_refused_by_full_clean_and_served_without_harm(extra):
    article = Article(title="t", slug="t", extra=extra, published=True, date=DATE)
    with pytest.raises(ValidationError) as refusal:
        article.full_clean()
    assert "extra" in refusal.value.message_dict
    article.save()
    assert served(article)["seo"]["description"] == ""


@pytest.mark.parametrize(
    ("date", "zone", "year"),
    [
        (datetime(9999, 12, 31, 23, 30, tzinfo=UTC), "Asia/Shanghai", "9999"),
        (datetime(1, 1, 1, 0, 30, tzinfo=UTC), "America/New_York", "0001"),
        (datetime(987, 6, 5, tzinfo=UTC), "UTC", "0987"),
    ],
)
def test_address_at_the_ends_of_the_calendar(settings, date, zone, year):
    settings.CMS_NEWS = {"TIMEZONE": zone, "ARTICLE_URL": "/{year}/{month}/{day}/{slug}"}
    article = Article(title="a", slug="a", date=date)
    assert article.get_absolute_url() == f"/{year}/{date:%m}/{date:%d}/a"


LONG = "a" * 100


@pytest.mark.parametrize("model", [Author, Tag, Category])
def test_names_whose_slugs_share_100_characters(model):
    # Tags fold case, so these differ in signs alone.
    names = [f"{'新' * 98}{sign}b" for sign in "-.! ?"]
    slugs = [model.objects.create(name=name).slug for name in names]
    assert len(set(slugs)) == len(names)


@pytest.mark.parametrize("model", [Author, Category])
def test_names_of_100_characters_that_differ_in_case(model):
    names = [LONG, LONG.upper(), LONG[:-1] + "A", LONG[:-1].upper() + "a"]
    slugs = [model.objects.create(name=name).slug for name in names]
    assert len(set(slugs)) == len(names)
    assert max(map(len, slugs)) == 100


def test_numbered_slug_that_lost_its_underscores():
    name = "x" * 85 + "_" * 14 + "a"
    slugs = [Author.objects.create(name=name[:-1] + last).slug for last in ("a", "A", "ａ")]
    assert len(set(slugs)) == 3
    articles = [Article.objects.create(title=name).slug for _ in range(3)]
    assert articles[1:] == ["x" * 85 + "-2", "x" * 85 + "-3"]


def test_long_categories_of_one_name_below_long_parents():
    slugs = [make_category(parent, LONG).slug for parent in ("x", "y", LONG, "b" * 98, "b" * 99)]
    assert len(set(slugs)) == 5
    assert max(map(len, slugs)) == 100
    assert not [slug for slug in slugs if slug.endswith("-")]


def test_renamed_tag_is_found_by_its_new_name():
    tag = Tag.objects.create(name="old")
    tag.name = "New"
    tag.save(update_fields=["name"])
    assert Tag.objects.get_or_create(name="NEW") == (tag, False)


def _bulk_rename(tag):
    tag.name = "New"
    Tag.objects.bulk_update([tag], ["name"])


def _upsert_tag(tag):
    Tag.objects.bulk_create(
        [Tag(pk=tag.pk, name="New", slug="old")],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["name"],
    )


@pytest.mark.parametrize(
    "rename",
    [lambda tag: Tag.objects.filter(pk=tag.pk).update(name="New"), _bulk_rename, _upsert_tag],
)
def test_tags_renamed_in_bulk_are_found_by_their_new_names(rename):
    tag = Tag.objects.create(name="old")
    rename(tag)
    assert Tag.objects.get_or_create(name="ＮＥＷ") == (tag, False)


@pytest.mark.parametrize("expression", [F("slug"), Value("New")])
def test_tags_are_not_renamed_by_an_expression(expression):
    Tag.objects.create(name="old")
    with pytest.raises(NewsError, match="new name has to be text"):
        Tag.objects.update(name=expression)
