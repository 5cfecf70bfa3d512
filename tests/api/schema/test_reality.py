"""What the document tells is what is served, and the other way round."""

import json
from uuid import uuid4

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client

from cms_news.api.base import NewsView
from cms_news.api.throttling import NewsThrottle
from cms_news.delivery.state import read_moment
from cms_news.models import Article
from tests.api.schema.contract import (
    BASE,
    breaches,
    every_answer,
    hold,
    operation,
    resolve,
    response_of,
    shipped_document,
    strict,
    without_choice,
)
from tests.builders import make_article

pytestmark = pytest.mark.django_db
COMMITTED = pytest.mark.django_db(transaction=True)
"""Within a transaction that has written nobody is told when."""


@pytest.fixture
def newsroom(settings, clock):
    """Articles with everything that a served shape has, and with nothing of it; no middleware but the API's own."""
    settings.MIDDLEWARE = []
    full = make_article(
        "晨报",
        slug="晨报",
        body="**a** & <b>b</b>",
        author="记者站",
        categories=(("财经", "快讯"),),
        tags=("港口", "b"),
        headimg="https://pictures.example/a.jpg",
        thumbnail="/media/b.png",
        lang="zh-Hans",
        excerpt="<p>x</p>",
        layout="post",
        permalink="/2021/a/",
        source_name="晨报社",
        source_url="https://wire.example/a",
        license="CC BY 4.0",
        extra={"description": "d", "deep": [{"a": None}, 1.5]},
    )
    Article.objects.filter(pk=full.pk).update(updated=full.date)
    renamed = make_article("b", slug="old")
    renamed.slug = "new"
    renamed.save()
    for number in range(3):
        make_article(f"plain {number}")
    # The first reader finds the state due; each write has taken a second of its own.
    read_moment()
    clock.move(seconds=60)
    return full


@pytest.fixture
def address_of(newsroom):
    """Return what fills in a path of the document so that something is there."""
    category = newsroom.categories[0]
    rows = {
        "articles": newsroom,
        "categories": category,
        "authors": newsroom.author,
        "tags": newsroom.tags.first(),
    }

    def fill(path, **values):
        row = rows.get(path.split("/")[1])
        found = {"id": row.pk, "slug": row.slug, **values} if row else {}
        return BASE + path.format(**found)

    return fill


def throttle(monkeypatch):
    """Let a client ask once a minute."""
    monkeypatch.setattr(NewsThrottle, "get_rate", lambda self: "1/min")
    monkeypatch.setattr(NewsThrottle, "cache", LocMemCache(str(uuid4()), {}))


def ask_for(status, path, address_of, monkeypatch):
    """Return the answer to a request that has to be answered with that status."""
    client = Client(raise_request_exception=False)
    address = address_of(path)
    match status:
        case 200:
            return client.get(address)
        case 301:
            return client.get(address_of(path, slug="old"))
        case 304:
            tag = client.get(address)["ETag"]
            return client.get(address, headers={"if-none-match": tag})
        case 400:
            return client.get(address, {"no such": "parameter"})
        case 404:
            return client.get(address_of(path, id=987654, slug="nothing"))
        case 406:
            return client.get(address, headers={"accept": "text/csv"})
        case 429:
            throttle(monkeypatch)
            client.get(address)
            return client.get(address)
        case 500:
            monkeypatch.setattr(NewsView, "perform_authentication", lambda *args: 1 / 0)
            return client.get(address)


@pytest.mark.parametrize(("path", "status"), every_answer(shipped_document()))
def test_every_answer_that_is_told_of_is_given(address_of, monkeypatch, path, status):
    answer = ask_for(status, path, address_of, monkeypatch)
    hold(without_choice(shipped_document()), path, status, answer)


