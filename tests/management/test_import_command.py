"""What `import_articles` says and refuses, and what it takes for gone."""

import json
import os
import re
import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from cms_news.errors import NewsError
from cms_news.models import Article, ImportRecord
from cms_news.services import sources

pytestmark = pytest.mark.django_db

GOOD = "---\ntitle: {0}\ndate: 2021-12-09\n---\nBody of {0}.\n"


def call(*arguments, status=0, **options):
    """Run an import and return what it printed; `status` is the exit status it must have."""
    out, err = StringIO(), StringIO()
    try:
        call_command("import_articles", *map(str, arguments), stdout=out, stderr=err, **options)
    except CommandError as error:
        assert error.returncode == status, str(error)
        return out.getvalue(), err.getvalue() + str(error)
    assert status == 0
    return out.getvalue(), err.getvalue()


@pytest.fixture
def posts(tmp_path):
    folder = tmp_path / "posts"
    write(folder, "one.md")
    write(folder, "deep/two.md")
    return folder


def write(folder, name, text=None):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(GOOD.format(path.stem) if text is None else text, "utf-8")
    return path


def alive():
    return sorted(Article.objects.alive().values_list("source_path", flat=True))


@pytest.mark.parametrize("output", ["/no/such/folder/report", "/"])
def test_report_that_can_not_be_written_is_known_before_anything_is(posts, output):
    _out, err = call(posts, "--output", output, status=2)
    assert "--output" in err
    assert not Article.objects.exists()


@pytest.mark.parametrize("source", ["", "a\nb", "x" * 256, "a\x1b[31m"])
def test_source_without_a_proper_name_is_refused(posts, source):
    archive = shutil.make_archive(str(posts.parent / "posts"), "zip", posts)
    for path in (posts, archive):
        _out, err = call(path, "--source", source, status=2)
        assert "no name of a source" in err
    assert not Article.objects.exists()


def test_folder_whose_name_is_no_text_asks_for_a_source(tmp_path):
    folder = tmp_path / os.fsdecode(b"\xff")
    try:
        write(folder, "a.md")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    call(folder, status=2)
    assert "1 created" in call(folder, "--source", "named")[0]


def test_folder_named_twice_tells_everything_once(posts):
    call(posts, posts)
    (posts / "one.md").unlink()
    out, _err = call(posts, posts / ".", posts)
    assert out.count("one.md: vanished") == 1
    assert "1 unchanged" in out
    assert "1 vanished" in out


def test_failures_are_counted_among_the_files_that_are_there(posts):
    call(posts)
    (posts / "one.md").unlink()
    write(posts, "bad.md", "---\ntitle: a: b\n---\n")
    _out, err = call(posts, status=1)
    assert "1 of 2 files" in err


def refuse_folder(monkeypatch, name):
    """Let the folder `name` be one that may not be looked into; the superuser may look into all."""
    scandir = os.scandir

    def scan(path):
        if Path(path).name == name:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(sources.os, "scandir", scan)


@pytest.mark.parametrize(
    ("name", "kept"), [("deep", ["deep/two.md"]), ("posts", ["deep/two.md", "one.md"])]
)
def test_what_can_not_be_looked_into_is_not_gone(posts, monkeypatch, name, kept):
    call(posts)
    (posts / "one.md").unlink()
    refuse_folder(monkeypatch, name)
    out, err = call(posts, "--prune", status=1)
    assert "can't be read" in err
    assert ("one.md: pruned" in out) == (name == "deep")
    assert alive() == kept


def test_folder_that_was_emptied_prunes_nothing(posts):
    call(posts)
    shutil.rmtree(posts)
    posts.mkdir()
    out, err = call(posts, "--prune", status=1)
    assert "2 vanished, 0 pruned" in out
    assert "no file at all" in err
    assert alive() == ["deep/two.md", "one.md"]


def test_archive_tells_and_prunes_what_it_no_longer_holds(posts, tmp_path):
    archive = shutil.make_archive(str(tmp_path / "posts"), "zip", posts)
    call(archive)
    (posts / "one.md").unlink()
    shutil.make_archive(str(tmp_path / "posts"), "zip", posts)
    assert "one.md: vanished" in call(archive)[0]
    assert "one.md: pruned" in call(archive, "--prune")[0]
    assert alive() == ["deep/two.md"]


def test_folder_that_bears_the_name_of_another_is_told_what_that_means(posts, tmp_path):
    call(posts)
    twin = tmp_path / "elsewhere" / "posts"
    shutil.copytree(posts, twin)
    _out, err = call(twin)
    assert f'The source "posts" was {posts} when it was imported last' in err
    assert call(twin)[1] == ""
    (twin / "one.md").rename(twin / "three.md")
    assert "three.md: renamed (was one.md)" in call(twin)[0]


def test_named_source_follows_renames_wherever_the_folder_is(posts, tmp_path):
    call(posts, "--source", "posts")
    twin = tmp_path / "elsewhere" / "posts"
    shutil.move(posts, twin)
    (twin / "one.md").rename(twin / "three.md")
    out, err = call(twin, "--source", "posts")
    assert (err, "three.md: renamed (was one.md)" in out) == ("", True)


