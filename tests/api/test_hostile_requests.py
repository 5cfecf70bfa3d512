"""No request is answered with a 5xx, and no answer tells of what is hidden."""

import json
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms_news.api.cursors import Cursor, format_cursor, parse_cursor
from cms_news.api.problems import BadParameterError
from cms_news.delivery.selection import Start
from cms_news.models.orders import Place
from tests.builders import DATE, make_article

pytestmark = pytest.mark.django_db

MODEST = settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
NAMES = st.one_of(
    st.sampled_from(["cursor", "page_size", "count", "fields", "q", "author__user", "format"]),
    st.text(max_size=8),
)
VALUES = st.one_of(
    st.text(max_size=30),
    st.integers().map(str),
    st.sampled_from(["a.0.1", "true", "9" * 400, "\0", "1e3", "+1", " 1", "٣"]),
)


def ask(path):
    answer = Client(raise_request_exception=False).get(path)
    assert answer.status_code < 500, (path, answer.content)
    return answer


@MODEST
@given(pairs=st.lists(st.tuples(NAMES, VALUES), max_size=4))
def test_any_query_is_answered(pairs):
    query = urlencode(pairs, errors="replace")
    answer = ask(f"/api/v1/articles/?{query}")
    assert answer.status_code in {200, 400}
    if answer.status_code == 400:
        assert json.loads(answer.content)["code"] == "bad_parameter"


@MODEST
@given(text=st.text(max_size=40))
@pytest.mark.parametrize("kind", ["articles", "categories", "authors", "tags"])
def test_any_slug_is_answered(kind, text):
    escaped = quote(text, safe="", errors="replace")
    assert ask(f"/api/v1/{kind}/slug/{escaped}/").status_code in {200, 404}


@MODEST
@given(junk=st.text(max_size=60))
def test_no_junk_is_a_cursor(junk):
    with pytest.raises(BadParameterError):
        parse_cursor(junk, query="articles")


@MODEST
@given(
    key=st.one_of(st.datetimes(timezones=st.just(DATE.tzinfo)), st.text(max_size=300)),
    row_id=st.integers(min_value=1, max_value=2**63 - 1),
    is_backwards=st.booleans(),
    is_inclusive=st.booleans(),
)
def test_cursors_come_back_as_they_were(key, row_id, is_backwards, is_inclusive):
    cursor = Cursor(Start(Place(key, row_id), is_inclusive=is_inclusive), is_backwards)
    token = format_cursor(cursor, query="q")
    assert parse_cursor(token, query="q") == cursor
    assert quote(token, safe="") == token


def test_cursor_of_another_list_is_refused():
    token = format_cursor(Cursor(Start(Place(DATE, 1))), query="one")
    with pytest.raises(BadParameterError):
        parse_cursor(token, query="other")


@MODEST
@given(position=st.integers(min_value=0, max_value=10_000), character=st.characters())
def test_tampered_cursor_is_refused(position, character):
    token = format_cursor(Cursor(Start(Place(DATE, 1))), query="q")
    position %= len(token)
    tampered = token[:position] + character + token[position + 1 :]
    if tampered != token:
        with pytest.raises(BadParameterError):
            parse_cursor(tampered, query="q")


def test_secrets_of_hidden_articles_are_in_no_answer(client):
    make_article("public", tags=("t",), author="a", categories=(("c",),))
    make_article("TOPSECRET", body="TOPSECRET", excerpt="TOPSECRET", published=False, tags=("t",))
    for path in ["articles/", "categories/", "authors/", "tags/", "articles/slug/topsecret/"]:
        assert b"TOPSECRET" not in client.get(f"/api/v1/{path}").content
