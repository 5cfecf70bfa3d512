import hashlib
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from cms_news.models import Article, ArticleCategory, ArticleTag, Author, Category, Tag
from cms_news.services import describe_article, save_article
from cms_news.services.import_results import ImportOptions, Outcome
from cms_news.services.importing import import_files
from cms_news.services.sources import find_files, find_place

pytestmark = pytest.mark.django_db

SUFFIXES = (".md", ".html")
GOOD = "---\ntitle: {title}\ndate: 2021-12-09 18:14:00\ncategories: [a, b]\ntags: [x]\nauthor: me\n---\nBody of {title}.\n"


def write(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def run_import(path, **options):
    root = options.pop("root", None)
    source = options.pop("source", None)
    files = find_files(find_place(path, root=root, source=source), suffixes=SUFFIXES)
    chosen = ImportOptions(zone=options.pop("zone", UTC), **options)
    return {result.path: result for result in import_files(files, options=chosen)}


def outcomes(results):
    return {path: str(result.outcome) for path, result in results.items()}


def all_rows():
    models = [Article, ArticleCategory, ArticleTag, Author, Category, Tag]
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_folder_becomes_articles(tmp_path):
    write(tmp_path, "one.md", GOOD.format(title="One"))
    write(tmp_path, "deep/er/two.md", GOOD.format(title="Two"))
    write(tmp_path, "notes.txt", "not one of ours")
    results = run_import(tmp_path)
    assert outcomes(results) == {"one.md": "created", "deep/er/two.md": "created"}
    article = Article.objects.get(title="Two")
    assert article.source == tmp_path.name
    assert article.source_path == "deep/er/two.md"
    assert [category.path_names for category in article.categories] == [["a", "b"]]
    assert str(article.author) == "me"
    assert article.slug == "two"


def test_second_import_writes_nothing(tmp_path):
    for number in range(5):
        write(tmp_path, f"{number}.md", GOOD.format(title=f"N{number}"))
    run_import(tmp_path)
    before = all_rows()
    assert set(outcomes(run_import(tmp_path)).values()) == {"unchanged"}
    assert all_rows() == before


def test_touched_file_with_the_same_bytes_is_unchanged(tmp_path):
    path = write(tmp_path, "a.md", "---\ntitle: A\n---\nbody")
    run_import(tmp_path)
    before = all_rows()
    os.utime(path, (1, 1))
    assert outcomes(run_import(tmp_path)) == {"a.md": "unchanged"}
    assert all_rows() == before


def test_changed_file_updates_its_article(tmp_path):
    write(tmp_path, "a.md", GOOD.format(title="Before"))
    run_import(tmp_path)
    pk = Article.objects.get().pk
    write(tmp_path, "a.md", GOOD.format(title="After"))
    assert outcomes(run_import(tmp_path)) == {"a.md": "updated"}
    article = Article.objects.get()
    assert (article.pk, article.title, article.slug, article.version) == (pk, "After", "a", 2)


def test_update_drops_what_the_file_no_longer_says(tmp_path):
    write(tmp_path, "a.md", GOOD.format(title="A"))
    run_import(tmp_path)
    write(tmp_path, "a.md", "---\ntitle: A\ndate: 2021-12-09\n---\nbody")
    run_import(tmp_path)
    article = Article.objects.get()
    assert (article.author, article.categories, list(article.tags.all())) == (None, [], [])


def test_broken_files_cost_only_themselves(tmp_path):
    for number in range(3):
        write(tmp_path, f"good{number}.md", GOOD.format(title=f"G{number}"))
    write(tmp_path, "date.md", "---\ntitle: A\ndate: 2021-13-45\n---\nbody")
    write(tmp_path, "colon.md", "---\nlayout: post\ntitle: A: b\n---\nbody")
    write(tmp_path, "nul.md", b"---\ntitle: A\n---\none\ntwo\0")
    write(tmp_path, "gbk.md", "---\ntitle: 标题\n---\n正文".encode("gbk"))
    write(tmp_path, "long.html", "<p>" + "a" * 1_000_001)
    results = run_import(tmp_path)
    assert Article.objects.count() == 3
    failed = {path: result for path, result in results.items() if result.outcome is Outcome.FAILED}
    assert {path: result.line for path, result in failed.items()} == {
        "date.md": 3,
        "colon.md": 3,
        "nul.md": 5,
        "gbk.md": 2,
        "long.html": None,
    }
    assert "2021-13-45" in failed["date.md"].reason
    assert "NUL" in failed["nul.md"].reason
    assert "UTF-8" in failed["gbk.md"].reason
    assert "1,000,000" in failed["long.html"].reason or "1000000" in failed["long.html"].reason


def test_failed_file_is_imported_once_it_is_mended(tmp_path):
    write(tmp_path, "a.md", "---\ntitle: A\ndate: 2021-13-45\n---\nbody")
    run_import(tmp_path)
    write(tmp_path, "a.md", "---\ntitle: A\ndate: 2021-12-05\n---\nbody")
    assert outcomes(run_import(tmp_path)) == {"a.md": "created"}


def test_dry_run_tells_the_same_and_writes_nothing(tmp_path):
    write(tmp_path, "same.md", GOOD.format(title="Same"))
    write(tmp_path, "changed.md", GOOD.format(title="Before"))
    run_import(tmp_path)
    write(tmp_path, "changed.md", GOOD.format(title="After"))
    write(tmp_path, "new.md", GOOD.format(title="New") + "<script>alert(1)</script>")
    write(tmp_path, "bad.md", "---\ntitle: A: b\n---\n")
    before = all_rows()
    rehearsed = run_import(tmp_path, is_dry_run=True)
    assert all_rows() == before
    assert outcomes(rehearsed) == {
        "bad.md": "failed",
        "changed.md": "updated",
        "new.md": "created",
        "same.md": "unchanged",
    }
    assert [removal.name for removal in rehearsed["new.md"].removed] == ["script"]
    assert outcomes(run_import(tmp_path)) == outcomes(rehearsed)


def test_edit_on_both_sides_is_a_conflict(tmp_path):
    write(tmp_path, "a.md", GOOD.format(title="A"))
    run_import(tmp_path)
    article = Article.objects.get()
    save_article(replace(describe_article(article), title="Edited here"), article=article)
    write(tmp_path, "a.md", GOOD.format(title="Edited there"))
    results = run_import(tmp_path)
    assert outcomes(results) == {"a.md": "conflict"}
    assert "--on-conflict" in results["a.md"].reason
    assert Article.objects.get().title == "Edited here"
    assert outcomes(run_import(tmp_path, on_conflict="file")) == {"a.md": "updated"}
    assert Article.objects.get().title == "Edited there"


def test_edited_article_with_an_unchanged_file_is_left_alone(tmp_path):
    write(tmp_path, "a.md", GOOD.format(title="A"))
    run_import(tmp_path)
    article = Article.objects.get()
    save_article(replace(describe_article(article), title="Edited here"), article=article)
    assert outcomes(run_import(tmp_path)) == {"a.md": "unchanged"}
    assert Article.objects.get().title == "Edited here"


def test_naive_dates_are_read_in_the_declared_zone(tmp_path):
    write(tmp_path, "a.md", GOOD.format(title="A"))
    run_import(tmp_path, zone=ZoneInfo("Asia/Shanghai"))
    article = Article.objects.get()
    assert article.date == datetime(2021, 12, 9, 10, 14, tzinfo=UTC)
    assert "Asia/Shanghai" in article.date_source


SOURCED = (
    "---\ntitle: {title}\ndate: Thu, 09 Dec 2021 18:14:00 GMT\nsource: 新华社\noriginal_url: https://wire.example/a\n"
    "license: CC BY 4.0\n---\n<p onclick=x>{title}</p>\n"
)


def test_record_of_where_an_article_came_from(tmp_path):
    path = write(tmp_path, "deep/a.md", SOURCED.format(title="A"))
    before = timezone.now()
    run_import(tmp_path, source="desk")
    article = Article.objects.get()
    assert (article.source, article.source_path) == ("desk", "deep/a.md")
    assert article.source_hash == hashlib.sha256(path.read_bytes()).hexdigest()
    assert before <= article.imported_at <= timezone.now()
    assert (article.date_text, article.date_source) == ("Thu, 09 Dec 2021 18:14:00 GMT", "RFC 2822")
    assert [removal["name"] for removal in article.removed] == ["p.onclick"]
    assert (article.source_name, article.source_url) == ("新华社", "https://wire.example/a")
    assert article.license == "CC BY 4.0"
    assert article.extra == {}


@pytest.mark.parametrize(
    ("name", "head", "text", "source"),
    [
        ("2021-12-9-x.md", "title: A", "2021-12-9", "file name"),
        ("a.md", "title: A", "", "time of the file"),
        (
            "a.md",
            "date: 2021-12-09\npublishDate: 2022/1/2 03:04 +0800",
            "2022/1/2 03:04 +0800",
            "with offset",
        ),
    ],
)
def test_date_is_kept_as_it_was_written(tmp_path, name, head, text, source):
    write(tmp_path, name, f"---\n{head}\n---\nx")
    run_import(tmp_path)
    article = Article.objects.get()
    assert (article.date_text, article.date_source) == (text, source)


def test_date_of_the_file_stays_on_record_until_another_file_says_otherwise(tmp_path):
    write(tmp_path, "a.md", SOURCED.format(title="A"))
    run_import(tmp_path)
    data = describe_article(Article.objects.get())
    moved = replace(data, date=data.date + timedelta(days=1), date_source="set in the admin")
    article = save_article(moved, article=Article.objects.get())
    assert (article.date_text, article.date_source) == (
        "Thu, 09 Dec 2021 18:14:00 GMT",
        "set in the admin",
    )
    write(tmp_path, "a.md", SOURCED.format(title="B").replace("Thu, 09", "Fri, 10"))
    run_import(tmp_path, on_conflict="article")
    article = Article.objects.get()
    assert article.date == moved.date
    assert (article.date_text, article.date_source) == (
        "Fri, 10 Dec 2021 18:14:00 GMT",
        "set in the admin",
    )
    write(tmp_path, "a.md", "---\ntitle: C\n---\n")
    run_import(tmp_path, on_conflict="file")
    assert Article.objects.get().date_text == ""


def test_what_is_no_source_is_imported_as_an_unknown_key(tmp_path):
    head = "---\ntitle: A\ndate: 2021-12-09\nsource_name: [x]\nsource: N\nlicense: false\n---\n"
    write(tmp_path, "a.md", head)
    assert outcomes(run_import(tmp_path)) == {"a.md": "created"}
    article = Article.objects.get()
    assert (article.source_name, article.license) == ("N", "")
    assert article.extra == {"source_name": ["x"], "license": False}


def test_file_without_a_date_keeps_the_date_of_its_first_import(tmp_path):
    path = write(tmp_path, "a.md", "---\ntitle: A\n---\nbody")
    os.utime(path, (1_600_000_000, 1_600_000_000))
    results = run_import(tmp_path)
    first = Article.objects.get().date
    assert first == datetime.fromtimestamp(1_600_000_000, tz=UTC)
    assert [notice.key for notice in results["a.md"].notices] == ["date"]
    write(tmp_path, "a.md", "---\ntitle: A\n---\nother body")
    assert outcomes(run_import(tmp_path)) == {"a.md": "updated"}
    assert Article.objects.get().date == first


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("a.md", "published: false"),
        ("_drafts/a.md", "layout: post"),
        ("a.md", "password: secret"),
        ("a.md", "hidden: true"),
        ("a.md", "draft: true"),
    ],
)
def test_what_was_held_back_does_not_become_public(tmp_path, name, head):
    write(tmp_path, name, f"---\ntitle: A\ndate: 2021-01-01\n{head}\n---\nbody")
    results = run_import(tmp_path)
    assert not Article.objects.public().exists()
    assert results[name].notices
    assert "secret" not in Article.objects.get().own_card


