"""What a transaction changed is told to readers once, in its last statement, or never where it is rolled back."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import path

from cms_news.delivery.state import read_moment
from cms_news.models import (
    Article,
    ArticleCategory,
    ArticleTag,
    Author,
    Category,
    DeliveryState,
    Tag,
)
from cms_news.models.announcing import announce, announce_change
from cms_news.models.delivery_state import Changes
from cms_news.services import NewArticle, create_articles, describe_article, save_article
from cms_news.services.refreshing import refresh_own_parts
from cms_news.services.trash import restore_articles, trash_articles
from tests.builders import DATE, make_article, make_category, make_data

pytestmark = pytest.mark.django_db(transaction=True)

BUMP = ('UPDATE "cms_news_deliverystate"', 'INSERT INTO "cms_news_deliverystate"')


def state():
    return DeliveryState.objects.values().get()


def generations():
    row = state()
    return row["generation"], row["names_generation"], row["filing_generation"]


@contextmanager
def statements():
    """Collects the statements of the block, without those that only open and close savepoints."""
    found = []
    with CaptureQueriesContext(connection) as queries:
        yield found
    found += [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]


def assert_told_once_and_last(found):
    assert [sql.startswith(BUMP) for sql in found].count(True) == 1
    assert found[-2].startswith(BUMP)
    assert found[-1] == "COMMIT"


def make_filed(**values):
    values = {"author": "a", "categories": (("x", "y"),), "tags": ("t", "u"), **values}
    article = make_article("filed", **values)
    read_moment()
    return article


def add_link(article):
    link = ArticleCategory(article=article, date=article.date, direct=True, position=1)
    link.category = make_category("z")
    link.save()


WRITES = {
    "create": lambda article: make_article("new"),
    "create many": lambda article: create_articles([NewArticle(make_data("n"))] * 3),
    "edit": lambda article: save_article(make_data("new"), article=article),
    "save": lambda article: article.save(),
    "save a column": lambda article: article.save(update_fields=["title"]),
    "objects.create": lambda article: Article.objects.create(title="n", published=True, date=DATE),
    "update": lambda article: Article.objects.update(title="new"),
    "update date": lambda article: Article.objects.update(date=DATE + timedelta(days=1)),
    "bulk_update": lambda article: Article.objects.bulk_update([article], ["title"]),
    "bulk_create": lambda article: Article.objects.bulk_create(
        [Article(title="n", slug="n", published=True)]
    ),
    "upsert": lambda article: Article.objects.bulk_create(
        [Article(pk=article.pk, title="n", slug="n")],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["title"],
    ),
    "delete": lambda article: article.delete(),
    "delete query": lambda article: Article.objects.all().delete(),
    "delete related": lambda article: article.author.articles.all().delete(),
    "trash": lambda article: trash_articles(Article.objects.all()),
    "tags.add": lambda article: article.tags.add("new"),
    "tags.set": lambda article: article.tags.set(["u", "new"]),
    "tags.remove": lambda article: article.tags.remove("t"),
    "tags.clear": lambda article: article.tags.clear(),
    "link": add_link,
    "unlink": lambda article: article.category_links.first().delete(),
    "unlink query": lambda article: article.category_links.all().delete(),
    "relink": lambda article: ArticleTag.objects.update(position=3),
    "links at once": lambda article: ArticleTag.objects.bulk_create(
        [ArticleTag(content_object=article, tag=Tag.objects.create(name="z"), date=DATE)]
    ),
    "author.articles": lambda article: article.author.articles.clear(),
    "rename": lambda article: Author.objects.update(name="renamed"),
    "rename category": lambda article: Category.objects.get(name="y").save(),
    "delete tag": lambda article: Tag.objects.get(name="t").delete(),
    "refresh": lambda article: list(refresh_own_parts(Article.objects.all())),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_every_write_is_told_once_and_last(write):
    article = make_filed()
    if write is WRITES["refresh"]:
        Article.objects.blank_own_parts()
    before = generations()[0]
    with statements() as found, transaction.atomic():
        write(Article.objects.get(pk=article.pk))
    assert_told_once_and_last(found)
    assert generations()[0] != before


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_write_without_a_transaction_of_the_host_is_told_in_its_own(write):
    article = make_filed()
    if write is WRITES["refresh"]:
        Article.objects.blank_own_parts()
    before = generations()[0]
    write(Article.objects.get(pk=article.pk))
    assert generations()[0] != before


def test_many_writes_of_a_transaction_are_told_once():
    article = make_filed()
    with statements() as found, transaction.atomic():
        for write in ("edit", "save", "update", "tags.add", "rename", "create", "create many"):
            with transaction.atomic():
                WRITES[write](Article.objects.get(pk=article.pk))
    assert_told_once_and_last(found)


def save_twice(request):
    """A view of a host."""
    article = Article.objects.get()
    article.save()
    save_article(make_data("by the view"), article=article)
    return HttpResponse()


urlpatterns = [path("", save_twice)]


def test_request_that_is_one_transaction_is_told_once(client, settings, monkeypatch):
    settings.ROOT_URLCONF = __name__
    make_filed()
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    with statements() as found:
        assert client.get("/").status_code == 200
    assert_told_once_and_last(found)


def test_first_write_of_all_makes_the_row():
    article = make_filed()
    DeliveryState.objects.all().delete()
    article.save()
    assert generations()[0]
    assert read_moment().generation


def test_refused_commit_is_no_write_and_leaves_the_connection_usable():
    article = make_filed()
    before = state()
    with pytest.raises(IntegrityError), transaction.atomic():
        save_article(make_data("never", tags=("t",)), article=article)
        # The constraint is only checked by COMMIT.
        ArticleTag.objects.filter(content_object=article).update(tag_id=0)
    assert state() == before
    assert Article.objects.get().title == "filed"
    WRITES["edit"](Article.objects.get())
    assert Article.objects.get().title == "new"
    assert state() != before


@pytest.mark.skipif(connection.vendor != "postgresql", reason="others take one statement at a time")
def test_bump_and_commit_are_one_message():
    article = make_filed()
    with statements() as found:
        article.save()
    assert found[-2].endswith("; COMMIT")


def test_rolled_back_write_is_not_told():
    make_filed()
    before = state()
    with statements() as found, pytest.raises(RuntimeError), transaction.atomic():
        make_article("never")
        raise RuntimeError
    assert not [sql for sql in found if sql.startswith(BUMP)]
    assert state() == before
    with statements() as found, transaction.atomic():
        list(Article.objects.all())
    assert not [sql for sql in found if sql.startswith(BUMP)]


def test_write_of_a_rolled_back_savepoint_takes_no_other_along():
    article = make_filed()
    before = generations()[0]
    with transaction.atomic():
        article.save()
        with pytest.raises(RuntimeError), transaction.atomic():
            make_article("never")
            raise RuntimeError
    assert generations()[0] != before


def test_what_was_told_in_a_rolled_back_savepoint_is_told_again():
    article = make_filed()
    outside = generations()[0]
    with transaction.atomic():
        article.save()
        with pytest.raises(RuntimeError), transaction.atomic():
            inside = read_moment().generation
            raise RuntimeError
        # The savepoint took the row back to what others know, and they do not know the article as it is now.
        after = read_moment().generation
    assert len({outside, inside, after}) == 3
    assert generations()[0] not in {outside, inside}


def test_refused_transaction_leaves_nothing_to_be_told_by_the_next():
    with pytest.raises(RuntimeError), transaction.atomic():
        make_article("never")
        raise RuntimeError
    with statements() as found, transaction.atomic():
        Author.objects.count()
    assert len([sql for sql in found if "deliverystate" in sql]) == 0


def test_failing_callback_of_the_host_keeps_nothing_from_readers():
    article = make_filed()
    before = generations()[0]
    with pytest.raises(RuntimeError), transaction.atomic():
        transaction.on_commit(fail)
        article.save()
    assert generations()[0] != before


def fail():
    raise RuntimeError


def test_callback_of_the_host_meets_the_new_state():
    article = make_filed()
    before = generations()[0]
    seen = []
    with transaction.atomic():
        article.save()
        transaction.on_commit(lambda: seen.append(generations()[0]))
        assert generations()[0] == before
    assert seen == [generations()[0]]
    assert seen != [before]


def test_transaction_that_reads_the_state_is_told_before():
    article = make_filed()
    before = read_moment().generation
    with transaction.atomic():
        article.save()
        within = read_moment().generation
        assert within != before
        assert read_moment().generation == within


def test_transaction_committed_by_hand_is_told_at_once():
    article = make_filed()
    before = generations()[0]
    transaction.set_autocommit(False)
    try:
        article.save()
        assert generations()[0] != before
        transaction.commit()
    finally:
        transaction.set_autocommit(True)
    assert generations()[0] != before


def test_change_is_announced_in_a_transaction_only():
    with pytest.raises(TransactionManagementError):
        announce(Changes(), using="default")


def test_change_past_the_models_can_be_announced():
    make_filed()
    before = generations()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE cms_news_article SET title = 'raw'")
        announce_change()
    assert not set(before) & set(generations())


# Which generation


NAMES = {"rename", "rename category", "delete tag", "tags.add", "tags.set", "link", "links at once"}
KEEP_FILING = {"edit title", "save a column", "update", "bulk_update", "refresh"}


@pytest.mark.parametrize("name", WRITES)
def test_names_and_numbers_are_outdated_only_by_what_concerns_them(name):
    article = make_filed()
    if name == "refresh":
        Article.objects.blank_own_parts()
    before = generations()
    WRITES[name](Article.objects.get(pk=article.pk))
    after = generations()
    assert (before[1] != after[1]) == (name in NAMES)
    assert (before[2] != after[2]) == (name not in KEEP_FILING)


def test_edit_of_the_text_leaves_names_and_numbers_alone():
    article = make_filed()
    before = generations()
    data = describe_article(Article.objects.get())
    save_article(
        make_data(
            "new",
            author=data.author,
            categories=data.categories,
            tags=data.tags,
            body="new",
        ),
        article=article,
    )
    assert Article.objects.get().title == "new"
    assert generations()[1:] == before[1:]
    assert generations()[0] != before[0]


@pytest.mark.parametrize(
    "create",
    [
        lambda: make_article("d", published=False),
        lambda: Article.objects.bulk_create([Article(title="d", slug="d")]),
    ],
)
def test_new_drafts_are_not_told(create):
    make_filed()
    before = generations()
    create()
    assert generations() == before


# The horizon


@pytest.fixture
def settled(clock):
    make_filed()
    assert state()["next_change_at"] is None
    return clock


def scheduled(clock, title="s", **values):
    values = {"date": clock.now + timedelta(seconds=30), **values}
    return make_article(title, **values)


def test_first_date_ahead_is_the_horizon(settled):
    scheduled(settled, "later", date=settled.now + timedelta(seconds=90))
    assert state()["next_change_at"] == settled.now + timedelta(seconds=90)
    scheduled(settled, "sooner")
    assert state()["next_change_at"] == settled.now + timedelta(seconds=30)
    scheduled(settled, "last", date=settled.now + timedelta(seconds=60))
    assert state()["next_change_at"] == settled.now + timedelta(seconds=30)


def test_of_date_and_expiry_the_first_one_ahead_counts(settled):
    soon, late = (settled.now + timedelta(seconds=seconds) for seconds in (5, 50))
    scheduled(settled, date=DATE, expires_at=late)
    assert state()["next_change_at"] == late
    scheduled(settled, date=soon, expires_at=late)
    assert state()["next_change_at"] == soon


@pytest.mark.parametrize(
    "values",
    [{"published": False}, {"date": DATE}, {"date": DATE, "expires_at": DATE}],
)
def test_drafts_and_dates_past_draw_no_horizon(settled, values):
    scheduled(settled, **values)
    assert state()["next_change_at"] is None


def test_of_many_dates_none_is_missed(settled):
    data = [
        make_data(f"n{number}", date=settled.now + timedelta(seconds=number - 10))
        for number in range(20)
    ]
    create_articles([NewArticle(each) for each in data])
    assert state()["next_change_at"] <= settled.now
    assert read_moment().next_change_at == settled.now + timedelta(seconds=1)


def test_many_dates_past_draw_no_horizon(settled):
    create_articles(
        [
            NewArticle(make_data(f"n{number}", date=DATE + timedelta(days=number)))
            for number in range(20)
        ]
    )
    assert state()["next_change_at"] is None


def publish_draft(article):
    article.published = True
    article.save(update_fields=["published"])


@pytest.mark.parametrize(
    "release",
    [
        publish_draft,
        lambda article: Article.objects.filter(pk=article.pk).update(published=True),
        lambda article: save_article(make_data("s", date=article.date), article=article),
    ],
)
def test_horizon_of_a_draft_that_is_released(settled, release):
    article = scheduled(settled, published=False)
    release(Article.objects.get(pk=article.pk))
    assert read_moment().next_change_at == article.date


def test_horizon_of_an_article_that_leaves_the_trash(settled):
    article = scheduled(settled)
    trash_articles(Article.objects.all())
    settled.move(seconds=5)
    DeliveryState.objects.update(next_change_at=None)
    restore_articles(Article.objects.all())
    assert read_moment().next_change_at == article.date


def test_date_that_only_the_instance_knew_is_not_told_in_place_of_the_row_s(settled):
    article = scheduled(settled, published=False, date=settled.now + timedelta(seconds=5))
    loaded = Article.objects.get(pk=article.pk)
    loaded.date = settled.now + timedelta(seconds=50)
    save_article(make_data("s", date=loaded.date), article=loaded)
    moment = read_moment()
    assert moment.next_change_at == Article.objects.get(pk=article.pk).date


def test_no_horizon_is_missed_by_a_date_of_another_type(settled):
    article = scheduled(settled, published=False)
    article.published, article.date = True, "2025-06-01 12:00:20Z"
    article.save()
    assert read_moment().next_change_at == settled.now.replace(second=20, microsecond=0)
