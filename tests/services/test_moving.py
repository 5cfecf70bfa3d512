"""Files that change their names, with each other too: the article follows the bytes."""

import zipfile
from dataclasses import replace
from datetime import UTC
from threading import Event

import pytest

from cms_news.models import Article
from cms_news.services import describe_article, save_article
from cms_news.services.archives import Archive
from cms_news.services.exporting import export_article
from cms_news.services.import_results import ImportOptions
from cms_news.services.importing import import_files
from cms_news.services.sources import Folder, find_files, find_place
from cms_news.services.vanishing import find_vanished, short_key

pytestmark = pytest.mark.django_db

TEXT = "---\ntitle: {0}\ndate: 2021-12-09\ntags: [{0}]\n---\nBody of {0}.\n"


def write(folder, **titles):
    for name, title in titles.items():
        (folder / f"{name}.md").write_text(TEXT.format(title), "utf-8")


def rename(folder, **names):
    """Rename files, all at once."""
    texts = {new: (folder / f"{old}.md").read_bytes() for old, new in names.items()}
    for old in names:
        (folder / f"{old}.md").unlink()
    for new, text in texts.items():
        (folder / f"{new}.md").write_bytes(text)


def run_import(folder, *, stop_after=None, **options):
    files = find_files(find_place(folder), suffixes=(".md",))
    stop = Event()
    results = {}
    chosen = ImportOptions(zone=UTC, **options)
    for result in import_files(files, options=chosen, stop=stop):
        results[result.path.removesuffix(".md")] = str(result.outcome)
        if result.path == stop_after:
            stop.set()
    return results


def articles():
    """Return id, slug and title of each article by the name of its file."""
    return {
        article.source_path.removesuffix(".md"): (article.pk, article.slug, article.title)
        for article in Article.objects.all()
    }


def test_two_files_that_swap_their_names_keep_their_articles(tmp_path):
    write(tmp_path, a="A", b="B", c="C")
    run_import(tmp_path)
    before = articles()
    rename(tmp_path, a="b", b="a")
    plan = run_import(tmp_path, is_dry_run=True)
    assert plan == {"a": "renamed", "b": "renamed", "c": "unchanged"}
    assert articles() == before
    assert run_import(tmp_path) == plan
    assert articles() == {**before, "a": before["b"], "b": before["a"]}
    for article in Article.objects.with_names():
        assert export_article(article) == (tmp_path / article.source_path).read_bytes()
    assert set(run_import(tmp_path).values()) == {"unchanged"}


@pytest.mark.parametrize("batch_size", [200, 1])
def test_files_that_move_up_by_one_keep_their_articles(tmp_path, monkeypatch, batch_size):
    write(tmp_path, n1="A", n2="B", n3="C")
    run_import(tmp_path)
    before = articles()
    rename(tmp_path, n1="n2", n2="n3", n3="n4")
    monkeypatch.setattr("cms_news.services.importing.BATCH_SIZE", batch_size)
    results = run_import(tmp_path)
    if batch_size > 1:
        assert set(results.values()) == {"renamed"}
        assert articles() == {"n2": before["n1"], "n3": before["n2"], "n4": before["n3"]}
    # Nothing is lost where the files were not seen together.
    assert {title for _pk, _slug, title in articles().values()} == {"A", "B", "C"}
    assert set(run_import(tmp_path).values()) == {"unchanged"}


def test_files_that_go_round_keep_their_articles(tmp_path):
    write(tmp_path, a="A", b="B", c="C")
    run_import(tmp_path)
    before = articles()
    rename(tmp_path, a="b", b="c", c="a")
    assert set(run_import(tmp_path).values()) == {"renamed"}
    assert articles() == {"a": before["c"], "b": before["a"], "c": before["b"]}


@pytest.mark.parametrize("is_stopped", [False, True])
def test_swap_of_files_that_are_imported_apart(tmp_path, monkeypatch, is_stopped):
    monkeypatch.setattr("cms_news.services.importing.BATCH_SIZE", 1)
    write(tmp_path, a="A", b="B", c="C", d="D", z="Z")
    run_import(tmp_path)
    before = articles()
    rename(tmp_path, a="z", z="a")
    if is_stopped:
        run_import(tmp_path, stop_after="a.md")
    run_import(tmp_path)
    assert articles() == {**before, "a": before["z"], "z": before["a"]}
    assert not Article.objects.filter(source_key=None).exists()
    assert set(run_import(tmp_path).values()) == {"unchanged"}


