import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cms_news.models import Article, Author, Category, Tag
from cms_news.services import describe_article, save_article
from tests.admin.submitting import (
    LIST_URL,
    change_url,
    edit,
    messages_of,
    read_form,
    submit,
)
from tests.builders import DATE, make_article, make_author, make_category, make_editor

pytestmark = pytest.mark.django_db

ADD_URL = f"{LIST_URL}add/"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def editor(client):
    editor = make_editor()
    client.force_login(editor)
    return editor


def make_full_article(**changes):
    values = {
        "body": "<p>一</p>\r\n\r\n  <p>二</p>  \r\n",
        "markup": "html",
        "author": "记者站",
        "categories": (("要闻",), ("金融", "中证网", "资讯")),
        "tags": ("监管", "Paris, Texas", "a b"),
        "headimg": "https://example.com/a.png",
        "thumbnail": "https://example.com/b.png",
        "comments": False,
        "excerpt": "摘\n要\n",
        "permalink": "a/b",
        "lang": "zh-Hans",
        "layout": "post",
        "source_name": "新华社",
        "source_url": "javascript:void(0)",
        "license": "CC BY 4.0",
        "extra": {"top": True, "nested": {"b": [1, "x"], "a": None}},
        "date": DATE + timedelta(microseconds=123456),
        "updated": DATE + timedelta(days=1),
        "expires_at": DATE + timedelta(days=9000),
        "slug": "morning",
    }
    return make_article(**{**values, **changes})


def stored(article):
    return Article.objects.get(pk=article.pk)


def errors_of(response):
    assert response.status_code == 200
    return response.context["adminform"].form.errors


def test_saving_an_untouched_form_writes_nothing(client, editor):
    article = make_full_article()
    before = Article.objects.filter(pk=article.pk).values().get()
    response = submit(client, change_url(article))
    assert response.status_code == 302
    assert Article.objects.filter(pk=article.pk).values().get() == before
    assert "No fields changed" in LogEntry.objects.get().get_change_message()


@pytest.mark.parametrize("body", ["a\rb", "\n\n a \r\n\tb\r", "\r\n", " ", "\u3000\u3000段", "a\n"])
def test_body_survives_the_browser_byte_for_byte(client, editor, body):
    article = make_article(body=body, markup="markdown")
    response = submit(client, change_url(article), title="other")
    assert response.status_code == 302
    assert (stored(article).title, stored(article).body) == ("other", body)


def test_edited_body_keeps_its_line_ends(client, editor):
    article = make_article(body="a\r\nb\r\n")
    submit(client, change_url(article), body="a\r\nb\r\nc\r\n")
    assert stored(article).body == "a\r\nb\r\nc\r\n"
    other = make_article(body="a\nb\n", slug="other")
    submit(client, change_url(other), body="a\r\nb\r\nc\r\n")
    assert stored(other).body == "a\nb\nc\n"


def test_only_what_was_touched_changes(client, editor):
    article = make_full_article()
    before = describe_article(article)
    submit(client, change_url(article), title="晚报")
    after = describe_article(stored(article))
    assert after == replace(before, title="晚报")
    assert stored(article).version == 2
    assert LogEntry.objects.get().get_change_message() == "Changed Title."


def test_everything_can_be_edited(client, editor):
    article = make_full_article()
    author, category = make_author("新记者"), make_category("体育")
    response = submit(
        client,
        change_url(article),
        without=("published",),
        author=str(author.pk),
        categories=[str(category.pk)],
        tags="甲，乙、丙 丁",
        comments="on",
        markup="markdown",
        body="# 标题",
        excerpt="",
        headimg="",
        date_0="2024-05-06",
        date_1="07:08:09",
        expires_at_0="",
        expires_at_1="",
        extra='{"新": 1}',
        slug="新-闻",
    )
    assert response.status_code == 302
    data = describe_article(stored(article))
    assert data.author is not None
    assert data.author.name == "新记者"
    assert data.categories == (("体育",),)
    assert data.tags == ("甲", "乙", "丙 丁")
    assert data.date == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert (data.comments, data.markup, data.body) == (True, "markdown", "# 标题")
    assert (data.excerpt, data.headimg, data.expires_at, data.published) == ("", "", None, False)
    assert (data.extra, data.slug) == ({"新": 1}, "新-闻")
    assert data.date_source == "set in the admin"


