"""States in the admin: seen, counted, changed by one button or for many, and taken back."""

import re
from datetime import timedelta
from pathlib import Path

import html5lib
import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms_news.admin.undoing import MOST, Undo, sign_undo
from cms_news.models import Article, Reason, Revision
from cms_news.services import save_article
from cms_news.services.revisions import Touched
from cms_news.services.trash import trash_articles
from tests.admin.submitting import LIST_URL, change_url, messages_of, read_form, submit
from tests.builders import make_article, make_data, make_editor

pytestmark = pytest.mark.django_db

EVIL = "<script>alert(1)</script>"
UNDO_URL = f"{LIST_URL}undo/"
PERMISSIONS = {
    "publish": "publish_article",
    "schedule": "schedule_article",
    "draft": "unpublish_article",
    "trash": "trash_article",
    "restore": "retrieve_article",
}


@pytest.fixture
def editor(client):
    editor = make_editor("王编辑")
    client.force_login(editor)
    return editor


def url_of(name, article):
    return reverse(f"admin:cms_news_article_{name}", args=[article.pk])


def later(**delta):
    return timezone.now().replace(second=0, microsecond=0) + timedelta(**delta)


def typed(moment):
    return moment.strftime("%Y-%m-%dT%H:%M")


def act(client, action, *articles, **values):
    chosen = {"action": action, "_selected_action": [str(article.pk) for article in articles]}
    return client.post(LIST_URL, {**chosen, **values}, follow=True)


def undo_of(response):
    """Return what the button in the message of a page sends."""
    root = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    (form,) = [form for form in root.iter("form") if form.get("class") == "cms-undo"]
    assert form.get("action") == UNDO_URL
    return {field.get("name"): field.get("value") for field in form.iter("input")}


def make_state(name):
    if name == "trash":
        return make_article()
    if name == "restore":
        article = make_article()
        trash_articles(Article.objects.filter(pk=article.pk))
        return Article.objects.get(pk=article.pk)
    return make_article(published=name == "draft")


def test_buttons_fit_the_state(client, editor):
    def offered(article):
        root = html5lib.parse(
            client.get(change_url(article)).content.decode(), namespaceHTMLElements=False
        )
        found = [it for it in root.iter() if "cms-move" in (it.get("class") or "").split()]
        return ["".join(it.itertext()).strip() for it in found]

    trash = "Move to the trash"
    assert offered(make_article(published=False)) == ["Publish now", "Schedule…", trash]
    scheduled = ["Publish now", "Schedule…", "Make a draft", trash]
    assert offered(make_article(date=later(days=1))) == scheduled
    assert offered(make_article()) == ["Make a draft", trash]
    expired = make_article(expires_at=later(days=-1))
    assert offered(expired) == ["Publish now", "Make a draft", trash]
    assert offered(make_state("restore")) == ["Take out of the trash"]


