import io
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cms_news.errors import NewsError
from cms_news.models import Article, ImportRecord
from cms_news.services import Source, describe_article, import_uploads, save_article
from cms_news.services import export_archives as archives
from cms_news.services.export_archives import write_archive
from cms_news.services.exporting import ExportOutcome
from cms_news.services.import_results import FileResult, Outcome
from cms_news.services.import_uploads import (
    UploadOptions,
    discard_upload,
    plan_upload,
    run_upload,
    stage_upload,
)
from cms_news.services.locks import ImportLockedError, import_lock
from tests.builders import make_article, make_data, make_editor

pytestmark = pytest.mark.django_db

TEXT = "---\ntitle: {0}\ndate: 2021-12-09\n---\nBody of {0}.\n"
States = ImportRecord.State


def upload(name, content=None):
    content = TEXT.format(name) if content is None else content
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def pack(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def stage(*files, source="desk", **options):
    return stage_upload(files, user=None, source=source, options=UploadOptions(**options))


def run(*files, **options):
    record = stage(*files, **options)
    run_upload(record)
    return ImportRecord.objects.get(pk=record.pk)


def outcomes(results):
    return {result.path: str(result.outcome) for result in results}


def refusal(*files, **options):
    with pytest.raises(NewsError) as caught:
        stage(*files, **options)
    assert not ImportRecord.objects.exists()
    return str(caught.value)


def edit(article, **changes):
    return save_article(replace(describe_article(article), **changes), article=article)


def unpack(articles):
    stream = io.BytesIO()
    results = write_archive(articles, stream)
    with zipfile.ZipFile(stream) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == len(set(archive.namelist()))
        return results, {name: archive.read(name) for name in archive.namelist()}


# Staging


def test_archive_is_kept_as_it_is():
    user, content = make_editor(), pack({"a/b.md": TEXT.format("B")})
    options = UploadOptions(on_conflict="file", timezone="Asia/Tokyo")
    record = stage_upload([upload("N.ZIP", content)], user=user, source="desk", options=options)
    record.refresh_from_db()
    assert bytes(record.upload) == content
    assert (record.state, record.door, record.user, record.source) == (
        *("planned", "admin", user, "desk"),
    )
    assert record.options == {
        "files": ["N.ZIP"],
        "on_conflict": "file",
        "timezone": "Asia/Tokyo",
    }
    assert not Article.objects.exists()


def test_files_are_packed_with_their_bytes():
    files = {"a.md": b"---\r\ntitle: A\r\n---\r\n\xff", "中.html": b" " * 300_000, "空.md": b""}
    record = stage(*(upload(name, content) for name, content in files.items()))
    with zipfile.ZipFile(io.BytesIO(record.upload)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
    reasons = {result.path: result.reason for result in plan_upload(record)}
    assert "0xFF" in reasons["a.md"]
    assert "packed too well" not in reasons["中.html"]


def test_folders_in_a_name_are_dropped():
    file = upload("x.md")
    file._name = "C:\\posts/../x.md"  # as a client of this function may have it
    with zipfile.ZipFile(io.BytesIO(stage(file).upload)) as archive:
        assert archive.namelist() == ["x.md"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), "choose at least one"),
        (("a.md", "a.md"), 'two files are named "a.md"'),
        (("a.md", "b.zip"), '"b.zip" is a zip archive; upload it alone'),
        (("b.zip", "c.ZIP"), '"b.zip" is a zip archive; upload it alone'),
        (("a.txt",), '"a.txt" is not imported; names end in .md, .markdown, .html, .htm'),
        ((".hidden.md",), '".hidden.md" begins with a dot'),
        (("a\x07.md",), "control characters"),
        (("a.zip",), "not a zip archive"),
    ],
)
def test_names_that_are_refused(names, said):
    assert said in refusal(*(upload(name, b"x") for name in names))


def test_archive_without_anything_to_import_is_refused():
    content = pack({"a.txt": "x", ".b.md": "x", "__MACOSX/c.md": "x"})
    assert "holds no file whose name ends in .md" in refusal(upload("a.zip", content))
    assert "holds no file" in refusal(upload("a.zip", pack({})))


def test_all_files_together_may_not_exceed_the_limit(settings):
    settings.CMS_NEWS = {"MAX_UPLOAD_BYTES": 10}
    assert "11 bytes, at most 10" in refusal(upload("a.md", b"12345"), upload("b.md", b"123456"))
    stage(upload("a.md", b"12345"), upload("b.md", b"12345"))


@pytest.mark.parametrize("source", ["", "x" * 256, "a\nb", "a\0b"])
def test_source_without_a_proper_name_is_refused(source):
    assert "no name of a source" in refusal(upload("a.md"), source=source)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "America", "a\0b"])
def test_unknown_time_zone_is_refused(zone):
    assert "names no time zone" in refusal(upload("a.md"), timezone=zone)


