"""A walk along the cursors meets every article that was there all the time exactly once."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms_news.delivery.own_part import current_format
from cms_news.models import Article, ArticleTag, Tag
from cms_news.models.orders import ARTICLE_ORDERS
from cms_news.services.trash import trash_articles
from tests.api.asking import get, refusal, walk
from tests.builders import DATE, make_article

pytestmark = pytest.mark.django_db

LIST = "/api/v1/articles/"


def ids(pages):
    return [card["id"] for page in pages for card in page["results"]]


def last_page(client, url):
    *_others, last = walk(client, url)
    return last


def make_bare(number):
    """Insert many articles quickly, all of one title and timestamp, ready to be served."""
    articles = [
        Article(
            title="same",
            slug=f"s{index}",
            date=DATE,
            published=True,
            policy_fingerprint="x",
            own_card=f'{{"slug":"s{index}"}}',
            own_references="[null,[],[]]",
            own_format=current_format(),
        )
        for index in range(number)
    ]
    Article.objects.insert(articles)
    return articles


@pytest.mark.parametrize("ordering", ["-date", "title", "-updated"])
def test_10_000_articles_on_one_timestamp(client, ordering):
    expected = sorted((article.pk for article in make_bare(10_000)), reverse=ordering[0] == "-")
    url = f"{LIST}?page_size=100&fields=id&ordering={ordering}"
    pages = list(walk(client, url))
    assert ids(pages) == expected
    back = list(walk(client, pages[-1]["previous"], by="previous"))
    assert ids(reversed(back)) == expected[:-100]


def test_10_000_articles_of_one_tag_on_one_timestamp(client):
    articles = make_bare(10_000)
    tags = Tag.objects.bulk_create([Tag(name=name) for name in ("t", "u")])
    ArticleTag.objects.unguarded().bulk_create(
        [
            ArticleTag(content_object=article, tag=tag, date=DATE)
            for article in articles
            for tag in tags
        ]
    )
    expected = sorted((article.pk for article in articles), reverse=True)
    for tag in ("t", "t,u"):
        assert ids(walk(client, f"{LIST}?page_size=100&fields=id&tag={tag}")) == expected


ORDERS = st.sampled_from(list(ARTICLE_ORDERS))
QUERIES = st.sampled_from(["", "&tag=t", "&category=c", "&category=c,d", "&author=a", "&tag=t,u"])
DAYS = st.integers(min_value=-3, max_value=3)
EVENTS = st.one_of(
    st.tuples(st.just("insert"), DAYS),
    st.tuples(st.just("delete"), st.integers(0, 40)),
    st.tuples(st.just("trash"), st.integers(0, 40)),
    st.tuples(st.just("hide"), st.integers(0, 40)),
    st.tuples(st.just("expire"), st.integers(0, 40)),
    st.tuples(st.just("redate"), st.integers(0, 40), DAYS),
    st.tuples(st.just("retitle"), st.integers(0, 40)),
)


def make_one(number, days):
    return make_article(
        f"t{number % 4}",
        slug=f"n{number}",
        date=DATE + timedelta(days=days),
        updated=DATE + timedelta(days=number % 5) if number % 2 else None,
        author="a",
        tags=("t", "u"),
        categories=(("c",), ("d",)),
    )


def disturb(event, moved):
    """Let something happen to the archive, and note in `moved` whom it concerned."""
    kind, *details = event
    if kind == "insert":
        moved.add(make_one(Article.objects.count() + 1000, details[0]).pk)
        return
    articles = list(Article.objects.order_by("pk"))
    chosen = articles[details[0] % len(articles)]
    moved.add(chosen.pk)
    rows = Article.objects.filter(pk=chosen.pk)
    if kind == "delete" and len(articles) > 1:
        chosen.delete()
    elif kind == "trash":
        trash_articles(rows)
    elif kind == "hide":
        rows.update(published=False)
    elif kind == "expire":
        rows.update(expires_at=timezone.now())
    elif kind == "redate":
        rows.update(date=DATE + timedelta(days=details[1]), updated=None)
    elif kind == "retitle":
        rows.update(title=f"t{details[0] % 7}")


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    ordering=ORDERS,
    query=QUERIES,
    days=st.lists(DAYS, min_size=1, max_size=14),
    events=st.lists(st.one_of(st.none(), EVENTS), max_size=14),
    page_size=st.integers(min_value=1, max_value=5),
    goes_back=st.booleans(),
)
def test_a_moving_archive(client, ordering, query, days, events, page_size, goes_back):
    Article.objects.all().delete()
    before = {make_one(number, day).pk for number, day in enumerate(days)}
    url, by = f"{LIST}?page_size={page_size}&fields=id&ordering={ordering}{query}", "next"
    if goes_back:
        # From beyond the end: the last page's own way back, and that page itself.
        last = last_page(client, url)
        shown_first = ids([last])
        url, by = last["previous"], "previous"
    else:
        shown_first = []
    moved: set[int] = set()
    waiting = list(events)
    seen = list(shown_first)
    for page in walk(client, url, by=by):
        seen += ids([page])
        if waiting and (event := waiting.pop(0)):
            disturb(event, moved)
    staying = before - moved
    assert staying <= set(seen)
    counted = [pk for pk in seen if pk in staying]
    assert len(counted) == len(set(counted))
    assert set(seen) <= before | moved


def test_one_can_go_back_from_a_page_that_is_empty_by_now(client):
    articles = [make_article(f"n{number}") for number in range(3)]
    page = get(client, "articles/", page_size="2")
    articles[0].delete()
    empty = client.get(page["next"]).json()
    assert (empty["results"], empty["next"]) == ([], None)
    back = client.get(empty["previous"]).json()
    assert ids([back]) == [articles[2].pk, articles[1].pk]
    assert back["previous"] is None


def test_one_can_go_on_from_a_page_before_the_first_that_is_empty_by_now(client):
    articles = [make_article(f"n{number}") for number in range(3)]
    second = client.get(get(client, "articles/", page_size="1")["next"]).json()
    articles[2].delete()
    empty = client.get(second["previous"]).json()
    assert (empty["results"], empty["previous"]) == ([], None)
    assert ids(walk(client, empty["next"])) == [articles[1].pk, articles[0].pk]


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ({}, {"ordering": "date"}),
        ({}, {"tag": "t"}),
        ({"tag": "t"}, {}),
        ({"tag": "t"}, {"tag": "u"}),
        ({"tag": "t"}, {"category": "t"}),
        ({"category": "t"}, {"category__exact": "t"}),
        ({"date__gt": "2021-01-01"}, {"date__gt": "2021-01-02"}),
        ({"has_headimg": "false"}, {}),
        ({"ordering": "title"}, {"ordering": "-title"}),
    ],
)
def test_a_cursor_is_good_for_its_own_list_alone(client, first, other):
    for number in range(3):
        make_article(f"n{number}", tags=("t", "u"), categories=(("t",),))
    url = get(client, "articles/", page_size="1", **first)["next"]
    (cursor,) = parse_qs(urlsplit(url).query)["cursor"]
    assert get(client, "articles/", cursor=cursor, **first)["results"]
    assert refusal(client, "articles/", cursor=cursor, **other)[:2] == ("cursor", "invalid")
    assert refusal(client, "tags/", cursor=cursor)[:2] == ("cursor", "invalid")


@pytest.mark.parametrize(
    ("first", "same"),
    [
        ({}, {"ordering": "-date", "page_size": "2", "count": "true"}),
        ({"tag": "t,u"}, {"tag": "u,t,u", "fields": "title", "include": "body_html"}),
        ({"date__gt": "2021-12-09T18:00:00Z"}, {"date__gt": "2021-12-10T02:00:00+08:00"}),
        ({"has_headimg": "false"}, {"has_headimg": "0"}),
        ({"id__in": "1,2,3"}, {"id__in": "3,02,1"}),
    ],
)
def test_a_cursor_is_good_for_the_same_list_written_otherwise(client, first, same):
    for number in range(3):
        make_article(f"n{number}", tags=("t", "u"))
    page = get(client, "articles/", page_size="1", **first)
    if page["next"]:
        (cursor,) = parse_qs(urlsplit(page["next"]).query)["cursor"]
        get(client, "articles/", cursor=cursor, **same)


def test_links_are_absolute_and_told_in_the_header_as_well(client):
    for number in range(3):
        make_article(f"n{number}", tags=("t",))
    first = client.get(f"{LIST}?page_size=1&tag=t", headers={"host": "news.example"})
    page = json.loads(first.content)
    assert page["next"].startswith(f"http://news.example{LIST}?")
    assert page["previous"] is None
    assert first["Link"] == f'<{page["next"]}>; rel="next"'
    second = client.get(page["next"], headers={"host": "news.example"})
    page = json.loads(second.content)
    assert second["Link"] == f'<{page["next"]}>; rel="next", <{page["previous"]}>; rel="prev"'


def test_a_list_of_one_page_links_nowhere(client):
    make_article()
    assert "Link" not in client.get(LIST).headers


def test_nothing_breaks_out_of_a_link(client):
    for number in range(3):
        make_article(f"n{number}", lang="en")
    hostile = '?page_size=1&lang=en&count=true%0d%0aX:1%3e;rel="x"'
    assert client.get(f"{LIST}{hostile}").status_code == 400
    answer = client.get(f"{LIST}?page_size=1&lang=en&ordering=-date&fields=id,id")
    assert answer["Link"].count("<") == answer["Link"].count(">") == 1