def test_source_is_edited_in_the_form(client, editor):
    article = make_full_article()
    url = "https://wire.example/a?b=1&c=2"
    response = submit(client, change_url(article), source_name="甲", source_url=url, license="CC0")
    assert response.status_code == 302
    data = describe_article(stored(article))
    assert (data.source_name, data.source_url, data.license) == ("甲", url, "CC0")


def test_address_of_the_source_must_be_one_that_readers_get(client, editor):
    article = make_full_article()
    response = submit(client, change_url(article), source_url="javascript:alert(1)")
    assert "source_url" in response.context["adminform"].form.errors
    assert submit(client, change_url(article), title="Other").status_code == 302


def test_license_that_another_key_stands_in_the_way_of(client, editor):
    article = make_article(extra={"license": False, "x": 1})
    response = submit(client, change_url(article), license="CC0")
    assert response.context["adminform"].form.errors["extra"] == [
        "Use the fields of this form for: license"
    ]
    assert submit(client, change_url(article), title="Other").status_code == 302
    response = submit(client, change_url(article), license="CC0", extra='{"x": 1}')
    assert response.status_code == 302
    assert (stored(article).license, stored(article).extra) == ("CC0", {"x": 1})


def test_record_of_the_import_is_shown_and_not_edited(client, editor):
    article = make_full_article()
    page = client.get(change_url(article)).content.decode()
    assert "SHA-256" not in page
    columns = {"source": "desk", "source_path": EVIL, "source_key": "k", "source_hash": "abc123"}
    Article.objects.filter(pk=article.pk).update(**columns, date_text=EVIL, imported_at=DATE)
    page = client.get(change_url(article))
    html = page.content.decode()
    for label in ("SHA-256 of the file", "Date in the file", "Where the date is from", "Imported"):
        assert label in html
    assert "<code>abc123</code>" in html
    assert EVIL not in html
    form = read_form(page)
    assert not form.keys() & {
        "source_hash",
        "date_text",
        "imported_at",
        "source_path",
        "date_source",
    }
    assert {"source_name", "source_url", "license"} <= form.keys()


def test_order_of_categories_is_the_order_of_choice(client, editor):
    article = make_full_article()
    page = client.get(change_url(article))
    chosen = read_form(page)["categories"]
    assert [Category.objects.get(pk=pk).name for pk in chosen] == ["要闻", "资讯"]
    assert "金融 › 中证网 › 资讯</option>" in page.content.decode()
    submit(client, change_url(article), categories=chosen[::-1])
    assert describe_article(stored(article)).categories == (("金融", "中证网", "资讯"), ("要闻",))
    submit(client, change_url(article), without=("categories",))
    assert describe_article(stored(article)).categories == ()


def test_new_article_is_made(client, editor):
    make_category("金融", "资讯")
    chosen = Category.objects.get(name="资讯")
    response = submit(
        client,
        ADD_URL,
        title="银行早报",
        body="正文\r\n第二行",
        published="on",
        categories=[str(chosen.pk)],
        tags="a,b",
    )
    assert response.status_code == 302
    article = Article.objects.get()
    assert article.title == "银行早报"
    assert article.slug == "银行早报"
    assert article.body == "正文\n第二行"
    assert [tag.name for tag in article.tags.all()] == ["a", "b"]
    assert describe_article(article).categories == (("金融", "资讯"),)
    assert article.state() == "public"
    assert abs(article.date - timezone.now()) < timedelta(minutes=1)
    assert LogEntry.objects.get().object_id == str(article.pk)


