import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from cms_news.delivery.budgets import WARM
from cms_news.models import Article
from tests.builders import DATE, make_article, make_author, make_category

pytestmark = pytest.mark.django_db

CARD_KEYS = set(
    "id slug url title excerpt date updated lang author categories tags headimg thumbnail comments "
    "reading_minutes extra".split()
)
DOCUMENT_KEYS = CARD_KEYS | {"body_html", "permalink", "layout", "source", "seo"}
PROBLEM_KEYS = {"type", "title", "status", "detail", "instance", "code", "errors"}


def get(client, path, status=200, **query):
    answer = client.get(f"/api/v1/{path}", query)
    assert answer.status_code == status, answer.content
    return json.loads(answer.content)


def walk(client, url):
    while url:
        page = json.loads(client.get(url).content)
        yield page
        url = page["next"]


def test_list_shape(client):
    make_article(author="a", categories=(("x", "y"),), tags=("t",))
    page = get(client, "articles/")
    assert set(page) == {"count", "next", "previous", "results"}
    (card,) = page["results"]
    assert set(card) == CARD_KEYS
    assert card["date"] == "2021-12-09T18:14:00Z"
    assert set(card["author"]) == {"id", "name", "slug", "url"}
    assert set(card["categories"][0]) == {"id", "name", "slug", "path"}
    assert card["categories"][0]["path"] == ["x", "y"]
    assert card["tags"] == [{"name": "t", "slug": "t"}]


def test_document_by_id_and_by_slug(client):
    article = make_article("晨报", body="**a**")
    by_id = get(client, f"articles/{article.pk}/")
    assert set(by_id) == DOCUMENT_KEYS
    assert by_id["body_html"].strip() == "<p><strong>a</strong></p>"
    assert get(client, "articles/slug/晨报/") == by_id


def test_document_names_the_source_and_nothing_that_is_for_editors(client):
    article = make_article(
        source_name="<b>新华社</b>", source_url=" https://wire.example/a", license="CC BY 4.0"
    )
    Article.objects.filter(pk=article.pk).update(
        source_path="posts/a.md", source_hash="f" * 64, date_text="Thu, 09 Dec 2021", source="desk"
    )
    answer = client.get(f"/api/v1/articles/{article.pk}/")
    assert json.loads(answer.content)["source"] == {
        "name": "<b>新华社</b>",
        "url": "https://wire.example/a",
        "license": "CC BY 4.0",
        "path": "posts/a.md",
        "markup": "auto",
    }
    for secret in (b"ffff", b"Thu, 09", b"desk"):
        assert secret not in answer.content


@pytest.mark.parametrize("url", ["javascript:alert(1)", "java\nscript:x", "mailto:a@b.example", ""])
def test_address_of_the_source_that_is_not_safe_is_not_served(client, url):
    article = make_article(source_url=url)
    assert get(client, f"articles/{article.pk}/")["source"]["url"] == ""


def test_answers_are_utf8_json_with_readable_chinese(client):
    make_article("晨报")
    answer = client.get("/api/v1/articles/")
    assert answer["Content-Type"] == "application/json"
    assert "晨报".encode() in answer.content


def hidden_articles():
    now = timezone.now()
    trashed = make_article("trashed")
    Article.objects.filter(pk=trashed.pk).store(trashed_at=now)
    return [
        make_article("draft", published=False),
        make_article("scheduled", date=now + timedelta(days=1)),
        make_article("expired", expires_at=now),
        trashed,
    ]


def test_hidden_articles_do_not_exist(client):
    for article in hidden_articles():
        hidden = get(client, f"articles/{article.pk}/", 404)
        absent = get(client, "articles/987654/", 404)
        assert {**hidden, "instance": ""} == {**absent, "instance": ""}
        get(client, f"articles/slug/{article.slug}/", 404)
    assert get(client, "articles/", count="true") == {
        "count": 0,
        "next": None,
        "previous": None,
        "results": [],
    }