def test_edited_article_of_a_swapped_file_keeps_its_edit(tmp_path):
    write(tmp_path, a="A", b="B")
    run_import(tmp_path)
    article = Article.objects.with_names().get(title="A")
    save_article(replace(describe_article(article), title="Edited"), article=article)
    rename(tmp_path, a="b", b="a")
    assert set(run_import(tmp_path).values()) == {"renamed"}
    assert articles()["b"][2] == "Edited"
    article = Article.objects.with_names().get(title="Edited")
    assert export_article(article).decode() == TEXT.format("A").replace("title: A", "title: Edited")


def test_file_that_is_copied_over_another_is_no_renamed_one(tmp_path):
    write(tmp_path, a="A", b="B")
    run_import(tmp_path)
    before = articles()
    write(tmp_path, b="A")
    assert run_import(tmp_path) == {"a": "unchanged", "b": "updated"}
    assert articles()["b"][0] == before["b"][0]


def test_file_that_is_copied_and_goes_on_being_written_keeps_its_article(tmp_path):
    write(tmp_path, a="A", b="B")
    run_import(tmp_path)
    before = articles()
    write(tmp_path, a="A, second part", b="A", c="A")
    assert run_import(tmp_path) == {"a": "updated", "b": "updated", "c": "created"}
    assert [articles()[name][0] for name in "ab"] == [before[name][0] for name in "ab"]


def test_file_that_is_renamed_over_another_leaves_one_article_without_file(tmp_path):
    write(tmp_path, a="A", b="B")
    run_import(tmp_path)
    rename(tmp_path, a="b")
    assert run_import(tmp_path) == {"b": "updated"}
    (article,) = Article.objects.filter(source_path="b.md")
    seen = {short_key(article.source_key)}
    (gone,) = find_vanished(tmp_path.name, {""}, seen)
    assert gone.path == "a.md"


def test_file_that_is_renamed_and_edited_is_a_new_one(tmp_path):
    write(tmp_path, a="A")
    run_import(tmp_path)
    (tmp_path / "a.md").unlink()
    write(tmp_path, b="A, edited")
    assert run_import(tmp_path) == {"b": "created"}


def test_file_that_moves_to_another_source_is_a_new_one_there(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    write(tmp_path / "one", a="A")
    run_import(tmp_path / "one")
    (tmp_path / "one" / "a.md").rename(tmp_path / "two" / "a.md")
    assert run_import(tmp_path / "two") == {"a": "created"}
    assert {a.source: a.slug for a in Article.objects.all()} == {"one": "a", "two": "a-2"}


def test_name_that_changes_only_in_case(tmp_path):
    write(tmp_path, a="A")
    run_import(tmp_path)
    before = articles()["a"]
    (tmp_path / "a.md").rename(tmp_path / "A.md")
    assert run_import(tmp_path) == {"A": "renamed"}
    assert articles() == {"A": before}


def test_file_systems_that_know_no_case_do_not_hide_it(tmp_path, monkeypatch):
    # Such a system answers to either spelling; what it lists is the true one.
    (tmp_path / "Sub").mkdir()
    write(tmp_path / "Sub", A="A")
    lstat = "cms_news.services.sources.os.lstat"
    about = (tmp_path / "Sub" / "A.md").lstat()
    monkeypatch.setattr(lstat, lambda _path: about)
    folder = Folder(tmp_path)
    assert folder.holds("Sub/A.md", beside="Sub/A.md")
    assert not folder.holds("Sub/a.md", beside="Sub/A.md")
    assert not folder.holds("sub/A.md", beside="Sub/A.md")
    assert folder.holds("Sub/b.md", beside="Sub/A.md")


def test_swap_in_an_archive(tmp_path):
    def import_archive(**titles):
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
            for name, title in titles.items():
                archive.writestr(f"{name}.md", TEXT.format(title))
        files = Archive(tmp_path / "x.zip").find_files(source="x", suffixes=(".md",))
        return [str(r.outcome) for r in import_files(files, options=ImportOptions(zone=UTC))]

    import_archive(a="A", b="B")
    before = articles()
    assert import_archive(a="B", b="A") == ["renamed", "renamed"]
    assert articles() == {"a": before["b"], "b": before["a"]}


def test_many_files_of_the_same_bytes_cost_no_more_queries(tmp_path, django_assert_max_num_queries):
    write(tmp_path, **{f"n{number}": "same" for number in range(60)})
    run_import(tmp_path)
    write(tmp_path, **{f"m{number}": "same" for number in range(60)})
    with django_assert_max_num_queries(60):
        assert list(run_import(tmp_path).values()) == ["created"] * 60 + ["unchanged"] * 60
    before = set(Article.objects.values_list("pk", flat=True))
    rename(tmp_path, **{f"n{number}": f"x{number}" for number in range(60)})
    assert list(run_import(tmp_path).values()) == ["unchanged"] * 60 + ["renamed"] * 60
    assert set(Article.objects.values_list("pk", flat=True)) == before