def test_stale_plans_go_when_a_new_one_comes():
    old, fresh, done, killed = (stage(upload("a.md")) for _ in range(4))
    run_upload(done)
    ImportRecord.objects.filter(pk=killed.pk).update(state=States.RUNNING)
    past = timezone.now() - timedelta(hours=25)
    ImportRecord.objects.exclude(pk=fresh.pk).update(started_at=past)
    new = stage(upload("b.md"))
    assert set(ImportRecord.objects.values_list("pk", flat=True)) == {
        *(fresh.pk, done.pk, killed.pk, new.pk),
    }
    assert old.pk not in ImportRecord.objects.values_list("pk", flat=True)
    killed.refresh_from_db()
    assert killed.upload is None


# Planning and running


def test_plan_tells_everything_and_writes_nothing():
    run(upload("a.md"), upload("same.md"), upload("mine.md"))
    edit(Article.objects.with_names().get(source_path="mine.md"), title="Mine")
    record = stage(
        upload("a.md", TEXT.format("New title")),
        upload("broken.md", "---\ntitle: [a\n---\n"),
        upload("mine.md", TEXT.format("Theirs")),
        upload("new.md", TEXT.format("N").replace("2021", "2099") + "<script>x</script>"),
        upload("same.md"),
    )
    before = list(Article.objects.order_by("pk").values())
    results = plan_upload(record)
    assert outcomes(results) == {
        "a.md": "updated",
        "broken.md": "failed",
        "mine.md": "conflict",
        "new.md": "created",
        "same.md": "unchanged",
    }
    changed, broken, _conflict, new, _same = results
    assert "-title: a.md\n+title: New title\n" in changed.diff
    assert broken.line == 2
    assert new.state == "scheduled"
    assert [item.name for item in new.removed] == ["script"]
    assert list(Article.objects.order_by("pk").values()) == before
    assert ImportRecord.objects.get(pk=record.pk).state == States.PLANNED


def test_run_does_what_was_planned_and_lets_go_of_the_upload():
    record = stage(upload("a.md"), upload("broken.md", "---\ntitle: [a\n---\n"))
    recorder = run_upload(record)
    assert recorder.counts == {"created": 1, "failed": 1}
    stored = ImportRecord.objects.get(pk=record.pk)
    assert (stored.state, stored.counts, stored.upload) == (
        *("finished", {"created": 1, "failed": 1}, None),
    )
    assert stored.finished_at is not None
    assert [(row["path"], row["line"]) for row in stored.troubles] == [("broken.md", 2)]
    article = Article.objects.get()
    assert (article.source, article.source_path) == ("desk", "a.md")


def test_record_fetched_without_its_upload_can_run():
    pk = stage(upload("a.md")).pk
    assert run_upload(ImportRecord.objects.defer("upload").get(pk=pk)).counts == {"created": 1}
    assert ImportRecord.objects.get(pk=pk).upload is None


@pytest.mark.parametrize(
    ("winner", "title"), [("skip", "Mine"), ("file", "Theirs"), ("article", "Mine")]
)
def test_conflict_ends_as_the_record_says(winner, title):
    run(upload("a.md"))
    edit(Article.objects.with_names().get(), title="Mine")
    record = run(upload("a.md", TEXT.format("Theirs")), on_conflict=winner)
    assert Article.objects.get().title == title
    assert record.counts == {"conflict" if winner == "skip" else "updated": 1}


def test_dates_are_read_in_the_zone_of_the_record():
    text = TEXT.format("A").replace("2021-12-09", "2021-12-09 08:00:00")
    run(upload("a.md", text), timezone="Asia/Tokyo")
    assert Article.objects.get().date.hour == 23


def test_second_run_does_nothing_and_tells_the_same():
    record = stage(upload("a.md"), upload("b.md", "---\ntitle: [\n---\n"))
    other = ImportRecord.objects.get(pk=record.pk)
    first = run_upload(record)
    finished = ImportRecord.objects.get(pk=record.pk)
    Article.objects.all().delete()
    again = run_upload(other)
    assert (again.counts, again.troubles) == (first.counts, first.troubles)
    assert not Article.objects.exists()
    assert ImportRecord.objects.get(pk=record.pk).finished_at == finished.finished_at


def test_locked_source_leaves_the_plan_as_it_was(monkeypatch):
    def refuse(source):
        raise ImportLockedError("locked")

    record = stage(upload("a.md"))
    with monkeypatch.context() as patch:
        patch.setattr(import_uploads, "import_lock", refuse)
        with pytest.raises(ImportLockedError):
            run_upload(record)
    assert ImportRecord.objects.get(pk=record.pk).state == States.PLANNED
    with import_lock("another source"):
        assert run_upload(record).counts == {"created": 1}


