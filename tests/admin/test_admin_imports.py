import io
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import html5lib
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cms_news.errors import NewsError
from cms_news.models import Article, ImportRecord
from cms_news.services import describe_article, export_archives, save_article
from tests.admin.submitting import LIST_URL, messages_of, read_form
from tests.builders import make_article, make_editor

pytestmark = pytest.mark.django_db

IMPORTS = "/admin/cms_news/importrecord/"
UPLOAD = f"{IMPORTS}add/"
EVIL = "<script>alert(1)</script>"
TEXT = "---\ntitle: {0}\ndate: 2021-12-09\n---\nBody of {0}.\n"


@pytest.fixture
def editor(client):
    editor = make_editor()
    client.force_login(editor)
    return editor


@pytest.fixture
def importer(client):
    """Somebody who may import and nothing else."""
    user = make_editor("importer", permissions=("import_articles",))
    client.force_login(user)
    return user


def upload(name, content=None):
    content = TEXT.format(name) if content is None else content
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def pack(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def url_of(name, record):
    return reverse(f"admin:cms_news_importrecord_{name}", args=[record.pk])


def send(client, *files, **values):
    form = read_form(client.get(UPLOAD), "cms-news-upload")
    return client.post(UPLOAD, {**form, "uploads": list(files), **values})


def stage(client, *files, **values):
    response = send(client, *files, **values)
    assert response.status_code == 302, response.context["form"].errors
    record = ImportRecord.objects.latest("pk")
    assert response["Location"] == url_of("plan", record)
    return record


def run(client, record):
    response = client.post(url_of("run", record))
    assert response["Location"] == url_of("change", record)
    return response


def errors(response):
    assert response.status_code == 200
    assert not ImportRecord.objects.exists()
    return response.context["form"].errors


def text_of(response):
    """Return what a reader sees, in one line."""
    assert response.status_code == 200
    root = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    main = next(found for found in root.iter() if found.get("id") == "content-main")
    return re.sub(r"\s+", " ", "".join(main.itertext()))


def scripts(response):
    """Return what the scripts of the page hold that do not come from a file."""
    root = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    return [found.text for found in root.iter("script") if not found.get("src")]


# The way of a file


def test_several_files_from_the_form_to_the_article(client, editor):
    assert f'href="{UPLOAD}"' in client.get(IMPORTS).content.decode()
    record = stage(
        client, upload("a.md"), upload("b.html"), upload("c.md", "---\ntitle: [a\n---\n")
    )
    assert not Article.objects.exists()
    plan = text_of(client.get(url_of("plan", record)))
    assert "3 files for the source “admin”" in plan
    assert "New: 2" in plan
    assert "Failed: 1" in plan
    assert "c.md line 2" in plan

    response = run(client, record)
    assert messages_of(client, response) == ["The import is done. New: 2 · Failed: 1"]
    assert sorted(article.source_path for article in Article.objects.all()) == ["a.md", "b.html"]
    page = text_of(client.get(url_of("change", record)))
    assert "Finished" in page
    assert "c.md" in page
    assert "begins a list or mapping" in page
    listed = text_of(client.get(IMPORTS))
    assert "New: 2 · Failed: 1" in listed
    assert "editor" in listed


def test_archive_with_folders(client, importer):
    content = pack({"posts/a.md": TEXT.format("A"), "../b.md": TEXT.format("B")})
    record = stage(client, upload("x.zip", content), source=" blog ")
    plan = text_of(client.get(url_of("plan", record)))
    assert "the entry's path leads out of the archive" in plan
    run(client, record)
    (article,) = Article.objects.all()
    assert (article.source, article.source_path) == ("blog", "posts/a.md")
    assert "leads out of the archive" in text_of(client.get(url_of("change", record)))


def test_plan_names_states_notices_removals_and_changes(client, editor):
    run(client, stage(client, upload("a.md"), upload("same.md")))
    record = stage(
        client,
        upload("a.md", TEXT.format("Changed")),
        upload("later.md", TEXT.format("L").replace("2021", "2099")),
        upload("draft.md", TEXT.format("D").replace("date", "published: false\ndate")),
        upload("dirty.md", TEXT.format("X") + "<p onclick=x>y</p>"),
        upload("same.md"),
    )
    response = client.get(url_of("plan", record))
    plan = text_of(response)
    for part in (
        *("Changed: 1", "New: 3", "Unchanged: 1", "later.md Scheduled", "draft.md Draft"),
        *("not published", "1 thing is removed from the text", "p.onclick", "+2 −2"),
    ):
        assert part in plan
    html = response.content.decode()
    assert '<span class="cms-diff-gone">-title: a.md</span>' in html
    assert '<span class="cms-diff-added">+title: Changed</span>' in html
    assert "<details>" in html
    assert "<details open" not in html
    assert [row.result.path for row in response.context["rows"]][-1] == "same.md"


IN_CHINESE = {"headers": {"accept-language": "zh-hans"}}


def test_reasons_and_notices_are_in_the_language_of_the_editor(client, editor):
    record = stage(
        client,
        upload("date.md", "---\ntitle: A\ndate: 2021-13-45\n---\n"),
        upload("bytes.md", b"x\xff"),
        upload("list.md", "---\ntitle: [a]\n---\n"),
        upload("draft.md", "---\ntitle: A\ndraft: true\n---\n"),
    )
    plan = text_of(client.get(url_of("plan", record), **IN_CHINESE))
    run(client, record)
    result = text_of(client.get(url_of("change", record), **IN_CHINESE))
    for page in (plan, result):
        assert "date: “2021-13-45”不是日期：没有 13 月" in page
        assert "字节 0xFF 不是 UTF-8" in page
        assert "title: 此处需要文本，而不是列表（“['a']”）" in page
    assert "draft: 未发布：draft: true" in plan
    assert 'date: "2021-13-45" is not a date' in text_of(client.get(url_of("change", record)))


def test_plan_says_why_there_is_no_diff_in_the_language_of_the_editor(client, editor):
    run(client, stage(client, upload("a.md")))
    Article.objects.update(extra={"title": "x"})
    record = stage(client, upload("a.md", TEXT.format("Changed")))
    plan = text_of(client.get(url_of("plan", record), **IN_CHINESE))
    assert "没有差异对照：文章无法导出：title: 这个键有自己的字段" in plan


def test_record_without_templates_shows_its_reasons_as_they_are(client, editor):
    troubles = [{"path": "a.md", "outcome": "failed", "reason": "said in English", "line": 3}]
    record = ImportRecord.objects.create(source="posts", state="finished", troubles=troubles)
    page = text_of(client.get(url_of("change", record), **IN_CHINESE))
    assert "said in English" in page


@pytest.mark.parametrize(("winner", "title"), [("skip", "Mine"), ("file", "Theirs")])
def test_conflict(client, editor, winner, title):
    run(client, stage(client, upload("a.md")))
    article = Article.objects.with_names().get()
    save_article(replace(describe_article(article), title="Mine"), article=article)
    record = stage(client, upload("a.md", TEXT.format("Theirs")), on_conflict=winner)
    plan = text_of(client.get(url_of("plan", record)))
    run(client, record)
    result = text_of(client.get(url_of("change", record)))
    assert Article.objects.get().title == title
    assert ("In conflict: 1" in plan) is ("In conflict: 1" in result) is (winner == "skip")
    assert ("say which" in plan) is ("say which" in result) is (winner == "skip")
    assert "--on-conflict" not in plan + result


def test_long_plan_shows_the_first_rows_and_counts_all(client, editor, monkeypatch):
    monkeypatch.setattr("cms_news.admin.import_columns.MAX_ROWS", 2)
    monkeypatch.setattr("cms_news.admin.imports.MAX_ROWS", 2)
    files = [upload(name) for name in ("a.md", "b.md", "c.md")]
    record = stage(client, *files, upload("z.md", "---\ntitle: [\n---\n"))
    response = client.get(url_of("plan", record))
    assert [row.result.path for row in response.context["rows"]] == ["z.md", "a.md"]
    plan = text_of(response)
    assert "New: 3" in plan
    assert "And 2 more files, counted above." in plan


def test_second_confirm_shows_the_result_and_does_nothing(client, editor):
    record = stage(client, upload("a.md"))
    run(client, record)
    before = ImportRecord.objects.values().get()
    Article.objects.all().delete()
    response = run(client, record)
    assert messages_of(client, response)[-1] == "This import has run already."
    assert not Article.objects.exists()
    assert ImportRecord.objects.values().get() == before
    assert client.get(url_of("plan", record))["Location"] == url_of("change", record)


def test_import_that_was_broken_off_goes_on(client, editor):
    run(client, stage(client, upload("a.md")))
    record = stage(client, upload("a.md"), upload("b.md"))
    # As a server leaves it that was killed in the middle.
    ImportRecord.objects.filter(pk=record.pk).update(state="running")
    page = client.get(url_of("change", record))
    assert "Running, or broken off" in text_of(page)
    assert f'href="{url_of("plan", record)}"' in page.content.decode()
    response = client.get(url_of("plan", record))
    plan = text_of(response)
    assert "broken off" in plan
    assert "New: 1 Unchanged: 1" in plan
    assert "Nothing is imported yet" not in plan
    assert "Discard" not in plan
    run(client, record)
    assert Article.objects.count() == 2
    assert "Finished" in text_of(client.get(url_of("change", record)))
    response = run(client, record)
    assert messages_of(client, response)[-1] == "This import has run already."


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_browsers_run_one_plan_at_once(client, editor):
    if connection.vendor != "postgresql":
        pytest.skip("a database in memory has one writer")
    record = stage(client, *(upload(f"{number}.md") for number in range(40)))
    other = Client()
    other.force_login(editor)
    start = Barrier(2)

    def go(browser):
        start.wait()
        try:
            return browser.post(url_of("run", record)).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(go, [client, other])) == [302, 302]
    assert Article.objects.count() == 40
    record.refresh_from_db()
    assert (record.state, record.counts) == ("finished", {"created": 40})


