"""Mishaps that a hostile reading found: each was a bug, and none may come back."""

import os
from dataclasses import replace
from datetime import UTC

import pytest

from cms_news.content.document import AuthorName
from cms_news.errors import HtmlLimitError, NewsError, VersionConflictError
from cms_news.models import Article, Author, Category
from cms_news.services import describe_article, save_article
from cms_news.services.exporting import export_article, export_articles
from cms_news.services.import_results import ImportOptions, Outcome
from cms_news.services.importing import import_files
from cms_news.services.sources import find_files, find_place
from tests.builders import make_article, make_data

pytestmark = pytest.mark.django_db

TEXT = "---\ntitle: {0}\ndate: 2021-12-09\ncategories: [a, b]\nauthor: me\ntags: [t]\n---\nBody.\n"


def write(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def run_import(folder, **options):
    files = find_files(find_place(folder), suffixes=(".md",))
    chosen = ImportOptions(zone=UTC, **options)
    return {result.path: result for result in import_files(files, options=chosen)}


def edit(**changes):
    article = Article.objects.get()
    return save_article(replace(describe_article(article), **changes), article=article)


def test_article_whose_save_was_refused_is_as_it_was_and_can_be_saved():
    article = make_article("old", body="x")
    with pytest.raises(HtmlLimitError):
        save_article(make_data("new", body="<p>" + "a" * 1_000_001), article=article)
    assert article.title == "old"
    save_article(make_data("new", body="y"), article=article)
    stored = Article.objects.get()
    assert (stored.title, stored.body) == ("new", "y")


def test_loser_of_a_conflict_does_not_win_the_second_time():
    pk = make_article("one").pk
    theirs, mine = Article.objects.get(pk=pk), Article.objects.get(pk=pk)
    save_article(make_data("theirs"), article=theirs)
    for _attempt in range(2):
        with pytest.raises(VersionConflictError):
            save_article(make_data("mine"), article=mine)
    assert Article.objects.get(pk=pk).title == "theirs"


def test_true_for_one_in_the_other_keys_is_a_change():
    article = make_article(extra={"sticky": 1})
    save_article(make_data(extra={"sticky": True}), article=article)
    assert Article.objects.get().extra["sticky"] is True


def test_edit_that_was_exported_is_no_conflict(tmp_path):
    write(tmp_path, "a.md", TEXT.format("A"))
    run_import(tmp_path)
    edit(title="Edited")
    list(export_articles(Article.objects.all(), tmp_path))
    assert run_import(tmp_path)["a.md"].outcome is Outcome.UNCHANGED
    article = Article.objects.get()
    assert article.title == "Edited"
    write(tmp_path, "a.md", TEXT.format("Next"))
    assert run_import(tmp_path)["a.md"].outcome is Outcome.UPDATED


def test_renamed_names_make_no_conflict_and_stay_renamed(tmp_path):
    write(tmp_path, "a.md", TEXT.format("A"))
    run_import(tmp_path)
    Category.objects.filter(name="b").update(name="new b")
    Author.objects.update(name="new me")
    write(tmp_path, "a.md", TEXT.format("Next"))
    assert run_import(tmp_path)["a.md"].outcome is Outcome.UPDATED
    article = Article.objects.get()
    assert [category.path_names for category in article.categories] == [["a", "new b"]]
    assert str(article.author) == "new me"
    assert Category.objects.count() == 2
    assert "new b" in export_article(article).decode()


def test_edited_article_whose_file_becomes_a_draft_leaves_the_readers(tmp_path):
    write(tmp_path, "a.md", TEXT.format("A"))
    run_import(tmp_path)
    edit(title="Edited")
    (tmp_path / "_drafts").mkdir()
    (tmp_path / "a.md").rename(tmp_path / "_drafts" / "a.md")
    (result,) = run_import(tmp_path).values()
    assert (result.outcome, result.state) == (Outcome.RENAMED, "draft")
    article = Article.objects.get()
    assert (article.title, article.published) == ("Edited", False)


def test_edit_that_the_encoding_cannot_write_stops_no_import(tmp_path):
    write(tmp_path, "a.md", TEXT.format("标题").encode("gbk"))
    run_import(tmp_path, encoding="gbk")
    edit(body="🎉")
    write(tmp_path, "a.md", TEXT.format("另").encode("gbk"))
    write(tmp_path, "b.md", TEXT.format("B"))
    results = run_import(tmp_path, encoding="gbk", makes_diffs=True)
    assert results["a.md"].outcome is Outcome.CONFLICT
    assert results["b.md"].outcome is Outcome.CREATED
    assert "can't be exported" in results["a.md"].notices[-1].message
    failed = {
        r.path: str(r.outcome) for r in export_articles(Article.objects.all(), tmp_path / "x")
    }
    assert failed == {"a.md": "failed", "b.md": "written"}


def test_article_that_cannot_be_exported_stops_no_diff(tmp_path):
    write(tmp_path, "a.md", TEXT.format("A"))
    run_import(tmp_path)
    Article.objects.store(extra={"title": "x"})
    write(tmp_path, "a.md", TEXT.format("B"))
    (result,) = run_import(tmp_path, makes_diffs=True).values()
    assert result.outcome is Outcome.CONFLICT


def test_links_in_a_circle_stop_no_export(tmp_path):
    make_article("x", slug="x")
    make_article("y", slug="y")
    os.symlink("x.md", tmp_path / "x.md")
    results = {r.path: str(r.outcome) for r in export_articles(Article.objects.all(), tmp_path)}
    assert results["y.md"] == "written"
    assert results["x.md"] in {"failed", "written"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"tags": ("",)}, "tags"),
        ({"tags": ("x" * 101,)}, "101 characters"),
        ({"tags": ("\ufdfa" * 100,)}, "tags"),
        ({"categories": (("a", " "),)}, "categories"),
        ({"categories": (("x" * 101,),)}, "101 characters"),
        ({"author": AuthorName("x" * 101)}, "author"),
        ({"author": AuthorName("a\0b")}, "NUL"),
        ({"author": AuthorName("a", "x" * 2001)}, "2001 characters"),
        ({"extra": {"a": [float("nan")]}}, "nan"),
        ({"extra": {"a": float("inf")}}, "inf"),
    ],
)
def test_names_that_no_database_takes_are_refused(changes, reason):
    with pytest.raises(NewsError, match=reason):
        save_article(make_data(**changes))
    assert not Article.objects.exists()


def test_file_of_very_many_lines_is_not_compared(tmp_path):
    write(tmp_path, "a.md", TEXT.format("A"))
    run_import(tmp_path)
    write(tmp_path, "a.md", TEXT.format("A") + "x\n" * 4_000)
    (result,) = run_import(tmp_path, makes_diffs=True, is_dry_run=True).values()
    assert result.diff == ""
    assert "at most 3000 are compared" in result.notices[-1].message


@pytest.mark.parametrize("named", ["_drafts", "_drafts/deep", "_drafts/a.md"])
def test_drafts_stay_drafts_when_their_folder_itself_is_named(tmp_path, named):
    write(tmp_path, "_drafts/a.md", TEXT.format("A"))
    write(tmp_path, "_drafts/deep/b.md", TEXT.format("B"))
    results = run_import(tmp_path / named)
    assert results
    assert {result.state for result in results.values()} == {"draft"}
    assert not Article.objects.public().exists()