def test_save_and_continue_stays_at_the_article(client, editor):
    values = edit(read_form(client.get(ADD_URL)), title="x")
    response = client.post(ADD_URL, {**values, "_continue": "1"})
    assert response["Location"] == change_url(Article.objects.get())


def test_slug_is_prepared_by_the_browser_only_for_new_articles(client, editor):
    article = make_article()
    assert '"allowUnicode\\u0022: true' in client.get(ADD_URL).content.decode().replace(
        "&quot;", '"'
    ).replace('"allowUnicode": true', '"allowUnicode\\u0022: true')
    assert "allowUnicode" not in client.get(change_url(article)).content.decode()


def test_empty_slug_is_made_from_the_title(client, editor):
    article = make_article("晚报", slug="old")
    assert submit(client, change_url(article), slug="").status_code == 302
    assert stored(article).slug == "晚报"


def test_taken_slug_is_an_error_of_its_field(client, editor):
    make_article(slug="taken")
    article = make_article(slug="free")
    response = submit(client, change_url(article), slug="taken", title="typed")
    assert set(errors_of(response)) == {"slug"}
    assert read_form(response)["title"] == ["typed"]
    assert stored(article).slug == "free"


def test_second_writer_gets_everything_back_and_is_told(client, editor):
    article = make_full_article()
    opened = read_form(client.get(change_url(article)))
    newer = stored(article)
    save_article(replace(describe_article(newer), title="theirs"), article=newer)
    typed = edit(opened, title="mine", body="mine\r\ntoo", tags="p, q")
    response = client.post(change_url(article), typed)
    (message,) = errors_of(response)["__all__"]
    assert "Somebody else has saved this article" in message
    assert "Title, Body and Tags" in message
    assert f'href="{change_url(article)}"' in message
    shown = read_form(response)
    assert (shown["title"], shown["body"], shown["tags"]) == (["mine"], ["mine\r\ntoo"], ["p, q"])
    assert stored(article).title == "theirs"
    assert not LogEntry.objects.exists()

    assert shown["version"] == ["2"]
    assert client.post(change_url(article), edit(shown)).status_code == 302
    assert (stored(article).title, stored(article).version) == ("mine", 3)


def test_third_writer_is_told_again(client, editor):
    article = make_article()
    opened = read_form(client.get(change_url(article)))
    for title in ("second", "third"):
        newer = stored(article)
        save_article(replace(describe_article(newer), title=title), article=newer)
        response = client.post(change_url(article), edit(opened, title="mine"))
        assert "__all__" in errors_of(response)
        opened = read_form(response)
    assert stored(article).title == "third"


def test_conflict_message_holds_no_markup_of_the_article(client, editor):
    article = make_article(EVIL)
    opened = read_form(client.get(change_url(article)))
    newer = stored(article)
    save_article(replace(describe_article(newer), body="theirs"), article=newer)
    response = client.post(change_url(article), edit(opened, title=EVIL * 2, tags=EVIL))
    assert EVIL not in response.content.decode()
    assert "__all__" in errors_of(response)


@pytest.mark.parametrize("version", ["", "0", "-1", "x", "9" * 30, "1" * 5000])
def test_nonsense_as_version_is_an_error(client, editor, version):
    article = make_article()
    response = submit(client, change_url(article), version=version, title="other")
    assert set(errors_of(response)) == {"version", "__all__"}
    assert stored(article).title == "晨报"


