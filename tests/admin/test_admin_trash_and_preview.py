import re

import html5lib
import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from cms_news.models import Article
from tests.admin.submitting import LIST_URL, change_url, edit, messages_of, read_form
from tests.builders import make_article, make_editor

pytestmark = pytest.mark.django_db

EVIL = "<script>alert(1)</script>"


def url_of(name, article):
    return reverse(f"admin:cms_news_article_{name}", args=[article.pk])


def preview_text(response):
    return response.content.decode()


@pytest.fixture
def editor(client):
    editor = make_editor()
    client.force_login(editor)
    return editor


def buttons(response):
    root = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    found = [b for b in root.iter("button") if b.get("form") == "cms-news-move"]
    return {"".join(button.itertext()).strip() for button in found}


def plain(messages):
    """Return the messages without their buttons."""
    return [re.sub(r" ?<form.*</form>|<[^>]+>", "", message) for message in messages]


def test_article_goes_to_the_trash_and_comes_back(client, editor):
    article = make_article("早报")
    page = client.get(change_url(article))
    assert buttons(page) == {"Make a draft", "Move to the trash"}
    assert 'class="deletelink"' not in page.content.decode()
    assert read_form(page, "cms-news-move").keys() == {"csrfmiddlewaretoken", "version"}

    response = client.post(url_of("trash", article))
    assert response["Location"] == LIST_URL
    assert plain(messages_of(client, response)) == ["“早报” was moved to the trash."]
    assert Article.objects.get().state() == "trashed"

    page = client.get(change_url(article))
    assert buttons(page) == {"Take out of the trash"}
    assert 'class="deletelink"' in page.content.decode()
    response = client.post(url_of("restore", article))
    assert response["Location"] == change_url(article)
    assert Article.objects.get().state() == "public"
    notes = [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
    assert notes == ["Moved to the trash.", "Taken out of the trash."]


def test_moving_twice_is_logged_once(client, editor):
    article = make_article()
    client.post(url_of("trash", article))
    client.post(url_of("trash", article))
    assert LogEntry.objects.count() == 1


def test_form_that_was_open_while_somebody_trashed_the_article_is_told(client, editor):
    article = make_article()
    opened = read_form(client.get(change_url(article)))
    client.post(url_of("trash", article))
    response = client.post(change_url(article), edit(opened, title="mine"))
    assert "Somebody else" in str(response.context["adminform"].form.errors)


def test_filters_of_the_list_are_kept(client, editor):
    article = make_article()
    url = f"{change_url(article)}?_changelist_filters=state%3Dpublic"
    assert "trash/?_changelist_filters=state%3Dpublic" in client.get(url).content.decode()
    response = client.post(f"{url_of('trash', article)}?_changelist_filters=state%3Dpublic")
    assert response["Location"] == f"{LIST_URL}?state=public"


@pytest.mark.parametrize("name", ["trash", "restore"])
def test_moving_needs_post_the_token_and_the_right(client, editor, name):
    article = make_article()
    assert client.get(url_of(name, article)).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(editor)
    assert strict.post(url_of(name, article)).status_code == 403
    viewer = Client()
    viewer.force_login(make_editor("viewer", permissions=("view_article", "change_article")))
    assert viewer.post(url_of(name, article)).status_code == 403
    # The same answer whether the article is there or not.
    assert viewer.post(f"{LIST_URL}999/{name}/").status_code == 403
    assert client.post(f"{LIST_URL}999/{name}/").status_code == 404
    assert Client().post(url_of(name, article)).status_code == 302
    assert Article.objects.alive().count() == 1


def test_deleting_for_good_is_only_for_the_trash(client, editor):
    article = make_article(categories=(("a", "b"),), tags=("t",))
    delete_url = url_of("delete", article)
    assert client.post(delete_url, {"post": "yes"}).status_code == 403
    client.post(url_of("trash", article))
    assert client.get(delete_url).status_code == 200
    assert client.post(delete_url, {"post": "yes"}).status_code == 302
    assert not Article.objects.exists()


def test_deleting_for_good_needs_its_own_right(client):
    rights = ("view_article", "change_article", "delete_article", "trash_article")
    client.force_login(make_editor("writer", permissions=rights))
    article = make_article()
    client.post(url_of("trash", article))
    assert client.post(url_of("delete", article), {"post": "yes"}).status_code == 403
    assert Article.objects.trashed().count() == 1


def test_preview_is_what_readers_are_served(client, editor):
    article = make_article("早报", body=f"<p>正文</p>{EVIL}", markup="html", lang="zh-Hans")
    text = preview_text(client.get(url_of("preview", article)))
    assert "<p>正文</p>" in text
    assert '<html lang="zh-Hans">' in text
    assert EVIL not in text


def test_preview_can_do_nothing(client, editor):
    article = make_article()
    for response in (
        client.get(url_of("preview", article)),
        client.post(url_of("preview", article), {"body": "x"}),
    ):
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert policy.endswith("sandbox")
        assert "script-src" not in policy
        assert response["X-Frame-Options"] == "SAMEORIGIN"
        assert "no-store" in response["Cache-Control"]
        assert "private" in response["Cache-Control"]


def test_frame_of_the_preview_is_sandboxed(client, editor):
    article = make_article()
    root = html5lib.parse(client.get(change_url(article)).content, namespaceHTMLElements=False)
    (frame,) = root.iter("iframe")
    assert frame.get("sandbox") == ""
    assert frame.get("src") == url_of("preview", article)


def test_body_left_uncleaned_by_a_bulk_write_is_cleaned_for_the_preview(client, editor):
    article = make_article()
    Article.objects.filter(pk=article.pk).update(body=f"<b>new</b>{EVIL}", markup="html")
    text = preview_text(client.get(url_of("preview", article)))
    assert "<b>new</b>" in text
    assert EVIL not in text
    assert Article.objects.get().body_html == ""


def test_typed_text_is_shown_clean_with_what_was_removed_and_not_stored(client, editor):
    article = make_article(body="stored")
    typed = {"title": EVIL, "body": f"**fett** <b onclick='{EVIL}'>x</b>", "markup": "markdown"}
    text = preview_text(client.post(url_of("preview", article), typed))
    assert "<strong>fett</strong>" in text
    assert "b.onclick" in text
    assert EVIL not in text
    assert Article.objects.get().body == "stored"


def test_typed_text_of_a_new_article_is_shown(client, editor):
    response = client.post(f"{LIST_URL}preview/", {"body": "*a*", "markup": "markdown"})
    assert "<em>a</em>" in preview_text(response)
    assert "Nothing had to be removed." in preview_text(response)
    assert client.get(f"{LIST_URL}preview/").status_code == 405


@pytest.mark.parametrize("body", ["<div>" * 300, "a" * 1_000_001])
def test_typed_text_beyond_the_limits_is_named(client, editor, body):
    response = client.post(f"{LIST_URL}preview/", {"body": body, "markup": "html"})
    assert response.status_code == 200
    assert 'class="problem"' in preview_text(response)


@pytest.mark.parametrize("typed", [{}, {"body": "\0", "markup": "latex"}, {"lang": '"><script>'}])
def test_nonsense_in_a_preview_is_no_error(client, editor, typed):
    response = client.post(f"{LIST_URL}preview/", typed)
    assert response.status_code == 200
    assert "<script>" not in preview_text(response)


def test_preview_of_typed_text_needs_the_right_to_write(client):
    article = make_article(body="secret")
    viewer = make_editor("viewer", permissions=("view_article",))
    client.force_login(viewer)
    assert client.get(url_of("preview", article)).status_code == 200
    assert client.post(url_of("preview", article), {"body": "x"}).status_code == 403
    assert client.post(f"{LIST_URL}preview/", {"body": "x"}).status_code == 403
    client.force_login(make_editor("stranger", permissions=("view_author",)))
    assert client.get(url_of("preview", article)).status_code == 403
    assert client.get(f"{LIST_URL}999/preview/").status_code == 403
    client.logout()
    assert client.get(url_of("preview", article)).status_code == 302


def test_preview_of_typed_text_needs_the_token(editor):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(editor)
    assert strict.post(f"{LIST_URL}preview/", {"body": "x"}).status_code == 403


def test_absent_article_has_no_preview(client, editor):
    for key in ("999", "x", "9" * 40):
        assert client.get(f"{LIST_URL}{key}/preview/").status_code == 404