def test_future_date_is_scheduled(tmp_path):
    write(tmp_path, "a.md", "---\ntitle: A\ndate: 2999-01-01\n---\nbody")
    run_import(tmp_path)
    assert Article.objects.scheduled().exists()


def test_utf16_and_byte_order_marks(tmp_path):
    text = "---\ntitle: 标题\n---\n正文"
    write(tmp_path, "le.md", "\ufeff".encode("utf-16-le") + text.encode("utf-16-le"))
    write(tmp_path, "be.md", "\ufeff".encode("utf-16-be") + text.encode("utf-16-be"))
    write(tmp_path, "bom.md", "\ufeff".encode() + text.encode())
    assert set(outcomes(run_import(tmp_path)).values()) == {"created"}
    assert set(Article.objects.values_list("title", flat=True)) == {"标题"}


def test_lost_characters_are_reported(tmp_path):
    write(tmp_path, "a.md", "---\ntitle: A\ndate: 2021-01-01\n---\none\nt\ufffdo")
    (notice,) = run_import(tmp_path)["a.md"].notices
    assert notice.line == 6


@pytest.mark.parametrize(
    "name",
    [
        "【A】b, c #1.md",
        "标题 空格.md",
        "o'k.md",
        "[x].md",
        "a.b.c.md",
        "，。.md",
        "🎉.md",
        "x" * 240 + ".md",
    ],
)
def test_names_of_any_kind_give_a_slug(tmp_path, name):
    write(tmp_path, name, "---\ntitle: T\ndate: 2021-01-01\n---\n")
    write(tmp_path, f"other/{name}", "---\ntitle: T\ndate: 2021-01-01\n---\n")
    assert set(outcomes(run_import(tmp_path)).values()) == {"created"}
    slugs = list(Article.objects.values_list("slug", flat=True))
    assert all(slugs)
    assert len(set(slugs)) == 2


