import re
from pathlib import Path

import pytest
from django.core.checks import run_checks

from cms_news import checks
from cms_news.conf import DEFAULTS, NewsSettings, news_settings


def ids(settings_value, settings):
    settings.CMS_NEWS = settings_value
    return [message.id for message in checks.check_settings(None)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, []),
        ({"TIMEZONE": "Asia/Shanghai", "SANITIZER": "nh3", "PAGE_SIZE": 50}, []),
        ([], ["cms_news.E001"]),
        ({"PAGESIZE": 3}, ["cms_news.W001"]),
        ({"CATEGORIES": "tree"}, ["cms_news.E002"]),
        ({"ERROR_FORMAT": "xml"}, ["cms_news.E003"]),
        ({"TIMEZONE": "Mars/Olympus"}, ["cms_news.E004"]),
        ({"TIMEZONE": 8}, ["cms_news.E004"]),
        ({"ARTICLE_URL": "/news/"}, ["cms_news.E005"]),
        ({"ARTICLE_URL": "/{title}/"}, ["cms_news.E005"]),
        ({"ARTICLE_URL": "/{slug"}, ["cms_news.E005"]),
        ({"ARTICLE_URL": None}, ["cms_news.E005"]),
        ({"SANITIZER": "none"}, ["cms_news.E006", "cms_news.E012"]),
        ({"PAGE_SIZE": 0}, ["cms_news.E007"]),
        ({"PAGE_SIZE": 101}, ["cms_news.E007"]),
        ({"PAGE_SIZE": True}, ["cms_news.E007"]),
        ({"MAX_FILE_BYTES": "5 MB"}, ["cms_news.E008"]),
        ({"IMPORT_SUFFIXES": "md"}, ["cms_news.E009"]),
        ({"IMPORT_SUFFIXES": ["md"]}, ["cms_news.E009"]),
        ({"TAG_SEPARATORS": None}, ["cms_news.E010"]),
        ({"POLICY": []}, ["cms_news.E011"]),
        ({"POLICY": {"tgas": ["p"]}}, ["cms_news.E012"]),
        ({"SUMMARY_CHARACTERS": 5}, ["cms_news.E013"]),
        ({"MAX_UPLOAD_BYTES": 0}, ["cms_news.E015"]),
        ({"RESPONSE_CACHE": "default"}, []),
        ({"RESPONSE_CACHE": "typo"}, ["cms_news.E016"]),
        ({"RESPONSE_CACHE": 1}, ["cms_news.E016"]),
        ({"MAX_AGE_SECONDS": -1}, ["cms_news.E017"]),
        ({"STALE_SECONDS": "300"}, ["cms_news.E018"]),
        ({"THROTTLE_CACHE": "typo"}, ["cms_news.E019"]),
        ({"THROTTLE_CACHE": None}, ["cms_news.E019"]),
        ({"THROTTLE_RATES": None}, []),
        ({"THROTTLE_RATES": {}}, []),
        ({"THROTTLE_RATES": {"lists": None, "details": "10/s", "names": "10000/day"}}, []),
        ({"THROTTLE_RATES": "300/min"}, ["cms_news.E020"]),
        ({"THROTTLE_RATES": {"articles": "300/min"}}, ["cms_news.E020"]),
        *(
            ({"THROTTLE_RATES": {"lists": rate}}, ["cms_news.E021"])
            for rate in ("0/min", "10001/day", "300", "300/week", "-1/s", "١/s", "1/5m", 300, "")
        ),
        ({"THROTTLE_RATES": {"lists": 1, "names": "x"}}, ["cms_news.E021"] * 2),
    ],
)
def test_settings(value, expected, settings):
    assert ids(value, settings) == expected


def test_every_message_has_a_hint(settings):
    settings.CMS_NEWS = {"PAGE_SIZE": 0, "TIMEZONE": 1, "x": 1, "POLICY": {"tgas": 1}}
    messages = checks.check_settings(None)
    assert len(messages) == 4
    assert all(message.hint for message in messages)


def test_check_ids_are_unique_and_without_gaps():
    source = Path(checks.__file__).read_text("utf-8")
    found = re.findall(r"cms_news\.([EW]\d{3})", source)
    assert sorted(set(found)) == [
        *(f"E{number:03d}" for number in range(1, len({x for x in found if x[0] == "E"}) + 1)),
        *(f"W{number:03d}" for number in range(1, len({x for x in found if x[0] == "W"}) + 1)),
    ]


