"""Files of every encoding and kind: read as they are meant, or refused with line and reason."""

import os
import re
import socket
import subprocess
import sys
from datetime import UTC

import pytest

from cms_news.errors import NewsError
from cms_news.models import Article
from cms_news.services.exporting import export_article
from cms_news.services.import_results import ImportOptions, Outcome
from cms_news.services.importing import import_files
from cms_news.services.sources import find_files, find_place, read_file

pytestmark = pytest.mark.django_db

TEXT = "---\ntitle: {0}\ndate: 2021-12-09\n---\n{0}\n"


def write(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def run_import(folder, **options):
    files = find_files(find_place(folder), suffixes=(".md",))
    chosen = ImportOptions(zone=UTC, **options)
    return {result.path: result for result in import_files(files, options=chosen)}


def titles():
    return dict(Article.objects.values_list("source_path", "title"))


ENCODINGS = {
    "gbk": "标题",
    "gb18030": "标题🎉",
    "big5": "標題",
    "shift_jis": "見出し",
    "euc_kr": "제목",
    "koi8-r": "Заголовок",
    "iso2022_jp": "見出し",
    "hz": "标题",
    "utf-16-le": "标题",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encoding_that_is_named_is_that_of_the_files_that_need_it(tmp_path, encoding):
    title = ENCODINGS[encoding]
    contents = {
        "named.md": TEXT.format(title).encode(encoding),
        "utf8.md": TEXT.format("标题").encode(),
        "mark.md": b"\xef\xbb\xbf" + TEXT.format("标题").encode(),
        "utf16.md": b"\xfe\xff" + TEXT.format("标题").encode("utf-16-be"),
    }
    for name, content in contents.items():
        write(tmp_path, name, content)
    results = run_import(tmp_path, encoding=encoding)
    assert {result.outcome for result in results.values()} == {Outcome.CREATED}
    assert titles() == {**dict.fromkeys(contents, "标题"), "named.md": title}
    for article in Article.objects.with_names():
        assert export_article(article) == contents[article.source_path]


@pytest.mark.parametrize("encoding", ["gbk", "big5", "shift_jis", "euc_kr", "latin-1", "utf-16-le"])
def test_encoding_that_nobody_named_is_refused(tmp_path, encoding):
    title = "é" if encoding == "latin-1" else ENCODINGS[encoding]
    write(tmp_path, "a.md", TEXT.format(title).encode(encoding))
    (result,) = run_import(tmp_path).values()
    assert result.outcome is Outcome.FAILED
    assert "UTF-8" in result.reason
    assert result.line == 2 or encoding == "utf-16-le"


@pytest.mark.parametrize("encoding", ["utf-32-le", "utf-32-be"])
def test_utf32_is_named(tmp_path, encoding):
    write(tmp_path, "a.md", ("\ufeff" + TEXT.format("标题")).encode(encoding))
    (result,) = run_import(tmp_path).values()
    assert "UTF-32" in result.reason


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_they_end(tmp_path, newline):
    lines = ["---", "title: a", "date: 2021-12-09", "---", "one", "two\0"]
    write(tmp_path, "nul.md", newline.join(lines))
    write(tmp_path, "gbk.md", newline.join([*lines[:5], "标"]).encode("gbk"))
    write(tmp_path, "lost.md", newline.join([*lines[:5], "\ufffd"]))
    results = run_import(tmp_path)
    assert (results["nul.md"].line, results["gbk.md"].line) == (6, 6)
    assert results["lost.md"].notices[-1].line == 6


def test_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch):
    path = write(tmp_path, "a.md", TEXT.format("A"))
    (file,) = find_files(find_place(tmp_path), suffixes=(".md",))
    fstat = os.fstat

    def fstat_and_append(handle):
        about = fstat(handle)
        with path.open("a") as stream:
            stream.write("more")
        return about

    monkeypatch.setattr(os, "fstat", fstat_and_append)
    with pytest.raises(NewsError, match="changed while"):
        read_file(file, max_bytes=1000)


def test_file_that_goes_between_finding_and_reading_costs_only_itself(tmp_path):
    write(tmp_path, "a.md", TEXT.format("A"))
    write(tmp_path, "b.md", TEXT.format("B"))
    files = list(find_files(find_place(tmp_path), suffixes=(".md",)))
    (tmp_path / "a.md").unlink()
    results = list(import_files(files, options=ImportOptions(zone=UTC)))
    assert [str(result.outcome) for result in results] == ["failed", "created"]


def test_what_is_no_regular_file_is_called_so(tmp_path, monkeypatch):
    write(tmp_path, "real.md", TEXT.format("A"))
    os.symlink("real.md", tmp_path / "link.md")
    os.symlink("loop.md", tmp_path / "loop.md")
    os.symlink("/etc", tmp_path / "folder.md")
    os.symlink("nowhere", tmp_path / "dangling.md")
    os.mkfifo(tmp_path / "fifo.md")
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("sock.md")
        results = run_import(tmp_path)
    assert results.pop("real.md").outcome is Outcome.CREATED
    assert {result.outcome for result in results.values()} == {Outcome.FAILED}
    assert all("regular" in result.reason for result in results.values())
    assert "symbolic link" in results["loop.md"].reason


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep such names out")
def test_folders_of_200_levels_and_names_of_255_bytes(tmp_path, monkeypatch):
    deep = tmp_path
    for number in range(200):
        deep /= f"d{number}"
    write(deep, "a.md", TEXT.format("deep"))
    write(tmp_path, "长" * 84 + ".md", TEXT.format("long"))
    results = run_import(tmp_path)
    assert {str(result.outcome) for result in results.values()} == {"created"}
    assert set(titles().values()) == {"deep", "long"}
    monkeypatch.chdir(tmp_path)
    here = ""
    for _ in range(20):  # beyond what a path may be long
        os.mkdir("x" * 250)
        os.chdir("x" * 250)
        here += "x" * 250 + "/"
    write(tmp_path, "after.md", TEXT.format("after"))
    results = run_import(tmp_path)
    (failed,) = [result for result in results.values() if result.outcome is Outcome.FAILED]
    assert here.startswith(failed.path)
    assert results["after.md"].outcome is Outcome.CREATED


@pytest.mark.parametrize("name", ["_drafts", "_Drafts", "blog/_DRAFTS/2021"])
def test_drafts_stay_drafts_in_any_case_and_behind_a_link(tmp_path, name):
    write(tmp_path, f"{name}/a.md", TEXT.format("A"))
    write(tmp_path / "elsewhere", "b.md", TEXT.format("B"))
    (tmp_path / "blog").mkdir(exist_ok=True)
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "_drafts").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "link").symlink_to(tmp_path / name)
    for place in (
        tmp_path / "x" / "_drafts",
        tmp_path / "link",
        tmp_path / "x" / "_drafts" / "b.md",
    ):
        Article.objects.all().delete()
        results = run_import(place)
        assert {result.state for result in results.values()} == {"draft"}
    Article.objects.all().delete()
    assert run_import(tmp_path)[f"{name}/a.md"].state == "draft"


def test_large_files_make_small_batches(tmp_path, monkeypatch):
    monkeypatch.setattr("cms_news.services.importing.BATCH_BYTES", 1000)
    for number in range(6):
        write(tmp_path, f"{number}.md", TEXT.format("x" * 400))
    sizes = []
    monkeypatch.setattr(
        "cms_news.services.importing.Batch",
        lambda chunk, *_: sizes.append(len(chunk)) or Nothing(),
    )
    assert run_import(tmp_path) == {}
    assert sizes == [2, 2, 2]


class Nothing:
    def finish(self):
        return []


@pytest.mark.timed
def test_file_of_nothing_but_line_ends_costs_little(tmp_path):
    code = (
        "import resource, sys\n"
        "from cms_news.content.frontmatter import parse_document\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "parse_document(sys.argv[1] * 4_900_000)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    for newline in ("\n", "\r"):
        result = subprocess.run(
            [sys.executable, "-c", code, newline], capture_output=True, text=True, check=True
        )
        assert int(re.search(r"\d+", result.stdout)[0]) < 64 * 1024
