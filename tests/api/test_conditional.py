"""What clients and caches may keep, for how long, and what they learn when they ask again."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.http import http_date

from cms_news.delivery.budgets import STATE_ALONE
from cms_news.delivery.state import read_moment
from cms_news.models import Article, Author, Category, Tag
from cms_news.services.trash import trash_articles
from tests.builders import DATE, make_article

pytestmark = pytest.mark.django_db
COMMITTED = pytest.mark.django_db(transaction=True)
"""Within a transaction that has written nobody is told when."""

PUBLIC = "public, max-age=60, stale-while-revalidate=300"
PRIVATE = "private, no-store"


def get(client, path, status=200, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.get(f"/api/v1/{path}", headers=named)
    assert answer.status_code == status, answer.content
    return answer


@pytest.fixture
def article(clock):
    made = make_article(author="a", categories=(("x",),), tags=("t",), slug="a")
    # The first reader of an empty database finds it due.
    read_moment()
    clock.move(seconds=5)
    return made


@pytest.fixture(params=["articles/", "articles/?count=true", "articles/{}/", "articles/slug/a/"])
def path(request, article):
    return request.param.format(article.pk)


@COMMITTED
def test_anonymous_answers_carry_validators_and_a_lifetime(client, path):
    answer = get(client, path)
    assert answer["Cache-Control"] == PUBLIC
    assert answer["ETag"].startswith('W/"')
    # Both writes, the article and its first reader's, were within one second.
    assert answer["Last-Modified"] == "Sun, 01 Jun 2025 12:00:01 GMT"


@pytest.mark.parametrize("name_path", ["categories/", "authors/slug/a/", "tags/"])
def test_names_have_them_too(client, article, name_path):
    tag = get(client, name_path)["ETag"]
    assert get(client, name_path, 304, if_none_match=tag)["Cache-Control"] == PUBLIC


@COMMITTED
@pytest.mark.parametrize("header", ["if_none_match", "if_modified_since"])
def test_not_modified_costs_one_query_and_repeats_the_headers(
    client, path, header, django_assert_num_queries
):
    full = get(client, path)
    asked = full["ETag"] if header == "if_none_match" else full["Last-Modified"]
    with django_assert_num_queries(STATE_ALONE):
        answer = get(client, path, 304, **{header: asked})
    assert answer.content == b""
    assert "Content-Type" not in answer
    for name in ("ETag", "Last-Modified", "Cache-Control"):
        assert answer[name] == full[name]
    assert answer.headers.get("Vary") == full.headers.get("Vary")


@pytest.mark.parametrize("form", ["{}", '"x", {}', 'W/"x",{} , "y"', "{strong}", '"x,y", {}'])
def test_any_of_several_tags_matches_weakly(client, path, form):
    tag = get(client, path)["ETag"]
    get(client, path, 304, if_none_match=form.format(tag, strong=tag.removeprefix("W/")))


@pytest.mark.parametrize("shown", ['"x"', 'W/"x", "y"', "", "x", '"', "W/", "*, *", ",,,"])
def test_other_tags_match_nothing(client, path, shown):
    get(client, path, 200, if_none_match=shown)


def test_any_tag_at_all_matches_what_exists(client, path, article):
    get(client, path, 304, if_none_match="*")
    get(client, "articles/987654/", 404, if_none_match="*")


def test_tag_of_one_address_is_of_no_use_at_another(client, article):
    tag = get(client, "articles/")["ETag"]
    get(client, f"articles/{article.pk}/", 200, if_none_match=tag)
    get(client, "articles/987654/", 404, if_none_match=tag)


@COMMITTED
def test_date_of_today_is_believed_only_of_what_exists(client, path, article, clock):
    today = http_date(clock.move(days=1).timestamp())
    get(client, path, 304, if_modified_since=today)
    clock.move(seconds=1)
    trash_articles(Article.objects.all())
    clock.move(days=1)
    get(client, f"articles/{article.pk}/", 404, if_modified_since=today)
    tomorrow = http_date(clock.move(days=1).timestamp())
    get(client, f"articles/{article.pk}/", 404, if_modified_since=tomorrow)


@pytest.mark.parametrize(
    "since", ["Sun, 01 Jun 2025 11:59:59 GMT", "yesterday", "", "Sun, 99 Jun 2025 12:00:00 GMT"]
)
def test_date_before_the_change_or_of_no_sense(client, path, since):
    get(client, path, 200, if_modified_since=since)


@COMMITTED
def test_tag_counts_where_there_is_a_date_as_well(client, path):
    answer = get(client, path)
    get(client, path, 200, if_none_match='"x"', if_modified_since=answer["Last-Modified"])


@COMMITTED
def test_two_changes_within_a_second_are_told_apart(client, clock, article):
    make_article("one")
    first = get(client, "articles/")
    make_article("two")
    second = get(client, "articles/")
    # The second change is dated a second ahead, and a date ahead is not told.
    assert "Last-Modified" in first
    assert "Last-Modified" not in second
    get(client, "articles/", 200, if_modified_since=first["Last-Modified"])
    clock.move(seconds=2)
    third = get(client, "articles/")
    assert third["ETag"] == second["ETag"]
    assert third["Last-Modified"] > first["Last-Modified"]
    get(client, "articles/", 200, if_modified_since=first["Last-Modified"])


@COMMITTED
def test_head_is_answered_like_get(client, path):
    full, head = get(client, path), client.head(f"/api/v1/{path}")
    assert head.content == b""
    for name in ("ETag", "Last-Modified", "Cache-Control", "Content-Length"):
        assert head[name] == full[name]
    again = client.head(f"/api/v1/{path}", headers={"if-none-match": full["ETag"]})
    assert again.status_code == 304


# Who is anonymous


class RemoteSession:
    """Middleware that knows somebody by other means and begins a session for them."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.session["known"] = True
        return self.get_response(request)


