"""Conflicts, renames, files that vanish, other encodings, zip archives, locks and workers."""

import multiprocessing
import os
import signal
import stat
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC
from threading import Event

import pytest
from django.db import connection

from cms_news.content.fields import Origin
from cms_news.content.preparing import Job, Prepared
from cms_news.errors import DocumentError, NewsError
from cms_news.models import Article
from cms_news.services import describe_article, save_article
from cms_news.services.archives import Archive
from cms_news.services.exporting import export_article
from cms_news.services.import_results import ImportOptions, Outcome
from cms_news.services.importing import import_files
from cms_news.services.locks import ImportLockedError, import_lock
from cms_news.services.sources import find_files, find_place
from cms_news.services.vanishing import find_vanished, short_key
from cms_news.services.workers import open_workers
from tests.breaking import break_process

pytestmark = pytest.mark.django_db

SUFFIXES = (".md", ".html")
TEXT = "---\ntitle: {0}\ndate: 2021-12-09\ntags: [x]\n---\nBody of {0}.\n"


def write(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def run_files(files, **options):
    chosen = ImportOptions(zone=UTC, **options)
    return {result.path: result for result in import_files(files, options=chosen)}


def run_import(folder, **options):
    return run_files(find_files(find_place(folder), suffixes=SUFFIXES), **options)


def outcomes(results):
    return {path: str(result.outcome) for path, result in results.items()}


def edit(**changes):
    article = Article.objects.get()
    return save_article(replace(describe_article(article), **changes), article=article)


# Conflicts


def test_article_wins_a_conflict_and_the_file_counts_as_seen(tmp_path):
    write(tmp_path, "a.md", TEXT.format("A"))
    run_import(tmp_path)
    edit(title="Mine", body="My body.\n")
    changed = TEXT.format("A").replace("tags: [x]", "tags: [x]\nlang: en")
    write(tmp_path, "a.md", changed)
    assert outcomes(run_import(tmp_path, on_conflict="article")) == {"a.md": "updated"}
    article = Article.objects.get()
    assert (article.title, article.body) == ("Mine", "My body.\n")
    assert outcomes(run_import(tmp_path)) == {"a.md": "unchanged"}
    expected = changed.replace("title: A", "title: Mine").replace("Body of A", "My body")
    # What the article says and the new file does not is an edit as well.
    assert export_article(article).decode() == expected.replace("lang: en\n", "")


def test_edit_that_was_undone_is_no_conflict(tmp_path):
    write(tmp_path, "a.md", TEXT.format("A"))
    run_import(tmp_path)
    edit(title="Mine")
    edit(title="A")
    write(tmp_path, "a.md", TEXT.format("B"))
    assert outcomes(run_import(tmp_path)) == {"a.md": "updated"}


def test_conflict_is_told_in_a_dry_run_too(tmp_path):
    write(tmp_path, "a.md", TEXT.format("A"))
    run_import(tmp_path)
    edit(title="Mine")
    write(tmp_path, "a.md", TEXT.format("B"))
    (result,) = run_import(tmp_path, is_dry_run=True, makes_diffs=True).values()
    assert result.outcome is Outcome.CONFLICT
    assert "-title: Mine" in result.diff
    assert "+title: B" in result.diff


# Renames and files that vanish


def test_renamed_file_keeps_its_article_and_slug(tmp_path):
    write(tmp_path, "old.md", TEXT.format("A"))
    run_import(tmp_path)
    before = Article.objects.get()
    (tmp_path / "new").mkdir()
    (tmp_path / "old.md").rename(tmp_path / "new" / "name.md")
    results = run_import(tmp_path)
    assert outcomes(results) == {"new/name.md": "renamed"}
    assert results["new/name.md"].old_path == "old.md"
    article = Article.objects.get()
    assert (article.pk, article.slug, article.source_path) == (before.pk, "old", "new/name.md")
    assert export_article(article).decode() == TEXT.format("A")
    assert outcomes(run_import(tmp_path)) == {"new/name.md": "unchanged"}


def test_copy_of_a_file_is_an_article_of_its_own(tmp_path):
    write(tmp_path, "a.md", TEXT.format("A"))
    run_import(tmp_path)
    write(tmp_path, "copy.md", TEXT.format("A"))
    assert outcomes(run_import(tmp_path)) == {"a.md": "unchanged", "copy.md": "created"}


def test_file_that_moves_out_of_the_drafts_is_released(tmp_path):
    write(tmp_path, "_drafts/a.md", TEXT.format("A"))
    run_import(tmp_path)
    assert not Article.objects.get().published
    (tmp_path / "_drafts" / "a.md").rename(tmp_path / "a.md")
    results = run_import(tmp_path)
    assert outcomes(results) == {"a.md": "renamed"}
    assert results["a.md"].state == "public"
    assert Article.objects.get().published


def test_renamed_file_takes_nothing_from_an_edited_article(tmp_path):
    write(tmp_path, "a.md", TEXT.format("A"))
    run_import(tmp_path)
    edit(title="Mine")
    (tmp_path / "a.md").rename(tmp_path / "b.md")
    assert outcomes(run_import(tmp_path)) == {"b.md": "renamed"}
    article = Article.objects.get()
    assert article.title == "Mine"
    assert export_article(article).decode() == TEXT.format("A").replace("title: A", "title: Mine")


def test_two_renamed_files_of_the_same_bytes_find_an_article_each(tmp_path):
    for name in ("a", "b"):
        write(tmp_path, f"{name}.md", TEXT.format("same"))
    run_import(tmp_path)
    ids = set(Article.objects.values_list("pk", flat=True))
    for name in ("a", "b"):
        (tmp_path / f"{name}.md").rename(tmp_path / f"{name}2.md")
    assert set(outcomes(run_import(tmp_path)).values()) == {"renamed"}
    assert set(Article.objects.values_list("pk", flat=True)) == ids


def vanished(folder, seen=frozenset(), *, prefix="", **options):
    known = {short_key(key) for key in seen}
    results = find_vanished(folder.name, {prefix}, known, **options)
    return {result.path: str(result.outcome) for result in results}


def test_file_that_is_gone_is_told_and_pruned_on_request(tmp_path):
    write(tmp_path, "a.md", TEXT.format("A"))
    write(tmp_path, "deep/b.md", TEXT.format("B"))
    run_import(tmp_path)
    kept = Article.objects.get(title="B").source_key
    assert vanished(tmp_path, {kept}) == {"a.md": "vanished"}
    assert Article.objects.alive().count() == 2
    assert vanished(tmp_path, {kept}, prunes=True) == {"a.md": "pruned"}
    assert [article.title for article in Article.objects.alive()] == ["B"]
    assert vanished(tmp_path, {kept}) == {}


def test_part_of_a_folder_tells_nothing_of_the_rest(tmp_path):
    write(tmp_path, "a.md", TEXT.format("A"))
    path = write(tmp_path, "deep/b.md", TEXT.format("B"))
    run_import(tmp_path)
    assert find_place(tmp_path / "deep", root=tmp_path).prefix == "deep/"
    assert vanished(tmp_path, prefix="deep/") == {"deep/b.md": "vanished"}
    assert find_place(path, root=tmp_path).prefix is None


# Encodings


def test_other_encodings_only_on_request_and_there_and_back(tmp_path):
    raw = TEXT.format("标题").encode("gb18030")
    write(tmp_path, "a.md", raw)
    (result,) = run_import(tmp_path).values()
    assert result.outcome is Outcome.FAILED
    assert outcomes(run_import(tmp_path, encoding="gb18030")) == {"a.md": "created"}
    article = Article.objects.get()
    assert article.title == "标题"
    assert export_article(article) == raw


def test_encoding_that_would_not_come_back_is_refused(tmp_path):
    # UTF-7 writes many things in several ways.
    write(tmp_path, "a.md", b"---\ntitle: +AGEAYg-\n---\n")
    (result,) = run_import(tmp_path, encoding="utf-7").values()
    assert result.outcome is Outcome.FAILED
    assert "UTF-7" in result.reason


# Zip archives


def make_zip(path, entries, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def zip_files(path, source="posts"):
    return Archive(path).find_files(source=source, suffixes=SUFFIXES)


def test_archive_is_a_folder(tmp_path):
    entries = {
        "a.md": TEXT.format("A"),
        "深/文章.md": TEXT.format("B"),
        "notes.txt": "x",
        ".hidden/x.md": "x",
        "__MACOSX/a.md": "x",
    }
    results = run_files(zip_files(make_zip(tmp_path / "x.zip", entries)))
    assert outcomes(results) == {"a.md": "created", "深/文章.md": "created"}
    assert set(outcomes(run_files(zip_files(tmp_path / "x.zip"))).values()) == {"unchanged"}


def test_archive_and_folder_of_one_source_are_the_same_files(tmp_path):
    write(tmp_path / "posts", "a.md", TEXT.format("A"))
    run_import(tmp_path / "posts")
    path = make_zip(tmp_path / "x.zip", {"a.md": TEXT.format("A")})
    assert outcomes(run_files(zip_files(path))) == {"a.md": "unchanged"}


@pytest.mark.parametrize(
    "name", ["../a.md", "/etc/a.md", "x/../../a.md", "C:/a.md", "..\\a.md", "x\\a.md"]
)
def test_entries_that_lead_out_are_refused(tmp_path, name):
    path = make_zip(tmp_path / "x.zip", {name: TEXT.format("A"), "good.md": TEXT.format("G")})
    results = run_files(zip_files(path))
    assert results.pop("good.md").outcome is Outcome.CREATED
    (result,) = results.values()
    assert result.outcome is Outcome.FAILED
    assert "leads out" in result.reason


def test_links_in_archives_are_refused(tmp_path):
    info = zipfile.ZipInfo("link.md")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    (result,) = run_files(zip_files(tmp_path / "x.zip")).values()
    assert result.outcome is Outcome.FAILED
    assert "regular" in result.reason


def test_bombs_in_archives_are_refused_and_cost_nothing(tmp_path, settings):
    path = make_zip(tmp_path / "x.zip", {"bomb.md": " " * 50_000_000, "large.md": os.urandom(300)})
    settings.CMS_NEWS = {"MAX_FILE_BYTES": 100_000_000}
    results = run_files(zip_files(path))
    assert "packed too well" in results["bomb.md"].reason
    settings.CMS_NEWS = {"MAX_FILE_BYTES": 200}
    assert "300 bytes" in run_files(zip_files(path))["large.md"].reason


def test_size_that_lies_is_counted(tmp_path, settings):
    settings.CMS_NEWS = {"MAX_FILE_BYTES": 1000}
    path = make_zip(tmp_path / "x.zip", {"a.md": "a" * 5000})
    raw = bytearray(path.read_bytes())
    # The size of the entry in its local header and in the directory, set to 10.
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = raw.find(signature) + offset
        raw[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(raw)
    (result,) = run_files(zip_files(path)).values()
    assert result.outcome is Outcome.FAILED
    assert not Article.objects.exists()


def test_archives_beyond_the_limits_are_refused_whole(tmp_path, monkeypatch):
    path = make_zip(tmp_path / "x.zip", {f"{n}.md": "x" for n in range(5)})
    monkeypatch.setattr("cms_news.services.archives.MAX_ENTRIES", 4)
    with pytest.raises(NewsError, match="5 entries"):
        Archive(path)
    monkeypatch.setattr("cms_news.services.archives.MAX_ENTRIES", 5)
    monkeypatch.setattr("cms_news.services.archives.MAX_TOTAL_BYTES", 4)
    with pytest.raises(NewsError, match="5 bytes"):
        Archive(path)


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip", b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_archive_is_named(tmp_path, content):
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(NewsError, match="zip archive"):
        Archive(tmp_path / "x.zip")


def test_damaged_entry_fails_alone(tmp_path):
    path = make_zip(tmp_path / "x.zip", {"a.md": TEXT.format("A" * 500), "b.md": TEXT.format("B")})
    raw = bytearray(path.read_bytes())
    raw[60] ^= 0xFF
    path.write_bytes(raw)
    results = run_files(zip_files(path))
    assert outcomes(results) == {"a.md": "failed", "b.md": "created"}
    assert "unpacked" in results["a.md"].reason


# Locks


HOLD = """
import os, sys, django
django.setup()
from cms_news.services.locks import import_lock
with import_lock("posts"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.django_db(transaction=True)
def test_lock_is_held_against_another_process_and_dies_with_it(tmp_path, monkeypatch):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    if connection.vendor == "sqlite":
        # A database in memory is nobody else's: lock as if it were a file.
        monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "db.sqlite3"))
    name = connection.settings_dict["NAME"]
    code = f"from django.conf import settings; settings.DATABASES['default']['NAME'] = {str(name)!r}\n{HOLD}"
    holder = subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout.readline() == "held\n"
        said = rf"posts.*process {holder.pid} on "
        with pytest.raises(ImportLockedError, match=said), import_lock("posts"):
            pass
        with import_lock("another source"):
            pass
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.communicate()
    wait_for_server()
    with import_lock("posts"):
        pass


def wait_for_server():
    """A server takes a moment to notice that its client is dead."""
    import time

    for _ in range(100):
        try:
            with import_lock("posts"):
                return
        except ImportLockedError:
            time.sleep(0.05)


# Workers


def recipe():
    return ImportOptions(zone=UTC).recipe()


def jobs(*texts):
    return [Job(text, Origin(path=f"{number}.md")) for number, text in enumerate(texts)]


def test_workers_return_what_one_process_would(tmp_path):
    texts = [TEXT.format(number) for number in range(60)]
    texts[7] = "---\ntitle: A: b\n---\n"
    texts[9] = "<p>" + "x" * 1_000_001
    with open_workers(2, recipe()) as two, open_workers(1, recipe()) as one:
        there, here = two.start(jobs(*texts)).results(), one.start(jobs(*texts)).results()
    assert len(there) == 60
    for mine, theirs in zip(here, there, strict=True):
        assert type(mine) is type(theirs)
        if isinstance(mine, Prepared):
            assert mine == theirs
        else:
            assert str(mine) == str(theirs)
    assert isinstance(there[7], DocumentError)
    assert there[7].line == 2


def test_text_that_breaks_its_process_fails_alone(monkeypatch):
    monkeypatch.setattr("cms_news.services.workers.prepare_chunk", break_process)
    texts = [TEXT.format(number) for number in range(40)]
    texts[3] = "BREAK"
    with open_workers(2, recipe()) as workers:
        results = workers.start(jobs(*texts)).results()
        again = workers.start(jobs(*texts[10:])).results()
    broken = [number for number, result in enumerate(results) if isinstance(result, NewsError)]
    assert broken == [3]
    assert "broke the process" in str(results[3])
    assert all(isinstance(result, Prepared) for result in again)
    assert not multiprocessing.active_children()


def test_import_with_workers_is_the_import_without(tmp_path):
    for number in range(60):
        write(tmp_path, f"{number:02}.md", TEXT.format(number))
    write(tmp_path, "bad.md", "---\ntitle: A: b\n---\n")
    alone = run_import(tmp_path, is_dry_run=True)
    assert outcomes(run_import(tmp_path, jobs=2)) == outcomes(alone)
    assert Article.objects.count() == 60


# Interruption


def test_stop_ends_after_the_batch_and_the_next_run_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr("cms_news.services.importing.BATCH_SIZE", 3)
    for number in range(12):
        write(tmp_path, f"{number:02}.md", TEXT.format(number))
    stop = Event()
    seen = []
    files = find_files(find_place(tmp_path), suffixes=SUFFIXES)
    for result in import_files(files, options=ImportOptions(zone=UTC), stop=stop):
        seen.append(result.path)
        if len(seen) == 2:
            stop.set()
    assert seen == ["00.md", "01.md", "02.md"]
    assert Article.objects.count() == 3
    results = run_import(tmp_path)
    assert list(outcomes(results).values()) == ["unchanged"] * 3 + ["created"] * 9