def test_checks_are_registered(settings):
    settings.CMS_NEWS = {"PAGE_SIZE": 0}
    assert "cms_news.E007" in [message.id for message in run_checks()]


def test_project_of_the_tests_is_without_complaint():
    assert [message for message in run_checks() if str(message.id).startswith("cms_news")] == []


def test_missing_rest_framework_is_named(settings):
    settings.INSTALLED_APPS = [name for name in settings.INSTALLED_APPS if name != "rest_framework"]
    assert [message.id for message in checks.check_apps(None)] == ["cms_news.E014"]


def test_sqlite_without_immediate_transactions_is_a_warning(monkeypatch):
    from django.db import connections

    connection = connections["default"]
    if connection.vendor != "sqlite":
        assert checks.check_sqlite(None, databases=["default"]) == []
        return
    assert checks.check_sqlite(None, databases=["default"]) == []
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {})
    assert [message.id for message in checks.check_sqlite(None, databases=["default"])] == [
        "cms_news.W002"
    ]


BACKENDS = "django.core.cache.backends"


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        ("locmem.LocMemCache", ["cms_news.W003"]),
        ("dummy.DummyCache", ["cms_news.W003"]),
        ("db.DatabaseCache", ["cms_news.W004"]),
        ("filebased.FileBasedCache", []),
        ("redis.RedisCache", []),
        ("none.NoCache", []),
    ],
)
def test_deployment_names_a_cache_that_is_not_shared(settings, backend, expected):
    settings.REST_FRAMEWORK = {"NUM_PROXIES": 0}
    settings.CACHES = {"default": {"BACKEND": f"{BACKENDS}.{backend}", "LOCATION": "nowhere"}}
    assert [message.id for message in checks.check_throttling(None)] == expected
    settings.CMS_NEWS = {"THROTTLE_RATES": None}
    assert checks.check_throttling(None) == []


@pytest.mark.parametrize(("proxies", "expected"), [(None, ["cms_news.W005"]), (0, []), (2, [])])
def test_deployment_asks_for_the_number_of_proxies(settings, proxies, expected):
    settings.CACHES = {"default": {"BACKEND": f"{BACKENDS}.filebased.FileBasedCache"}}
    settings.REST_FRAMEWORK = {"NUM_PROXIES": proxies}
    messages = checks.check_throttling(None)
    assert [message.id for message in messages] == expected
    assert all(message.hint for message in messages)


@pytest.mark.parametrize("value", [[], {"THROTTLE_RATES": []}, {"THROTTLE_CACHE": "typo"}])
def test_deployment_says_nothing_of_settings_that_are_wrong(settings, value):
    settings.CMS_NEWS = value
    assert checks.check_throttling(None) == []


def test_deployment_check_runs_only_when_asked_for(settings):
    settings.REST_FRAMEWORK = {"NUM_PROXIES": None}

    def found(*, is_deployed):
        return "cms_news.W005" in [m.id for m in run_checks(include_deployment_checks=is_deployed)]

    assert (found(is_deployed=False), found(is_deployed=True)) == (False, True)


def test_settings_are_read_live(settings):
    settings.CMS_NEWS = {"PAGE_SIZE": 3}
    assert news_settings.page_size == 3
    settings.CMS_NEWS = {}
    assert news_settings.page_size == DEFAULTS["PAGE_SIZE"]


def test_each_setting_has_a_typed_view():
    properties = {name for name, value in vars(NewsSettings).items() if isinstance(value, property)}
    assert properties == {name.lower() for name in DEFAULTS}


@pytest.mark.parametrize(
    ("configured", "lists", "names"),
    [
        ({}, "300/min", "300/min"),
        ({"THROTTLE_RATES": {"lists": "1/s"}}, "1/s", "300/min"),
        ({"THROTTLE_RATES": {"lists": None}}, None, "300/min"),
        ({"THROTTLE_RATES": None}, None, None),
    ],
)
def test_rates_that_are_not_set_are_the_default_ones(settings, configured, lists, names):
    settings.CMS_NEWS = configured
    rates = news_settings.throttle_rates
    assert (rates.get("lists"), rates.get("names")) == (lists, names)
