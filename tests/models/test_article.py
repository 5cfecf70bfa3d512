from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cms_news.errors import NewsError
from cms_news.models import Article, ArticleState, ArticleTag
from tests.builders import DATE, make_article, make_category

pytestmark = pytest.mark.django_db

HOSTILE = '<p onclick="x()">safe</p><script>alert(1)</script>'


def article_in(state, now):
    moments = {
        "draft": {"published": False},
        "scheduled": {"date": now + timedelta(seconds=1)},
        "public": {"date": now},
        "expired": {"expires_at": now},
        "trashed": {},
    }
    article = make_article(state, slug=state, **{"date": now - timedelta(days=1), **moments[state]})
    if state == "trashed":
        Article.objects.filter(pk=article.pk).store(trashed_at=now)
        article.refresh_from_db()
    return article


def test_every_article_is_in_exactly_one_state():
    now = timezone.now()
    for state in ArticleState.values:
        assert article_in(state, now).state(at=now) == state
    found = {
        "draft": Article.objects.drafts(),
        "scheduled": Article.objects.scheduled(at=now),
        "public": Article.objects.public(at=now),
        "expired": Article.objects.expired(at=now),
        "trashed": Article.objects.trashed(),
    }
    assert {name: [row.slug for row in rows] for name, rows in found.items()} == {
        name: [name] for name in ArticleState.values
    }


def test_scheduled_article_becomes_public_at_its_second():
    make_article(date=DATE)
    assert not Article.objects.public(at=DATE - timedelta(microseconds=1)).exists()
    assert Article.objects.public(at=DATE).exists()


def test_expiring_article_is_gone_at_its_second():
    make_article(date=DATE, expires_at=DATE + timedelta(hours=1))
    assert Article.objects.public(at=DATE + timedelta(hours=1, microseconds=-1)).exists()
    assert not Article.objects.public(at=DATE + timedelta(hours=1)).exists()


def test_create_without_service_is_sanitised_and_has_a_slug():
    article = Article.objects.create(title="晨报 第一期", body=HOSTILE, markup="html")
    assert article.body_html == "<p>safe</p>"
    assert article.slug == "晨报-第一期"
    assert article.removed


def test_html_given_to_the_constructor_is_not_believed():
    article = Article.objects.create(title="a", body="<p>a</p>", markup="html", body_html=HOSTILE)
    article.refresh_from_db()
    assert article.body_html == "<p>a</p>"


def test_html_written_to_an_instance_is_not_believed():
    article = make_article(body="<p>a</p>", markup="html")
    loaded = Article.objects.get(pk=article.pk)
    loaded.body_html = HOSTILE
    loaded.save()
    loaded.refresh_from_db()
    assert loaded.body_html == "<p>a</p>"


def test_html_written_with_update_fields_is_not_believed():
    article = Article.objects.get(pk=make_article(body="<p>a</p>", markup="html").pk)
    article.body_html = HOSTILE
    article.save(update_fields=["body_html"])
    article.refresh_from_db()
    assert article.body_html == "<p>a</p>"


def test_deferred_body_is_cleaned_all_the_same():
    pk = make_article(body="<p>a</p>", markup="html").pk
    article = Article.objects.only("title", "body_html").get(pk=pk)
    article.body_html = HOSTILE
    article.save()
    article.refresh_from_db()
    assert article.body_html == "<p>a</p>"


@pytest.mark.parametrize("name", ["body_html", "policy_fingerprint", "own_card", "removed"])
def test_update_refuses_derived_columns(name):
    make_article()
    with pytest.raises(NewsError, match=name):
        Article.objects.update(**{name: HOSTILE})


def test_bulk_update_refuses_derived_columns():
    article = make_article()
    with pytest.raises(NewsError, match="body_html"):
        Article.objects.bulk_update([article], ["body_html"])


def test_bulk_create_stores_no_html_of_others():
    article = Article(title="a", slug="a", body=HOSTILE, body_html=HOSTILE, policy_fingerprint="x")
    Article.objects.bulk_create([article])
    stored = Article.objects.get()
    assert (stored.body_html, stored.policy_fingerprint) == ("", "")


def test_update_of_the_body_empties_what_was_derived_from_it():
    make_article(body="<p>a</p>", markup="html")
    Article.objects.update(body=HOSTILE)
    stored = Article.objects.get()
    assert (stored.body_html, stored.policy_fingerprint, stored.own_format) == ("", "", "")


