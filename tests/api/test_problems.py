"""Every error below the mount is a problem document, and every answer has the headers of the API."""

import json
import logging

import pytest
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.http.multipartparser import MultiPartParserError
from django.test import Client
from django.utils.translation import override
from rest_framework import exceptions

from cms_news.api import views
from cms_news.api.problems import PROBLEMS
from cms_news.api.urls import endpoints
from tests.api.asking import BASE, get
from tests.builders import make_article

pytestmark = pytest.mark.django_db

KEYS = {"type", "title", "status", "detail", "instance", "code", "errors"}


@pytest.fixture
def stranger():
    """A client that gets the answer to a failure instead of the exception."""
    return Client(raise_request_exception=False)


def problem(answer, status, code):
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    told = json.loads(answer.content)
    assert set(told) == KEYS
    assert (told["type"], told["status"], told["code"]) == ("about:blank", status, code)
    assert PROBLEMS[code] == status
    return told


def fail_with(monkeypatch, error):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(views, "find_slice", fail)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "nothing/",
        "articles/x/",
        "articles/-1/",
        "articles/slug/a%20b/",
        "articles/slug/a%00b/",
        "articles/slug/a/b/",
        "%0A",
        "a%0Ab/",
        "%FF/",
        "nothing",
        "articles//",
        "../x/",
        "schemas/",
    ],
)
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options", "trace"])
def test_unknown_paths(client, path, method):
    answer = getattr(client, method)(f"{BASE}{path}?x=1")
    told = problem(answer, 404, "not_found")
    assert told["instance"].endswith("?x=1")
    assert client.head(f"{BASE}nothing/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options", "trace"])
def test_nothing_is_sent_elsewhere_to_be_written(client, method):
    problem(getattr(client, method)(f"{BASE}articles/1"), 404, "not_found")


def test_unknown_path_is_not_found_whatever_is_accepted(client):
    answer = client.get(f"{BASE}nothing/", headers={"accept": "text/html"})
    problem(answer, 404, "not_found")


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize(
    "path", ["articles", "articles/1", "articles/slug/晨报", "tags", "sanitizer"]
)
def test_the_slash_is_added_as_append_slash_says(client, settings, method, path):
    answer = getattr(client, method)(f"{BASE}{path}?page_size=1&x=%C3%A9")
    assert answer.status_code == 301
    assert answer["Location"].endswith("/?page_size=1&x=%C3%A9")
    assert answer["Location"].startswith(BASE)
    settings.APPEND_SLASH = False
    assert getattr(client, method)(f"{BASE}{path}").status_code == 404


def test_the_slash_is_added_without_the_middleware_as_well(client, settings):
    settings.MIDDLEWARE = []
    assert client.get(f"{BASE}articles")["Location"] == f"{BASE}articles/"


def test_no_slash_leads_to_another_host(client):
    answer = client.get("/api/v1//evil.example/articles")
    assert answer.status_code == 404


@pytest.mark.parametrize("route", endpoints, ids=lambda route: route.name)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
def test_methods_that_are_not_allowed(client, route, method):
    path = str(route.pattern).replace("<int:id>", "1").replace("<cms_news_slug:slug>", "a")
    answer = getattr(client, method)(f"{BASE}{path}")
    problem(answer, 405, "method_not_allowed")
    assert answer["Allow"] == "GET, HEAD, OPTIONS"


def test_an_invented_method_is_not_allowed(client):
    problem(client.generic("BREW", f"{BASE}articles/"), 405, "method_not_allowed")


@pytest.mark.parametrize("route", endpoints, ids=lambda route: route.name)
def test_head_and_options_everywhere(client, route):
    article = make_article("a", author="a", tags=("a",), categories=(("a",),))
    ids = {
        "article": article.pk,
        "category": article.categories[0].pk,
        "author": article.author_id,
        "tag": article.tags.get().pk,
    }
    path = str(route.pattern).replace("<cms_news_slug:slug>", "a")
    path = f"{BASE}{path.replace('<int:id>', str(ids.get(route.name.split('-')[0])))}"
    read, headed, options = client.get(path), client.head(path), client.options(path)
    assert (read.status_code, headed.status_code, options.status_code) == (200, 200, 204)
    assert headed.content == options.content == b""
    assert options["Allow"] == "GET, HEAD, OPTIONS"
    same = {"Vary", "Content-Language", "X-Content-Type-Options", "Content-Type"}
    assert {name: headed[name] for name in same} == {name: read[name] for name in same}


def test_unwanted_media_type(client):
    answer = client.get(f"{BASE}articles/", headers={"accept": "text/csv"})
    problem(answer, 406, "not_acceptable")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (exceptions.ParseError(), 400, "parse_error"),
        (exceptions.ValidationError({"a": ["b"]}), 400, "bad_request"),
        (exceptions.AuthenticationFailed(), 403, "authentication_failed"),
        (exceptions.NotAuthenticated(), 403, "not_authenticated"),
        (exceptions.PermissionDenied(), 403, "permission_denied"),
        (exceptions.UnsupportedMediaType("a/b"), 415, "unsupported_media_type"),
        (exceptions.Throttled(wait=3), 429, "throttled"),
        (exceptions.APIException(), 500, "server_error"),
        (PermissionDenied("SECRET"), 403, "permission_denied"),
        (SuspiciousOperation("SECRET"), 400, "bad_request"),
        (BadRequest("SECRET"), 400, "bad_request"),
        (MultiPartParserError("SECRET"), 400, "bad_request"),
        (ZeroDivisionError("SECRET"), 500, "server_error"),
        (OperationalError("SECRET"), 500, "server_error"),
    ],
)
def test_whatever_is_raised(stranger, monkeypatch, error, status, code):
    fail_with(monkeypatch, error)
    answer = stranger.get(f"{BASE}articles/")
    # REST framework turns a 401 without a scheme to log in by into a 403.
    told = json.loads(answer.content)
    assert answer.status_code == told["status"] == status
    assert told["code"] == code
    assert answer["Content-Type"] == "application/problem+json"
    assert b"SECRET" not in answer.content
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_throttled_says_when_to_come_again(stranger, monkeypatch):
    fail_with(monkeypatch, exceptions.Throttled(wait=3))
    assert stranger.get(f"{BASE}articles/")["Retry-After"] == "3"