def test_slug_that_is_taken_is_told(tmp_path):
    for name in ("a.md", "b.md"):
        write(tmp_path, name, "---\ntitle: T\nslug: Same\ndate: 2021-01-01\n---\n")
    results = run_import(tmp_path)
    assert set(Article.objects.values_list("slug", flat=True)) == {"same", "same-2"}
    assert not results["a.md"].notices
    (notice,) = results["b.md"].notices
    assert notice.message == '"same" is taken; the article has "same-2"'
    write(tmp_path, "b.md", "---\ntitle: T\nslug: Same\ndate: 2021-01-01\n---\nmore")
    assert run_import(tmp_path)["b.md"].notices == (notice,)


def test_bundles_take_the_name_of_their_folder(tmp_path):
    write(tmp_path, "trip-to-sea/index.md", "---\ndate: 2021-01-01\n---\nbody")
    run_import(tmp_path)
    article = Article.objects.get()
    assert (article.slug, article.title) == ("trip-to-sea", "trip to sea")


def test_empty_file_and_plain_text_are_imported_under_their_names(tmp_path):
    write(tmp_path, "empty.md", "")
    write(tmp_path, "plain-text.md", "Just text")
    results = run_import(tmp_path)
    assert set(outcomes(results).values()) == {"created"}
    assert all(result.notices for result in results.values())
    assert set(Article.objects.values_list("title", flat=True)) == {"empty", "plain text"}


