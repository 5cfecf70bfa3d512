"""The moment that a reader reads everything of."""

import json
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cms_news.api.delivering import MAX_REPEATS
from cms_news.delivery import horizon, names, state
from cms_news.delivery.cards import read_cards
from cms_news.delivery.names import names_for
from cms_news.delivery.own_part import References
from cms_news.delivery.state import read_moment
from cms_news.models import Article, Author, DeliveryState
from tests.builders import make_article, make_author

pytestmark = pytest.mark.django_db
COMMITTED = pytest.mark.django_db(transaction=True)
"""What is not committed is told when somebody reads, and not by the clock of the writer."""


def titles(client, path="articles/"):
    return [card["title"] for card in json.loads(client.get(f"/api/v1/{path}").content)["results"]]


@pytest.fixture
def settled(clock):
    """The clock of a database that has been read."""
    make_article("old")
    read_moment()
    return clock


def soon(clock, **amount):
    return clock.now + timedelta(**amount)


def test_moment_costs_one_query(settled, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert read_moment().is_settled


def test_time_is_the_database_s_and_not_the_machine_s(settled, client, monkeypatch):
    make_article("scheduled", date=soon(settled, hours=1))
    assert timezone.now() > soon(settled, days=100)
    assert titles(client) == ["old"]
    settled.move(hours=1)
    monkeypatch.setattr(timezone, "now", lambda: 1 / 0)
    assert titles(client) == ["scheduled", "old"]


def test_due_horizon_is_passed_by_the_first_reader_and_by_no_other(
    settled, django_assert_num_queries
):
    make_article("scheduled", date=soon(settled, seconds=10))
    make_article("last", date=soon(settled, seconds=90))
    before = read_moment()
    settled.move(seconds=10)
    after = read_moment()
    assert after.is_settled
    assert after.at == settled.now
    assert after.next_change_at == soon(settled, seconds=80)
    assert after.generation != before.generation
    assert after.filing_generation != before.filing_generation
    assert after.names_generation == before.names_generation
    with django_assert_num_queries(1):
        assert read_moment() == after


def test_clock_that_goes_back_takes_nothing_back(settled, client):
    make_article("scheduled", date=soon(settled, seconds=10))
    settled.move(seconds=10)
    assert titles(client) == ["scheduled", "old"]
    settled.move(seconds=-5)
    assert titles(client) == ["scheduled", "old"]


@COMMITTED
def test_reader_whose_clock_lags_behind_the_writer_s_sees_what_was_public_there(settled, client):
    settled.move(seconds=10)
    make_article("new", date=settled.now)
    settled.move(seconds=-5)
    assert titles(client) == ["new", "old"]


def test_clock_that_was_far_ahead_is_corrected(settled, client):
    make_article("of next year", date=soon(settled, days=365))
    settled.move(days=400)
    before = client.get("/api/v1/articles/")
    assert titles(client) == ["of next year", "old"]
    settled.move(days=-400)
    after = client.get("/api/v1/articles/", headers={"if-none-match": before["ETag"]})
    assert after.status_code == 200
    assert titles(client) == ["old"]
    assert read_moment().next_change_at == soon(settled, days=365)


@COMMITTED
def test_lagging_clock_finds_due_what_the_writer_s_clock_found_past(settled):
    make_article("scheduled", date=soon(settled, seconds=10))
    settled.move(seconds=20)
    Article.objects.filter(title="old").update(title="older")
    settled.move(seconds=-19)
    assert read_moment().at == soon(settled, seconds=19)


def test_content_is_of_the_time_of_the_state_however_late_it_is_read(settled, client, monkeypatch):
    make_article("scheduled", date=soon(settled, seconds=10))
    real = read_cards

    def read_late(*args, **options):
        settled.move(seconds=20)
        return real(*args, **options)

    monkeypatch.setattr("cms_news.api.views.read_cards", read_late)
    before = client.get("/api/v1/articles/")
    monkeypatch.undo()
    assert [card["title"] for card in json.loads(before.content)["results"]] == ["old"]


def test_state_that_is_missing_is_made_by_a_reader(settled):
    DeliveryState.objects.all().delete()
    make_article("scheduled", date=soon(settled, seconds=10))
    DeliveryState.objects.all().delete()
    moment = read_moment()
    assert moment.is_settled
    assert moment.next_change_at == soon(settled, seconds=10)


def test_names_of_a_missing_state_are_remembered_for_nobody(settled, monkeypatch):
    monkeypatch.setattr(state, "pass_horizon", lambda **options: False)
    DeliveryState.objects.all().delete()
    first, second = read_moment(), read_moment()
    assert first.names_generation != second.names_generation
    assert not first.is_settled
    assert first.at == settled.now


@COMMITTED
def test_state_that_can_t_be_renewed_is_read_by_the_time_and_remembered_by_nobody(
    settled, client, monkeypatch
):
    def refuse(states):
        raise OperationalError("database is locked")

    make_article("scheduled", date=soon(settled, seconds=10))
    settled.move(seconds=10)
    monkeypatch.setattr(horizon, "_pass_locked", refuse)
    answer = client.get("/api/v1/articles/")
    assert titles(client) == ["scheduled", "old"]
    assert answer["Cache-Control"] == "public, max-age=0"
    assert "ETag" not in answer
    assert "Last-Modified" not in answer
    monkeypatch.undo()


@pytest.mark.parametrize("name", ["date", "expires_at"])
def test_horizon_is_the_next_date_or_expiry_of_what_is_released(settled, name):
    moments = [soon(settled, seconds=seconds) for seconds in (30, 10, 20)]
    for moment in moments:
        make_article("released", **{name: moment})
    make_article("draft", published=False, **{name: soon(settled, seconds=1)})
    make_article("trashed", **{name: soon(settled, seconds=1)})
    Article.objects.filter(title="trashed").update(trashed_at=settled.now)
    released = Article.objects.all()
    assert released.next_change(after=settled.now) == moments[1]
    assert released.next_change(after=moments[1]) == moments[2]
    assert released.next_change(after=moments[0]) is None


def test_public_is_what_is_dated_until_now_without_the_unreleased_and_the_expired(settled):
    now = settled.now
    for published in (True, False):
        for trashed_at in (None, now):
            for expires_at in (None, soon(settled, seconds=-1), now, soon(settled, seconds=1)):
                for date in (soon(settled, seconds=-1), now, soon(settled, seconds=1)):
                    article = make_article(
                        "x", published=published, expires_at=expires_at, date=date
                    )
                    Article.objects.filter(pk=article.pk).store(trashed_at=trashed_at)
    past = Article.objects.filter(date__lte=now)
    public = set(past.public(at=now))
    assert len(public) == 5
    unreleased, expired = set(past.unreleased()), set(past.expired(at=now))
    assert public == set(past) - unreleased - expired
    assert not unreleased & expired


# Answers of one moment


def test_state_is_the_first_thing_that_is_read(settled, client):
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        client.get("/api/v1/articles/?count=true")
    first = next(query["sql"] for query in queries if "cms_news" in query["sql"])
    assert "cms_news_deliverystate" in first


def interrupt(monkeypatch, write, *, times):
    """Let `write` run between the first and the second statement of a list with its count, so many times."""
    left = [times]

    def read_and_write(*args, **options):
        found = read_cards(*args, **options)
        if left[0]:
            left[0] -= 1
            write(left[0])
        return found

    monkeypatch.setattr("cms_news.api.views.read_cards", read_and_write)


def test_answer_that_a_writer_got_between_is_made_again(settled, client, monkeypatch):
    interrupt(monkeypatch, lambda number: make_article(f"new {number}"), times=1)
    answer = client.get("/api/v1/articles/?count=true")
    page = json.loads(answer.content)
    assert (page["count"], len(page["results"])) == (2, 2)
    again = client.get("/api/v1/articles/?count=true", headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304


def test_answer_that_writers_always_get_between_is_kept_by_nobody(settled, client, monkeypatch):
    made = []
    write = lambda number: made.append(make_article(f"new {number}"))  # noqa: E731
    interrupt(monkeypatch, write, times=99)
    answer = client.get("/api/v1/articles/?count=true")
    assert answer.status_code == 200
    assert len(made) == 1 + MAX_REPEATS
    assert "ETag" not in answer
    assert answer["Cache-Control"] == "public, max-age=0"


def test_answer_of_one_statement_needs_no_second_look(settled, client, django_assert_num_queries):
    client.get("/api/v1/articles/")
    with django_assert_num_queries(2):
        client.get("/api/v1/articles/")


def test_answer_with_a_new_name_in_it_is_made_again(settled, client, monkeypatch):
    # The author is renamed after the article was read and before its name is: title and name are of one time.
    article = make_article("before", author="before")
    real = names_for

    def rename_first(*args, **options):
        monkeypatch.setattr("cms_news.delivery.names.names_for", real)
        with transaction.atomic():
            Author.objects.filter(name="before").update(name="after")
            Article.objects.filter(pk=article.pk).update(title="after")
        return real(*args, **options)

    names._remembered.clear()
    monkeypatch.setattr("cms_news.delivery.names.names_for", rename_first)
    document = json.loads(client.get(f"/api/v1/articles/{article.pk}/").content)
    assert (document["title"], document["author"]["name"]) == ("after", "after")


def test_names_that_were_captured_do_not_change(settled):
    first, second = make_author("first"), make_author("second")
    moment = read_moment()
    refers = [References(author.pk, [], []) for author in (first, second)]
    options = {"generation": moment.names_generation, "using": moment.using}
    captured = names_for(refers[:1], **options)
    known = dict(captured.authors)
    assert names_for(refers, **options).authors.keys() == {first.pk, second.pk}
    assert captured.authors == known