def test_numbers_count_public_articles_here_and_below(client):
    for article in hidden_articles():
        article.tags.add("t")
    make_article("one", author="a", categories=(("x", "y"),), tags=("t",))
    make_article("two", author="a", categories=(("x",),), tags=("t", "u"))
    numbers = {row["name"]: row["article_count"] for row in get(client, "categories/")["results"]}
    assert numbers == {"x": 2, "y": 1}
    assert [row["article_count"] for row in get(client, "authors/")["results"]] == [2]
    tags = {row["name"]: row["article_count"] for row in get(client, "tags/")["results"]}
    assert tags == {"t": 2, "u": 1}


def test_category_shape_and_lookups(client):
    leaf = make_category("金融", "资讯")
    make_article(categories=(("金融", "资讯"),))
    row = get(client, f"categories/{leaf.pk}/")
    assert row == {
        "id": leaf.pk,
        "name": "资讯",
        "slug": "资讯",
        "path": ["金融", "资讯"],
        "parent": leaf.parent_id,
        "article_count": 1,
    }
    assert get(client, "categories/slug/资讯/") == row
    assert get(client, "categories/")["results"][1] == row


def test_author_and_tag_lookups(client):
    author = make_author("a", url="https://example.com/", bio="writes")
    make_article("by a", author="a")
    row = get(client, f"authors/{author.pk}/")
    assert row["bio"] == "writes"
    assert get(client, "authors/slug/a/") == row
    make_article(tags=("t",))
    tag = get(client, "tags/slug/t/")
    assert tag["article_count"] == 1
    assert get(client, f"tags/{tag['id']}/") == tag


@pytest.mark.parametrize(
    "path",
    [
        "articles/{}/",
        "categories/{}/",
        "authors/{}/",
        "tags/{}/",
        "articles/slug/no{}/",
        "categories/slug/no{}/",
    ],
)
@pytest.mark.parametrize("value", [0, 987654, 10**30])
def test_absent_things_are_problem_documents(client, path, value):
    problem = get(client, path.format(value), 404)
    assert set(problem) == PROBLEM_KEYS
    assert (problem["status"], problem["code"]) == (404, "not_found")


def test_problem_media_type(client):
    assert client.get("/api/v1/articles/0/")["Content-Type"] == "application/problem+json"


