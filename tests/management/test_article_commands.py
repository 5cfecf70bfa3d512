import json
import os
import shutil
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from cms_news.management.import_reports import TextReport
from cms_news.models import Article, ImportRecord
from cms_news.services.locks import import_lock
from tests.builders import make_article

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parent.parent.parent
GOOD = "---\ntitle: {0}\ndate: 2021-12-09\n---\nBody of {0}.\n"


class Terminal(StringIO):
    def isatty(self):
        return True


def call(*arguments, status=0, **options):
    """Run a command and return what it printed; `status` is the exit status it must have."""
    out, err = StringIO(), StringIO()
    try:
        call_command(*map(str, arguments), stdout=out, stderr=err, **options)
    except CommandError as error:
        assert error.returncode == status
        return out.getvalue(), err.getvalue() + str(error)
    assert status == 0
    return out.getvalue(), err.getvalue()


@pytest.fixture
def posts(tmp_path):
    folder = tmp_path / "posts"
    folder.mkdir()
    for name in ("one", "two"):
        (folder / f"{name}.md").write_text(GOOD.format(name))
    return folder


def test_import_tells_what_became_of_each_file(posts):
    out, err = call("import_articles", posts)
    assert "one.md: created" in out
    assert "2 created, 0 updated, 0 renamed, 0 unchanged, 0 conflict, 0 failed" in out
    assert err == ""


def test_import_of_a_broken_file_exits_with_1_and_names_it(posts):
    (posts / "bad.md").write_text("---\ntitle: A\ndate: 2021-99-99\n---\n")
    out, err = call("import_articles", posts, status=1)
    assert Article.objects.count() == 2
    assert "bad.md:3: failed: date: " in err
    assert "2021-99-99" in err
    assert "1 of 3 files" in err
    assert "2 created" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["/no/such/folder"],
        ["{posts}", "--timezone", "Mars/Olympus"],
        ["{posts}", "--root", "{posts}/elsewhere"],
    ],
)
def test_import_with_arguments_it_cannot_use_exits_with_2(posts, arguments):
    call("import_articles", *[item.format(posts=posts) for item in arguments], status=2)
    assert not Article.objects.exists()


def test_import_of_two_folders_with_the_same_paths_is_refused(posts, tmp_path):
    twin = tmp_path / "twin" / "posts"
    twin.mkdir(parents=True)
    (twin / "one.md").write_text(GOOD.format("other"))
    _out, err = call("import_articles", posts, twin, status=2)
    assert "--source" in err
    assert not Article.objects.exists()


def test_import_of_a_folder_and_a_file_in_it_takes_the_file_once(posts):
    call("import_articles", posts, posts / "one.md")
    assert Article.objects.count() == 2


def test_dry_run_says_so(posts):
    out, _err = call("import_articles", posts, "--dry-run")
    assert "nothing was written" in out
    assert not Article.objects.exists()


def test_timezone_is_that_of_naive_dates(posts):
    call("import_articles", posts, "--timezone", "Asia/Tokyo")
    assert Article.objects.first().date.isoformat() == "2021-12-08T15:00:00+00:00"


def test_quiet_import_prints_nothing(posts):
    assert call("import_articles", posts, verbosity=0) == ("", "")


def test_removed_markup_and_notices_are_told(posts):
    (posts / "x.md").write_text("---\ndate: 2021-01-01\n---\n<script>alert(1)</script>\n")
    out, _err = call("import_articles", posts)
    assert "removed element script ×1" in out
    assert "title" in out


def test_progress_is_drawn_on_a_terminal_and_wiped(posts):
    err = Terminal()
    call_command("import_articles", str(posts), stdout=StringIO(), stderr=err)
    assert "2/2" in err.getvalue()
    assert err.getvalue().rstrip("\n").endswith("\x1b[K")