def test_an_exception_is_logged_with_its_traceback_and_told_to_who_listens(
    stranger, monkeypatch, caplog
):
    fail_with(monkeypatch, ZeroDivisionError("SECRET"))
    heard = []

    def listen(sender, **kwargs):
        heard.append(kwargs["request"])

    got_request_exception.connect(listen)
    try:
        with caplog.at_level(logging.WARNING, logger="django.request"):
            stranger.get(f"{BASE}articles/")
    finally:
        got_request_exception.disconnect(listen)
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.exc_info[0] is ZeroDivisionError
    assert record.request.path == f"{BASE}articles/"
    assert heard == [record.request]


def test_a_suspicious_request_is_logged_as_django_does(stranger, monkeypatch, caplog):
    fail_with(monkeypatch, SuspiciousOperation("the reason"))
    stranger.get(f"{BASE}articles/")
    (record,) = caplog.records
    assert record.name == "django.security.SuspiciousOperation"
    assert "the reason" in record.getMessage()


def test_developers_get_the_page_they_know(stranger, monkeypatch, settings):
    settings.DEBUG = True
    fail_with(monkeypatch, ZeroDivisionError("the reason"))
    answer = stranger.get(f"{BASE}articles/")
    assert (answer.status_code, b"the reason" in answer.content) == (500, True)


@pytest.mark.django_db(transaction=True)
def test_an_exception_rolls_the_request_back(stranger, monkeypatch):
    from django.db import connection

    connection.settings_dict["ATOMIC_REQUESTS"] = True
    try:

        def write_and_fail(*args, **kwargs):
            make_article("never")
            raise ZeroDivisionError

        monkeypatch.setattr(views, "find_slice", write_and_fail)
        assert stranger.get(f"{BASE}articles/").status_code == 500
        monkeypatch.undo()
        assert get(stranger, "articles/")["results"] == []
    finally:
        connection.settings_dict["ATOMIC_REQUESTS"] = False


def test_more_fields_than_django_takes(stranger):
    query = "&".join(f"a{number}=1" for number in range(1001))
    problem(stranger.get(f"{BASE}articles/?{query}"), 400, "bad_request")


@pytest.mark.parametrize("path", ["articles/0/", "nothing/", "articles/?x=1"])
def test_the_format_of_rest_framework_by_setting(client, settings, path):
    settings.CMS_NEWS = {"ERROR_FORMAT": "drf"}
    answer = client.get(f"{BASE}{path}")
    assert answer["Content-Type"] == "application/json"
    assert set(json.loads(answer.content)) == {"detail"}


def test_the_format_of_rest_framework_leaves_the_unexpected_to_django(
    stranger, monkeypatch, settings
):
    settings.CMS_NEWS = {"ERROR_FORMAT": "drf"}
    fail_with(monkeypatch, ZeroDivisionError("SECRET"))
    answer = stranger.get(f"{BASE}articles/")
    assert (answer.status_code, answer["Content-Type"]) == (500, "text/html; charset=utf-8")


EVERY_KIND_OF_ANSWER = [
    "articles/",
    "articles/0/",
    "articles/?x=1",
    "categories/",
    "tags/slug/no/",
    "sanitizer/",
    "nothing/",
    "articles",
]


@pytest.mark.parametrize("path", EVERY_KIND_OF_ANSWER)
@pytest.mark.parametrize("middleware", [True, False])
def test_headers_of_every_answer(client, settings, path, middleware):
    if not middleware:
        settings.MIDDLEWARE = []
    answer = client.get(f"{BASE}{path}")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Language"] == "en"
    vary = {name.strip().lower() for name in answer["Vary"].split(",")}
    assert "accept" in vary
    assert "cookie" not in vary
    if answer.status_code >= 400:
        assert "accept-language" in vary
    elif not middleware:
        assert vary == {"accept"}


def test_problems_are_told_in_the_language_of_the_reader(client):
    answer = client.get(f"{BASE}articles/?x=1", headers={"accept-language": "zh-hans"})
    assert answer["Content-Language"] == "zh-hans"
    with override("en"):
        assert "unknown" not in json.loads(answer.content)["detail"]


@pytest.mark.parametrize(
    ("lang", "told"), [("zh-Hans", "zh-Hans"), ("", "en"), ("a\r\nX: 1", "en"), ("中文", "en")]
)
def test_an_article_is_served_in_its_own_language(client, lang, told):
    article = make_article(lang=lang)
    assert client.get(f"{BASE}articles/{article.pk}/")["Content-Language"] == told
    answer = client.get(f"{BASE}articles/{article.pk}/?fields=title")
    assert answer["Content-Language"] == told


def test_no_allow_where_nothing_was_refused(client):
    assert "Allow" not in client.get(f"{BASE}articles/").headers