def test_update_of_the_date_reaches_the_link_rows():
    article = make_article(categories=(("财经", "快讯"),), tags=("a", "b"))
    moved = DATE + timedelta(days=3)
    Article.objects.filter(title=article.title).update(date=moved)
    assert {link.date for link in article.category_links.all()} == {moved}
    assert {link.date for link in article.tag_links.all()} == {moved}


def test_update_of_the_date_leaves_other_articles_alone():
    other = make_article("other", categories=(("财经",),), tags=("a",))
    article = make_article("this", categories=(("财经",),), tags=("a",))
    Article.objects.filter(pk=article.pk).update(date=DATE + timedelta(days=3))
    assert {link.date for link in other.category_links.all()} == {DATE}
    assert {link.date for link in other.tag_links.all()} == {DATE}


def test_plain_save_takes_the_date_to_the_link_rows():
    pk = make_article(categories=(("财经", "快讯"),), tags=("a",)).pk
    article = Article.objects.get(pk=pk)
    article.date = DATE + timedelta(days=1)
    article.save()
    dates = {link.date for link in [*article.category_links.all(), *article.tag_links.all()]}
    assert dates == {article.date}


def test_plain_save_outdates_the_own_part_and_raises_the_version():
    article = Article.objects.get(pk=make_article().pk)
    article.title = "new"
    article.save()
    article.refresh_from_db()
    assert article.own_format == ""
    assert article.version == 2


def test_plain_save_of_one_column_raises_the_version_in_the_database():
    article = Article.objects.get(pk=make_article().pk)
    article.title = "new"
    article.save(update_fields=["title"])
    article.refresh_from_db()
    assert (article.title, article.version, article.own_format) == ("new", 2, "")


def test_bulk_update_raises_the_version():
    article = make_article()
    article.title = "new"
    Article.objects.bulk_update([article], ["title"])
    article.refresh_from_db()
    assert (article.title, article.version, article.own_format) == ("new", 2, "")


def test_slug_collision_is_numbered():
    assert [make_article().slug for _ in range(3)] == ["晨报", "晨报-2", "晨报-3"]


def test_database_refuses_an_article_without_slug():
    article = make_article()
    with pytest.raises(IntegrityError), transaction.atomic():
        Article.objects.filter(pk=article.pk).store(slug="")


def test_database_refuses_two_articles_of_one_slug():
    make_article(slug="a")
    other = make_article(slug="b")
    with pytest.raises(IntegrityError), transaction.atomic():
        Article.objects.filter(pk=other.pk).store(slug="a")


def test_tags_by_taggit_carry_the_date_and_their_order():
    article = make_article()
    article.tags.add("beta", "alpha")
    links = ArticleTag.objects.order_by("position")
    assert [(link.tag.name, link.date) for link in links] == [("beta", DATE), ("alpha", DATE)]
    assert [tag.name for tag in article.tags.all()] == ["beta", "alpha"]


def test_tags_by_taggit_outdate_the_own_part():
    article = make_article(tags=("alpha",))
    article.tags.remove("alpha")
    article.refresh_from_db()
    assert article.own_format == ""


def test_tags_by_taggit_fold_case_and_width(settings):
    settings.TAGGIT_CASE_INSENSITIVE = False
    article = make_article(tags=("Finance",))
    article.tags.add("FINANCE", "Ｆinance")
    assert [tag.name for tag in article.tags.all()] == ["Finance"]


def test_in_category_finds_what_is_below():
    article = make_article(categories=(("金融", "中证网", "资讯"),))
    for path in [("金融",), ("金融", "中证网"), ("金融", "中证网", "资讯")]:
        assert list(Article.objects.in_category(make_category(*path))) == [article]
    assert not Article.objects.in_category(make_category("体育")).exists()


def test_with_names_costs_the_same_for_2_and_20_articles():
    counts = []
    for number in (2, 20):
        for index in range(number):
            make_article(f"{number}-{index}", author="a", categories=(("x", "y"),), tags=("t", "u"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            for article in Article.objects.with_names():
                assert str(article.author) == "a"
                assert article.categories
                assert [link.tag.name for link in article.tag_links.all()]
        counts.append(len(queries))
    assert counts[0] == counts[1]
