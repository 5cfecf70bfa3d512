"""Where exports write: inside of the folder, under names that file systems take, and one file each."""

import os
import stat
import time
import zipfile
from io import BytesIO

import pytest

from cms_news.models import Article
from cms_news.services import exporting
from cms_news.services.export_archives import write_archive
from cms_news.services.export_paths import ExportPaths
from cms_news.services.exporting import export_articles
from tests.builders import make_article

pytestmark = pytest.mark.django_db


def export(folder, **options):
    results = export_articles(Article.objects.all(), folder, **options)
    return {result.path: str(result.outcome) for result in results}


def place(path, **values):
    """Make an article that says that it came from `path`."""
    article = make_article(f"from {path!r}"[:90], **values)
    Article.objects.filter(pk=article.pk).store(source_path=path, source="posts")
    return article


def files_in(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}


@pytest.mark.parametrize(
    "path", ["..", "../x.md", "/x.md", "//x.md", ".", "./.", "/", "a/../x.md", "a/../../x.md"]
)
def test_row_that_leads_out_writes_nothing_anywhere(tmp_path, path):
    place(path)
    make_article("good", slug="good")
    (tmp_path / "outside" / "out").mkdir(parents=True)
    results = export(tmp_path / "outside" / "out")
    assert sorted(results.values()) == ["failed", "written"]
    assert files_in(tmp_path) == {"outside/out/good.md"}


def test_row_with_a_nul_fails_alone(tmp_path, monkeypatch):
    # PostgreSQL stores none; SQLite does.
    make_article("a", slug="a")
    make_article("b", slug="b")
    monkeypatch.setattr(
        exporting,
        "wanted_path",
        lambda article: ("x\0y.md" if article.slug == "a" else "b.md", False),
    )
    assert export(tmp_path) == {"x\0y.md": "failed", "b.md": "written"}


def test_links_inside_of_the_folder_lead_nowhere_else(tmp_path):
    outside, folder = tmp_path / "outside", tmp_path / "out"
    outside.mkdir()
    folder.mkdir()
    (outside / "kept.md").write_text("kept")
    (folder / "file.md").symlink_to(outside / "kept.md")
    (folder / "new.md").symlink_to(outside / "new.md")
    (folder / "sub").symlink_to(outside)
    (folder / "loop.md").symlink_to("loop.md")
    for path in ("file.md", "new.md", "sub/a.md", "loop.md"):
        place(path)
    results = export(folder, overwrites=True)
    assert {results[path] for path in ("file.md", "new.md", "sub/a.md")} == {"failed"}
    assert files_in(outside) == {"kept.md"}
    assert (outside / "kept.md").read_text() == "kept"


def test_long_titles_get_names_that_file_systems_take(tmp_path):
    for _ in range(12):
        make_article("长" * 100)
    results = export(tmp_path)
    assert set(results.values()) == {"written"}
    assert len(files_in(tmp_path)) == 12
    assert all(len(name.encode()) <= 255 for name in files_in(tmp_path))
    stream = BytesIO()
    write_archive(Article.objects.all(), stream)
    with zipfile.ZipFile(stream) as archive:
        assert set(archive.namelist()) == files_in(tmp_path)


def test_new_articles_take_no_name_that_differs_in_case_or_accents_alone(tmp_path):
    for path in ("README.md", "readme-2.md", "cafe\u0301.md", "sub/other.md", "Straße.md"):
        place(path, slug=f"slug-{len(path)}-{path[0].lower()}")
    for slug in ("readme", "café", "other", "strasse"):
        make_article(slug, slug=slug)
    written = {
        "README.md",
        "readme-2.md",
        "readme-3.md",
        "cafe\u0301.md",
        "café-2.md",
        "sub/other.md",
        "other.md",
        "Straße.md",
        "strasse-2.md",
    }
    assert set(export(tmp_path)) == written
    assert files_in(tmp_path) == written
    stream = BytesIO()
    write_archive(Article.objects.all(), stream)
    with zipfile.ZipFile(stream) as archive:
        assert set(archive.namelist()) == written


def test_paths_that_files_came_from_are_kept_whatever_their_case(tmp_path):
    for path in ("a.md", "A.md", "dir/x.md", "Dir/x.md"):
        place(path)
    assert set(export(tmp_path)) == {"a.md", "A.md", "dir/x.md", "Dir/x.md"}


def test_two_paths_that_are_one_file_here_do_not_overwrite_each_other(tmp_path):
    # A hard link stands for a file system that knows no case.
    first, second = place("a.md"), place("A.md")
    (tmp_path / "A.md").write_text("old")
    os.link(tmp_path / "A.md", tmp_path / "a.md")
    results = list(export_articles(Article.objects.all(), tmp_path, overwrites=True))
    assert [result.path for result in results] == ["a.md", "A.md"]
    assert [result.article_id for result in results] == [first.pk, second.pk]
    os.unlink(tmp_path / "A.md")
    os.link(tmp_path / "a.md", tmp_path / "A.md")
    results = list(export_articles(Article.objects.all(), tmp_path, overwrites=True))
    assert [str(result.outcome) for result in results] == ["unchanged", "failed"]
    assert "knows no case" in results[1].reason


@pytest.mark.parametrize("wanted", ["..", ".", "", "/", "a/..", "x" * 300])
def test_odd_paths_get_numbers_without_ado(wanted):
    paths = ExportPaths()
    chosen = [paths.choose(wanted, is_given=True) for _ in range(3)]
    assert len(set(chosen)) == 3


def test_errors_name_no_temporary_files(tmp_path):
    place("taken/x.md")
    (tmp_path / "taken").write_text("a file")
    place("folder")
    (tmp_path / "folder").mkdir()
    results = list(export_articles(Article.objects.all(), tmp_path))
    reasons = [result.reason for result in results]
    assert len(reasons) == 2
    assert not any(".export" in reason or str(tmp_path) in reason for reason in reasons)
    assert files_in(tmp_path) == {"taken"}


def test_replaced_file_keeps_its_mode(tmp_path):
    article = make_article("a", slug="a")
    export(tmp_path)
    (tmp_path / "a.md").chmod(0o640)
    Article.objects.filter(pk=article.pk).store(title="b")
    assert export(tmp_path) == {"a.md": "written"}
    assert stat.S_IMODE((tmp_path / "a.md").stat().st_mode) == 0o640


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, error):
    article = make_article("a", slug="a")
    export(tmp_path)
    before = (tmp_path / "a.md").read_bytes()
    Article.objects.filter(pk=article.pk).store(title="b")

    def fail(_handle):
        raise error

    monkeypatch.setattr("cms_news.services.exporting.os.fsync", fail)
    if isinstance(error, OSError):
        assert export(tmp_path) == {"a.md": "failed"}
    else:
        with pytest.raises(KeyboardInterrupt):
            export(tmp_path)
    assert files_in(tmp_path) == {"a.md"}
    assert (tmp_path / "a.md").read_bytes() == before


def test_what_a_killed_export_left_is_removed_by_the_next(tmp_path):
    make_article("a", slug="a")
    old, new, other = (tmp_path / f".export-{letter * 16}" for letter in "abx")
    for path in (old, new, other):
        path.write_text("half a file")
    an_hour_ago = time.time() - 2 * 3600
    for path in (old, other):
        os.utime(path, (an_hour_ago, an_hour_ago))
    export(tmp_path)
    assert files_in(tmp_path) == {"a.md", new.name, other.name}
