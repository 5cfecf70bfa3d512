from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms_news.api.dates import parse_span
from cms_news.delivery.budgets import WARM
from tests.api.asking import get, refusal, titles
from tests.builders import DATE, make_article

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")


def make_three():
    make_article("one", author="a", tags=("x",), categories=(("金融", "资讯"),), lang="zh-Hans")
    make_article("two", author="b", tags=("x", "y"), categories=(("金融",),), lang="en")
    make_article("three", author="a", categories=(("体育",),), headimg="https://example.com/a.png")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"category": "金融"}, ["two", "one"]),
        ({"category__exact": "金融"}, ["two"]),
        ({"category": "资讯,体育"}, ["three", "one"]),
        ({"tag": "x"}, ["two", "one"]),
        ({"tag": "x,y"}, ["two", "one"]),
        ({"tag": "y"}, ["two"]),
        ({"author": "a"}, ["three", "one"]),
        ({"author": "a", "tag": "x"}, ["one"]),
        ({"author": "a,b", "category": "金融", "lang": "en"}, ["two"]),
        ({"lang": "en,zh-Hans"}, ["two", "one"]),
        ({"has_headimg": "true"}, ["three"]),
        ({"has_headimg": "0"}, ["two", "one"]),
        ({"slug__in": "one,three,none"}, ["three", "one"]),
        ({"tag": "x", "ordering": "title"}, ["one", "two"]),
    ],
)
def test_filters(client, query, found):
    make_three()
    assert titles(client, **query) == found
    assert get(client, "articles/", count="true", **query)["count"] == len(found)


def test_ids(client):
    ids = [make_article(f"n{number}").pk for number in range(3)]
    assert titles(client, id__in=f"{ids[0]},{ids[2]},{ids[2]},0,{2**63 - 1}") == ["n2", "n0"]


@pytest.mark.parametrize("name", ["category", "category__exact", "tag", "author", "lang"])
def test_unknown_and_hidden_names_find_nothing_alike(client, name):
    make_article("hidden", author="h", tags=("h",), categories=(("h",),), lang="h", published=False)
    hidden, absent = (get(client, "articles/", **{name: slug}) for slug in ("h", "none"))
    assert hidden == absent == {"count": None, "next": None, "previous": None, "results": []}


@pytest.mark.parametrize("ordering", ["-date", "date", "title", "-title", "-updated", "updated"])
def test_orderings(client, ordering):
    make_article("b", date=DATE, updated=DATE + timedelta(days=9))
    make_article("a", date=DATE + timedelta(days=1))
    make_article("c", date=DATE + timedelta(days=2))
    orders = {"date": ["b", "a", "c"], "title": ["a", "b", "c"], "updated": ["a", "c", "b"]}
    expected = orders[ordering.removeprefix("-")]
    assert titles(client, ordering=ordering) == (
        expected[::-1] if ordering.startswith("-") else expected
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"date__gte": "2021-12-09T18:14:00Z"}, ["same", "late"]),
        ({"date__gt": "2021-12-09T18:14:00Z"}, ["late"]),
        ({"date__lte": "2021-12-10T02:14:00+08:00"}, ["early", "same"]),
        ({"date__lt": "2021-12-09t18:14:00.000z"}, ["early"]),
        ({"date__lt": "2021-12-10T02:14:00"}, ["early"]),
        # In Shanghai all three are of the 10th, which begins at 16:00 UTC of the 9th.
        ({"date__gte": "2021-12-10"}, ["early", "same", "late"]),
        ({"date__lte": "2021-12-10"}, ["early", "same", "late"]),
        ({"date__lt": "2021-12-10"}, []),
        ({"date__gt": "2021-12-10"}, []),
        ({"date__lte": "2021-12-09"}, []),
        ({"date__gt": "2021-12-09"}, ["early", "same", "late"]),
        ({"date__gte": "2021-12-10", "date__lt": "2021-12-09T18:14:00Z"}, ["early"]),
        # The ends of the calendar, some of which lie beyond it in UTC.
        ({"date__gte": "0001-01-01", "date__lte": "9999-12-31"}, ["early", "same", "late"]),
        ({"date__gt": "9999-12-31"}, []),
        ({"date__lt": "0001-01-01"}, []),
        ({"date__lt": "9999-12-31T23:59:59-08:00"}, ["early", "same", "late"]),
        ({"date__gt": "0001-01-01T00:00:00+08:00"}, ["early", "same", "late"]),
        ({"date__gte": "2021-12-09T18:14:00Z", "tag": "x"}, ["same", "late"]),
        ({"date__lt": "2021-12-09T18:14:00Z", "tag": "x", "ordering": "title"}, ["early"]),
    ],
)
def test_dates(client, query, found):
    for title, seconds in (("early", -1), ("same", 0), ("late", 1)):
        make_article(title, date=DATE + timedelta(seconds=seconds), tags=("x",))
    assert titles(client, **{"ordering": "date", **query}) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2021",
        "2021-12",
        "2021-13-01",
        "2021-02-30",
        "20211209",
        "2021-12-09T18",
        "2021-12-09T18:14",
        "2021-12-09T18:14Z",
        "2021-12-09 18:14:00Z",
        "2021-12-09T24:00:00Z",
        "2021-12-09T18:14:60Z",
        "2021-12-09T18:14:00+0800",
        "2021-12-09T18:14:00+24:00",
        "2021-12-09T18:14:00+08:60",
        "2021-12-09T18:14:00.Z",
        "2021-W49-4",
        "0000-01-01",
        "２０２１-12-09",
        "yesterday",
        "2021-12-09\n",
        "\0",
    ],
)
def test_what_is_no_date_is_refused(client, text):
    param, code, detail = refusal(client, "articles/", date__gte=text)
    assert (param, code) == ("date__gte", "not_a_date")
    assert text in detail


