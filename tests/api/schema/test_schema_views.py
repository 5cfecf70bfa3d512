"""`schema/` and `docs/` as answers of the API: negotiated, kept by caches, refused as all the rest."""

import json
import re

import pytest
import yaml
from django.contrib.staticfiles import finders

from tests.api.schema.contract import BASE

SCHEMA, DOCS = f"{BASE}/schema/", f"{BASE}/docs/"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "told"),
    [
        ("*/*", "application/json"),
        (BROWSER, "application/json"),
        ("application/json", "application/json"),
        ("application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json"),
        ("application/yaml", "application/yaml"),
        ("application/vnd.oai.openapi", "application/vnd.oai.openapi"),
    ],
)
def test_the_schema_comes_in_the_type_that_is_asked_for(client, accept, told):
    answer = client.get(SCHEMA, headers={"accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (200, told)
    assert yaml.safe_load(answer.content)["openapi"] == "3.1.0"


@pytest.mark.parametrize("url", [SCHEMA, DOCS])
def test_they_touch_no_database_and_may_be_kept(client, url):
    # Without the mark of pytest-django every query fails.
    answer = client.get(url)
    assert answer["Cache-Control"] == "public, max-age=60"
    assert {"accept", "accept-language"} <= set(re.split(r",\s*", answer["Vary"].lower()))
    again = client.get(url, headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(url, headers={"if-none-match": "*"}).status_code == 304
    assert client.get(url, headers={"if-none-match": '"x"'}).status_code == 200


@pytest.mark.parametrize("url", [SCHEMA, DOCS])
def test_who_is_somebody_gets_what_nobody_keeps(client, url):
    answer = client.get(url, headers={"authorization": "Bearer x"})
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    assert "ETag" not in answer.headers


@pytest.mark.parametrize("url", [SCHEMA, DOCS])
def test_languages_have_answers_of_their_own(client, url):
    english = client.get(url, headers={"accept-language": "en"})
    chinese = client.get(url, headers={"accept-language": "zh-hans"})
    assert (english["Content-Language"], chinese["Content-Language"]) == ("en", "zh-hans")
    assert "News API" in english.content.decode()
    assert "新闻 API" in chinese.content.decode()
    assert english["ETag"] != chinese["ETag"]


@pytest.mark.parametrize("url", [SCHEMA, DOCS])
@pytest.mark.parametrize(
    ("ask", "status", "code"),
    [
        ({"data": {"lang": "en"}}, 400, "bad_parameter"),
        ({"headers": {"accept": "text/csv"}}, 406, "not_acceptable"),
    ],
)
def test_refusals_are_problem_documents(client, url, ask, status, code):
    answer = client.get(url, **ask)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert json.loads(answer.content)["code"] == code


@pytest.mark.parametrize("accept", ["application/yaml", "application/vnd.oai.openapi"])
def test_a_problem_is_json_whatever_the_document_is(client, accept):
    answer = client.get(SCHEMA, {"x": "1"}, headers={"accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert json.loads(answer.content)["code"] == "bad_parameter"


def test_the_page_loads_what_is_there_and_only_from_here(client):
    page = client.get(DOCS).content.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(sources) >= 5
    for source in sources:
        if source == "../schema/":
            continue
        assert source.startswith("/static/")
        assert finders.find(source.removeprefix("/static/")), source
    assert 'data-schema="../schema/"' in page


def test_the_page_has_nothing_inline(client):
    page = client.get(DOCS).content.decode()
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=|javascript:", page)


@pytest.mark.parametrize("is_developed", [True, False])
def test_without_its_files_the_page_leads_to_the_document(client, settings, is_developed):
    settings.DEBUG = is_developed
    settings.INSTALLED_APPS = [
        name for name in settings.INSTALLED_APPS if name != "drf_spectacular_sidecar"
    ]
    answer = client.get(DOCS, headers={"accept": BROWSER})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    page = answer.content.decode()
    assert re.findall(r'(?:src|href)="([^"]+)"', page) == ["../schema/"]
    # What to install is for those who develop.
    assert ("pip install" in page) is is_developed