def test_archive_of_drafts_is_drafts(client, editor):
    record = stage(client, upload("_drafts.zip", pack({"a.md": TEXT.format("A")})))
    assert "Draft" in text_of(client.get(url_of("plan", record)))
    run(client, record)
    assert not Article.objects.public().exists()


def test_discard(client, editor):
    record = stage(client, upload("a.md"))
    response = client.post(url_of("discard", record))
    assert response["Location"] == IMPORTS
    assert messages_of(client, response) == ["The files were discarded; nothing was imported."]
    assert not ImportRecord.objects.exists()
    assert client.post(url_of("run", record)).status_code == 404


def test_what_has_run_is_not_discarded(client, editor):
    record = stage(client, upload("a.md"))
    run(client, record)
    assert client.post(url_of("discard", record))["Location"] == url_of("change", record)
    assert ImportRecord.objects.exists()


def test_planned_import_leads_to_its_plan(client, editor):
    record = stage(client, upload("a.md"))
    assert client.get(url_of("change", record))["Location"] == url_of("plan", record)


def test_locked_source_leads_back_to_the_plan(client, editor, monkeypatch):
    def refuse(record, **options):
        raise NewsError('another import of the source "{source}" is running', source=EVIL)

    monkeypatch.setattr("cms_news.admin.imports.run_upload", refuse)
    record = stage(client, upload("a.md"))
    response = client.post(url_of("run", record), follow=True)
    assert response.redirect_chain[-1][0] == url_of("plan", record)
    assert "is running" in response.content.decode()
    assert EVIL not in response.content.decode()


