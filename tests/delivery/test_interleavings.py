"""Writers and readers at once, step by step, on connections of their own: what each rule of delivery is there for."""

import json
from datetime import timedelta
from threading import Event

import pytest
from django.core.cache import caches
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cms_news.delivery import horizon, names
from cms_news.delivery.cards import read_cards
from cms_news.delivery.state import read_moment
from cms_news.models import Article, Author, DeliveryState, Tag
from cms_news.services import save_article
from cms_news.services.trash import trash_articles
from tests.actors import PATIENCE_SECONDS, Actor, lose_patience
from tests.builders import DATE, make_article, make_author, make_data

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="writers and readers at once need PostgreSQL"
    ),
]


@pytest.fixture
def actor():
    """Makes actors, and sees them off."""
    lose_patience()
    made = []

    def make():
        made.append(Actor())
        return made[-1]

    yield make
    for each in made:
        each.leaves()
    connection.close()


@pytest.fixture
def writer(actor):
    return actor()


@pytest.fixture
def editor(actor):
    return actor()


@pytest.fixture
def cached(settings):
    settings.CMS_NEWS = {"RESPONSE_CACHE": "answers"}
    caches["answers"].clear()
    yield
    caches["answers"].clear()


def get(path="articles/", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client().get(f"/api/v1/{path}", headers=named)


def titles(path="articles/"):
    return [card["title"] for card in json.loads(get(path).content)["results"]]


def set_title(pk, title):
    Article.objects.filter(pk=pk).update(title=title)


# 3. State first, content after it, remembered under the state that was read first


def test_write_between_state_and_content_is_not_remembered_under_the_new_state(
    writer, monkeypatch, cached
):
    # The reader has read the state, the writer commits, the reader reads content: had it read the state after the
    # content of before, it would keep old content under the new generation.
    article = make_article("older")
    titles()
    save_article(make_data("old"), article=article)

    def read_then_let_write(*args, **options):
        found = read_cards(*args, **options)
        monkeypatch.undo()
        writer.does(set_title, article.pk, "new")
        return found

    monkeypatch.setattr("cms_news.api.views.read_cards", read_then_let_write)
    old = get()
    assert b'"title":"old"' in old.content
    assert titles() == ["new"]
    assert get(if_none_match=old["ETag"]).status_code == 200


def test_reader_sees_nothing_of_a_transaction_that_is_open(writer, cached):
    article = make_article("old")
    tag = get()["ETag"]
    writer.begins()
    writer.does(set_title, article.pk, "new")
    assert get(if_none_match=tag).status_code == 304
    writer.commits()
    assert titles() == ["new"]
    assert get(if_none_match=tag).status_code == 200


def test_what_a_reader_saw_in_a_transaction_that_is_rolled_back_is_served_to_nobody(writer, cached):
    article = make_article("old")
    before = get()["ETag"]
    writer.begins()
    writer.does(set_title, article.pk, "never")
    never = writer.does(get)
    assert b'"never"' in never.content
    writer.rolls_back()
    assert titles() == ["old"]
    assert get(if_none_match=before).status_code == 304
    for number in range(3):
        writer.does(set_title, article.pk, f"later {number}")
        assert titles() == [f"later {number}"]
        assert get(if_none_match=never["ETag"]).status_code == 200


def test_answer_of_several_statements_mixes_no_two_states(writer, monkeypatch):
    make_article("old")

    def read_then_let_write(*args, **options):
        found = read_cards(*args, **options)
        monkeypatch.undo()
        writer.does(make_article, "new")
        return found

    monkeypatch.setattr("cms_news.api.views.read_cards", read_then_let_write)
    page = json.loads(get("articles/?count=true").content)
    assert page["count"] == len(page["results"])


def test_no_answer_mixes_names_of_before_and_after(writer, monkeypatch):
    first = make_author("first")
    make_article("one", author="first")
    make_article("two", author="second")
    titles()
    names._remembered.clear()
    real = names._with_authors

    def rename_meanwhile(known, ids, using):
        monkeypatch.undo()
        known = real(known, {first.pk}, using)
        writer.does(
            Author.objects.filter(name__in=["first", "second"]).update, url="https://x.example"
        )
        return real(known, ids, using)

    monkeypatch.setattr(names, "_with_authors", rename_meanwhile)
    page = json.loads(get().content)
    assert {card["author"]["url"] for card in page["results"]} == {"https://x.example"}


# 4. Nothing of a generation is remembered across requests; a snapshot is of one state


def test_write_of_another_process_shows_in_the_next_answer(writer, cached):
    article = make_article("old", author="before", tags=("t",))
    titles()
    get("tags/")
    writer.does(set_title, article.pk, "new")
    writer.does(Author.objects.filter(name="before").update, name="after")
    writer.does(make_article, "another", tags=("t",))
    cards = json.loads(get().content)["results"]
    assert {card["title"] for card in cards} == {"new", "another"}
    assert {card["author"]["name"] for card in cards if card["author"]} == {"after"}
    assert json.loads(get("tags/").content)["results"][0]["article_count"] == 2


def test_reader_with_one_snapshot_is_of_one_state_throughout(writer, editor):
    make_article("old", author="before")
    titles()
    names._remembered.clear()
    editor.begins()
    editor.does(execute, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    before = editor.does(get, "articles/?count=true")
    writer.does(make_article, "new", author="before")
    writer.does(Author.objects.filter(name="before").update, name="after")
    again = editor.does(get, "articles/?count=true")
    assert (again.content, again["ETag"]) == (before.content, before["ETag"])
    editor.commits()
    assert titles() == ["new", "old"]


def execute(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def test_reader_with_one_snapshot_passes_no_horizon_that_a_writer_has_moved(writer, editor, clock):
    make_article("old")
    make_article("scheduled", date=clock.now + timedelta(seconds=10))
    titles()
    editor.begins()
    editor.does(execute, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    editor.does(Article.objects.count)
    writer.does(make_article, "sooner", date=clock.now + timedelta(seconds=20))
    clock.move(seconds=10)
    answer = editor.does(get)
    assert "ETag" not in answer
    assert [card["title"] for card in json.loads(answer.content)["results"]] == ["scheduled", "old"]
    editor.commits()
    clock.move(seconds=10)
    assert titles() == ["sooner", "scheduled", "old"]


# 5. The bump is the last statement: nobody waits for a writer who is still working


def test_editor_does_not_wait_for_an_import_that_is_under_way(writer, editor):
    articles = [make_article(f"n{number}") for number in range(3)]
    writer.begins()
    for article in articles[:2]:
        writer.does(save_article, make_data("imported"), article=article)
    writer.does(make_article, "new", author="new", tags=("new",))
    editor.does(save_article, make_data("edited"), article=articles[2])
    assert "edited" in titles()
    writer.commits()
    assert titles().count("imported") == 2


def test_writers_in_opposite_order_do_not_deadlock(writer, editor):
    first, second = make_article("first"), make_article("second")
    for each in (writer, editor):
        each.begins()
    writer.does(save_article, make_data("by writer"), article=first)
    editor.does(save_article, make_data("by editor"), article=second)
    waiting = writer.starts(Article.objects.filter(pk=second.pk).update, comments=False)
    writer.waits_for_a_lock()
    # Had a bump locked the state already, the editor would wait for the writer here, and the writer waits for them.
    editor.commits()
    waiting.result(PATIENCE_SECONDS)
    writer.commits()
    assert set(titles()) == {"by writer", "by editor"}


def test_whoever_waits_for_the_state_holds_it_up_for_one_commit_only(writer, editor):
    first, second = make_article("first"), make_article("second")
    writer.begins()
    writer.does(save_article, make_data("by writer"), article=first)
    writer.does(read_moment)
    saving = editor.starts(save_article, make_data("by editor"), article=second)
    editor.waits_for_a_lock()
    writer.commits()
    saving.result(PATIENCE_SECONDS)
    assert set(titles()) == {"by writer", "by editor"}


# 6. The horizon is drawn in, whoever is first


@pytest.mark.parametrize("seconds", [(10, 20), (20, 10)])
def test_of_two_writers_the_sooner_date_is_the_horizon(writer, editor, clock, seconds):
    make_article("old")
    titles()
    for each, delay in zip((writer, editor), seconds, strict=True):
        each.begins()
        each.does(make_article, f"after {delay}", date=clock.now + timedelta(seconds=delay))
    writer.commits()
    editor.commits()
    assert DeliveryState.objects.get().next_change_at == clock.now + timedelta(seconds=10)
    for expected in (["after 10", "old"], ["after 20", "after 10", "old"]):
        clock.move(seconds=10)
        assert titles() == expected


# 7. Lock, then look for the next change


def test_date_of_a_writer_who_commits_during_the_pass_is_not_lost(
    writer, actor, clock, monkeypatch
):
    """The writer has stored its article and not announced it yet; the pass does not see the article, and must not
    write over the date that the writer draws the horizon in to."""
    reader = actor()
    make_article("now due", date=clock.now + timedelta(seconds=10))
    titles()
    clock.move(seconds=10)
    writer.begins()
    writer.does(make_article, "next", date=clock.now + timedelta(seconds=10))
    reached, goes_on = Event(), Event()
    real = horizon._renew

    def renew_slowly(states, found):
        reached.set()
        assert goes_on.wait(PATIENCE_SECONDS)
        real(states, found)

    monkeypatch.setattr(horizon, "_renew", renew_slowly)
    passing = reader.starts(read_moment)
    assert reached.wait(PATIENCE_SECONDS)
    committing = writer.starts_to_commit()
    writer.waits_for_a_lock()
    goes_on.set()
    passing.result(PATIENCE_SECONDS)
    committing.result(PATIENCE_SECONDS)
    clock.move(seconds=10)
    assert titles() == ["next", "now due"]


def test_date_of_a_writer_who_commits_before_the_pass_is_seen_by_it(
    writer, actor, clock, monkeypatch
):
    """The reader finds the state due; before it locks the row a writer commits a date and the horizon with it."""
    reader = actor()
    make_article("now due", date=clock.now + timedelta(seconds=10))
    titles()
    clock.move(seconds=10)
    real = horizon._lock

    def let_write_then_lock(states):
        monkeypatch.setattr(horizon, "_lock", real)
        writer.does(make_article, "next", date=clock.now + timedelta(seconds=10))
        return real(states)

    monkeypatch.setattr(horizon, "_lock", let_write_then_lock)
    assert reader.does(read_moment).next_change_at == clock.now + timedelta(seconds=10)


def test_horizon_is_passed_once_by_readers_at_once(actor, clock, monkeypatch):
    """The second reader finds the state due too, but by the time it has the row it is due no more."""
    first, second = actor(), actor()
    make_article("now due", date=clock.now + timedelta(seconds=10))
    titles()
    clock.move(seconds=10)
    real = horizon._lock
    passed = []

    def let_the_other_pass_first(states):
        monkeypatch.setattr(horizon, "_lock", real)
        passed.append(first.does(read_moment))
        return real(states)

    monkeypatch.setattr(horizon, "_lock", let_the_other_pass_first)
    assert second.does(read_moment) == passed[0]


def test_reader_waits_for_no_writer_who_holds_the_state(writer, actor, clock):
    reader = actor()
    reader.does(execute, "SET lock_timeout = 0")
    make_article("old")
    make_article("now due", date=clock.now + timedelta(seconds=10))
    titles()
    clock.move(seconds=10)
    writer.begins()
    writer.does(make_article, "open")
    writer.does(DeliveryState.objects.filter(pk=1).update, names_generation=5)
    reading = reader.starts(get)
    try:
        answer = reading.result(PATIENCE_SECONDS)
    finally:
        writer.rolls_back()
    assert [card["title"] for card in json.loads(answer.content)["results"]] == ["now due", "old"]
    assert "ETag" not in answer
    assert answer["Cache-Control"] == "public, max-age=0"
    assert "ETag" in get()


# 8. Many articles are locked in one order


def test_articles_are_locked_in_the_order_of_their_ids(writer, editor):
    first, second = make_article("first"), make_article("second")
    # The first one's row now lies behind the second's.
    Article.objects.filter(pk=first.pk).update(title="moved")
    writer.begins()
    writer.does(Article.objects.filter(pk=first.pk).update, comments=False)
    trashing = editor.starts(trash_articles, Article.objects.all())
    editor.waits_for_a_lock()
    with transaction.atomic():
        free = Article.objects.filter(pk=second.pk).select_for_update(skip_locked=True, no_key=True)
        assert [article.pk for article in free] == [second.pk]
    writer.commits()
    assert len(trashing.result(PATIENCE_SECONDS)) == 2


def test_articles_that_are_locked_let_links_to_them_be_made(writer, editor):
    article = make_article("first")
    writer.begins()
    writer.does(trash_articles, Article.objects.all())
    with CaptureQueriesContext(connection) as queries:
        trash_articles(Article.objects.none())
        trash_articles(Article.objects.filter(title="no such"))
    assert any("FOR NO KEY UPDATE" in query["sql"] for query in queries)
    # A foreign key takes a key share of the article's row: an update that keeps the key lets it.
    editor.does(execute, LINK, DATE, Tag.objects.create(name="t").pk, article.pk)
    writer.commits()


LINK = "INSERT INTO cms_news_articletag (date, position, tag_id, content_object_id) VALUES (%s, 0, %s, %s)"


# 9. Replicas


class Replica:
    """A database that lags: it shows what was committed until it last caught up."""

    def __init__(self):
        self.block = None

    def catch_up(self):
        self.close()
        self.block = transaction.atomic(using="replica")
        self.block.__enter__()
        with connections["replica"].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT 1 FROM cms_news_article")

    def close(self):
        if self.block is not None:
            self.block.__exit__(None, None, None)
            self.block = None


@pytest.fixture
def replica(settings):
    make_article("old")
    read_moment()
    settings.DATABASE_ROUTERS = [f"{__name__}.ReadsFromReplica"]
    lagging = Replica()
    yield lagging
    lagging.close()
    connections["replica"].close()


class ReadsFromReplica:
    def db_for_read(self, model, **hints):
        return "replica"

    def db_for_write(self, model, **hints):
        return "default"

    def allow_relation(self, *objects, **hints):
        return True


ON_BOTH = pytest.mark.django_db(transaction=True, databases=["default", "replica"])


def on_primary(model):
    return model.objects.using("default")


@ON_BOTH
def test_state_and_content_are_of_the_same_replica(replica, cached):
    replica.catch_up()
    old = get()
    on_primary(Article).filter(title="old").update(title="new")
    assert titles() == ["old"]
    assert get(if_none_match=old["ETag"]).status_code == 304
    replica.catch_up()
    assert titles() == ["new"]


@ON_BOTH
def test_due_replica_is_renewed_on_the_primary_and_keeps_nothing_meanwhile(cached, clock, replica):
    ahead = clock.now + timedelta(seconds=10)
    on_primary(Article).create(title="scheduled", slug="s", published=True, date=ahead)
    read_moment(using="default")
    replica.catch_up()
    before = get()["ETag"]
    clock.move(seconds=10)
    late = get(if_none_match=before)
    assert late.status_code == 200
    assert [card["title"] for card in json.loads(late.content)["results"]] == ["scheduled", "old"]
    assert "ETag" not in late
    renewed = on_primary(DeliveryState).get()
    assert renewed.next_change_at is None
    get()
    assert on_primary(DeliveryState).get() == renewed
    replica.catch_up()
    assert "ETag" in get()
    assert titles() == ["scheduled", "old"]
