import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cms_news.content.document import AuthorName
from cms_news.models import Article, Author, Category, ExportedFile
from cms_news.services import describe_article, save_article
from cms_news.services.exporting import export_article, export_articles, is_edited
from cms_news.services.import_results import ImportOptions
from cms_news.services.importing import import_files
from cms_news.services.sources import find_files, find_place
from tests.builders import make_article

pytestmark = pytest.mark.django_db

SHAPES = {
    "seed.md": "\n---\ntitle: '标题'\ncategories: \n - 金融\n - 资讯\nheadimg: 'https://e.example/1?a=b'\nauthor: 社\n"
    "comments: false\ndate: Thu, 09 Dec 2021 18:14:00 GMT\n---\n\n<div>   \n<p>　　正文</p>  \n</div>\n            ",
    "crlf.md": "---\r\ntitle: A # comment\r\ndate: 2021-12-09\r\n---\r\n\r\nbody\r\n",
    "cr.md": "---\rtitle: A\rdate: 2021-12-09\r---\rbody\r",
    "bom.md": "\ufeff---\ntitle: A\ndate: 2021-12-09\n---\nbody",
    "toml.md": '+++\ntitle = "A"\ndate = 2021-12-09\n[extra]\nx = 1\n+++\nbody\n',
    "json.md": ';;;\n"title": "A", "date": "2021-12-09"\n;;;\nbody',
    "fenceless.md": "title: A\ndate: 2021-12-09\n---\nbody",
    "plain.md": "just text\n\n---\n\nmore",
    "empty.md": "",
    "no-body.md": "---\ntitle: A\ndate: 2021-12-09\n---",
    "odd.md": '---\n# a comment\ntitle:   "A"\n\ntags: a, b，c\nUnknown: {a: [1, 0x1f]}\ndate: 2021-12-09\n---\n-----\nbody',
    "naive.md": "---\ntitle: A\ndate: 2021-12-09 08:00\ntags: [x, X, ~]\nauthors: [a, b]\n---\nb",
    "source.md": "---\ntitle: A\ndate: 2021-12-09\nsource:\n  name: '社' # x\n  url: \"https://e.example/\"\nlicense: false\n---\n",
    "html.html": "---\ntitle: A &amp; B\ndate: 2021-12-09\n---\n<p>x",
}
ODD_ENCODINGS = {"utf16.md": "\ufeff---\ntitle: 标题\n---\n正文".encode("utf-16-le")}


def run_import(folder):
    files = find_files(find_place(folder), suffixes=(".md", ".html"))
    return list(import_files(files, options=ImportOptions(zone=UTC)))


def import_text(tmp_path, text, name="a.md"):
    (tmp_path / name).write_bytes(text.encode())
    (result,) = run_import(tmp_path)
    return Article.objects.get(pk=result.article_id)


def edit(article, **changes):
    data = replace(describe_article(article), **changes)
    return save_article(data, article=Article.objects.get(pk=article.pk))


def test_untouched_articles_leave_as_they_came(tmp_path):
    source, target = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    contents = {name: text.encode() for name, text in SHAPES.items()} | ODD_ENCODINGS
    for name, content in contents.items():
        (source / name).write_bytes(content)
    results = run_import(source)
    assert {result.path: result.reason for result in results if result.reason} == {}
    assert {str(result.outcome) for result in export_articles(Article.objects.all(), target)} == {
        "written"
    }
    assert {path.name: path.read_bytes() for path in target.iterdir()} == contents
    assert not any(is_edited(article) for article in Article.objects.with_names())


