"""How often a client may ask, what it is told then, and who counts as one."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.cache import cache as default_cache
from django.core.cache.backends.locmem import LocMemCache
from django.test import override_settings
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from cms_news.api.throttling import NewsThrottle, name_client
from cms_news.api.urls import endpoints, urlpatterns
from cms_news.conf import DEFAULTS
from cms_news.delivery import cache_failures
from cms_news.delivery.budgets import STATE_ALONE
from tests.api.asking import BASE
from tests.builders import make_article
from tests.conftest import REDIS_URL

pytestmark = pytest.mark.django_db

LOCAL = "django.core.cache.backends.locmem.LocMemCache"
ROOT = Path(__file__).resolve().parent.parent.parent


class Timer:
    """Stands where it is set."""

    seconds = 1_000_000.0

    def __call__(self):
        return self.seconds


@pytest.fixture(autouse=True)
def timer(monkeypatch, settings):
    settings.CACHES = {"default": {"BACKEND": LOCAL, "LOCATION": str(uuid4())}}
    settings.CMS_NEWS = {"THROTTLE_RATES": dict.fromkeys(DEFAULTS["THROTTLE_RATES"], "2/min")}
    cache_failures._resting_until.clear()
    held = Timer()
    monkeypatch.setattr(NewsThrottle, "timer", held)
    yield held
    cache_failures._resting_until.clear()


def ask(client, path="nothing/", **options):
    return client.get(f"{BASE}{path}", **options)


def statuses(client, *paths, **options):
    return [ask(client, path, **options).status_code for path in paths]


# What is told


def test_refusal_is_a_problem_that_says_when_to_come_again(client, timer):
    assert statuses(client, "articles/", "articles/") == [200, 200]
    timer.seconds += 9.5
    answer = ask(client, "articles/")
    told = json.loads(answer.content)
    assert answer.status_code == told["status"] == 429
    assert (told["code"], told["title"]) == ("throttled", "Too Many Requests")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Retry-After"] == "51"
    assert answer["Cache-Control"] == "private, no-store"
    assert "ETag" not in answer


def test_who_waits_so_long_is_served(client, timer):
    statuses(client, "articles/", "articles/")
    wait = int(ask(client, "articles/")["Retry-After"])
    timer.seconds += wait - 1
    assert statuses(client, "articles/") == [429]
    timer.seconds += 1
    assert statuses(client, "articles/") == [200]


def test_refusals_are_not_counted(client, timer):
    statuses(client, *["articles/"] * 10)
    timer.seconds += 60
    assert statuses(client, "articles/", "articles/", "articles/") == [200, 200, 429]


def test_time_is_told_where_the_rate_was_lowered_meanwhile(client, timer, settings):
    settings.CMS_NEWS = {"THROTTLE_RATES": {"other": "5/min"}}
    for _ in range(5):
        ask(client)
        timer.seconds += 10
    settings.CMS_NEWS = {"THROTTLE_RATES": {"other": "2/min"}}
    # It is 50. Of what was asked at 0, 10, 20, 30 and 40, there must be one within the last minute at most.
    answer = ask(client)
    assert (answer.status_code, answer["Retry-After"]) == (429, "40")
    timer.seconds += 40
    assert statuses(client, "nothing/") == [404]


def test_clock_of_another_machine_that_is_ahead_keeps_nobody_longer_than_the_period(client, timer):
    timer.seconds += 500
    statuses(client, "nothing/", "nothing/")
    timer.seconds -= 500
    assert ask(client)["Retry-After"] == "60"


def test_refusal_in_the_format_of_rest_framework(client, settings):
    settings.CMS_NEWS = {**settings.CMS_NEWS, "ERROR_FORMAT": "drf"}
    statuses(client, "articles/", "articles/")
    answer = ask(client, "articles/")
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert set(json.loads(answer.content)) == {"detail"}


def test_refusal_is_told_in_the_language_of_the_reader(client):
    statuses(client, "articles/", "articles/")
    answer = ask(client, "articles/", headers={"accept-language": "zh-hans"})
    assert answer["Content-Language"] == "zh-hans"


# What is counted


@pytest.mark.parametrize("route", endpoints, ids=lambda route: route.name)
def test_every_endpoint_is_counted(client, route):
    path = str(route.pattern).replace("<int:id>", "1").replace("<cms_news_slug:slug>", "a")
    found = statuses(client, path, path, path)
    assert (found[0], found[2]) == (found[1], 429)


def test_every_view_has_a_scope_with_a_rate():
    scopes = {pattern.callback.view_class.throttle_scope for pattern in urlpatterns}
    assert scopes == set(DEFAULTS["THROTTLE_RATES"])


def test_scopes_are_counted_apart(client):
    make_article(categories=(("x",),), slug="a")
    for path in ("articles/", "articles/slug/a/", "categories/", "sanitizer/"):
        assert statuses(client, path, path, path) == [200, 200, 429]


def test_endpoints_of_a_scope_are_counted_together(client):
    assert statuses(client, "categories/", "authors/", "tags/") == [200, 200, 429]


def test_methods_are_counted_together(client):
    path = f"{BASE}articles/"
    found = [client.head(path), client.options(path), client.post(path), client.get(path)]
    assert [answer.status_code for answer in found] == [200, 204, 429, 429]
    assert found[2]["Retry-After"] == "60"


def test_hidden_and_absent_are_counted_and_refused_alike(client):
    hidden = f"articles/{make_article(published=False).pk}/"
    assert statuses(client, hidden, "articles/987654/") == [404, 404]
    first, second = ask(client, hidden), ask(client, "articles/987654/")
    assert first.status_code == second.status_code == 429
    told = [{**json.loads(answer.content), "instance": ""} for answer in (first, second)]
    assert told[0] == told[1]
    assert dict(first.headers) | {"Content-Length": 0} == dict(second.headers) | {
        "Content-Length": 0
    }


def test_not_modified_and_bad_requests_count(client, settings):
    make_article()
    settings.CMS_NEWS = {"THROTTLE_RATES": {"lists": "3/min"}}
    tag = ask(client, "articles/")["ETag"]
    shown = {"headers": {"if-none-match": tag}}
    assert ask(client, "articles/", **shown).status_code == 304
    assert statuses(client, "articles/?x=1") == [400]
    assert ask(client, "articles/", **shown).status_code == 429


# What it costs


def test_counting_costs_no_query(client, django_assert_num_queries):
    make_article()
    tag = ask(client, "articles/")["ETag"]
    with django_assert_num_queries(STATE_ALONE):
        assert ask(client, "articles/", headers={"if-none-match": tag}).status_code == 304
    with django_assert_num_queries(0):
        assert statuses(client, "articles/") == [429]


def test_what_is_remembered_still_costs_one_query(client, settings, django_assert_num_queries):
    settings.CMS_NEWS = {**settings.CMS_NEWS, "RESPONSE_CACHE": "default"}
    make_article()
    ask(client, "articles/")
    with django_assert_num_queries(STATE_ALONE):
        assert statuses(client, "articles/") == [200]


# By setting


@pytest.mark.parametrize("rates", [None, {"lists": None}])
def test_no_limit_by_setting(client, settings, rates):
    settings.CMS_NEWS = {"THROTTLE_RATES": rates}
    assert statuses(client, *["articles/"] * 500) == [200] * 500


def test_without_limits_no_cache_is_asked(client, settings):
    settings.CMS_NEWS = {"THROTTLE_RATES": None, "THROTTLE_CACHE": "none of that name"}
    assert statuses(client, "articles/") == [200]
    assert not cache_failures.is_resting("none of that name")


def test_rates_that_are_not_named_stay_as_they_are(client, settings):
    settings.CMS_NEWS = {"THROTTLE_RATES": {"lists": "1/day"}}
    assert statuses(client, "articles/", "articles/", "tags/", "tags/") == [200, 429, 200, 200]
    assert ask(client, "articles/")["Retry-After"] == "86400"


def test_limits_are_on_unless_told_otherwise(client, settings):
    settings.CMS_NEWS = {}
    limit = int(DEFAULTS["THROTTLE_RATES"]["other"].partition("/")[0])
    found = statuses(client, *["nothing/"] * (limit + 1))
    assert found == [404] * limit + [429]


def test_another_cache_by_setting(client, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
        "counts": {"BACKEND": LOCAL, "LOCATION": str(uuid4())},
    }
    settings.CMS_NEWS = {**settings.CMS_NEWS, "THROTTLE_CACHE": "counts"}
    assert statuses(client, "nothing/", "nothing/", "nothing/") == [404, 404, 429]


class FailingCache(LocMemCache):
    """Raises whenever it is asked."""

    asked = 0

    def get(self, *args, **options):
        type(self).asked += 1
        raise ConnectionRefusedError("nobody there")


def test_cache_that_fails_refuses_nobody_and_is_left_alone_for_a_while(client, settings):
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.FailingCache", "LOCATION": "failing"}}
    FailingCache.asked = 0
    assert statuses(client, *["nothing/"] * 5) == [404] * 5
    assert FailingCache.asked == 1


def test_redis_that_is_not_there_refuses_nobody(client, settings):
    pytest.importorskip("redis")
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "redis://127.0.0.1:1/0"}}
    assert statuses(client, *["nothing/"] * 5) == [404] * 5
    assert cache_failures.is_resting("default")


def test_settings_of_the_host_for_its_own_views_change_nothing(client, settings):
    scoped = "rest_framework.throttling.ScopedRateThrottle"
    settings.REST_FRAMEWORK = {
        "DEFAULT_THROTTLE_CLASSES": [scoped],
        "DEFAULT_THROTTLE_RATES": {"other": "1/day"},
    }
    assert statuses(client, "nothing/", "nothing/", "nothing/") == [404, 404, 429]


def test_throttles_of_the_host_count_apart_from_ours(client, rf, monkeypatch):
    monkeypatch.setattr(NewsThrottle, "timer", staticmethod(time.time))

    class HostThrottle(ScopedRateThrottle):
        THROTTLE_RATES = {"other": "1/day"}  # noqa: RUF012

    class HostView(APIView):
        throttle_scope = "other"

    assert HostThrottle.cache is default_cache
    statuses(client, "nothing/", "nothing/", "nothing/")
    request = Request(rf.get("/"))
    assert HostThrottle().allow_request(request, HostView())
    assert not HostThrottle().allow_request(request, HostView())


# Who counts as one


def test_clients_are_told_apart_by_their_address(client):
    assert statuses(client, *["nothing/"] * 3, REMOTE_ADDR="192.0.2.1") == [404, 404, 429]
    assert statuses(client, "nothing/", REMOTE_ADDR="192.0.2.2") == [404]


@pytest.mark.parametrize("name", ["x-forwarded-for", "forwarded", "x-real-ip", "authorization"])
@pytest.mark.parametrize("proxies", [None, 0])
def test_no_header_makes_another_client(client, settings, name, proxies):
    settings.REST_FRAMEWORK = {"NUM_PROXIES": proxies}
    found = [
        ask(client, headers={name: f"192.0.2.{n}"}, REMOTE_ADDR="198.41.0.4").status_code
        for n in range(3)
    ]
    assert found == [404, 404, 429]


@pytest.mark.parametrize("proxy", ["127.0.0.1", "10.0.0.7", "fd00::1", "::1", ""])
def test_readers_behind_a_proxy_that_nobody_named_do_not_share_a_rate(client, settings, proxy):
    headers = {"x-forwarded-for": "198.41.0.4"}
    found = [ask(client, headers=headers, REMOTE_ADDR=proxy).status_code for _ in range(5)]
    assert found == [404] * 5
    settings.REST_FRAMEWORK = {"NUM_PROXIES": 1}
    found = [ask(client, headers=headers, REMOTE_ADDR=proxy).status_code for _ in range(3)]
    assert found == [404, 404, 429]


def test_of_what_passed_proxies_only_they_are_believed(client, settings):
    settings.REST_FRAMEWORK = {"NUM_PROXIES": 2}
    found = [
        ask(client, headers={"x-forwarded-for": f"{n}.0.0.1, 192.0.2.7, 198.51.100.1"}).status_code
        for n in range(3)
    ]
    assert found == [404, 404, 429]
    other = {"x-forwarded-for": "192.0.2.8, 198.51.100.1"}
    assert ask(client, headers=other).status_code == 404


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("unknown", "_hidden", False),
    ],
)
def test_addresses_of_one_client(one, other, is_same):
    assert (name_client(one) == name_client(other)) is is_same


@pytest.mark.parametrize("ident", ["", "a b\r\n", "x" * 9000, "\udcff", "新", "1.2.3.4:80", "::1"])
def test_whatever_an_address_looks_like_it_fits_into_a_key(ident):
    name = name_client(ident)
    assert name.isascii()
    assert name.isprintable()
    assert 1 <= len(name) <= 32
    assert " " not in name


def test_server_on_a_socket_names_no_address(client):
    assert statuses(client, *["nothing/"] * 3, REMOTE_ADDR="") == [404, 404, 429]


# Who counts together

OTHER_PROCESS = """
import json, sys
import django
django.setup()
from django.test import Client, override_settings
with override_settings(ALLOWED_HOSTS=["*"], **json.loads(sys.argv[1])):
    print(*[Client().get("/api/v1/nothing/").status_code for _ in range(2)])
