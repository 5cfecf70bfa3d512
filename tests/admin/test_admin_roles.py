"""Every role, every action, every state, own and other articles, of the own desk and of another one."""

from datetime import timedelta
from itertools import product

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cms_news.models import Article, Category
from cms_news.services import Cause, save_article
from cms_news.services.access import ArticleAccess
from cms_news.services.roles import setup_roles
from cms_news.services.trash import trash_articles
from tests.admin.submitting import read_form
from tests.builders import make_article, make_category, make_data, make_editor

pytestmark = pytest.mark.django_db

STATES = ("draft", "scheduled", "public", "expired", "trashed draft", "trashed")
DESKS = ("none", "own", "below own", "other", "below other", "own and other")
PLACES = {
    "none": (("闲",),),
    "own": (("体育",),),
    "below own": (("体育", "足球"),),
    "other": (("财经",),),
    "below other": (("财经", "股市"),),
    "own and other": (("财经", "股市"), ("体育", "足球")),
}
ALIVE = {"draft", "scheduled", "public", "expired"}
TRASHED = {"trashed draft", "trashed"}
MOVES = {
    "publish": ALIVE - {"public"},
    "schedule": ALIVE,
    "make_draft": ALIVE - {"draft"},
    "move_to_trash": ALIVE,
    "take_out_of_trash": TRASHED,
    "delete_for_good": TRASHED,
    "export_as_files": set(),
}
"""Which states an action changes, whoever does it."""
PAGES = {
    "publish": "publish",
    "schedule": "schedule",
    "make_draft": "draft",
    "move_to_trash": "trash",
    "take_out_of_trash": "restore",
}
WRITES = {"publish", "schedule", "make_draft", "move_to_trash", "take_out_of_trash"}
MAY = {
    "Contributor": set(),
    "Editor": set(),
    "Publisher": WRITES,
    "Importer": set(),
    "Administrator": WRITES | {"delete_for_good"},
}
CHANGES = {"Contributor", "Editor", "Publisher", "Administrator"}


def is_reachable(role, key):
    """Whether the role may write that article, by what the README says."""
    state, owner, desk = key
    if role == "Contributor" and (owner != "own" or state not in {"draft", "trashed draft"}):
        return False
    return role == "Administrator" or desk not in {"other", "below other"}


def make_state(article, state):
    now = timezone.now()
    values = {
        "draft": {"published": False},
        "scheduled": {"date": now + timedelta(days=2)},
        "public": {},
        "expired": {"expires_at": now - timedelta(days=1)},
        "trashed draft": {"published": False},
        "trashed": {},
    }[state]
    Article.objects.filter(pk=article.pk).update(**values)
    if state in TRASHED:
        trash_articles(Article.objects.filter(pk=article.pk))


@pytest.fixture
def newsroom(client):
    """Return a maker of a user in a role, who belongs to the desk of sports, and of all articles."""
    list(setup_roles())
    sports, money = (Group.objects.create(name=name) for name in ("sports", "money"))
    make_category("体育").desk_groups.add(sports)
    make_category("财经").desk_groups.add(money)

    def make(role):
        user = make_editor(role, permissions=("view_article",), sees_others=False)
        user.user_permissions.clear()
        user.groups.set([Group.objects.get(name=role), sports])
        client.force_login(user)
        articles = {}
        for number, key in enumerate(product(STATES, ("own", "other"), DESKS)):
            state, owner, desk = key
            article = make_article(" ".join(key), slug=f"n{number}", categories=PLACES[desk])
            make_state(article, state)
            articles[key] = article.pk
            if owner == "own":
                Article.objects.filter(pk=article.pk).update(created_by=user)
        return articles

    return make


def versions():
    return dict(Article.objects.values_list("pk", "version"))


def changed(articles, before):
    after = versions()
    return {key for key, pk in articles.items() if after.get(pk) != before[pk]}