@pytest.mark.parametrize("body", ["<div>" * 300, "a" * 1_000_001])
def test_text_beyond_the_limits_is_an_error_of_the_body(client, editor, body):
    article = make_article(body="before")
    response = submit(client, change_url(article), body=body, markup="html", title="typed")
    assert set(errors_of(response)) == {"body"}
    assert read_form(response)["title"] == ["typed"]
    assert stored(article).body == "before"
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("extra", '{"a": "\\ud800"}'),
        ("extra", '{"a\\u0000": 1}'),
        ("extra", "[1]"),
        ("extra", "{"),
        ("extra", '{"title": "x"}'),
        ("extra", '{"cover": "x"}'),
        ("extra", '{"Draft": true}'),
        ("title", ""),
        ("title", "x" * 301),
        ("title", "a\0b"),
        ("body", "a\0b"),
        ("lang", "x" * 36),
        ("tags", "x" * 101),
        ("tags", "a\0"),
        ("categories", ["999999"]),
        ("categories", ["x"]),
        ("categories", ["9" * 40]),
        ("author", "999999"),
        ("author", "9" * 40),
        ("date_0", "yesterday"),
        ("date_0", "0000-00-00"),
        ("markup", "latex"),
        ("slug", "a b"),
    ],
)
def test_what_cannot_be_stored_is_an_error_of_its_field(client, editor, name, value):
    article = make_article()
    response = submit(client, change_url(article), **{name: value})
    assert set(errors_of(response)) == {name.removesuffix("_0")}
    assert stored(article).version == 1


def test_known_key_that_came_with_the_file_may_stay(client, editor):
    article = make_article(extra={"cover": "x"})
    response = submit(client, change_url(article), extra='{"cover": "x", "b": 1}')
    assert response.status_code == 302
    assert stored(article).extra == {"cover": "x", "b": 1}


def test_two_writers_of_one_name_are_no_server_error(client, editor, monkeypatch):
    article = make_article()

    def collide(form, **options):
        raise IntegrityError

    monkeypatch.setattr("cms_news.admin.forms.ArticleForm.save_article", collide)
    response = submit(client, change_url(article), title="other")
    assert "save again" in errors_of(response)["__all__"][0]


def test_editor_is_told_what_the_sanitiser_took_out(client, editor):
    article = make_article(body="x", markup="html")
    body = f'<p onclick="a()">a</p><p onclick="b()">b</p>{EVIL}<{"x" * 60}>'
    response = submit(client, change_url(article), body=body)
    (warning, _success) = messages_of(client, response)
    assert warning.startswith("The cleaner took out of the text: script")
    assert "p.onclick (2)" in warning


def test_no_word_of_the_sanitiser_where_the_text_was_not_touched(client, editor):
    article = make_article(body=EVIL, markup="html")
    response = submit(client, change_url(article), title="other")
    (message,) = messages_of(client, response)
    assert "script" not in message


def test_removed_things_are_listed_and_escaped(client, editor):
    article = make_article(body=f"<a href=\"javascript:'<b>'\">x</a>{EVIL}", markup="html")
    page = client.get(change_url(article)).content.decode()
    assert "a.href" in page
    assert "&lt;script&gt;alert(1)" in page
    assert EVIL not in page.split("</textarea>")[-1]
    assert (
        "Nothing had to be removed."
        in client.get(change_url(make_article(slug="clean"))).content.decode()
    )


def test_hostile_names_are_escaped_everywhere(client, editor):
    article = make_article(
        EVIL,
        body=EVIL,
        author=EVIL,
        categories=((EVIL, f"{EVIL}2"), (f"{EVIL}3",)),
        tags=(EVIL,),
        headimg=f'https://example.com/"{EVIL}',
        excerpt=EVIL,
        extra={EVIL: EVIL},
        lang='"><script>',
        layout=EVIL,
        permalink=EVIL,
    )
    url = change_url(article)
    pages = [client.get(url), client.get(f"{url}preview/"), client.get(f"{url}history/")]
    pages.append(client.post(url, edit(read_form(pages[0]), slug="")))
    pages.append(client.get(pages[-1]["Location"]))
    for page in pages:
        assert "<script>alert" not in page.content.decode()
        assert '"><script>' not in page.content.decode()