def test_draft_is_published_and_scheduled_and_made_a_draft_by_its_buttons(client, editor):
    article = make_article("早报", published=False)
    response = client.post(url_of("publish", article), {"version": 1})
    assert response["Location"] == change_url(article)
    assert "“早报” was published." in messages_of(client, response)[0]
    assert Article.objects.public().count() == 1
    response = client.post(url_of("draft", article), {"version": 2})
    assert "“早报” is a draft now." in messages_of(client, response)[0]
    moment = later(days=2)
    form = read_form(client.get(url_of("schedule", article)), "cms-news-schedule")
    assert form["version"] == ["3"]
    values = {"version": 3, "moment": typed(moment), "apply": "1"}
    response = client.post(url_of("schedule", article), values)
    assert "“早报” will be published on" in messages_of(client, response)[0]
    stored = Article.objects.get()
    assert (stored.state(), stored.date) == ("scheduled", moment)
    kept = [(r.reason, r.user_name) for r in Revision.objects.order_by("version")]
    assert kept[1:] == [(name, "王编辑") for name in ("published", "unpublished", "scheduled")]
    notes = [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
    assert notes == ["Published.", "Made a draft.", "Scheduled."]


@pytest.mark.parametrize("name", PERMISSIONS)
def test_button_does_not_move_what_somebody_changed(client, editor, name):
    article = make_state(name)
    save_article(make_data("b", published=article.published), article=article)
    before = Article.objects.values().get()
    values = {"version": article.version - 1, "moment": typed(later(days=1))}
    response = client.post(url_of(name, article), values)
    assert "Somebody else" in messages_of(client, response)[0]
    assert Article.objects.values().get() == before


@pytest.mark.parametrize("name", PERMISSIONS)
def test_each_move_has_a_permission_of_its_own(client, name):
    article = make_state(name)
    others = [PERMISSIONS[other] for other in PERMISSIONS if other != name]
    basis = ("view_article", "change_article", "delete_article", "empty_trash")
    client.force_login(make_editor("other", permissions=(*basis, *others)))
    values = {"moment": typed(later(days=1))}
    assert client.post(url_of(name, article), values).status_code == 403
    # The same answer whether the article is there or not.
    assert client.post(f"{LIST_URL}999/{name}/", values).status_code == 403
    assert Article.objects.get().version == article.version
    mover = make_editor("mover", permissions=("view_article", PERMISSIONS[name]))
    client.force_login(mover)
    assert client.post(url_of(name, article), values).status_code == 302
    assert Article.objects.get().version == article.version + 1
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(mover)
    assert strict.post(url_of(name, article), values).status_code == 403


@pytest.mark.parametrize(
    ("action", "name"),
    [
        ("publish", "publish"),
        ("schedule", "schedule"),
        ("make_draft", "draft"),
        ("move_to_trash", "trash"),
        ("take_out_of_trash", "restore"),
    ],
)
def test_actions_have_the_same_permissions(client, action, name):
    article = make_state(name)
    values = {"moment": typed(later(days=1)), "apply": "1"}
    url = f"{LIST_URL}?state=trashed" if name == "restore" else LIST_URL
    chosen = {"action": action, "_selected_action": [str(article.pk)], **values}
    others = [PERMISSIONS[other] for other in PERMISSIONS if other != name]
    client.force_login(
        make_editor("other", permissions=("view_article", "change_article", *others))
    )
    client.post(url, chosen)
    assert Article.objects.get().version == article.version
    client.force_login(make_editor("mover", permissions=("view_article", PERMISSIONS[name])))
    client.post(url, chosen)
    assert Article.objects.get().version == article.version + 1


def test_many_are_scheduled_for_one_moment(client, editor):
    one, two = make_article("一", published=False), make_article("二", published=False)
    page = act(client, "schedule", one, two)
    assert page.status_code == 200
    text = page.content.decode()
    assert "2 articles are to be published" in text
    assert "<li>一</li>" in text
    assert Article.objects.drafts().count() == 2
    form = read_form(page, "cms-news-schedule")
    assert form["_selected_action"] == [str(one.pk), str(two.pk)]
    page = act(client, "schedule", one, two, apply="1", moment=typed(later(days=-1)))
    assert "This moment is past" in page.content.decode()
    moment = later(days=1)
    page = act(client, "schedule", one, two, apply="1", moment=typed(moment))
    assert "2 articles will be published on" in page.content.decode()
    assert set(Article.objects.values_list("published", "date")) == {(True, moment)}


@pytest.mark.parametrize(
    "moment", ["", "x", "2021-13-01T00:00", "9999-12-31T23:59", "0001-01-01T00:00"]
)
def test_nonsense_as_a_moment_is_no_server_error(client, editor, moment):
    article = make_article(published=False)
    assert client.post(url_of("schedule", article), {"moment": moment}).status_code in {200, 302}


def test_one_that_cannot_be_moved_costs_only_itself(client, editor, settings):
    good, bad = make_article("good", published=False), make_article("bad", published=False)
    Article.objects.filter(pk=bad.pk).update(body="<div>" * 300, markup="html")
    page = act(client, "publish", good, bad).content.decode()
    assert "“good” was published." in page
    assert "“bad”: the HTML" in page
    assert [article.title for article in Article.objects.public()] == ["good"]


def test_titles_are_escaped(client, editor):
    article = make_article(EVIL, published=False)
    other = make_article(EVIL, published=False)
    for page in (
        act(client, "schedule", article, other),
        act(client, "publish", article),
        client.get(url_of("schedule", other)),
        act(client, "move_to_trash", other),
        act(client, "delete_for_good", other),
    ):
        assert EVIL not in page.content.decode()


MOVES = {
    "publish": {"published": False},
    "make_draft": {},
    "move_to_trash": {},
}


@pytest.mark.parametrize("action", MOVES)
def test_message_takes_back_what_it_tells(client, editor, action):
    articles = [make_article(f"n{number}", **MOVES[action]) for number in range(3)]
    before = list(Article.objects.order_by("pk").values("title", "published", "date", "trashed_at"))
    token = undo_of(act(client, action, *articles))
    came_from = f"http://testserver{LIST_URL}?state=draft"
    response = client.post(UNDO_URL, token, headers={"referer": came_from})
    assert response["Location"] == f"{LIST_URL}?state=draft"
    assert messages_of(client, response) == ["3 changes were undone."]
    after = list(Article.objects.order_by("pk").values("title", "published", "date", "trashed_at"))
    assert after == before
    assert Revision.objects.filter(reason="undone", user=editor).count() == 3
    again = client.post(UNDO_URL, token)
    assert "changed since" in messages_of(client, again)[0]


def test_schedule_and_return_from_the_trash_are_taken_back(client, editor):
    article = make_article(published=False)
    values = {"moment": typed(later(days=1))}
    page = client.post(url_of("schedule", article), values, follow=True)
    client.post(UNDO_URL, undo_of(page))
    assert Article.objects.get().state() == "draft"
    trash_articles(Article.objects.all())
    page = client.post(url_of("restore", article), follow=True)
    client.post(UNDO_URL, undo_of(page))
    assert Article.objects.get().state() == "trashed"


def test_undo_leaves_alone_what_somebody_changed_since(client, editor):
    one, two = make_article("one", published=False), make_article("two", published=False)
    token = undo_of(act(client, "publish", one, two))
    save_article(make_data("two, edited"), article=Article.objects.get(pk=two.pk))
    response = client.post(UNDO_URL, token)
    problem, told = messages_of(client, response)
    assert problem == '"two, edited" was changed since; it stays as it is'
    assert told == "1 change was undone."
    assert set(Article.objects.values_list("title", "published")) == {
        ("one", False),
        ("two, edited", True),
    }


def test_undo_is_for_the_one_who_did_it_for_an_hour_and_unchanged(client, editor, monkeypatch):
    article = make_article(published=False)
    token = undo_of(act(client, "publish", article))
    stranger = Client()
    stranger.force_login(make_editor("stranger"))
    assert "can't be undone" in messages_of(stranger, stranger.post(UNDO_URL, token))[0]
    for changed in ({"undo": token["undo"][:-2]}, {"undo": "x"}, {}):
        assert "can't be undone" in messages_of(client, client.post(UNDO_URL, changed))[0]
    assert client.get(UNDO_URL).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(editor)
    assert strict.post(UNDO_URL, {"undo": token["undo"]}).status_code == 403
    monkeypatch.setattr("cms_news.admin.undoing.LASTS_SECONDS", -1)
    assert "can't be undone" in messages_of(client, client.post(UNDO_URL, token))[0]
    assert Article.objects.public().count() == 1


def test_undo_needs_the_permission_still(client):
    writer = make_editor("writer", permissions=("view_article",))
    client.force_login(writer)
    article = make_article()
    token = sign_undo(Undo(Reason.TRASHED, [Touched(article.pk, 1)]), writer)
    assert client.post(UNDO_URL, {"undo": token}).status_code == 403


def test_undo_leads_to_no_other_site(client, editor):
    token = undo_of(act(client, "publish", make_article(published=False)))
    for referer in ("https://evil.example/admin/cms_news/article/", "//evil.example", "x", ""):
        response = client.post(UNDO_URL, token, headers={"referer": referer})
        assert response["Location"] == LIST_URL


def test_token_of_many_fits_into_a_session_and_more_are_not_offered(client, editor):
    many = [Touched(100_000 + number, 3) for number in range(MOST)]
    assert len(sign_undo(Undo(Reason.TRASHED, many), editor)) < 10_000
    monkey = [make_article(f"n{number}") for number in range(2)]
    assert 'class="cms-undo"' in act(client, "move_to_trash", *monkey).content.decode()


def test_counts_stand_beside_the_states(client, editor, django_assert_num_queries):
    make_article("a", published=False, tags=("t",))
    make_article("b", published=False)
    make_article("c")
    trash_articles(Article.objects.filter(pk=make_article("d").pk))

    def counts(query=""):
        page = client.get(LIST_URL + query)
        (found,) = [spec for spec in page.context["cl"].filter_specs if spec.title == "state"]
        return [choice["count"] for choice in found.choices(page.context["cl"])]

    assert counts() == [3, 2, 0, 1, 0, 1]
    assert counts("?state=trashed") == [3, 2, 0, 1, 0, 1]
    assert counts("?q=a") == [1, 1, 0, 0, 0, 0]


def test_trash_is_emptied_only_by_those_who_may(client, editor):
    article, other = make_state("restore"), make_article("stays")
    url = f"{LIST_URL}?state=trashed"
    chosen = {"action": "delete_for_good", "_selected_action": [str(article.pk), str(other.pk)]}
    stranger = Client()
    rights = ("view_article", "change_article", "delete_article", "trash_article")
    stranger.force_login(make_editor("stranger", permissions=rights))
    stranger.post(url, {**chosen, "apply": "1"})
    assert stranger.post(url_of("delete", article), {"post": "yes"}).status_code == 403
    assert Article.objects.count() == 2
    page = client.post(url, chosen)
    assert "can't be undone" in page.content.decode().replace("&#x27;", "'")
    assert Article.objects.count() == 2
    page = client.post(url, {**chosen, "apply": "1"}, follow=True)
    assert "1 article was deleted for good." in page.content.decode()
    # What is not in the trash is never deleted, whatever was posted.
    assert [found.title for found in Article.objects.all()] == ["stays"]
    assert LogEntry.objects.filter(action_flag=3).count() == 1


RIGHTS = ("view_article", "change_article", "add_article")


def test_form_of_who_may_not_publish_has_no_switch(client):
    client.force_login(make_editor("writer", permissions=RIGHTS))
    article = make_article(published=False)
    assert 'name="published"' not in client.get(change_url(article)).content.decode()
    submit(client, change_url(article), title="other", published="on")
    assert Article.objects.get().published is False
    submit(client, f"{LIST_URL}add/", title="new", published="on")
    assert Article.objects.get(title="new").published is False


@pytest.mark.parametrize(
    ("has", "values", "is_allowed"),
    [
        ("publish_article", {"published": "on"}, True),
        ("schedule_article", {"published": "on"}, False),
        ("schedule_article", {"published": "on", "date_0": "2099-01-01"}, True),
        ("publish_article", {"published": "on", "date_0": "2099-01-01"}, False),
        ("unpublish_article", {"published": "on"}, False),
        ("unpublish_article", {"date_0": "2099-01-01"}, True),
    ],
)
def test_form_lets_nobody_do_what_their_buttons_would_not(client, has, values, is_allowed):
    client.force_login(make_editor("writer", permissions=(*RIGHTS, has)))
    article = make_article(published=False)
    response = submit(client, change_url(article), **values)
    assert (response.status_code == 302) is is_allowed
    if not is_allowed:
        assert "You may not" in str(response.context["adminform"].form.errors)


@pytest.mark.parametrize(
    "values",
    [
        {"date_0": "2099-01-01"},
        {"date_0": "2020-01-01"},
        {"expires_at_0": "2020-01-01", "expires_at_1": "00:00"},
    ],
)
def test_date_of_what_readers_see_is_not_for_writers(client, values):
    client.force_login(make_editor("writer", permissions=RIGHTS))
    article = make_article()
    response = submit(client, change_url(article), **values)
    assert response.status_code == 200
    assert Article.objects.get().version == 1
    assert submit(client, change_url(article), title="other").status_code == 302


def luminance(colour):
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_labels_are_readable_in_both_themes():
    css = Path("cms_news/static/cms_news/admin/admin.css").read_text("utf-8")
    pairs = re.findall(r"--cms-(\w+): (#\w+); --cms-\1-bg: (#\w+)", css)
    assert len(pairs) == 15
    for name, ink, paper in pairs:
        light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, name