def test_import_that_breaks_off_is_recorded(monkeypatch):
    def break_off(files, *, options):
        yield FileResult("a.md", Outcome.CREATED)
        raise RuntimeError("the power went out")

    record = stage(upload("a.md"), upload("b.md"))
    monkeypatch.setattr(import_uploads, "import_files", break_off)
    with pytest.raises(RuntimeError):
        run_upload(record)
    stored = ImportRecord.objects.get(pk=record.pk)
    assert (stored.state, stored.counts, stored.upload) == ("interrupted", {"created": 1}, None)


def test_discarded_plan_is_gone_and_can_not_run():
    record = stage(upload("a.md"))
    assert discard_upload(record)
    assert not discard_upload(record)
    with pytest.raises(NewsError, match="discarded"):
        run_upload(record)
    assert not Article.objects.exists()


def test_finished_import_can_not_be_discarded():
    record = run(upload("a.md"))
    assert not discard_upload(record)
    assert ImportRecord.objects.filter(pk=record.pk).exists()


def test_entries_that_lead_out_of_the_archive_fail_alone():
    content = pack(
        {"../a.md": TEXT.format("A"), "/b.md": TEXT.format("B"), "c.md": TEXT.format("C")}
    )
    record = stage(upload("x.zip", content))
    assert outcomes(plan_upload(record)) == {
        "../a.md": "failed",
        "/b.md": "failed",
        "c.md": "created",
    }
    run_upload(record)
    assert [article.source_path for article in Article.objects.all()] == ["c.md"]


# Archives of articles


def test_untouched_articles_leave_with_the_bytes_they_came_with():
    files = {
        "posts/a.md": TEXT.format("A").encode(),
        "posts/中文.md": TEXT.format("中").replace("\n", "\r\n").encode(),
        "u.md": "\ufeff---\ntitle: 标题\n---\n正文".encode("utf-16-le"),
        "long.html": b"---\ntitle: L\n---\n" + b" " * 300_000 + b"<p>x</p>",
    }
    run(upload("x.zip", pack(files)))
    results, found = unpack(Article.objects.all())
    assert found == files
    assert {result.outcome for result in results} == {ExportOutcome.WRITTEN}
    again = stage(upload("y.zip", pack(found)))
    assert set(outcomes(plan_upload(again)).values()) == {"unchanged"}


def test_articles_of_the_admin_are_named_by_their_slugs_and_nobody_loses_a_path():
    run(upload("wetter.md"), source="one")
    run(upload("wetter.md"), source="two")
    make_article("W", slug="wetter")
    _results, found = unpack(Article.objects.all())
    assert sorted(found) == ["wetter-2.md", "wetter-3.md", "wetter.md"]
    assert found["wetter.md"] == found["wetter-2.md"] == TEXT.format("wetter.md").encode()


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("../../etc/x.md", "etc/x.md"),
        ("/abs/x.md", "abs/x.md"),
        ("a\\..\\x.md", "a_.._x.md"),
        ("C:/x.md", "C_/x.md"),
        ("a/./b//x.md", "a/b/x.md"),
        ("a\nb.md", "a_b.md"),
        ("12:30 中文.md", "12:30 中文.md"),
    ],
)
def test_entries_never_lead_out(path, entry):
    source = Source(name="s", path=path, content_hash="0", encoding="utf-8", front_matter="")
    save_article(make_data(), source=source)
    assert list(unpack(Article.objects.all())[1]) == [entry]


def test_article_that_can_not_be_written_costs_only_itself():
    article, other = make_article("晨报", slug="a"), make_article("B", slug="b")
    Article.objects.filter(pk=article.pk).update(source_encoding="ascii")
    results, found = unpack(Article.objects.all())
    assert list(found) == ["b.md"]
    assert {result.article_id: str(result.outcome) for result in results} == {
        article.pk: "failed",
        other.pk: "written",
    }


def test_too_many_articles_are_refused(monkeypatch):
    monkeypatch.setattr(archives, "MAX_ARTICLES", 1)
    make_article("A", slug="a")
    unpack(Article.objects.all())
    make_article("B", slug="b")
    with pytest.raises(NewsError, match="2 articles, at most 1"):
        write_archive(Article.objects.all(), io.BytesIO())


def test_dates_beyond_what_an_archive_can_say_are_no_obstacle():
    make_article("A", slug="a", date=timezone.now().replace(year=1900))
    make_article("B", slug="b", date=timezone.now().replace(year=3000))
    assert sorted(unpack(Article.objects.all())[1]) == ["a.md", "b.md"]


def test_queries_do_not_grow_with_the_articles(django_assert_num_queries):
    for number in range(12):
        make_article("A", slug=f"a-{number}", tags=("x",), categories=(("c",),))
    with django_assert_num_queries(6):
        unpack(Article.objects.only("pk"))