def typed_moment():
    return (timezone.localtime() + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M")


def expected(role, action):
    if action not in MAY[role]:
        return set()
    return {
        key
        for key in product(STATES, ("own", "other"), DESKS)
        if key[0] in MOVES[action] and is_reachable(role, key)
    }


@pytest.mark.parametrize(("role", "action"), list(product(MAY, MOVES)))
def test_actions_of_the_list(client, newsroom, role, action):
    articles = newsroom(role)
    before = versions()
    url = reverse("admin:cms_news_article_changelist")
    if MOVES[action] == TRASHED:
        url += "?state=trashed"
    chosen = {"_selected_action": list(articles.values()), "action": action}
    page = client.post(url, {**chosen, "apply": "1", "moment": typed_moment()})
    assert page.status_code in {200, 302}
    if page.streaming:
        b"".join(page)  # by which its file is closed
    assert changed(articles, before) == expected(role, action)


@pytest.mark.parametrize(("role", "action"), list(product(MAY, PAGES)))
def test_buttons_of_the_form(client, newsroom, role, action):
    articles = newsroom(role)
    before = versions()
    for pk in articles.values():
        url = reverse(f"admin:cms_news_article_{PAGES[action]}", args=[pk])
        answer = client.post(url, {"version": before[pk], "moment": typed_moment()})
        assert answer.status_code in {200, 302, 403, 404}
    assert changed(articles, before) == expected(role, action)


@pytest.mark.parametrize("role", MAY)
def test_forms_are_open_to_those_who_may_write(client, newsroom, role):
    articles = newsroom(role)
    before = versions()
    listed = set()
    for state in ("", "trashed"):
        page = client.get(
            reverse("admin:cms_news_article_changelist"), {"state": state} if state else {}
        )
        listed |= {row.pk for row in page.context["cl"].queryset}
    seen = set()
    for key, pk in articles.items():
        url = reverse("admin:cms_news_article_change", args=[pk])
        page = client.get(url)
        if page.status_code != 200:
            continue
        seen.add(pk)
        has_form = b'name="title"' in page.content
        assert has_form == (role in CHANGES and is_reachable(role, key))
        values = read_form(page, "article_form") if has_form else {"title": "x"}
        answer = client.post(url, {**values, "title": "neu"})
        assert answer.status_code == (302 if has_form else 403)
        history = reverse("admin:cms_news_article_history", args=[pk])
        assert client.get(history).status_code == 200
    visible = {pk for key, pk in articles.items() if role != "Contributor" or key[1] == "own"}
    assert seen == listed == visible
    assert changed(articles, before) == {
        key for key in articles if role in CHANGES and is_reachable(role, key)
    }


def test_hidden_articles_are_neither_counted_nor_exported_nor_previewed(client, newsroom):
    articles = newsroom("Contributor")
    page = client.get(reverse("admin:cms_news_category_changelist"))
    numbers = {row.name: row.article_count for row in page.context["cl"].result_list}
    assert numbers["闲"] == sum(
        key[1] == "own" and key[2] == "none" and key[0] in ALIVE for key in articles
    )
    hidden = [pk for key, pk in articles.items() if key[1] == "other"]
    for name in ("preview", "history"):
        url = reverse(f"admin:cms_news_article_{name}", args=[hidden[0]])
        assert client.get(url).status_code in {302, 404}
    url = reverse("admin:cms_news_article_changelist")
    page = client.post(url, {"_selected_action": hidden, "action": "export_as_files"})
    assert b"other" not in b"".join(page)


def test_refused_ones_are_named_and_cost_only_themselves(client, newsroom):
    articles = newsroom("Publisher")
    chosen = [articles["public", "own", "other"], articles["public", "own", "own"]]
    url = reverse("admin:cms_news_article_changelist")
    answer = client.post(url, {"_selected_action": chosen, "action": "make_draft"}, follow=True)
    told = [str(message) for message in answer.context["messages"]]
    assert "“public own other”: You may not change it" in told[0]
    assert "“public own own” is a draft now" in told[1]


@pytest.mark.parametrize(
    ("path", "is_open"),
    [(("体育", "足球"), True), (("闲",), True), (("财经", "股市"), False), (("财经",), False)],
)
def test_nobody_files_under_the_desk_of_others(client, newsroom, path, is_open):
    newsroom("Editor")
    form = read_form(client.get(reverse("admin:cms_news_article_add")), "article_form")
    values = {**form, "title": "neu", "categories": [make_category(*path).pk]}
    answer = client.post(reverse("admin:cms_news_article_add"), values)
    assert Article.objects.filter(title="neu").exists() == is_open
    if not is_open:
        assert "do not belong to the desk of: 财经" in answer.content.decode()


def test_article_that_is_under_another_desk_as_well_stays_there(client, newsroom):
    articles = newsroom("Editor")
    pk = articles["draft", "other", "own and other"]
    url = reverse("admin:cms_news_article_change", args=[pk])
    form = read_form(client.get(url), "article_form")
    client.post(url, {**form, "title": "neu"})
    article = Article.objects.get(pk=pk)
    assert (article.title, len(article.categories)) == ("neu", 2)


def test_article_belongs_to_who_made_it(client, newsroom):
    newsroom("Contributor")
    form = read_form(client.get(reverse("admin:cms_news_article_add")), "article_form")
    client.post(reverse("admin:cms_news_article_add"), {**form, "title": "neu"})
    article = Article.objects.get(title="neu")
    assert article.created_by.username == "Contributor"
    assert not article.published


def test_nothing_is_lost_when_who_made_it_is_deleted():
    user = make_editor("gone")
    article = save_article(make_data(), cause=Cause(user=user))
    assert article.created_by == user
    user.delete()
    stored = Article.objects.get()
    assert stored.created_by is None
    assert (stored.version, stored.own_format) == (article.version, article.own_format)


class NobodysButSport(ArticleAccess):
    def changeable_by(self, user):
        return super().changeable_by(user) & self.in_sport()

    def in_sport(self):
        return Q(slug__startswith="sport")


def test_project_may_have_rules_of_its_own(client, newsroom, settings):
    newsroom("Publisher")
    settings.CMS_NEWS = {"ARTICLE_ACCESS": "tests.admin.test_admin_roles.NobodysButSport"}
    one, two = make_article("1", slug="sport-1"), make_article("2", slug="money-1")
    url = reverse("admin:cms_news_article_changelist")
    client.post(url, {"_selected_action": [one.pk, two.pk], "action": "make_draft"})
    assert list(Article.objects.filter(slug__in=["sport-1", "money-1"], published=False)) == [one]


def test_rules_cost_two_queries_of_a_form_and_none_of_a_list(client, newsroom):
    articles = newsroom("Publisher")
    url = reverse("admin:cms_news_article_changelist")
    change = reverse("admin:cms_news_article_change", args=[articles["public", "own", "own"]])
    costs = []
    for user in (None, make_editor("root")):
        if user:
            client.force_login(user)
        for address in (url, change):
            with CaptureQueriesContext(connection) as captured:
                client.get(address)
            costs.append(
                [q["sql"] for q in captured if "auth_" not in q["sql"].split("FROM")[1][:40]]
            )
    assert len(costs[0]) == len(costs[2])
    assert len(costs[1]) - len(costs[3]) == 1


def test_desks_are_assigned_by_those_who_may(client):
    category = make_category("体育")
    group = Group.objects.create(name="sports")
    url = reverse("admin:cms_news_category_change", args=[category.pk])
    for permissions, count in ((("change_category",), 0), (("change_category", "assign_desk"), 1)):
        client.force_login(make_editor(f"e{count}", permissions=permissions))
        form = read_form(client.get(url), "category_form")
        client.post(url, {**form, "desk_groups": [group.pk]})
        assert Category.objects.get(pk=category.pk).desk_groups.count() == count
