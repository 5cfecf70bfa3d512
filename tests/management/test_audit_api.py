"""The audit of queries: that it finds nothing here, and that it finds what is wrong elsewhere."""

import json
from types import ModuleType

import pytest
from django.core.cache import caches
from django.db import connection, connections, router
from django.http import Http404
from django.urls import path

from cms_news.api import name_views, urls, views
from cms_news.api.base import NewsView
from cms_news.api.filters import FILTERS
from cms_news.delivery.budgets import BUDGETS, WARM
from cms_news.management import api_audit, audit_asking, scratch
from cms_news.models import Article, Author
from cms_news.models.orders import ARTICLE_ORDERS
from tests.builders import make_article
from tests.management.test_article_commands import call

pytestmark = pytest.mark.django_db

FEW = ("--articles", "10", "30")
COUNTS = {"cold", "warm", "not_modified", "remembered"}


@pytest.fixture
def few_budgets(monkeypatch):
    """Let only these be asked, so that a test takes no longer than it has to."""
    chosen = ("articles/", "articles/?page_size=100", "authors/", "articles/{article}/")
    budgets = tuple(budget for budget in BUDGETS if budget.address in chosen and not budget.then)
    assert len(budgets) == len(chosen)
    monkeypatch.setattr(api_audit, "BUDGETS", budgets)
    monkeypatch.setattr("cms_news.management.commands.audit_api.find_gaps", list)


def spoil(monkeypatch, view, work):
    """Let `view` do some `work` with what it answers."""
    answer = view.answer

    def answer_and_work(self, asked, moment):
        answered = answer(self, asked, moment)
        work(json.loads(answered.json))
        return answered

    monkeypatch.setattr(view, "answer", answer_and_work)


# What it says of the API


def test_every_question_is_within_its_budget_with_10_100_and_1000_articles():
    out, err = call("audit_api", format="json", verbosity=0)
    *lines, end = map(json.loads, out.splitlines())
    assert err == ""
    assert end == {"summary": {"questions": len(BUDGETS), "failed": 0}, "articles": [10, 100, 1000]}
    assert [line["address"] for line in lines] == [budget.address for budget in BUDGETS]
    for line in lines:
        assert line["faults"] == []
        assert line["queries"].keys() == line["budget"].keys() <= COUNTS
        assert all(len(set(numbers)) == 1 for numbers in line["queries"].values())
        assert len(line["queries"]["warm"]) == 3
    full = [line for line in lines if line["queries"].keys() == COUNTS]
    # What tells of the API itself reads nothing at all.
    reading = [line for line in full if line["budget"]["warm"]]
    assert {name for line in reading for name in line["queries"]["not_modified"]} == {1}
    assert {name for line in reading for name in line["queries"]["remembered"]} == {1}
    assert len(full) == sum(budget.status == 200 for budget in BUDGETS)


def test_table_is_for_people(few_budgets):
    out, _err = call("audit_api", *FEW)
    head, _blank, titles, first, *_rest = out.splitlines()
    assert head.startswith("Queries with 10 / 30 articles")
    assert titles.split() == ["question", "cold", "warm", "304", "cache"]
    assert first.split() == "articles/ 6/6 (6) 2/2 (2) 1/1 (1) 1/1 (1)".split()


def test_progress_is_quiet_when_told_so(few_budgets):
    assert call("audit_api", *FEW, verbosity=0) == ("", "")


# The table


def test_every_endpoint_and_parameter_has_a_budget():
    assert list(api_audit.find_gaps()) == []


def test_table_asks_with_every_filter_and_order_alone():
    addresses = {budget.address for budget in BUDGETS}
    for name in FILTERS:
        assert any(
            address.startswith(f"articles/?{name}=") and "&" not in address for address in addresses
        ), name
    assert {f"articles/?ordering={name}" for name in ARTICLE_ORDERS} <= addresses


def test_each_question_is_asked_once():
    titles = [budget.title for budget in BUDGETS]
    assert len(titles) == len(set(titles))


def test_what_is_found_costs_two_queries_but_for_what_is_known_to_cost_more():
    more = {b.title for b in BUDGETS if b.status == 200 and b.warm > WARM}
    assert {title for title in more if "count=true" not in title} == {
        "categories/{category}/",
        "categories/slug/audited/",
        "categories/?page_size=2 → next",
        "categories/?page_size=2 → next → next → previous",
    }


class NewView(NewsView):
    parameters = frozenset({"q"})


@pytest.fixture
def new_endpoint(monkeypatch):
    module = ModuleType("more_urls")
    module.urlpatterns = [path("new/", NewView.as_view(), name="new"), *urls.urlpatterns]
    monkeypatch.setattr(api_audit, "URLCONF", module)


def test_new_endpoint_needs_a_budget(new_endpoint):
    (gap,) = api_audit.find_gaps()
    assert (gap.budget.address, gap.endpoint) == ("new/", "new")
    assert gap.faults == ["there is no budget for it"]


def test_endpoint_without_a_budget_fails_the_audit(new_endpoint, monkeypatch):
    monkeypatch.setattr(api_audit, "BUDGETS", ())
    _out, err = call("audit_api", "--articles", "10", status=1)
    assert "new/: there is no budget for it" in err