def test_a_lost_plus_is_explained(client):
    answer = client.get("/api/v1/articles/?date__gte=2021-12-09T18:14:00+08:00")
    assert "%2B" in answer.json()["errors"][0]["detail"]


@given(moment=st.datetimes(timezones=st.timezones()))
def test_what_python_writes_is_read_again(moment):
    text = moment.isoformat()
    if moment.utcoffset() % timedelta(minutes=1):
        return  # offsets with seconds are not RFC 3339
    try:
        expected = moment.astimezone(UTC)
    except OverflowError:
        return
    assert parse_span(text, zone=SHANGHAI) == (expected, expected)


@given(day=st.dates(min_value=datetime(2, 1, 1).date(), max_value=datetime(9998, 1, 1).date()))
def test_a_day_begins_where_the_one_before_ends(day):
    first, end = parse_span(day.isoformat(), zone=SHANGHAI)
    following = parse_span((day + timedelta(days=1)).isoformat(), zone=SHANGHAI)
    assert first < end == following[0]


@given(text=st.text(max_size=30))
def test_any_text_is_a_date_or_none(text):
    try:
        first, end = parse_span(text, zone=SHANGHAI)
    except ValueError:
        return
    assert first <= end


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("tag", "", "invalid"),
        ("tag", "a,,b", "invalid"),
        ("tag", "a b", "invalid"),
        ("tag", "a\0", "invalid"),
        ("author", "%", "invalid"),
        ("category", "a" * 101, "too_long"),
        ("category__exact", ",".join(f"c{n}" for n in range(21)), "too_many"),
        ("slug__in", ",".join(f"c{n}" for n in range(101)), "too_many"),
        ("id__in", ",".join(map(str, range(101))), "too_many"),
        ("id__in", "1,two", "out_of_range"),
        ("id__in", str(2**63), "out_of_range"),
        ("id__in", "9" * 5000, "out_of_range"),
        ("id__in", "-1", "out_of_range"),
        ("id__in", "٣", "out_of_range"),
        ("has_headimg", "maybe", "invalid"),
        ("ordering", "author__password", "unknown"),
        ("ordering", "", "unknown"),
        ("ordering", "-date,title", "unknown"),
    ],
)
def test_values_that_cannot_be_used(client, name, value, code):
    param, found, detail = refusal(client, "articles/", **{name: value})
    assert (param, found) == (name, code)
    assert len(detail) < 200


def test_as_many_values_as_are_allowed(client):
    make_article("x", slug="s", tags=("t",))
    many = ",".join(f"t{number}" for number in range(19))
    assert titles(client, tag=f"t,{many}", author="none,t") == []
    assert titles(client, tag=f"t,{many}") == ["x"]
    assert titles(client, slug__in=",".join(["s", *(f"s{n}" for n in range(99))])) == ["x"]


def test_unknown_ordering_is_answered_with_the_known_ones(client):
    _param, _code, detail = refusal(client, "articles/", ordering="id")
    assert "-date, -title, -updated, date, title, updated" in detail


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"category": "x"},
        {"category__exact": "y"},
        {"tag": "t"},
        {"author": "a"},
        {"lang": "en"},
        {"tag": "t,u"},
        {"category": "x,y", "tag": "t", "author": "a"},
        {"ordering": "title"},
        {"ordering": "-updated", "category": "x"},
        {"date__gte": "2021-01-01", "has_headimg": "false"},
        {"fields": "title"},
        {"include": "body_html"},
    ],
)
@pytest.mark.parametrize("number", [5, 50])
def test_every_warm_list_costs_two_queries(client, query, number, django_assert_max_num_queries):
    for index in range(number + 1):
        make_article(f"n{index}", author="a", categories=(("x", "y"),), tags=("t", "u"), lang="en")
    get(client, "articles/", page_size=str(number), **query)
    with django_assert_max_num_queries(WARM):
        page = get(client, "articles/", page_size=str(number), **query)
    assert len(page["results"]) == number