def changed_lines(before, after):
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_edited_title_changes_one_line(tmp_path):
    text = SHAPES["seed.md"]
    article = import_text(tmp_path, text)
    edited = edit(article, title="新标题")
    gone, come = changed_lines(text, export_article(edited).decode())
    assert gone == ["title: '标题'"]
    assert come == ["title: '新标题'"]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"title": "New: title"}, "title"),
        ({"date": datetime(2022, 1, 2, 3, 4, 5, tzinfo=UTC)}, "date"),
        ({"comments": True}, "comments"),
        ({"author": AuthorName("另")}, "author"),
        ({"headimg": ""}, "headimg"),
        ({"source_name": "另"}, "source"),
        ({"source_url": "https://f.example/"}, "original_url"),
        ({"license": "CC BY 4.0"}, "license"),
    ],
)
def test_edited_key_changes_only_its_lines(tmp_path, changes, key):
    about_source = "source: '社'\noriginal_url: https://e.example/\nlicense: CC0\n---\n\n"
    text = SHAPES["seed.md"].replace("---\n\n", about_source)
    edited = edit(import_text(tmp_path, text), **changes)
    exported = export_article(edited).decode()
    gone, come = changed_lines(text, exported)
    assert [line.partition(":")[0] for line in gone] == [key]
    assert all(line.startswith(f"{key}:") for line in come)
    assert read_back(tmp_path, exported, **changes)


def read_back(tmp_path, exported, **changes):
    folder = tmp_path / "again"
    folder.mkdir()
    article = import_text(folder, exported)
    data = describe_article(article)
    return all(getattr(data, name) == value for name, value in changes.items())


def test_edited_categories_and_tags(tmp_path):
    text = SHAPES["seed.md"]
    changes = {"categories": (("金融", "要闻"), ("体育",)), "tags": ("一", "二")}
    exported = export_article(edit(import_text(tmp_path, text), **changes)).decode()
    assert exported.endswith(text.partition("---\n\n")[2])
    assert read_back(tmp_path, exported, **changes)


def test_edited_body_changes_nothing_else(tmp_path):
    text = SHAPES["crlf.md"]
    edited = edit(import_text(tmp_path, text), body="new\r\nbody")
    assert (
        export_article(edited).decode()
        == text[: text.index("body")].rstrip("\r\n") + "\r\nnew\r\nbody"
    )


def test_body_that_looks_like_a_head_stays_a_body(tmp_path):
    edited = edit(import_text(tmp_path, "plain"), body="---\ntitle: not a head\n---\ntext")
    exported = export_article(edited).decode()
    folder = tmp_path / "again"
    folder.mkdir()
    article = import_text(folder, exported)
    assert article.body == "---\ntitle: not a head\n---\ntext"


def test_held_back_article_that_an_editor_releases_says_so(tmp_path):
    text = "---\ntitle: A\ndate: 2021-12-09\ndraft: true\n---\nbody"
    edited = edit(import_text(tmp_path, text), published=True)
    exported = export_article(edited).decode()
    assert changed_lines(text, exported) == (["draft: true"], ["draft: false"])


def test_renamed_author_and_category_show_in_the_files(tmp_path):
    article = import_text(tmp_path, SHAPES["seed.md"])
    Author.objects.filter(name="社").update(name="新社")
    Category.objects.filter(name="资讯").update(name="新闻")
    exported = export_article(Article.objects.get(pk=article.pk)).decode()
    gone, come = changed_lines(SHAPES["seed.md"], exported)
    assert (gone, come) == (["author: 社", " - 资讯"], ["author: 新社", " - 新闻"]) or (
        "新社" in exported and "新闻" in exported and "资讯" not in exported
    )


def test_name_that_another_file_spells_differently_is_no_edit(tmp_path):
    make_article(tags=("FINANCE",), author=AuthorName("me", "https://me.example/"))
    text = "---\ntitle: A\ndate: 2021-12-09\ntags: [finance]\nauthor: me\n---\nbody"
    article = import_text(tmp_path, text)
    assert export_article(article).decode() == text
    assert not is_edited(article)


def test_article_made_here_gets_a_head_of_its_own(tmp_path):
    article = make_article(
        "标题: 一",
        body="text",
        author=AuthorName("me", "https://me.example/"),
        categories=(("a", "b"),),
        tags=("x",),
        comments=False,
        extra={"k": [1]},
    )
    (result,) = export_articles(Article.objects.all(), tmp_path)
    assert result.path == f"{article.slug}.md"
    before = describe_article(Article.objects.get(pk=article.pk))
    Article.objects.all().delete()
    run_import(tmp_path)
    after = describe_article(Article.objects.get())
    assert replace(after, date_source="", date_text="") == before