def test_plan_whose_archive_can_not_be_read_says_so(client, editor):
    record = stage(client, upload("a.md"))
    ImportRecord.objects.update(upload=b"broken")
    page = client.get(url_of("plan", record))
    assert "not a zip archive" in text_of(page)
    assert "cms-news-run" not in page.content.decode()
    assert "Import now" not in page.content.decode()
    assert client.post(url_of("run", record))["Location"] == url_of("plan", record)


# What is refused


def test_form_says_what_it_can_not_take(client, editor, settings):
    assert "uploads" in errors(send(client))
    assert "not a zip archive" in str(errors(send(client, upload("a.zip", "nope"))))
    assert "two files are named" in str(errors(send(client, upload("a.md"), upload("a.md"))))
    assert "is not imported" in str(errors(send(client, upload("a.exe"))))
    assert "timezone" in errors(send(client, upload("a.md"), timezone="Mars"))
    assert "source" in errors(send(client, upload("a.md"), source=" "))
    assert "source" in errors(send(client, upload("a.md"), source="a\nb"))
    assert "on_conflict" in errors(send(client, upload("a.md"), on_conflict="me"))
    settings.CMS_NEWS = {"MAX_UPLOAD_BYTES": 10}
    assert "at most 10" in str(errors(send(client, upload("a.md"))))