def test_new_parameter_needs_a_budget(monkeypatch):
    parameters = views.ArticleListView.parameters | {"q"}
    monkeypatch.setattr(views.ArticleListView, "parameters", parameters)
    (gap,) = api_audit.find_gaps()
    assert gap.faults == ["no budget asks with q="]


# What it finds


def test_query_for_each_row_fails(few_budgets, monkeypatch):
    def look_at_each(page):
        for card in page["results"]:
            Article.objects.filter(pk=card["id"]).exists()

    spoil(monkeypatch, views.ArticleListView, look_at_each)
    out, err = call("audit_api", *FEW, status=1)
    # 10 articles and then 20, the state again, and the two that are allowed.
    assert "articles/: warm: 23 queries, and 2 are allowed" in err
    assert "articles/: warm: grows with the archive: 13, 23" in err
    assert "articles/?page_size=100: warm: grows with the archive: 13, 33" in err
    assert "2 of 4 questions" in err
    assert "authors/" not in err
    assert "articles/ !" in out


def test_query_for_each_name_fails(few_budgets, monkeypatch):
    def look_at_each(page):
        for row in page["results"]:
            Author.objects.filter(pk=row["id"]).exists()

    spoil(monkeypatch, name_views.AuthorListView, look_at_each)
    _out, err = call("audit_api", *FEW, status=1)
    assert "authors/: warm: grows with the archive" in err


def test_query_that_only_the_first_reader_pays_for_fails(few_budgets, monkeypatch):
    seen = set()

    def look_once(page):
        text = json.dumps(page)
        if text not in seen:
            seen.add(text)
            Article.objects.exists()

    spoil(monkeypatch, views.ArticleView, look_once)
    _out, err = call("audit_api", *FEW, format="json", status=1)
    assert "articles/{article}/: cold: 7 queries, and 6 are allowed" in err
    assert "articles/{article}/: warm" not in err


def test_one_query_more_fails_though_it_does_not_grow(few_budgets, monkeypatch):
    spoil(monkeypatch, views.ArticleView, lambda document: Article.objects.exists())
    out, err = call("audit_api", *FEW, format="json", status=1)
    assert "articles/{article}/: warm: 4 queries, and 2 are allowed" in err
    assert "grows" not in err
    (line,) = [line for line in map(json.loads, out.splitlines()) if line.get("faults")]
    assert line["queries"]["warm"] == [4, 4]


def test_answer_of_another_status_fails(few_budgets, monkeypatch):
    def hide(page):
        raise Http404

    spoil(monkeypatch, views.ArticleView, hide)
    _out, err = call("audit_api", *FEW, status=1)
    assert "articles/{article}/: answered with 404, not 200" in err


def test_list_without_a_second_page_fails(monkeypatch):
    chosen = tuple(budget for budget in BUDGETS if budget.then)[:1]
    monkeypatch.setattr(api_audit, "BUDGETS", chosen)
    monkeypatch.setattr(audit_asking, "ask", lambda address: NoPage())
    _out, err = call("audit_api", *FEW, status=1)
    assert "next: there is no such page" in err


class NoPage:
    content = b"{}"


@pytest.mark.parametrize("sizes", [[9], [100, 10], [10, 10], [10, 100_001], [-1, 10]])
def test_sizes_that_can_t_be_used(sizes):
    _out, err = call("audit_api", articles=sizes, status=2)
    assert "--articles: write numbers" in err


# What it leaves alone


def test_nothing_of_the_project_is_touched(few_budgets, settings, client):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "own"}
    }
    settings.CMS_NEWS = {"RESPONSE_CACHE": "default"}
    settings.ALLOWED_HOSTS = []
    settings.DEBUG = False
    make_article("mine")
    client.get("/api/v1/articles/", headers={"host": "testserver"})
    before = dict(caches["default"]._cache)
    connected = connections["default"]
    call("audit_api", *FEW)
    assert connections["default"] is connected
    assert caches["default"]._cache == before
    assert [article.title for article in Article.objects.all()] == ["mine"]


class StrangeRouter:
    def db_for_read(self, model, **hints):
        raise AssertionError("a router was asked")

    db_for_write = db_for_read


def test_routers_are_not_asked(few_budgets, monkeypatch):
    strange = [StrangeRouter()]
    monkeypatch.setattr(router, "routers", strange)
    call("audit_api", *FEW)
    assert router.routers is strange


def test_archive_is_in_a_database_of_the_same_kind():
    vendor, name = connection.vendor, connection.settings_dict["NAME"]
    with scratch.scratch_database(is_of_same_kind=True):
        assert connection.vendor == vendor
        assert not Article.objects.exists()
        if vendor == "postgresql":
            assert connection.settings_dict["NAME"] == name
        else:
            assert connection.settings_dict["NAME"] != name


def test_pooler_that_loses_the_search_path_is_refused(few_budgets, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no search path")
    monkeypatch.setattr(scratch, "_temporary", lambda former: former)
    _out, err = call("audit_api", *FEW, status=2)
    assert "no scratch database can be made" in err
    assert "pooler" in err
