"""The history of an article: seen, compared, restored."""

import html5lib
import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from cms_news.models import Article, Revision
from cms_news.services import Cause, describe_article, save_article
from tests.admin.submitting import change_url, messages_of, read_form, submit
from tests.builders import make_article, make_data, make_editor

pytestmark = pytest.mark.django_db

EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


def url_of(name, article, *args):
    return reverse(f"admin:cms_news_article_{name}", args=[article.pk, *args])


def parse(response):
    assert response.status_code == 200
    return html5lib.parse(response.content.decode(), namespaceHTMLElements=False)


def texts(root, tag):
    (content,) = [element for element in root.iter() if element.get("class") == "cms-history"]
    return ["".join(element.itertext()) for element in content.iter(tag)]


@pytest.fixture
def editor(client):
    editor = make_editor("王编辑")
    client.force_login(editor)
    return editor


def make_history(*titles, **values):
    """Return an article that was called each of `titles` in turn."""
    article = make_article(titles[0], **values)
    for title in titles[1:]:
        save_article(make_data(title, **values), article=article)
    return article


def test_history_names_who_saved_when_and_why(client, editor):
    article = make_article()
    save_article(make_data("b"), article=article, cause=Cause(user=editor, note="by phone"))
    rows = texts(parse(client.get(url_of("history", article))), "tr")[1:3]
    assert "2 now" in " ".join(rows[0].split())
    assert "王编辑" in rows[0]
    assert "by phone" in rows[0]
    assert "Created" in rows[1]


def test_saving_in_the_admin_is_in_the_history(client, editor):
    article = make_article()
    submit(client, change_url(article), title="other")
    newest = Revision.objects.newest_first()[0]
    assert (newest.reason, newest.user) == ("edited", editor)


def test_newest_two_are_chosen_at_first(client, editor):
    article = make_history("a", "b", "c")
    form = read_form(client.get(url_of("history", article)), "cms-news-compare")
    assert form == {"old": ["2"], "new": ["3"]}


@pytest.mark.parametrize("number", [1, 50])
def test_history_costs_the_same_queries_whatever_its_length(
    client, editor, number, django_assert_num_queries
):
    article = make_history(*(f"n{count}" for count in range(number)))
    client.get(url_of("history", article))
    with django_assert_num_queries(10):
        client.get(url_of("history", article))


def test_long_history_has_pages(client, editor):
    article = make_history(*(f"n{count}" for count in range(53)))
    first = client.get(url_of("history", article))
    assert [r.version for r in first.context["revisions"]] == list(range(53, 3, -1))
    second = client.get(url_of("history", article) + f"?before={first.context['before']}")
    assert [r.version for r in second.context["revisions"]] == [3, 2, 1]
    assert second.context["before"] is None


def test_texts_stay_in_the_database_for_the_list(client, editor, django_assert_num_queries):
    article = make_history("a", "b")
    client.get(url_of("history", article))
    with django_assert_num_queries(10) as queries:
        client.get(url_of("history", article))
    (about,) = [q["sql"] for q in queries if '"cms_news_revision"' in q["sql"]]
    assert '"cms_news_revision"."document"' not in about


def test_state_that_was_not_kept_yet_is_shown_and_compared(client, editor):
    article = make_article("a", body="kept")
    Article.objects.filter(pk=article.pk).update(body="by a script")
    root = parse(client.get(url_of("history", article)))
    assert "Found before the next save" in texts(root, "tr")[1]
    root = parse(client.get(url_of("compare", article), {"old": 1, "new": 2}))
    assert (texts(root, "del")[1:], texts(root, "ins")[1:]) == (["kept"], ["by a script"])
    assert Revision.objects.count() == 1


@pytest.mark.parametrize("view", ["side", "inline"])
def test_words_that_differ_are_marked(client, editor, view):
    article = make_article("三号线今天恢复", body="The bridge opens on Monday.")
    data = make_data("三号线明天恢复", body="The bridge opens on Friday.", slug="三号线今天恢复")
    save_article(data, article=article)
    root = parse(client.get(url_of("compare", article), {"old": 1, "new": 2, "view": view}))
    assert texts(root, "del")[1:] == ["今", "Monday"]
    assert texts(root, "ins")[1:] == ["明", "Friday"]


def test_any_two_can_be_compared_in_either_order(client, editor):
    article = make_history("a", "b", "c", slug="x")
    for old, new, gone, came in ((1, 3, "a", "c"), (3, 1, "c", "a"), (2, 3, "b", "c")):
        root = parse(client.get(url_of("compare", article), {"old": old, "new": new}))
        assert (texts(root, "del")[1], texts(root, "ins")[1]) == (gone, came)


@pytest.mark.parametrize("view", ["side", "inline"])
def test_everything_is_escaped(client, editor, view):
    article = make_article(f"a {EVIL}", body=f"old {EVIL}", extra={EVIL: EVIL}, tags=(EVIL,))
    save_article(
        make_data(f"b {EVIL}", body=f"new {EVIL}{EVIL}", tags=(f"x{EVIL}",)),
        article=article,
        cause=Cause(user=editor, note=EVIL),
    )
    for url in (
        url_of("history", article),
        url_of("compare", article) + f"?old=1&new=2&view={view}",
        url_of("revision", article, 1),
    ):
        response = client.get(url)
        text = response.content.decode()
        assert "<script>alert" not in text
        root = parse(response)
        assert not [it for it in root.iter() if any(name.startswith("on") for name in it.attrib)]