def test_archives_that_lie_or_are_too_much_are_refused(client, editor, settings, monkeypatch):
    lying = bytearray(pack({"QQ.md": TEXT.format("A")}).replace(b"QQ.md", b"\xff\xfe.md"))
    for signature, offset in ((b"PK\3\4", 7), (b"PK\1\2", 9)):
        lying[lying.find(signature) + offset] |= 8  # "the name is UTF-8"
    assert "not a zip archive" in str(errors(send(client, upload("x.zip", bytes(lying)))))
    two = upload("x.zip", pack({"a.md": "a" * 600, "b.md": "b" * 600}))
    monkeypatch.setattr("cms_news.services.import_uploads.MAX_FILES", 1)
    assert "2 files, at most 1" in str(errors(send(client, two)))
    monkeypatch.undo()
    settings.CMS_NEWS = {"MAX_UPLOAD_BYTES": 1000}
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.md", "a" * 5000)
    said = str(errors(send(client, upload("x.zip", bomb.getvalue()))))
    assert "5000 bytes when unpacked, at most 4000" in said


def test_form_starts_with_the_defaults(client, editor, settings):
    settings.CMS_NEWS = {"TIMEZONE": "Asia/Tokyo"}
    form = read_form(client.get(UPLOAD), "cms-news-upload")
    assert form["source"] == ["admin"]
    assert form["on_conflict"] == ["skip"]
    assert form["timezone"] == ["Asia/Tokyo"]


def test_names_in_errors_are_escaped(client, editor):
    response = send(client, upload("<b>.exe"))
    assert "b&gt;.exe" in str(response.context["form"].errors)
    assert "<b>" not in response.content.decode()


@pytest.mark.parametrize("name", ["run", "discard"])
def test_changes_need_post_and_a_token(client, editor, name):
    record = stage(client, upload("a.md"))
    assert client.get(url_of(name, record)).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(editor)
    assert strict.post(url_of(name, record)).status_code == 403
    assert client.post(url_of("plan", record)).status_code == 405
    assert ImportRecord.objects.get().state == ImportRecord.State.PLANNED


def test_upload_needs_a_token(editor):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(editor)
    assert strict.post(UPLOAD, {"uploads": upload("a.md"), "source": "x"}).status_code == 403


@pytest.mark.parametrize("key", ["0", "x", "99999999999999999999999", "1/2"])
@pytest.mark.parametrize("name", ["plan", "run", "discard"])
def test_unknown_imports_are_not_found(client, editor, key, name):
    url = f"{IMPORTS}{key}/{name}/"
    response = client.get(url) if name == "plan" else client.post(url)
    assert response.status_code == 404