def test_names_and_texts_give_no_orders_to_a_terminal(posts):
    evil = "a\x1b[2J\n\u202eb\x07.md"
    try:
        write(posts, evil, GOOD.format("x") + "one\n")
    except OSError:
        pytest.skip("this file system takes no such name")
    call(posts)
    write(posts, evil, GOOD.format("x") + "\x1b[31mtwo\u2028\ttwo\r\n")
    out, _err = call(posts, "--dry-run", "--diff")
    assert r"a\x1b[2J\n\u202eb\x07.md: updated" in out
    assert r"+\x1b[31mtwo\u2028" + "\t" + r"two\r" in out
    assert not set(out) & set("\x1b\x07\u202e\r\u2028")
    write(posts, evil, "---\ntitle: a: b\n---\n")
    _out, err = call(posts, status=1)
    assert r"a\x1b[2J\n\u202eb\x07.md:2: failed" in err


def test_every_record_of_a_report_is_one_line(posts, tmp_path):
    write(posts, "a\nb\u2028c.md", "---\ntitle: x\ndate: 2021-12-09\n---\n<script>\u2028</script>")
    report = tmp_path / "report"
    call(posts, "--format", "json", "--output", report)
    lines = report.read_bytes().decode().removesuffix("\n").split("\n")
    assert [json.loads(line).get("path") for line in lines] == [
        "a\nb\u2028c.md",
        "one.md",
        "deep/two.md",
        None,
    ]


def test_database_that_gives_up_ends_an_import_with_its_reason(posts, monkeypatch):
    def give_up(self):
        raise OperationalError("disk I/O error")

    monkeypatch.setattr("cms_news.services.import_batches.Batch.finish", give_up)
    _out, err = call(posts, status=1)
    assert "disk I/O error" in err
    assert "run it again" in err
    assert ImportRecord.objects.get().state == "interrupted"


def test_record_of_an_import_that_breaks_is_not_left_running(posts, monkeypatch):
    def break_off(self):
        raise ZeroDivisionError

    monkeypatch.setattr("cms_news.services.import_batches.Batch.finish", break_off)
    with pytest.raises(ZeroDivisionError):
        call(posts)
    assert ImportRecord.objects.get().state == "interrupted"


def test_lock_that_can_not_be_taken_is_named(posts, monkeypatch):
    def refuse(source):
        raise NewsError("the lock is {what}", what="busy")

    monkeypatch.setattr("cms_news.management.commands.import_articles.import_lock", refuse)
    _out, err = call(posts, status=2)
    assert err == "the lock is busy"


def test_plan_names_everything_and_writes_nothing(posts, tmp_path):
    for name in ("edited", "renamed", "swapped", "swapper", "gone", "changed"):
        write(posts, f"{name}.md")
    call(posts)
    Article.objects.filter(title="edited").update(title="edited here")
    write(posts, "edited.md", GOOD.format("edited there"))
    (posts / "renamed.md").rename(posts / "renamed-2.md")
    (posts / "swapped.md").rename(posts / "kept")
    (posts / "swapper.md").rename(posts / "swapped.md")
    (posts / "kept").rename(posts / "swapper.md")
    (posts / "gone.md").unlink()
    head = "title: x\ndate: 2099-12-09\ncategories: [new, names]\ntags: [more]\nauthor: another"
    write(posts, "changed.md", f"---\n{head}\n---\nNew.\n")
    write(posts, "new.md", f"---\n{head}\ndraft: true\n---\nNew.\n")
    write(posts, "bad.md", "---\ntitle: a: b\n---\n")
    before = dump()
    with CaptureQueriesContext(connection) as queries:
        out, err = call(posts, "--dry-run", "--prune", "--on-conflict", "skip", status=1)
    assert dump() == before
    verbs = {query["sql"].split()[0] for query in queries}
    assert not verbs & {"INSERT", "UPDATE", "DELETE"}
    planned = dict(re.findall(r"^(\S+\.md)(?::\d+)?: (\w+)", out + err, re.MULTILINE))
    assert planned == {
        "changed.md": "updated",
        "new.md": "created",
        "renamed-2.md": "renamed",
        "swapped.md": "renamed",
        "swapper.md": "renamed",
        "gone.md": "pruned",
        "edited.md": "conflict",
        "bad.md": "failed",
    }
    assert "new.md: created (draft)" in out
    assert "changed.md: updated (scheduled)" in out
    # And what was planned is what is done.
    counts = out.splitlines()[-1].replace(" (dry run: nothing was written)", "")
    assert call(posts, "--prune", status=1)[0].splitlines()[-1] == counts
    assert dump() != before


def dump():
    models = apps.get_app_config("cms_news").get_models(include_auto_created=True)
    return {model: list(model.objects.order_by("pk").values()) for model in models}


def test_articles_in_the_trash_stay_there_and_are_told(posts):
    call(posts)
    (posts / "one.md").rename(posts / "kept")
    call(posts, "--prune")
    (posts / "kept").rename(posts / "one.md")
    out, _err = call(posts)
    assert "1 of these files have their articles in the trash\n" in out
    assert alive() == ["deep/two.md"]
    write(posts, "one.md", GOOD.format("new"))
    assert "one.md: updated (trashed)" in call(posts)[0]
    out, _err = call(posts, "--format", "json")
    states = {
        record.get("path"): record.get("state") for record in map(json.loads, out.splitlines())
    }
    assert states == {"one.md": "trashed", "deep/two.md": None, None: None}