"""


def ask_in_another_process(chosen):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "-c", OTHER_PROCESS, json.dumps(chosen)]
    asked = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return [int(status) for status in asked.stdout.split()]


@pytest.mark.parametrize(
    "cache",
    [
        pytest.param("redis", marks=pytest.mark.redis),
        "file",
    ],
)
def test_processes_that_share_a_cache_count_together(client, settings, tmp_path, cache):
    backend = {
        "redis": ("django.core.cache.backends.redis.RedisCache", REDIS_URL),
        "file": ("django.core.cache.backends.filebased.FileBasedCache", str(tmp_path)),
    }
    names = dict(zip(("BACKEND", "LOCATION"), backend[cache], strict=True))
    chosen = {
        "CACHES": {"default": {**names, "KEY_PREFIX": str(uuid4())}},
        "CMS_NEWS": {"THROTTLE_RATES": {"other": "2/day"}},
    }
    with override_settings(**chosen), pytest.MonkeyPatch.context() as patch:
        # The other process has the machine's clock.
        patch.setattr(NewsThrottle, "timer", staticmethod(time.time))
        assert statuses(client, "nothing/") == [404]
        assert ask_in_another_process(chosen) == [404, 429]
        assert statuses(client, "nothing/") == [429]


def test_processes_that_share_none_count_each_for_itself(client, settings):
    chosen = {"CACHES": settings.CACHES, "CMS_NEWS": settings.CMS_NEWS}
    assert statuses(client, "nothing/", "nothing/", "nothing/") == [404, 404, 429]
    assert ask_in_another_process(chosen) == [404, 404]