def test_second_export_writes_nothing(tmp_path):
    make_article("a")
    list(export_articles(Article.objects.all(), tmp_path))
    (path,) = tmp_path.iterdir()
    before = path.stat().st_mtime_ns
    (result,) = export_articles(Article.objects.all(), tmp_path)
    assert (str(result.outcome), path.stat().st_mtime_ns) == ("unchanged", before)


def test_export_leaves_no_temporary_files(tmp_path):
    make_article("a")
    list(export_articles(Article.objects.all(), tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]


def test_path_that_leads_out_of_the_folder_is_refused(tmp_path):
    article = make_article("a")
    Article.objects.filter(pk=article.pk).store(source_path="../../outside.md")
    (result,) = export_articles(Article.objects.all(), tmp_path / "x" / "y")
    assert str(result.outcome) == "failed"
    assert not list(tmp_path.rglob("*.md"))


def test_link_in_the_target_is_not_followed_out_of_it(tmp_path):
    article = make_article("a")
    (tmp_path / "outside").mkdir()
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "posts").symlink_to(tmp_path / "outside")
    Article.objects.filter(pk=article.pk).store(source_path="posts/a.md")
    (result,) = export_articles(Article.objects.all(), tmp_path / "target")
    assert str(result.outcome) == "failed"
    assert not list((tmp_path / "outside").iterdir())


def test_new_article_does_not_take_the_path_of_another(tmp_path):
    (tmp_path / "in").mkdir()
    import_text(tmp_path / "in", "---\ntitle: A\ndate: 2021-12-09\n---\n", "b.md")
    other = make_article("other", slug="b-2")
    Article.objects.filter(pk=other.pk).store(source_path="b.md")
    paths = {result.path for result in export_articles(Article.objects.all(), tmp_path / "out")}
    assert paths == {"b.md", "b-2.md"}


def test_export_costs_the_same_queries_for_5_and_50_articles(tmp_path, django_assert_num_queries):
    for number in range(50):
        make_article(f"n{number}", author="a", categories=(("x", f"y{number}"),), tags=("t",))
    first = Article.objects.filter(pk__in=Article.objects.order_by("pk").values("pk")[:5])
    with django_assert_num_queries(10):
        assert len(list(export_articles(first, tmp_path / "five"))) == 5
    with django_assert_num_queries(10):
        assert len(list(export_articles(Article.objects.all(), tmp_path / "fifty"))) == 50
    with django_assert_num_queries(7):
        assert len(list(export_articles(Article.objects.all(), tmp_path / "fifty"))) == 50


TEXT = "---\ntitle: {}\ndate: 2021-12-09\n---\n"


def export(folder, **options):
    results = export_articles(Article.objects.all(), folder, **options)
    return {result.path: str(result.outcome) for result in results}


def edit_title(title):
    return edit(Article.objects.get(), title=title)


def test_ordinary_cycle_of_edits_and_exports_needs_no_force(tmp_path):
    import_text(tmp_path, TEXT.format("A"))
    for title in ("B", "C", "D"):
        edit_title(title)
        assert export(tmp_path) == {"a.md": "written"}
        assert export(tmp_path) == {"a.md": "unchanged"}
    assert (tmp_path / "a.md").read_text() == TEXT.format("D")


def test_cycle_through_the_files_needs_no_force(tmp_path):
    import_text(tmp_path, TEXT.format("A"))
    edit_title("B")
    assert export(tmp_path) == {"a.md": "written"}
    run_import(tmp_path)
    import_text(tmp_path, TEXT.format("By hand"))
    assert Article.objects.get().title == "By hand"
    edit_title("C")
    assert export(tmp_path) == {"a.md": "written"}
    assert (tmp_path / "a.md").read_text() == TEXT.format("C")


