"""Answers that are remembered for all: what is served from there, what never is, and a cache that fails."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache

from cms_news.delivery import cache_failures, response_cache
from cms_news.delivery.budgets import STATE_ALONE
from cms_news.delivery.cards import read_cards
from cms_news.models import Article, Author
from tests.builders import make_article

pytestmark = pytest.mark.django_db

PATHS = ["articles/", "articles/?page_size=1&count=true", "articles/{}/", "categories/", "tags/"]


class FailingCache(BaseCache):
    """Raises what CMS_NEWS_TEST says, and counts how often it was asked."""

    error: Exception = ConnectionRefusedError("nobody there")
    asked = 0

    def __init__(self, location, params):
        super().__init__(params)

    def get(self, key, default=None, version=None):
        self._fail()

    def set(self, key, value, timeout=None, version=None):
        self._fail()

    def _fail(self):
        type(self).asked += 1
        raise self.error


class CountingCache(LocMemCache):
    stored: list[str] = []  # noqa: RUF012

    def set(self, key, value, *args, **kwargs):
        self.stored.append(key)
        super().set(key, value, *args, **kwargs)


@pytest.fixture(autouse=True)
def chosen_cache(settings):
    settings.CMS_NEWS = {"RESPONSE_CACHE": "news"}
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
        "news": {"BACKEND": f"{__name__}.CountingCache", "LOCATION": "news"},
    }
    CountingCache.stored.clear()
    FailingCache.asked = 0
    cache_failures._resting_until.clear()
    yield
    caches["news"].clear()
    cache_failures._resting_until.clear()


def get(client, path, status=200):
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == status, answer.content
    return answer


def titles(client):
    return [card["title"] for card in json.loads(get(client, "articles/").content)["results"]]


@pytest.fixture(params=PATHS)
def path(request):
    article = make_article("first", author="a", categories=(("x",),), tags=("t",))
    make_article("second")
    return request.param.format(article.pk)


def test_hit_costs_one_query_and_says_the_same(client, path, django_assert_num_queries):
    made = get(client, path)
    with django_assert_num_queries(STATE_ALONE):
        found = get(client, path)
    assert found.content == made.content
    assert found.headers == made.headers
    assert len(CountingCache.stored) == 1


def test_without_the_setting_nothing_is_remembered(client, path, settings):
    settings.CMS_NEWS = {}
    get(client, path)
    assert CountingCache.stored == []


@pytest.mark.parametrize(
    "write",
    [
        lambda: Article.objects.filter(title="first").update(title="new"),
        lambda: Author.objects.update(name="new"),
        lambda: make_article("new"),
    ],
)
def test_write_outdates_what_is_remembered(client, path, write):
    before = get(client, "articles/").content
    write()
    after = get(client, "articles/").content
    assert before != after
    assert b'"new"' in after


@pytest.mark.parametrize(("path", "status"), [("articles/0/", 404), ("articles/?x=1", 400)])
def test_errors_are_not_remembered(client, path, status):
    get(client, path, status)
    assert CountingCache.stored == []


def test_answers_to_somebody_are_neither_remembered_nor_taken_from_there(client, path, monkeypatch):
    get(client, path)
    monkeypatch.setattr(response_cache, "recall", None)
    monkeypatch.setattr(response_cache, "remember", None)
    known = client.get(f"/api/v1/{path}", headers={"authorization": "x"})
    assert known.status_code == 200


def test_long_answers_are_not_remembered(client, path, monkeypatch):
    monkeypatch.setattr(response_cache, "MAX_CHARACTERS", 10)
    get(client, path)
    assert CountingCache.stored == []


@pytest.mark.parametrize("entry", ["text", 1, ("one",), (1, {}), ("a", "b"), {"a": 1}, b"x"])
def test_entries_that_are_not_ours_are_made_anew(client, path, entry):
    made = get(client, path)
    (key,) = CountingCache.stored
    caches["news"].set(key, entry)
    assert get(client, path).content == made.content


class LibraryError(Exception):
    """As of a library that has an error class of its own."""


@pytest.mark.parametrize(
    "error",
    [ConnectionRefusedError("x"), TimeoutError("x"), EOFError(), ValueError("x"), LibraryError()],
)
def test_cache_that_fails_breaks_no_answer_and_is_left_alone_for_a_while(
    client, path, settings, monkeypatch, caplog, error
):
    expected = get(client, path).content
    settings.CACHES = {**settings.CACHES, "news": {"BACKEND": f"{__name__}.FailingCache"}}
    monkeypatch.setattr(FailingCache, "error", error)
    monkeypatch.setattr(cache_failures, "LIBRARY_ERRORS", ((__name__, "LibraryError"),))
    with caplog.at_level(logging.WARNING, cache_failures.__name__):
        answers = [get(client, path).content for _ in range(3)]
    assert answers == [expected] * 3
    assert FailingCache.asked == 1
    assert len([record for record in caplog.records if record.name == cache_failures.__name__]) == 1
    settings.CACHES = {**settings.CACHES, "news": {"BACKEND": f"{__name__}.CountingCache"}}
    CountingCache.stored.clear()
    monkeypatch.setattr(cache_failures.time, "monotonic", lambda: float("inf"))
    get(client, path)
    assert len(CountingCache.stored) == 1


def test_cache_of_no_such_name_breaks_no_answer(client, path, settings):
    settings.CMS_NEWS = {"RESPONSE_CACHE": "typo"}
    get(client, path)


def test_of_several_threads_one_makes_the_answer():
    made = []
    start = Barrier(5)

    def work(_number):
        start.wait(10)
        with response_cache.one_at_a_time("ab" * 16):
            if response_cache.recall("ab" * 16) is None:
                made.append(1)
                response_cache.remember("ab" * 16, "body", {})
        return response_cache.recall("ab" * 16)

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(work, range(5))) == [("body", {})] * 5
    assert len(made) == 1


def test_threads_wait_for_nobody_for_long_and_without_a_cache_for_nobody(monkeypatch, settings):
    monkeypatch.setattr(response_cache, "WAIT_SECONDS", 0.01)
    key = "ab" * 16
    with response_cache.one_at_a_time(key), response_cache.one_at_a_time(key):
        pass
    settings.CMS_NEWS = {}
    monkeypatch.setattr(response_cache, "WAIT_SECONDS", 60)
    with response_cache.one_at_a_time(key), response_cache.one_at_a_time(key):
        pass


def test_failed_answer_leaves_the_lock_open(client, monkeypatch):
    make_article()
    monkeypatch.setattr("cms_news.api.views.read_cards", lambda *args, **options: 1 / 0)
    client.raise_request_exception = False
    assert client.get("/api/v1/articles/").status_code == 500
    monkeypatch.setattr("cms_news.api.views.read_cards", read_cards)
    monkeypatch.setattr(response_cache, "WAIT_SECONDS", 60)
    get(client, "articles/")