def test_nul_in_a_slug_is_a_404(client):
    assert client.get("/api/v1/articles/slug/a%00b/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_writing_is_not_allowed(client, method):
    answer = getattr(client, method)("/api/v1/articles/", data="{}", content_type="text/plain")
    assert answer.status_code == 405
    assert json.loads(answer.content)["code"] == "method_not_allowed"


def test_unwanted_media_type_is_a_problem(client):
    answer = client.get("/api/v1/articles/", headers={"accept": "text/csv"})
    assert answer.status_code == 406
    assert json.loads(answer.content)["code"] == "not_acceptable"


def test_head_and_options(client):
    assert client.head("/api/v1/articles/").status_code == 200
    answer = client.options("/api/v1/articles/")
    assert (answer.status_code, answer["Allow"]) == (204, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(
    ("query", "param", "code"),
    [
        ({"author__password": "x"}, "author__password", "unknown"),
        ({"q": "x"}, "q", "unknown"),
        ({"page_size": "0"}, "page_size", "out_of_range"),
        ({"page_size": "101"}, "page_size", "out_of_range"),
        ({"page_size": "٣"}, "page_size", "out_of_range"),
        ({"page_size": "-1"}, "page_size", "out_of_range"),
        ({"page_size": "9" * 5000}, "page_size", "out_of_range"),
        ({"page_size": ""}, "page_size", "out_of_range"),
        ({"page_size": ["1", "2"]}, "page_size", "repeated"),
        ({"count": "maybe"}, "count", "invalid"),
        ({"cursor": ""}, "cursor", "invalid"),
        ({"cursor": "a.0.1"}, "cursor", "invalid"),
        ({"cursor": "a.0.1:x"}, "cursor", "invalid"),
        ({"cursor": "\0é"}, "cursor", "invalid"),
    ],
)
def test_bad_parameters_are_refused_by_name(client, query, param, code):
    problem = get(client, "articles/", 400, **query)
    assert problem["code"] == "bad_parameter"
    assert [(error["param"], error["code"]) for error in problem["errors"]] == [(param, code)]


def test_unknown_parameter_is_answered_with_the_known_ones(client):
    problem = get(client, "articles/", 400, sort="date")
    assert "count, cursor, date__gt," in problem["detail"]


def test_drf_error_format_by_setting(client, settings):
    settings.CMS_NEWS = {"ERROR_FORMAT": "drf"}
    assert set(get(client, "articles/0/", 404)) == {"detail"}


def test_count_on_request(client):
    make_article()
    assert get(client, "articles/")["count"] is None
    assert get(client, "articles/", count="true")["count"] == 1


def test_walk_over_ties_finds_each_article_once_forwards_and_backwards(client):
    for number in range(23):
        make_article(f"n{number}", date=DATE + timedelta(days=number // 10))
    pages = list(walk(client, "/api/v1/articles/?page_size=5"))
    seen = [card["id"] for page in pages for card in page["results"]]
    assert seen == list(Article.objects.newest_first().values_list("pk", flat=True))
    assert pages[0]["previous"] is None
    back = []
    url = pages[-1]["previous"]
    while url:
        page = json.loads(client.get(url).content)
        back = [card["id"] for card in page["results"]] + back
        url = page["previous"]
    assert back == seen[: len(back)]
    assert len(back) == 20


def test_walk_survives_inserts_and_deletes(client):
    articles = [make_article(f"n{number}") for number in range(9)]
    staying = {article.pk for article in articles[:6]}
    pages = walk(client, "/api/v1/articles/?page_size=2")
    seen = [card["id"] for card in next(pages)["results"]]
    make_article("newer", date=DATE + timedelta(days=1))
    Article.objects.filter(pk=seen[-1]).delete()
    staying.discard(seen[-1])
    seen += [card["id"] for page in pages for card in page["results"]]
    assert len(seen) == len(set(seen))
    assert staying <= set(seen)


def test_next_keeps_the_page_size_and_the_host(client):
    for number in range(3):
        make_article(f"n{number}")
    following = urlsplit(get(client, "articles/", page_size="1")["next"])
    assert following.path == "/api/v1/articles/"
    assert parse_qs(following.query)["page_size"] == ["1"]


def test_page_size_by_setting(client, settings):
    settings.CMS_NEWS = {"PAGE_SIZE": 2}
    for number in range(3):
        make_article(f"n{number}")
    assert len(get(client, "articles/")["results"]) == 2


@pytest.mark.parametrize("number", [20, 100])
def test_warm_list_costs_two_queries(client, number, django_assert_num_queries):
    for index in range(number + 1):
        make_article(
            f"n{index}",
            author=f"a{index % 3}",
            categories=(("x", f"y{index}"),),
            tags=(f"t{index}",),
        )
    get(client, "articles/", page_size=str(number))
    with django_assert_num_queries(WARM):
        page = get(client, "articles/", page_size=str(number))
    assert len(page["results"]) == number


def test_warm_detail_costs_two_queries(client, django_assert_num_queries):
    article = make_article(author="a", categories=(("x", "y"),), tags=("t",))
    get(client, f"articles/{article.pk}/")
    with django_assert_num_queries(WARM):
        get(client, f"articles/{article.pk}/")


@pytest.mark.parametrize("path", ["categories/", "authors/", "tags/"])
def test_lists_of_names_cost_two_queries(client, path, django_assert_num_queries):
    for index in range(12):
        make_article(
            f"n{index}", author=f"a{index}", categories=((f"x{index}", "y"),), tags=(f"t{index}",)
        )
    get(client, path)
    with django_assert_num_queries(WARM):
        get(client, path)


def test_host_defaults_of_rest_framework_change_nothing(client, settings):
    settings.REST_FRAMEWORK = {
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.BrowsableAPIRenderer"],
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
        "EXCEPTION_HANDLER": "rest_framework.views.exception_handler",
    }
    make_article()
    assert len(get(client, "articles/")["results"]) == 1
    assert get(client, "articles/0/", 404)["code"] == "not_found"
