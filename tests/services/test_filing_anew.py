"""Moves and merges, at random, against the naive model."""

import json
import os

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms_news.errors import NewsError
from cms_news.models import Author, Category, Tag
from cms_news.services.category_tree import move_categories
from cms_news.services.merging import merge_authors, merge_categories, merge_tags
from tests.builders import make_article
from tests.services.naive_filing import Desk, Refused, check, count_below

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("CMS_NEWS_EXAMPLES", "40"))
NAME = st.sampled_from(["金", "文", "b"])
PATH = st.lists(NAME, min_size=1, max_size=4)
ARTICLE = st.fixed_dictionaries(
    {
        "author": st.sampled_from([None, "甲", "乙", "丙"]),
        "categories": st.lists(PATH.map(tuple), max_size=3, unique=True),
        "tags": st.lists(st.sampled_from(["x", "y", "z", "w"]), max_size=3, unique=True),
    }
)
PICK = st.integers(min_value=0, max_value=30)
STEP = st.tuples(
    st.sampled_from(["move", "move", "root", "categories", "categories", "tags", "authors"]),
    PICK,
    PICK,
    PICK,
)


class Rolled(Exception):  # noqa: N818
    """Ends an example and leaves no trace."""


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    articles=st.lists(ARTICLE, min_size=1, max_size=5), steps=st.lists(STEP, min_size=1, max_size=5)
)
def test_moves_and_merges_leave_what_the_naive_model_says(articles, steps):
    with pytest.raises(Rolled), transaction.atomic():
        for number, values in enumerate(articles):
            make_article(f"n{number}", slug=f"n{number}", **values)
        for step in steps:
            take(step)
        check_served(Desk.read())
        raise Rolled


def take(step):
    desk = Desk.read()
    kind, *picks = step
    try:
        expected = None
        play(desk, kind, picks)
    except Refused as refusal:
        expected, desk = refusal, Desk.read()
    try:
        with transaction.atomic():
            work(kind, picks)
    except NewsError:
        assert expected is not None
    else:
        assert expected is None
    check(desk)


def pick(model, picks):
    """Return three rows, of those there are counted around."""
    rows = list(model.objects.order_by("pk"))
    return [rows[number % len(rows)] for number in picks] if rows else []


def work(kind, picks):
    if kind in {"move", "root"}:
        rows = pick(Category, picks)
        if rows:
            move_categories([rows[0]], rows[1] if kind == "move" else None)
        return
    model, merge = {
        "categories": (Category, merge_categories),
        "tags": (Tag, merge_tags),
        "authors": (Author, merge_authors),
    }[kind]
    rows = pick(model, picks)
    if len({row.pk for row in rows}) > 1:
        merge(rows[1:], into=rows[0])


def play(desk, kind, picks):
    if kind in {"move", "root"}:
        rows = pick(Category, picks)
        if rows:
            desk.move(rows[0].pk, rows[1].pk if kind == "move" else None)
        return
    model = {"categories": Category, "tags": Tag, "authors": Author}[kind]
    rows = pick(model, picks)
    if len({row.pk for row in rows}) > 1:
        sources = sorted({row.pk for row in rows} - {rows[0].pk})
        getattr(desk, f"merge_{kind}")(sources, rows[0].pk)


def check_served(desk):
    """Assert that the API numbers and names what is there."""
    page = json.loads(Client().get("/api/v1/categories/?page_size=100").content)
    served = {item["id"]: item for item in page["results"]}
    for pk in desk.tree:
        number = count_below(desk, pk)
        assert (served[pk]["article_count"] if pk in served else 0) == number
        if number:
            assert served[pk]["path"] == [desk.tree[key][1] for key in desk.lineage(pk)]