def test_nonsense_is_no_server_error(client, editor):
    article = make_article()
    for query in (
        "",
        "?old=x&new=1",
        "?old=0&new=1",
        f"?old={'9' * 40}&new=1",
        "?old=1&new=1&view=x",
    ):
        response = client.get(url_of("compare", article) + query)
        assert response["Location"] == url_of("history", article)
    assert client.get(url_of("compare", article) + "?old=1&new=7").status_code == 404
    assert client.get(url_of("revision", article, 7)).status_code == 404
    assert client.get(url_of("history", article) + "?before=x").status_code == 200


def test_huge_texts_are_cut_where_they_are_the_same(client, editor):
    body = "".join(f"line {number}\n" for number in range(20_000))
    article = make_article("a", body=body)
    save_article(make_data("a", body=f"{body}one more\n"), article=article)
    response = client.get(url_of("compare", article), {"old": 1, "new": 2})
    assert len(response.content) < 40_000
    assert (
        "20,000 lines the same" in response.content.decode()
        or "20000 lines" in response.content.decode()
    )


def test_revision_shows_its_text_and_its_preview_is_clean(client, editor):
    article = make_article("早报", body=f"<p>旧文</p>{EVIL}", markup="html")
    save_article(make_data("b", body="new"), article=article)
    root = parse(client.get(url_of("revision", article, 1)))
    assert any("title: 早报" in text for text in texts(root, "pre"))
    (frame,) = root.iter("iframe")
    assert frame.get("sandbox") == ""
    assert frame.get("src") == url_of("revision_preview", article, 1)
    response = client.get(url_of("revision_preview", article, 1))
    assert "<p>旧文</p>" in response.content.decode()
    assert "<script>" not in response.content.decode()
    assert response["Content-Security-Policy"].endswith("sandbox")
    assert "no-store" in response["Cache-Control"]


def restore(client, article, wanted, **values):
    data = {"version": Article.objects.get(pk=article.pk).version, **values}
    return client.post(url_of("revision_restore", article, wanted), data)


def test_restoring_gives_the_text_back_and_says_so(client, editor):
    article = make_article("早报", body="old", tags=("t",), categories=(("a", "b"),))
    save_article(make_data("b"), article=article)
    form = read_form(client.get(url_of("revision", article, 1)), "cms-news-restore")
    assert form["version"] == ["2"]
    response = restore(client, article, 1, note="was better")
    assert response["Location"] == change_url(article)
    assert messages_of(client, response) == ["Version 1 was restored."]
    said = describe_article(Article.objects.get())
    assert (said.title, said.body, said.tags, said.categories) == (
        "早报",
        "old",
        ("t",),
        (("a", "b"),),
    )
    newest = Revision.objects.newest_first()[0]
    assert (newest.reason, newest.user, newest.note) == ("restored", editor, "was better")
    assert LogEntry.objects.get().get_change_message() == "Version 1 was restored."


def test_restoring_what_somebody_changed_meanwhile_is_refused(client, editor):
    article = make_history("a", "b")
    stale = Article.objects.get().version
    save_article(make_data("c"), article=article)
    response = restore(client, article, 1, version=stale)
    assert "Somebody else" in messages_of(client, response)[0]
    assert Article.objects.get().title == "c"


def test_restoring_what_is_there_already_says_so(client, editor):
    article = make_article("a")
    response = restore(client, article, 1)
    assert "nothing was saved" in messages_of(client, response)[0]
    assert Revision.objects.count() == 1


def test_refused_text_is_named(client, editor, settings):
    article = make_article("a", body="x" * 100, markup="html")
    save_article(make_data("b", body="y"), article=article)
    settings.CMS_NEWS = {**settings.CMS_NEWS, "POLICY": {"max_chars": 50}}
    response = restore(client, article, 1)
    assert "50" in messages_of(client, response)[0]
    assert Article.objects.get().body == "y"


def test_release_is_restored_only_when_asked_for(client, editor):
    article = make_article("a", published=False)
    save_article(make_data("b", published=True), article=article)
    restore(client, article, 1)
    assert Article.objects.get().published
    restore(client, article, 1, release="on")
    assert not Article.objects.get().published


def test_restoring_needs_post_the_token_and_the_rights(client, editor):
    article = make_article("a", published=False)
    save_article(make_data("b", published=True), article=article)
    url = url_of("revision_restore", article, 1)
    assert client.get(url).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(editor)
    assert strict.post(url, {"version": 2}).status_code == 403
    viewer = Client()
    viewer.force_login(make_editor("viewer", permissions=("view_article",)))
    assert viewer.post(url, {"version": 2}).status_code == 403
    assert "cms-news-restore" not in viewer.get(url_of("revision", article, 1)).content.decode()
    writer = Client()
    writer.force_login(make_editor("writer", permissions=("view_article", "change_article")))
    assert 'name="release"' not in writer.get(url_of("revision", article, 1)).content.decode()
    assert writer.post(url, {"version": 2, "release": "on"}).status_code == 403
    assert Article.objects.get().title == "b"
    assert writer.post(url, {"version": 2}).status_code == 302
    assert (Article.objects.get().title, Article.objects.get().published) == ("a", True)


@pytest.mark.parametrize(
    "path", ["history/", "history/compare/?old=1&new=1", "history/1/", "history/1/preview/"]
)
def test_pages_need_the_right_to_see_articles(client, path):
    article = make_article()
    address = f"/admin/cms_news/article/{article.pk}/{path}"
    client.force_login(make_editor("stranger", permissions=("view_author",)))
    assert client.get(address).status_code == 403
    # The same answer whether the article is there or not.
    assert client.get(address.replace(f"/{article.pk}/", "/999/")).status_code == 403
    client.force_login(make_editor("viewer", permissions=("view_article",)))
    assert client.get(address).status_code == 200
    assert client.get(address.replace(f"/{article.pk}/", "/999/")).status_code == 404
    client.logout()
    assert client.get(address).status_code == 302