def test_import_help_documents_the_exit_status():
    result = subprocess.run(
        [sys.executable, "manage.py", "import_articles", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "exit status" in result.stdout
    assert "--dry-run" in result.stdout


def test_export_writes_what_was_imported(posts, tmp_path):
    call("import_articles", posts)
    out, _err = call("export_articles", tmp_path / "out")
    assert "2 written, 0 unchanged, 0 conflict, 0 failed" in out
    for path in posts.iterdir():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()
    assert "2 unchanged" in call("export_articles", tmp_path / "out")[0]


def test_export_of_two_sources_asks_which(posts, tmp_path):
    call("import_articles", posts)
    call("import_articles", posts, "--source", "second")
    _out, err = call("export_articles", tmp_path / "out", status=2)
    assert "posts, second" in err
    assert "2 written" in call("export_articles", tmp_path / "out", "--source", "second")[0]


def test_export_onto_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    call("export_articles", tmp_path / "file", status=2)


def test_export_leaves_out_the_trash(tmp_path):
    article = make_article("a")
    Article.objects.filter(pk=article.pk).store(trashed_at=article.date)
    assert "0 written" in call("export_articles", tmp_path / "out")[0]
    assert "1 written" in call("export_articles", tmp_path / "out", "--include-trash")[0]


def test_export_that_fails_exits_with_1(tmp_path):
    article = make_article("a")
    Article.objects.filter(pk=article.pk).store(source_path="../x.md")
    _out, err = call("export_articles", tmp_path / "out", status=1)
    assert "../x.md" in err


def test_sanitize_cleans_what_an_older_policy_cleaned(settings):
    body = '<p><a href="https://e.example/">a</a><iframe src="https://video.example.com/1"></iframe></p>'
    kept = make_article("a", body=body, markup="html")
    assert "iframe" not in kept.body_html
    assert "every article" in call("sanitize_articles", "--check")[0]
    settings.CMS_NEWS = {"POLICY": {"embed_hosts": ["video.example.com"]}}
    call("sanitize_articles", "--check", status=1)
    assert "1 articles cleaned" in call("sanitize_articles")[0]
    assert "video.example.com" in Article.objects.get().body_html
    call("sanitize_articles", "--check")
    assert "0 articles cleaned" in call("sanitize_articles")[0]


def test_sanitize_empties_a_body_beyond_the_limits_and_says_so(settings):
    make_article("a", body="<p>" + "word " * 100, markup="html")
    settings.CMS_NEWS = {"POLICY": {"max_chars": 50}}
    _out, err = call("sanitize_articles", status=1)
    assert '"a": not served any more' in err
    assert Article.objects.get().body_html == ""
    call("sanitize_articles", "--check")


def test_sanitize_leaves_the_source_alone(settings):
    article = make_article("a", body="<p onclick='x'>a</p>", markup="html")
    settings.CMS_NEWS = {"SANITIZER": "nh3"}
    call("sanitize_articles")
    assert Article.objects.get().body == article.body
    assert Article.objects.get().version == article.version


def test_refresh_renders_what_is_blank(settings):
    make_article("a", tags=("t",))
    call("refresh_cards", "--check")
    Article.objects.update(title="b")
    call("refresh_cards", "--check", status=1)
    assert "1 articles rendered" in call("refresh_cards")[0]
    assert '"title":"b"' in Article.objects.get().own_card
    call("refresh_cards", "--check")


def test_refresh_renders_again_after_a_change_of_settings(settings):
    make_article("a")
    settings.CMS_NEWS = {"ARTICLE_URL": "/n/{id}"}
    call("refresh_cards", "--check", status=1)
    call("refresh_cards")
    assert f'"url":"/n/{Article.objects.get().pk}"' in Article.objects.get().own_card


def test_refresh_of_all_mends_what_was_changed_behind_our_back():
    make_article("a")
    Article.objects.store(title="b")
    call("refresh_cards", "--check")
    call("refresh_cards", "--check", "--all", status=1)
    assert "1 articles rendered" in call("refresh_cards", "--all")[0]
    assert '"title":"b"' in Article.objects.get().own_card
    call("refresh_cards", "--check", "--all")


@pytest.mark.parametrize("command", ["sanitize_articles", "refresh_cards"])
def test_more_articles_than_a_batch(command, monkeypatch):
    monkeypatch.setattr("cms_news.services.refreshing.BATCH_SIZE", 2)
    Article.objects.bulk_create(
        [Article(title=f"t{n}", slug=f"s{n}", body="<p>a", markup="html") for n in range(5)]
    )
    assert "5 articles" in call(command)[0]
    call(command, "--check")


def edit_both(posts):
    call("import_articles", posts)
    article = Article.objects.get(title="one")
    article.title = "edited"
    article.save()
    (posts / "one.md").write_text(GOOD.format("changed"))


def test_conflict_exits_with_1_and_says_how_to_go_on(posts):
    edit_both(posts)
    _out, err = call("import_articles", posts, status=1)
    assert "one.md: conflict: " in err
    assert "--on-conflict" in err


@pytest.mark.parametrize(("winner", "title"), [("file", "changed"), ("article", "edited")])
def test_conflict_is_settled_on_request(posts, winner, title):
    edit_both(posts)
    call("import_articles", posts, "--on-conflict", winner)
    assert Article.objects.filter(title=title).exists()
    assert "2 unchanged" in call("import_articles", posts)[0]


def test_dry_run_shows_the_beginning_of_a_diff_and_diff_all_of_it(posts):
    call("import_articles", posts)
    (posts / "one.md").write_text(GOOD.format("one") + "line\n" * 40)
    out, _err = call("import_articles", posts, "--dry-run")
    assert "+line" in out
    assert "more lines; --diff shows all" in out
    out, _err = call("import_articles", posts, "--dry-run", "--diff")
    assert out.count("+line") == 40


def test_vanished_file_is_told_and_pruned_on_request(posts):
    call("import_articles", posts)
    (posts / "one.md").unlink()
    assert "one.md: vanished" in call("import_articles", posts)[0]
    assert Article.objects.alive().count() == 2
    assert "1 pruned (dry run" in call("import_articles", posts, "--prune", "--dry-run")[0]
    assert Article.objects.alive().count() == 2
    assert "one.md: pruned" in call("import_articles", posts, "--prune")[0]
    assert Article.objects.alive().count() == 1


def test_renamed_file_is_not_told_as_vanished(posts):
    call("import_articles", posts)
    (posts / "one.md").rename(posts / "three.md")
    for options in (["--dry-run"], []):
        out, _err = call("import_articles", posts, *options)
        assert "three.md: renamed (was one.md)" in out
        assert "0 vanished" in out


def test_drafts_are_told_as_drafts(posts):
    (posts / "draft.md").write_text("---\ntitle: d\ndate: 2021-01-01\npublished: false\n---\n")
    (posts / "later.md").write_text("---\ntitle: l\ndate: 2999-01-01\n---\n")
    out, _err = call("import_articles", posts)
    assert "draft.md: created (draft)" in out
    assert "later.md: created (scheduled)" in out


def test_json_report_is_a_record_for_each_file_and_a_summary(posts, tmp_path):
    (posts / "bad.md").write_text("---\ntitle: A\ndate: 2021-99-99\n---\n")
    call("import_articles", posts, "--format", "json", "--output", tmp_path / "r.jsonl", status=1)
    records = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text("utf-8").splitlines()]
    assert [record.get("path") for record in records] == ["bad.md", "one.md", "two.md", None]
    assert records[0]["outcome"] == "failed"
    assert records[0]["line"] == 3
    assert records[1]["state"] == "public"
    assert records[-1]["summary"]["created"] == 2
    out, _err = call("import_articles", posts, "--format", "json", status=1)
    assert json.loads(out.splitlines()[-1])["summary"]["unchanged"] == 2


def test_zip_archive_is_imported_by_its_name_or_on_request(posts, tmp_path):
    archive = shutil.make_archive(str(tmp_path / "posts"), "zip", posts)
    assert "2 created" in call("import_articles", archive)[0]
    other = Path(archive).rename(tmp_path / "download")
    assert "2 unchanged" in call("import_articles", other, "--zip", "--source", "posts")[0]
    (tmp_path / "broken.zip").write_bytes(b"PK")
    call("import_articles", tmp_path / "broken.zip", status=2)


def test_encoding_that_is_none_exits_with_2(posts):
    _out, err = call("import_articles", posts, "--encoding", "klingon", status=2)
    assert "gb18030" in err


@pytest.mark.django_db(transaction=True)
def test_second_import_of_a_source_at_once_exits_with_2(posts):
    # A lock of this process's own connection does not keep the same connection out on PostgreSQL.
    if connection.vendor == "postgresql":
        pytest.skip("shown with a process of its own in test_import_sources")
    with import_lock("posts"):
        _out, err = call("import_articles", posts, status=2)
    assert "running" in err
    assert not Article.objects.exists()


def test_interrupt_ends_after_the_batch_with_130(posts, monkeypatch):
    monkeypatch.setattr("cms_news.services.importing.BATCH_SIZE", 1)
    write = TextReport.tell

    def tell_and_interrupt(self, result):
        write(self, result)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(TextReport, "tell", tell_and_interrupt)
    out, err = call("import_articles", posts, "--jobs", 1, status=130)
    assert "1 created" in out
    assert "interrupted" in err
    monkeypatch.undo()
    out, _err = call("import_articles", posts)
    assert "1 created, 0 updated, 0 renamed, 1 unchanged" in out


def test_export_check_tells_what_differs_and_writes_nothing(posts, tmp_path):
    call("import_articles", posts)
    target = tmp_path / "out"
    out, _err = call("export_articles", target, "--check", status=1)
    assert "one.md: missing" in out
    assert not target.exists()
    call("export_articles", target)
    assert "2 unchanged" in call("export_articles", target, "--check")[0]
    Article.objects.filter(source_path="one.md").update(title="Edited")
    (target / "two.md").write_text("other")
    out, err = call("export_articles", target, "--check", status=1)
    assert "one.md: different" in out
    assert "two.md: conflict: the file was changed" in err
    assert "0 unchanged, 1 conflict, 0 failed, 0 missing, 1 different" in out
    assert "2 of 2" in err
    assert (target / "two.md").read_text() == "other"
    out, _err = call("export_articles", target, "--check", "--force", status=1)
    assert "0 conflict, 0 failed, 0 missing, 2 different" in out
    assert (target / "two.md").read_text() == "other"


def test_export_leaves_what_somebody_changed_alone_unless_forced(posts, tmp_path):
    call("import_articles", posts)
    Article.objects.update(title="Edited")
    (posts / "one.md").write_text("by hand")
    out, err = call("export_articles", posts, status=1)
    assert "1 written, 0 unchanged, 1 conflict, 0 failed" in out
    assert "one.md: conflict: the file was changed since it was imported or exported last" in err
    assert "1 of 2 articles were not exported" in err
    assert (posts / "one.md").read_text() == "by hand"
    assert "1 written, 1 unchanged" in call("export_articles", posts, "--force")[0]
    assert "title: Edited" in (posts / "one.md").read_text()


def test_export_of_a_part(tmp_path):
    make_article("in", categories=(("a", "b"),))
    make_article("out", categories=(("c",),))
    make_article("draft", categories=(("a",),), published=False)

    def exported(*options):
        target = tmp_path / "-".join(["x", *options]).replace("/", "")
        call("export_articles", target, *options)
        return {path.name for path in target.iterdir()} if target.exists() else set()

    assert exported("--category", "a") == {"in.md", "draft.md"}
    assert exported("--only-public") == {"in.md", "out.md"}
    assert exported("--since", "2999-01-01") == set()
    assert exported("--since", "2001-01-01") == {"in.md", "out.md", "draft.md"}
    for bad in (["--category", "none"], ["--since", "yesterday"]):
        call("export_articles", tmp_path / "y", *bad, status=2)


def test_roundtrip_of_the_samples_is_complete():
    samples = ROOT / "example_project" / "sample_articles"
    number = len(
        [path for path in samples.rglob("*") if path.suffix in {".md", ".html", ".markdown"}]
    )
    out, _err = call("check_roundtrip", samples)
    assert f"{number} of {number} files came back byte for byte; 0 could not" in out
    assert not Article.objects.exists()


def test_roundtrip_that_fails_says_so(posts, monkeypatch):
    (posts / "bad.md").write_text("---\ntitle: A: b\n---\n")
    out, err = call("check_roundtrip", posts)
    assert "2 of 2 files" in out
    assert "1 could not be imported" in out
    assert "bad.md: failed" in err
    monkeypatch.setattr(
        "cms_news.services.exporting.export_article", lambda article: b"something else"
    )
    out, err = call("check_roundtrip", posts, status=1)
    assert "one.md: different" in out
    assert "2 files came back" in err


def test_roundtrip_of_no_folder_exits_with_2(tmp_path):
    call("check_roundtrip", tmp_path / "none", status=2)


def test_every_import_leaves_a_record_but_no_rehearsal_does(posts):
    (posts / "bad.md").write_text("---\ntitle: A\ndate: 2021-99-99\n---\n")
    call("import_articles", posts, "--dry-run", status=1)
    assert not ImportRecord.objects.exists()
    call("import_articles", posts, status=1)
    record = ImportRecord.objects.get()
    assert record.counts == {"created": 2, "failed": 1}
    assert record.state == "finished"
    assert record.finished_at >= record.started_at
    assert record.source == "posts"
    (trouble,) = record.troubles
    assert (trouble["path"], trouble["line"]) == ("bad.md", 3)


def test_articles_know_when_they_were_imported(posts):
    call("import_articles", posts)
    assert all(article.imported_at for article in Article.objects.all())


def twin_of(posts, tmp_path):
    """Return a folder of the same name elsewhere, with a file of the same bytes under another name."""
    twin = tmp_path / "elsewhere" / "posts"
    twin.mkdir(parents=True)
    (twin / "other.md").write_bytes((posts / "one.md").read_bytes())
    return twin


def test_folder_that_bears_the_name_of_another_takes_no_article_from_it(posts, tmp_path):
    call("import_articles", posts)
    twin = twin_of(posts, tmp_path)
    out, _err = call("import_articles", twin)
    assert "other.md: created" in out
    assert Article.objects.filter(source_path="one.md").exists()


def test_folder_that_bears_the_name_of_another_prunes_only_when_it_is_meant(posts, tmp_path):
    call("import_articles", posts)
    twin = twin_of(posts, tmp_path)
    _out, err = call("import_articles", twin, "--prune", status=2)
    assert "--source" in err
    assert Article.objects.alive().count() == 2
    out, _err = call("import_articles", twin, "--prune", "--source", "posts")
    assert "other.md: renamed (was one.md)" in out
    assert "two.md: pruned" in out