# Who may


def pages(record):
    return [
        *((method, UPLOAD) for method in ("get", "post")),
        ("get", url_of("plan", record)),
        ("post", url_of("run", record)),
        ("post", url_of("discard", record)),
    ]


@pytest.mark.parametrize(
    "permissions", [(), ("view_article", "add_article", "change_article"), ("view_importrecord",)]
)
def test_nobody_imports_without_the_permission(client, editor, permissions):
    record = stage(client, upload("a.md"))
    client.force_login(make_editor("other", permissions=permissions))
    for method, url in pages(record):
        assert getattr(client, method)(url).status_code == 403, url
    assert ImportRecord.objects.get().state == ImportRecord.State.PLANNED
    assert UPLOAD not in client.get("/admin/").content.decode()
    sees_list = permissions == ("view_importrecord",)
    for url in (IMPORTS, url_of("change", record)):
        response = client.get(url)
        assert response.status_code == (200 if sees_list else 403)
        assert UPLOAD not in response.content.decode()


def test_strangers_are_sent_to_the_login(client, editor):
    record = stage(client, upload("a.md"))
    for method, url in pages(record):
        response = getattr(Client(), method)(url)
        assert response.status_code == 302
        assert "/login/" in response["Location"]


def test_permission_to_import_is_enough(client, importer):
    record = stage(client, upload("a.md"))
    run(client, record)
    page = client.get(url_of("change", record)).content.decode()
    assert UPLOAD in page
    assert "deletelink" not in page
    assert client.get(IMPORTS).status_code == 200
    assert client.get(f"{IMPORTS}{record.pk}/delete/").status_code == 403


def test_records_are_read_only(client, editor):
    record = stage(client, upload("a.md"))
    run(client, record)
    before = ImportRecord.objects.values().get()
    assert client.post(url_of("change", record), {"source": "other"}).status_code == 403
    assert ImportRecord.objects.values().get() == before
    assert 'name="_save"' not in client.get(url_of("change", record)).content.decode()


# Hostile files


def test_nothing_of_a_file_becomes_markup(client, editor):
    name = f"{EVIL}.md".replace("/", "∕")
    content = {
        name: TEXT.format(EVIL) + EVIL,
        f"a{EVIL}/b.md": "---\ntitle: [<b>x\n---\n",
        "keys.md": f'---\ntitle: T\n"{EVIL}": 1\ndate: "{EVIL}"\n---\nx',
        "old.md": TEXT.format(EVIL),
    }
    run(client, stage(client, upload("old.md")))
    record = stage(client, upload("x.zip", pack(content)))
    plan = client.get(url_of("plan", record))
    run(client, record)
    result, listed = client.get(url_of("change", record)), client.get(IMPORTS)
    assert EVIL in text_of(plan)
    assert EVIL in text_of(result)
    for page in (plan, result, listed):
        html = page.content.decode()
        assert "<script>alert" not in html
        assert "<b>x" not in html
        assert scripts(page) == []


def test_stored_record_of_a_stranger_is_escaped(client, editor):
    record = ImportRecord.objects.create(
        source=EVIL,
        state="finished",
        counts={"failed": 3, EVIL: 1},
        troubles=[{"path": EVIL, "outcome": EVIL, "reason": EVIL, "line": EVIL}],
        options={"on_conflict": EVIL},
    )
    page = client.get(url_of("change", record))
    assert EVIL in text_of(page)
    assert "And 2 more." in text_of(page)
    for html in (page.content.decode(), client.get(IMPORTS).content.decode()):
        assert EVIL not in html


def test_record_of_a_command_is_shown(client, editor):
    record = ImportRecord.objects.create(
        source="posts", options={"paths": ["posts"], "on_conflict": "article", "timezone": None}
    )
    page = text_of(client.get(url_of("change", record)))
    assert "Running, or broken off" in page
    assert "The article" in page
    assert "Command line" in page