def test_imported_article_shows_its_file(client, editor, tmp_path):
    from django.core.management import call_command

    (tmp_path / "post.md").write_text(f"---\ntitle: t\nx: '{EVIL}'\ndate: 2021-12-09\n---\nbody\n")
    call_command("import_articles", str(tmp_path), verbosity=0)
    page = client.get(change_url(Article.objects.get())).content.decode()
    assert "post.md" in page
    assert "title: t\n" in page
    assert EVIL not in page
    assert "front_matter_shown" not in client.get(change_url(make_article())).content.decode()


def test_link_to_the_site_is_there_only_for_public_articles(client, editor):
    public, draft = make_article(), make_article(published=False, slug="draft")
    assert "/articles/" in client.get(change_url(public)).content.decode()
    assert "/articles/draft" not in client.get(change_url(draft)).content.decode()


def test_form_needs_as_many_queries_for_many_categories_and_tags(client, editor):
    def count(article):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(change_url(article)).status_code == 200
        return len(queries)

    few = make_full_article()
    many = make_full_article(
        slug="many",
        categories=tuple((f"a{number}", f"b{number}", f"c{number}") for number in range(20)),
        tags=tuple(f"t{number}" for number in range(20)),
    )
    count(few)
    assert count(few) == count(many) == 11


def test_saving_writes_tags_and_links_once(client, editor):
    article = make_full_article()
    values = edit(read_form(client.get(change_url(article))), title="other")
    with CaptureQueriesContext(connection) as queries:
        client.post(change_url(article), values)
    written = [
        query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))
    ]
    news = [sql for sql in written if "cms_news" in sql.split("WHERE")[0]]
    assert [sql.split('"')[1] for sql in news] == ["cms_news_article", "cms_news_revision"]


def test_viewer_reads_and_writes_nothing(client):
    client.force_login(make_editor("viewer", permissions=("view_article",)))
    article = make_full_article()
    page = client.get(change_url(article))
    text = page.content.decode()
    assert page.status_code == 200
    assert "金融 › 中证网 › 资讯" in text
    assert "监管, Paris, Texas, a b" in text
    assert 'name="title"' not in text
    assert 'name="_save"' not in text
    assert "cms-news-move" not in text
    assert client.post(change_url(article), {"title": "x", "version": "1"}).status_code == 403
    assert client.get(ADD_URL).status_code == 403
    assert stored(article).title == "晨报"


def test_nobody_else_gets_in(client):
    article = make_article()
    for url in (change_url(article), LIST_URL, ADD_URL, f"{change_url(article)}../preview/"):
        assert client.get(url).status_code == 302
    client.force_login(make_editor("stranger", permissions=("view_author",)))
    assert client.get(change_url(article)).status_code == 403


def test_editor_without_right_to_categories_gets_no_button_for_new_ones(client):
    client.force_login(make_editor("writer", permissions=("change_article", "view_article")))
    article = make_full_article()
    assert "add_id_categories" not in client.get(change_url(article)).content.decode()
    assert submit(client, change_url(article), title="other").status_code == 302
    assert describe_article(stored(article)).categories[0] == ("要闻",)


def test_same_tag_in_another_spelling_is_no_second_tag(client, editor):
    make_article(tags=("Bank",), slug="a")
    article = make_article(slug="b")
    submit(client, change_url(article), tags="ＢＡＮＫ, bank")
    assert Tag.objects.count() == 1
    assert [tag.name for tag in stored(article).tags.all()] == ["Bank"]


def test_extra_is_shown_as_readable_json(client, editor):
    article = make_article(extra={"键": {"a": 1}})
    shown = read_form(client.get(change_url(article)))["extra"][0]
    assert json.loads(shown) == {"键": {"a": 1}}
    assert "键" in shown


def test_author_can_be_taken_away(client, editor):
    article = make_full_article()
    submit(client, change_url(article), author="")
    assert stored(article).author is None
    assert Author.objects.count() == 1