@pytest.mark.parametrize("path", shipped_document()["paths"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
def test_the_answer_to_other_methods_is_told_of(address_of, path, method):
    answer = getattr(Client(), method)(address_of(path))
    document = json.loads(json.dumps(shipped_document()))
    told = document["components"]["responses"]["MethodNotAllowed"]
    operation(document, path)["responses"]["405"] = told
    hold(document, path, 405, answer)


@pytest.mark.parametrize("path", shipped_document()["paths"])
@pytest.mark.parametrize("query", [{}, {"x": "1"}])
def test_head_has_the_headers_of_get(address_of, path, query):
    client = Client()
    read, headed = client.get(address_of(path), query), client.head(address_of(path), query)
    assert (headed.status_code, headed.content) == (read.status_code, b"")
    assert dict(headed.items()) == dict(read.items())


@COMMITTED
def test_every_header_that_is_told_of_is_sent(address_of, monkeypatch):
    document, unsent = shipped_document(), {}
    for path, status in every_answer(document):
        with monkeypatch.context() as patch:
            sent = set(ask_for(status, path, address_of, patch).headers)
        unsent[path, status] = set(response_of(document, path, status)["headers"]) - sent
    # There are too few categories for two pages, and the schema, whose 304 is that of all, has no date.
    assert {place: names for place, names in unsent.items() if names} == {
        ("/categories/", 200): {"Link"},
        ("/authors/", 200): {"Link"},
        ("/tags/", 200): {"Link"},
        ("/articles/", 200): {"Link"},
        ("/schema/", 304): {"Last-Modified"},
    }


def test_pages_are_linked(newsroom):
    for path in ("/categories/", "/tags/", "/articles/"):
        answer = Client().get(f"{BASE}{path}", {"page_size": 1})
        hold(without_choice(shipped_document()), path, 200, answer)
        assert "Link" in answer.headers


LIST_QUERIES = [
    {"count": "true"},
    {"page_size": "2"},
    {"page_size": "1", "ordering": "title"},
    {"include": "body_html"},
    {"category": "财经", "has_headimg": "true"},
    {"slug__in": "nothing"},
    {"date__gte": "2021-01-01", "date__lt": "2022-01-01T00:00:00Z"},
]


@pytest.mark.parametrize("query", LIST_QUERIES, ids=str)
def test_lists_have_their_shape(newsroom, query):
    answer = Client().get(f"{BASE}/articles/", query)
    hold(without_choice(shipped_document()), "/articles/", 200, answer)


@pytest.mark.parametrize("path", ["/articles/", "/categories/", "/tags/", "/authors/"])
def test_all_pages_have_their_shape(newsroom, path):
    url, pages = f"{BASE}{path}?page_size=1&count=true", 0
    while url:
        answer = Client().get(url)
        hold(without_choice(shipped_document()), path, 200, answer)
        url, pages = json.loads(answer.content)["next"], pages + 1
    assert pages == json.loads(answer.content)["count"] >= 1


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/articles/", {"fields": "title,slug"}),
        ("/articles/", {"fields": "-extra,-id"}),
        ("/articles/", {"fields": "title", "include": "body_html"}),
        ("/articles/{id}/", {"fields": "body_html,seo"}),
        ("/articles/slug/{slug}/", {"fields": "-body_html"}),
    ],
    ids=str,
)
def test_cut_objects_have_their_shape(address_of, path, query):
    answer = Client().get(address_of(path), query)
    hold(shipped_document(), path, 200, answer)
    content = response_of(shipped_document(), path, 200)["content"]["application/json"]
    found = breaches(strict(without_choice(shipped_document())), content["schema"], answer.json())
    assert found, "a cut object is no whole one"


def values_for(name, schema):
    """Return texts for a parameter: every value that its schema names, or the ends of its range."""
    examples = {"category": ["a"], "lang": ["zh-Hans", "fr"]}
    match schema:
        case {"anyOf": kinds}:
            return [text for kind in kinds for text in values_for(name, kind)]
        case {"enum": values}:
            return values
        case {"type": "array", "items": items}:
            return values_for(name, items)
        case {"format": "date"}:
            return ["2021-12-09", "0001-01-01", "9999-12-31"]
        case {"format": "date-time"}:
            return ["2021-12-09T18:14:00+08:00"]
        case {"type": "integer"}:
            return [str(schema["minimum"]), str(schema["maximum"])]
        case {"type": "boolean"}:
            return ["true", "false"]
    return examples.get(name, ["a", "晨报"])


def everything_that_can_be_asked(path):
    """Yield queries with every value that the document offers, alone, and with all that go together."""
    for item in operation(shipped_document(), path)["parameters"]:
        parameter = resolve(shipped_document(), item)
        name, schema = parameter["name"], parameter["schema"]
        if parameter["in"] != "query" or name == "cursor":
            continue
        values = values_for(name, schema)
        yield from ({name: value} for value in values)
        if schema.get("type") == "array":
            groups = (
                [value for value in values if (value[0] == "-") is sign] for sign in (True, False)
            )
            yield from ({name: ",".join(group)} for group in groups if group)


@pytest.mark.parametrize("path", shipped_document()["paths"])
def test_all_that_the_document_offers_is_taken(address_of, path):
    for query in everything_that_can_be_asked(path):
        answer = Client().get(address_of(path), query)
        hold(shipped_document(), path, 200, answer)


@pytest.mark.parametrize("path", ["/articles/", "/articles/{id}/"])
def test_what_cookies_come_with_is_told_of(address_of, path, settings):
    answer = Client(headers={"cookie": f"{settings.SESSION_COOKIE_NAME}=x"}).get(address_of(path))
    hold(without_choice(shipped_document()), path, 200, answer)
    assert "ETag" not in answer.headers


def test_refused_parameters_have_their_shape(newsroom):
    refused = [
        {"page_size": "0"},
        {"cursor": "x"},
        {"date__gte": "soon"},
        {"fields": "a"},
        {"fields": "id,-slug"},
        {"tag": "a" * 101},
        {"tag": ",".join("abcdefghijklmnopqrstuvwxyz")},
        {"count": "maybe"},
    ]
    for query in refused:
        hold(shipped_document(), "/articles/", 400, Client().get(f"{BASE}/articles/", query))