def by_authorization(settings):
    return Client(headers={"authorization": "Bearer x"})


def by_session(settings):
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "x"
    return client


def by_server(settings):
    return Client(REMOTE_USER="somebody")


def by_middleware(settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.RemoteSession"]
    return Client()


@pytest.mark.parametrize("known", [by_authorization, by_session, by_server, by_middleware])
def test_answer_to_somebody_is_kept_by_nobody(client, path, settings, known):
    settings.CMS_NEWS = {"RESPONSE_CACHE": "default"}
    tag = get(client, path)["ETag"]
    answer = get(known(settings), path, 200, if_none_match=tag)
    assert answer["Cache-Control"] == PRIVATE
    assert "ETag" not in answer
    assert "Last-Modified" not in answer


def test_other_cookies_make_nobody_known(client, path):
    client.cookies["_ga"] = "x"
    answer = get(client, path)
    assert answer["Cache-Control"] == PUBLIC
    assert "Cookie" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize(
    ("path", "status", "headers"),
    [
        ("articles/987654/", 404, {}),
        ("categories/slug/no/", 404, {}),
        ("articles/?x=1", 400, {}),
        ("articles/?cursor=x", 400, {}),
        ("articles/", 406, {"accept": "text/csv"}),
    ],
)
def test_errors_are_kept_by_nobody(client, path, status, headers):
    answer = get(client, path, status, **headers)
    assert answer["Cache-Control"] == PRIVATE
    assert "ETag" not in answer


def test_what_is_no_reading_is_kept_by_nobody(client):
    assert client.post("/api/v1/articles/")["Cache-Control"] == PRIVATE
    assert client.options("/api/v1/articles/")["Cache-Control"] == PRIVATE


def test_headers_of_middleware_survive_a_304(client, path, settings):
    settings.MIDDLEWARE = [f"{__name__}.VaryByOrigin", *settings.MIDDLEWARE]
    full = get(client, path)
    assert "Origin" in full["Vary"]
    assert get(client, path, 304, if_none_match=full["ETag"])["Vary"] == full["Vary"]


def test_304_says_nothing_of_the_language_of_what_it_has_not_read(settings):
    settings.MIDDLEWARE = []
    article = make_article("a", lang="zh-Hans")
    client = Client()
    full = get(client, f"articles/{article.pk}/")
    assert full["Content-Language"] == "zh-Hans"
    again = get(client, f"articles/{article.pk}/", 304, if_none_match=full["ETag"])
    assert "Content-Language" not in again


class VaryByOrigin:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response: HttpResponse = self.get_response(request)
        response["Vary"] = ", ".join(filter(None, [response.headers.get("Vary"), "Origin"]))
        return response


# How long


def test_lifetime_by_setting(client, path, settings):
    settings.CMS_NEWS = {"MAX_AGE_SECONDS": 5, "STALE_SECONDS": 0}
    assert get(client, path)["Cache-Control"] == "public, max-age=5"


@pytest.mark.parametrize(
    ("seconds", "lifetime"),
    [
        (0.5, "public, max-age=0"),
        (20.9, "public, max-age=20"),
        (60, "public, max-age=60"),
        (100, "public, max-age=60, stale-while-revalidate=40"),
        (360, PUBLIC),
        (9999, PUBLIC),
    ],
)
@pytest.mark.parametrize("change", ["date", "expires_at"])
def test_nothing_is_kept_beyond_the_next_change_that_is_known(
    client, path, clock, seconds, lifetime, change
):
    make_article("next", **{change: clock.now + timedelta(seconds=seconds)})
    answer = get(client, path)
    assert answer["Cache-Control"] == lifetime
    assert get(client, path, 304, if_none_match=answer["ETag"])["Cache-Control"] == lifetime


def titles(client, **headers):
    return [
        card["title"] for card in json.loads(get(client, "articles/", **headers).content)["results"]
    ]


def test_article_is_seen_from_its_second_to_its_last_though_nothing_is_written(client, clock):
    start = clock.now
    make_article("old")
    article = make_article(
        "new", date=start + timedelta(seconds=10), expires_at=start + timedelta(seconds=20)
    )
    detail = f"articles/{article.pk}/"
    seen, tags = [], []
    for seconds in (0, 9.999, 10, 19.999, 20, 50):
        clock.now = start + timedelta(seconds=seconds)
        answer = get(client, "articles/")
        tags.append(answer["ETag"])
        seen.append("new" in titles(client))
        get(client, detail, 200 if seen[-1] else 404)
    assert seen == [False, False, True, True, False, False]
    assert tags[0] == tags[1] != tags[2] == tags[3] != tags[4] == tags[5] != tags[0]


# What a tag depends on


def rename(model):
    return lambda: model.objects.update(name="renamed")


@pytest.mark.parametrize(
    "write",
    [
        lambda: Article.objects.update(title="new"),
        lambda: make_article("new"),
        lambda: Article.objects.all().delete(),
        rename(Author),
        rename(Category),
        rename(Tag),
    ],
)
def test_tag_changes_with_what_is_written(client, article, write):
    before = get(client, "articles/")["ETag"]
    write()
    get(client, "articles/", 200, if_none_match=before)


@pytest.mark.parametrize(
    "changes",
    [
        {"CMS_NEWS": {"ARTICLE_URL": "/a/{slug}"}},
        {"CMS_NEWS": {"TIMEZONE": "Asia/Tokyo"}},
        {"CMS_NEWS": {"PAGE_SIZE": 1}},
        {"CMS_NEWS": {"POLICY": {"url_schemes": frozenset({"https"})}}},
        {"CMS_NEWS": {"SUMMARY_CHARACTERS": 50}},
        {"SECRET_KEY": "another, which signs other cursors"},
    ],
)
def test_tag_changes_with_settings_that_decide_the_bytes(client, article, settings, changes):
    settings.CMS_NEWS = {}
    before = get(client, "articles/")["ETag"]
    get(client, "articles/", 304, if_none_match=before)
    for name, value in changes.items():
        setattr(settings, name, value)
    get(client, "articles/", 200, if_none_match=before)


def test_tag_changes_with_the_question_but_not_with_the_order_of_its_parameters(client, article):
    paths = ("articles/", "articles/?page_size=1", "articles/?page_size=1&count=true")
    tags = [get(client, path)["ETag"] for path in paths]
    assert len(set(tags)) == 3
    assert get(client, "articles/?count=true&page_size=1")["ETag"] == tags[2]
    other_host = client.get("/api/v1/articles/", headers={"host": "other.example"})
    assert other_host["ETag"] != tags[0]


def test_draft_that_is_new_changes_no_tag(client, article):
    before = get(client, "articles/")["ETag"]
    make_article("draft", published=False)
    get(client, "articles/", 304, if_none_match=before)


def test_articles_of_the_past_change_nothing_by_themselves(client, clock):
    make_article("past", date=DATE, expires_at=datetime(2022, 1, 1, tzinfo=UTC))
    before = get(client, "articles/")["ETag"]
    clock.move(days=900)
    get(client, "articles/", 304, if_none_match=before)