def test_links_devices_and_large_files_are_refused_by_name(tmp_path, settings):
    settings.CMS_NEWS = {"MAX_FILE_BYTES": 100}
    target = write(tmp_path / "elsewhere", "secret.md", "---\ntitle: S\n---\n")
    folder = tmp_path / "posts"
    folder.mkdir()
    (folder / "link.md").symlink_to(target)
    os.mkfifo(folder / "fifo.md")
    write(folder, "big.md", "x" * 101)
    (folder / "linked").symlink_to(target.parent)
    results = run_import(folder)
    assert outcomes(results) == dict.fromkeys(["big.md", "fifo.md", "link.md"], "failed")
    assert "101 bytes" in results["big.md"].reason
    assert "regular" in results["fifo.md"].reason
    assert not Article.objects.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="needs names that are no text")
def test_name_that_is_not_utf8_is_reported(tmp_path):
    try:
        (tmp_path / os.fsdecode(b"\xff.md")).write_text("x")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (result,) = run_import(tmp_path).values()
    assert result.outcome is Outcome.FAILED
    assert "UTF-8" in result.reason


def test_two_sources_may_hold_the_same_paths(tmp_path):
    write(tmp_path, "one/a.md", "---\ntitle: One\n---\n")
    write(tmp_path, "two/a.md", "---\ntitle: Two\n---\n")
    run_import(tmp_path / "one")
    run_import(tmp_path / "two")
    assert Article.objects.count() == 2


def test_single_file_below_a_root_is_the_file_of_the_folder(tmp_path):
    path = write(tmp_path, "deep/a.md", "---\ntitle: One\n---\n")
    run_import(tmp_path)
    assert outcomes(run_import(path, root=tmp_path)) == {"deep/a.md": "unchanged"}


def test_stays_in_the_trash_when_its_file_changes(tmp_path):
    write(tmp_path, "a.md", GOOD.format(title="A"))
    run_import(tmp_path)
    Article.objects.store(trashed_at=datetime.now(UTC) - timedelta(days=1))
    write(tmp_path, "a.md", GOOD.format(title="B"))
    assert outcomes(run_import(tmp_path)) == {"a.md": "updated"}
    assert Article.objects.trashed().get().title == "B"


def test_text_the_database_refuses_fails_alone(tmp_path):
    write(tmp_path, "a.md", ';;;\n{"title": "a\\ud800"}\n;;;\nbody')
    write(tmp_path, "b.md", GOOD.format(title="B"))
    results = run_import(tmp_path)
    assert outcomes(results) == {"a.md": "failed", "b.md": "created"}
    assert "U+D800" in results["a.md"].reason