def test_long_diffs_are_cut(client, editor):
    run(client, stage(client, upload("a.md")))
    long = TEXT.format("A") + "x" * 5000 + "\n" + "line\n" * 2000
    record = stage(client, upload("a.md", long))
    response = client.get(url_of("plan", record))
    assert "more lines." in text_of(response)
    assert len(response.content) < 100_000


# Numbers of queries


def count_queries(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return list(queries)


def test_list_and_detail_ask_no_more_for_many(client, editor):
    def fill(count):
        for number in range(count):
            user = make_editor(f"u{ImportRecord.objects.count()}", permissions=())
            ImportRecord.objects.create(
                source=f"s{number}", user=user, counts={"created": 2}, upload=b"x" * 100
            )

    fill(2)
    client.get(IMPORTS)
    few = count_queries(client, IMPORTS)
    fill(30)
    many = count_queries(client, IMPORTS)
    # Session, user, count, imports with their users.
    assert len(few) == len(many) == 4
    url = url_of("change", ImportRecord.objects.first())
    client.get(url)  # the first one in a process also asks for the content type
    detail = count_queries(client, url)
    assert len(detail) <= 5
    for query in [*many, *detail]:
        assert '"upload"' not in query["sql"].replace('"upload" IS NOT NULL', "")


# Articles back to files


def export(client, *articles, **more):
    chosen = {"action": "export_as_files", "_selected_action": [str(a.pk) for a in articles]}
    return client.post(LIST_URL, {**chosen, **more})


def unpack(response):
    # The test client closes the response at the end of its content. A second close() would close the
    # connection to the database as well, as at the end of a real request.
    content = b"".join(response.streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_round_trip_gives_the_same_bytes(client, editor):
    files = {
        "posts/a.md": TEXT.format("A").replace("\n", "\r\n").encode(),
        "中文.md": b"---\n# kept\ntitle:   'T'\ndate: 2021-12-09\n---\nx",
    }
    run(client, stage(client, upload("x.zip", pack(files))))
    response = export(client, *Article.objects.all())
    name = f"articles-{timezone.localdate():%Y-%m-%d}.zip"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert unpack(response) == files
    again = stage(client, upload("y.zip", pack(files)))
    assert "Unchanged: 2" in text_of(client.get(url_of("plan", again)))


def test_export_takes_what_was_ticked(client, editor):
    chosen, _other = make_article("A", slug="a"), make_article("B", slug="b")
    assert list(unpack(export(client, chosen))) == ["a.md"]
    assert sorted(unpack(export(client, chosen, select_across="1"))) == ["a.md", "b.md"]


def test_readers_of_the_admin_may_export_and_others_not(client):
    article = make_article("A", slug="a")
    client.force_login(make_editor("reader", permissions=("view_article",)))
    assert list(unpack(export(client, article))) == ["a.md"]
    client.force_login(make_editor("importer", permissions=("import_articles",)))
    assert export(client, article).status_code == 403


def test_too_many_articles_are_refused_with_a_message(client, editor, monkeypatch):
    monkeypatch.setattr(export_archives, "MAX_ARTICLES", 1)
    articles = make_article("A", slug="a"), make_article("B", slug="b")
    response = export(client, *articles)
    assert "2 articles, at most 1 are exported" in messages_of(client, response)[0]


def test_article_that_can_not_be_exported_is_named_on_the_next_page(client, editor):
    bad, good = make_article("晨报", slug="a"), make_article("B", slug="b")
    Article.objects.filter(pk=bad.pk).update(source_encoding="ascii")
    assert list(unpack(export(client, bad, good))) == ["b.md"]
    (said,) = [str(message) for message in client.get(LIST_URL).context["messages"]]
    assert said.startswith("a.md: can't be written: ")
