"""Lists of categories, authors and tags: in pages, and of those alone that have something to show."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from cms_news.content.policy import DEFAULT_POLICY, Policy
from cms_news.delivery.budgets import WARM
from cms_news.models import Article, ArticleTag, Author, Category, Tag
from cms_news.services.trash import trash_articles
from tests.api.asking import BASE, get, refusal, walk
from tests.builders import DATE, make_article, make_author, make_category

pytestmark = pytest.mark.django_db

KINDS = ["categories", "authors", "tags"]


def make_named(name, **values):
    return make_article(name, author=name, tags=(name,), categories=((name,),), **values)


def hide(state, article):
    now = timezone.now()
    hidden = {
        "draft": {"published": False},
        "scheduled": {"date": now + timedelta(days=1)},
        "expired": {"expires_at": now},
    }
    if state == "trashed":
        trash_articles(Article.objects.filter(pk=article.pk))
    else:
        Article.objects.filter(pk=article.pk).update(**hidden[state])


@pytest.mark.parametrize("kind", KINDS)
def test_walk_over_names_in_both_directions(client, kind):
    names = [f"n{number:02}" for number in range(23)]
    for name in names:
        make_named(name)
    pages = list(walk(client, f"{BASE}{kind}/?page_size=5"))
    assert [row["name"] for page in pages for row in page["results"]] == names
    assert [len(page["results"]) for page in pages] == [5, 5, 5, 5, 3]
    back = list(walk(client, pages[-1]["previous"], by="previous"))
    assert [row["name"] for page in reversed(back) for row in page["results"]] == names[:20]
    assert pages[0]["previous"] is None
    assert {page["count"] for page in pages} == {None}


@pytest.mark.parametrize("kind", KINDS)
def test_walk_survives_what_comes_and_goes(client, kind):
    for number in range(8):
        make_named(f"n{number}")
    pages = walk(client, f"{BASE}{kind}/?page_size=2")
    seen = [row["name"] for row in next(pages)["results"]]
    hide("draft", Article.objects.get(title="n1"))
    hide("draft", Article.objects.get(title="n4"))
    make_named("n0a")
    make_named("n5a")
    seen += [row["name"] for page in pages for row in page["results"]]
    expected = ["n0", "n1", "n2", "n3", "n5", "n5a", "n6", "n7"]
    if kind == "categories":  # which are in the order of the tree: what is new comes last
        expected = ["n0", "n1", "n2", "n3", "n5", "n6", "n7", "n0a", "n5a"]
    assert seen == expected


@pytest.mark.parametrize("kind", KINDS)
def test_count_and_page_size(client, kind):
    for number in range(3):
        make_named(f"n{number}")
    page = get(client, f"{kind}/", count="true", page_size="2")
    assert (page["count"], len(page["results"])) == (3, 2)
    assert refusal(client, f"{kind}/", page_size="101")[:2] == ("page_size", "out_of_range")
    assert refusal(client, f"{kind}/", tag="x")[:2] == ("tag", "unknown")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", ["draft", "scheduled", "expired", "trashed"])
def test_names_of_nothing_but_hidden_articles_do_not_exist(client, kind, state):
    make_named("shown")
    hide(state, make_named("hidden"))
    listing = get(client, f"{kind}/", count="true")
    assert [row["name"] for row in listing["results"]] == ["shown"]
    assert listing["count"] == 1
    model = {"categories": Category, "authors": Author, "tags": Tag}[kind]
    for key in (f"slug/{'hidden'}", model.objects.get(slug="hidden").pk):
        hidden = get(client, f"{kind}/{key}/", 404)
        absent = get(client, f"{kind}/987654/", 404)
        assert {**hidden, "instance": ""} == {**absent, "instance": ""}


def test_names_without_any_article_do_not_exist(client):
    make_author("nobody")
    make_category("nothing")
    Tag.objects.create(name="nowhere")
    for kind in KINDS:
        assert get(client, f"{kind}/")["results"] == []


def test_a_category_shows_what_lies_below_it(client):
    make_article(categories=(("a", "b", "c"),))
    make_category("a", "empty")
    rows = get(client, "categories/")["results"]
    assert [row["path"] for row in rows] == [["a"], ["a", "b"], ["a", "b", "c"]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_of_names_costs_the_same_however_many_there_are(
    client, kind, django_assert_max_num_queries
):
    for number in range(30):
        make_named(f"n{number}")
    # Told and counted once; what is written in a test's transaction is told by its first reader.
    get(client, f"{kind}/")
    with django_assert_max_num_queries(WARM):
        assert len(get(client, f"{kind}/")["results"]) == 20
    with django_assert_max_num_queries(3):
        get(client, f"{kind}/slug/n1/")


def test_many_tags(client):
    article = make_article()
    tags = Tag.objects.bulk_create([Tag(name=f"t{n:04}", slug=f"t{n}") for n in range(3000)])
    links = [ArticleTag(content_object=article, tag=tag, date=DATE) for tag in tags]
    ArticleTag.objects.unguarded().bulk_create(links)
    pages = list(walk(client, f"{BASE}tags/?page_size=100"))
    assert len(pages) == 30
    assert len({row["id"] for page in pages for row in page["results"]}) == 3000


def test_the_policy_in_force(client, settings):
    told = get(client, "sanitizer/")
    assert told == json.loads(
        json.dumps({"fingerprint": DEFAULT_POLICY.fingerprint, **DEFAULT_POLICY.as_dict()})
    )
    settings.CMS_NEWS = {"POLICY": {"tags": ["p"]}, "SANITIZER": "nh3"}
    changed = get(client, "sanitizer/")
    assert (changed["tags"], changed["engine"]) == (["p"], "nh3")
    assert changed["fingerprint"] == Policy(tags=["p"], engine="nh3").fingerprint