def test_export_follows_imports_from_another_folder(tmp_path):
    (tmp_path / "in").mkdir()
    for title in ("A", "B", "C"):
        import_text(tmp_path / "in", TEXT.format(title))
        assert export(tmp_path / "out") == {"a.md": "written"}


def test_two_folders_are_kept_apart(tmp_path):
    import_text(tmp_path, TEXT.format("A"))
    for title, folder in (("B", "x"), ("C", "y"), ("D", "x"), ("E", "y")):
        edit_title(title)
        assert export(tmp_path / folder) == {"a.md": "written"}


def test_folder_that_was_moved_is_still_known(tmp_path):
    import_text(tmp_path, TEXT.format("A"))
    edit_title("B")
    export(tmp_path / "x")
    (tmp_path / "x").rename(tmp_path / "y")
    edit_title("C")
    assert export(tmp_path / "y") == {"a.md": "written"}


@pytest.mark.parametrize("title", ["A", "Edited"])
def test_file_changed_by_hand_is_not_overwritten(tmp_path, title):
    import_text(tmp_path, TEXT.format("A"))
    edit_title(title)
    (tmp_path / "a.md").write_text("by hand")
    (result,) = export_articles(Article.objects.all(), tmp_path)
    assert (str(result.outcome), result.path) == ("conflict", "a.md")
    assert "--force" in result.reason
    assert export(tmp_path, is_check=True) == {"a.md": "conflict"}
    assert (tmp_path / "a.md").read_text() == "by hand"
    assert export(tmp_path, overwrites=True) == {"a.md": "written"}
    assert (tmp_path / "a.md").read_text() == TEXT.format(title)
    edit_title("Again")
    assert export(tmp_path) == {"a.md": "written"}


def test_older_state_that_was_put_back_by_hand_is_not_overwritten(tmp_path):
    import_text(tmp_path, TEXT.format("A"))
    for title in ("B", "C"):
        edit_title(title)
        export(tmp_path)
    for old in ("A", "B"):
        (tmp_path / "a.md").write_text(TEXT.format(old))
        assert export(tmp_path) == {"a.md": "conflict"}


def test_file_of_somebody_else_is_not_overwritten(tmp_path):
    make_article("a")
    (tmp_path / "a.md").write_text("mine")
    assert export(tmp_path) == {"a.md": "conflict"}
    (tmp_path / "a.md").unlink()
    assert export(tmp_path) == {"a.md": "written"}


def test_check_notes_nothing(tmp_path):
    import_text(tmp_path, TEXT.format("A"))
    edit_title("B")
    assert export(tmp_path, is_check=True) == {"a.md": "different"}
    assert not ExportedFile.objects.exists()


def test_what_was_written_is_noted_where_an_export_is_stopped(tmp_path):
    make_article("a")
    make_article("b")
    running = export_articles(Article.objects.all(), tmp_path)
    assert next(running).path == "a.md"
    running.close()
    (noted,) = ExportedFile.objects.all()
    assert noted.content_hash == hashlib.sha256((tmp_path / "a.md").read_bytes()).hexdigest()


@pytest.mark.django_db(transaction=True)
def test_article_that_is_deleted_meanwhile_stops_no_export(tmp_path):
    make_article("a")
    make_article("b")
    running = export_articles(Article.objects.all(), tmp_path)
    assert next(running).path == "a.md"
    Article.objects.filter(slug="a").delete()
    assert [result.path for result in running] == ["b.md"]
    assert [row.article.slug for row in ExportedFile.objects.all()] == ["b"]


def test_edit_and_undo_leaves_the_bytes_of_the_file(tmp_path):
    text = SHAPES["odd.md"]
    article = import_text(tmp_path, text)
    was = describe_article(article)
    edited = edit(article, title="B", comments=False, date=was.date + timedelta(days=1))
    assert is_edited(edited)
    undone = save_article(was, article=Article.objects.get(pk=article.pk))
    assert export_article(undone).decode() == text
    assert not is_edited(undone)
