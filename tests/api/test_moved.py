"""A slug that an article had leads to the one it has, for as long as readers may see it."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from cms_news.models import Article
from cms_news.services import save_article
from cms_news.services.trash import trash_articles
from tests.api.asking import get
from tests.builders import make_article, make_data

pytestmark = pytest.mark.django_db


def rename(article, slug):
    return save_article(make_data(article.title, slug=slug), article=article)


def ask(client, slug, query=""):
    return client.get(f"/api/v1/articles/slug/{slug}/{query}")


def test_former_slugs_lead_to_the_one_of_today(client):
    rename(rename(make_article(slug="a"), "b"), "晨报")
    for slug in ("a", "b"):
        answer = ask(client, slug)
        assert answer.status_code == 301
        assert answer["Location"] == "/api/v1/articles/slug/%E6%99%A8%E6%8A%A5/"
        assert answer.content == b""
        assert client.get(answer["Location"]).status_code == 200


def test_the_way_takes_the_query_along_and_is_not_remembered(client):
    rename(make_article(slug="a"), "b")
    answer = ask(client, "a", "?fields=title")
    assert answer["Location"] == "/api/v1/articles/slug/b/?fields=title"
    assert answer["Cache-Control"] == "no-cache"
    assert client.get(answer["Location"]).json() == {"title": "晨报"}


def test_head_leads_there_too(client):
    rename(make_article(slug="a"), "b")
    assert client.head("/api/v1/articles/slug/a/").status_code == 301


def test_back_and_forth(client):
    article = make_article(slug="a")
    for now, then in (("b", "a"), ("a", "b"), ("b", "a")):
        rename(article, now)
        assert ask(client, now).status_code == 200
        assert ask(client, then)["Location"] == f"/api/v1/articles/slug/{now}/"


def test_a_slug_taken_by_a_new_article_belongs_to_it(client):
    rename(make_article("old", slug="a"), "b")
    new = make_article("new", slug="a")
    assert get(client, "articles/slug/a/")["title"] == "new"
    trash_articles(Article.objects.filter(pk=new.pk))
    assert ask(client, "a").status_code == 404
    new.delete()
    assert ask(client, "a").status_code == 404


def test_a_slug_taken_by_a_draft_leads_nowhere(client):
    rename(make_article("old", slug="a"), "b")
    make_article("draft", slug="a", published=False)
    assert ask(client, "a").status_code == 404


def test_a_slug_taken_past_every_door_leads_nowhere(client):
    rename(make_article("old", slug="a"), "b")
    draft = make_article("draft", slug="c", published=False)
    Article.objects.filter(pk=draft.pk).store(slug="a")
    assert ask(client, "a").status_code == 404


@pytest.mark.parametrize("state", ["draft", "scheduled", "expired", "trashed"])
def test_former_slugs_of_hidden_articles_are_the_404_of_what_never_was(client, state):
    article = rename(make_article(slug="a"), "b")
    now = timezone.now()
    hidden = {
        "draft": {"published": False},
        "scheduled": {"date": now + timedelta(days=1)},
        "expired": {"expires_at": now},
        "trashed": {"trashed_at": now},
    }
    Article.objects.filter(pk=article.pk).store(**hidden[state])
    bodies = []
    for slug in ("a", "b", "never"):
        answer = ask(client, slug)
        assert answer.status_code == 404
        bodies.append({**json.loads(answer.content), "instance": ""})
    assert bodies[0] == bodies[1] == bodies[2]


def test_bad_parameters_are_refused_before_anything_is_looked_up(client):
    rename(make_article(slug="a"), "b")
    assert ask(client, "a", "?fields=x").status_code == 400
