from dataclasses import replace
from datetime import UTC

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms_news.errors import NewsError, VersionConflictError
from cms_news.models import (
    Article,
    ArticleCategory,
    Author,
    Category,
    DeliveryState,
    FormerName,
    Tag,
)
from cms_news.services import describe_article, save_article
from cms_news.services.category_tree import move_categories
from cms_news.services.exporting import export_article, is_edited
from cms_news.services.import_results import ImportOptions, Outcome
from cms_news.services.importing import import_files
from cms_news.services.merging import merge_authors, merge_categories, merge_tags
from cms_news.services.naming import categories_at
from cms_news.services.sources import find_files, find_place
from tests.builders import make_article, make_author, make_category, make_data

pytestmark = pytest.mark.django_db

FILE = """---
title: 晨报
categories:
- 金融
- 资讯
tags: [股市, A股]
author: 记者甲
date: 2021-12-09 18:14:00
---
正文
"""


def run_import(folder):
    files = find_files(find_place(folder), suffixes=(".md",))
    return list(import_files(files, options=ImportOptions(zone=UTC)))


def write(folder, content, name="a.md"):
    (folder / name).write_text(content, encoding="utf-8")


def merge_all_of_the_file():
    """Merge author, tag and category of FILE into others that stand beside them."""
    merge_authors([Author.objects.get(name="记者甲")], into=make_author("编辑部"))
    merge_tags([Tag.objects.get(name="A股")], into=Tag.objects.get_or_create(name="沪深")[0])
    merge_categories([make_category("金融")], into=make_category("财经"))


def names():
    return (
        sorted(Author.objects.values_list("name", flat=True)),
        sorted(Tag.objects.values_list("name", flat=True)),
        sorted(Category.objects.values_list("name", flat=True)),
    )


AFTER = (["编辑部"], ["沪深", "股市"], ["财经", "资讯"])


def test_unchanged_file_of_a_merged_name_is_unchanged_and_comes_out_as_it_went_in(tmp_path):
    write(tmp_path, FILE)
    run_import(tmp_path)
    merge_all_of_the_file()
    assert names() == AFTER
    article = Article.objects.get()
    assert article.author.name == "编辑部"
    assert article.categories[0].path_names == ["财经", "资讯"]
    assert not is_edited(article)
    assert export_article(article) == FILE.encode()
    assert [result.outcome for result in run_import(tmp_path)] == [Outcome.UNCHANGED]
    assert names() == AFTER


@pytest.mark.parametrize(
    "change",
    [
        ("正文", "新的正文"),
        ("[股市, A股]", "[股市, A股, 沪深]"),
        ("- 资讯", "- 资讯\n- 快讯"),
        ("author: 记者甲", "author: {name: 记者甲, url: https://example.com}"),
        ("[股市, A股]", "[Ａ股]"),
    ],
)
def test_changed_file_goes_on_meaning_the_name_that_stayed(tmp_path, change):
    write(tmp_path, FILE)
    run_import(tmp_path)
    merge_all_of_the_file()
    write(tmp_path, FILE.replace(*change))
    assert [result.outcome for result in run_import(tmp_path)] == [Outcome.UPDATED]
    authors, tags, categories = names()
    assert (authors, set(tags)) == (["编辑部"], {"沪深", "股市"})
    assert set(categories) - {"快讯"} == {"财经", "资讯"}
    article = Article.objects.get()
    assert article.categories[0].path_names[:2] == ["财经", "资讯"]
    assert export_article(article) == FILE.replace(*change).encode()


def test_new_file_means_the_name_that_stayed(tmp_path):
    write(tmp_path, FILE)
    run_import(tmp_path)
    merge_all_of_the_file()
    write(tmp_path, FILE.replace("晨报", "晚报"), name="b.md")
    run_import(tmp_path)
    assert names() == AFTER


def test_edited_article_differs_from_its_file_in_the_edit_alone(tmp_path):
    write(tmp_path, FILE)
    run_import(tmp_path)
    merge_all_of_the_file()
    article = Article.objects.with_names().get()
    save_article(replace(describe_article(article), title="晚报"), article=article)
    assert export_article(article).decode() == FILE.replace("晨报", "晚报")


def test_names_merged_one_after_another_mean_the_last():
    first, second, third = (make_author(name) for name in "甲乙丙")
    merge_authors([first], into=second)
    merge_authors([second], into=third)
    article = make_article(author="甲")
    assert article.author == third
    a, b, c = (Tag.objects.create(name=name) for name in "abc")
    merge_tags([a], into=b)
    merge_tags([b], into=c)
    assert list(make_article(tags=("A", "x"), slug="x").tags.names()) == ["c", "x"]


def test_name_that_is_made_again_is_itself():
    old, stays = make_author("甲"), make_author("乙")
    merge_authors([old], into=stays)
    again = make_author("甲")
    assert make_article(author="甲").author == again
    merge_authors([stays], into=again)
    assert make_article(author="乙", slug="b").author == again
    assert set(FormerName.objects.values_list("name", flat=True)) == {"乙"}


def test_moved_category_is_found_where_files_say_it_was():
    make_article(categories=(("金融", "中证网", "资讯"),))
    moved = make_category("金融", "中证网")
    move_categories([moved], make_category("财经"))
    found = categories_at([("金融", "中证网", "资讯", "快讯")])
    assert [category.path_names for category in found.values()] == [
        ["财经", "中证网", "资讯", "快讯"]
    ]
    move_categories([moved], None)
    assert categories_at([("财经", "中证网")])[("财经", "中证网")].pk == moved.pk
    assert categories_at([("中证网",)])[("中证网",)].pk == moved.pk


def test_children_go_along_and_those_of_one_name_are_merged():
    make_article("1", slug="1", categories=(("a", "x", "y"), ("a", "z")))
    make_article("2", slug="2", categories=(("b", "x", "w"),))
    done = merge_categories([make_category("a")], into=make_category("b"))
    assert (done.names, done.articles) == (2, 1)
    paths = [category.path_names for category in Category.objects.in_tree_order()]
    assert sorted(map("/".join, paths)) == ["b", "b/x", "b/x/w", "b/x/y", "b/z"]
    assert Article.objects.get(slug="1").categories[0].path_names == ["b", "x", "y"]


def test_child_with_the_name_of_the_merged_one_takes_its_place():
    make_article(categories=(("b", "新闻", "新闻"),))
    merge_categories([make_category("b", "新闻")], into=make_category("b"))
    assert Article.objects.get().categories[0].path_names == ["b", "新闻"]


def test_refusals_say_why_and_leave_all_as_it_was():
    deep, root = make_category("a", "b", "c"), make_category("a")
    make_category("c")
    with pytest.raises(NewsError, match="stands below"):
        merge_categories([root], into=deep)
    with pytest.raises(NewsError, match="two at least"):
        merge_categories([root], into=root)
    with pytest.raises(NewsError, match="below itself"):
        move_categories([root], deep)
    with pytest.raises(NewsError, match="“c” in that place"):
        move_categories([make_category("d"), deep], None)
    ladder = make_category(*"0123456789abcd")
    with pytest.raises(NewsError, match="16 levels"):
        move_categories([root], ladder)
    with pytest.raises(NewsError, match="not there any more"):
        merge_tags([Tag(pk=7)], into=Tag.objects.create(name="x"))
    assert make_category("d").parent is None
    assert not FormerName.objects.exists()
    assert Category.objects.get(pk=deep.pk).lineage_ids == deep.lineage_ids


def test_order_of_tags_is_kept_and_none_is_there_twice():
    make_article(tags=("a", "b", "c", "d"))
    merge_tags(list(Tag.objects.filter(name__in=["a", "d"])), into=Tag.objects.get(name="c"))
    assert list(Article.objects.get().tags.names()) == ["c", "b"]


def test_author_takes_over_what_it_lacks():
    stays = make_author("甲", bio="有")
    merge_authors([make_author("乙", url="https://e.example", bio="别的")], into=stays)
    stays.refresh_from_db()
    assert (stays.url, stays.bio) == ("https://e.example", "有")


def test_editor_who_had_the_article_open_is_told():
    article = make_article(author="甲")
    seen = Article.objects.get()
    merge_authors([article.author], into=make_author("乙"))
    with pytest.raises(VersionConflictError):
        save_article(make_data("新", author="甲"), article=seen)


def work_on(kind, mark):
    """Return the work of moving or merging what articles marked so are filed under."""
    old, new = make_category(mark, "x"), make_category("new", mark)
    if kind == "move":
        return lambda: move_categories([old], new)
    if kind == "categories":
        return lambda: merge_categories([old], into=new)
    if kind == "tags":
        tag, other = Tag.objects.get(name=mark), Tag.objects.get(name="other")
        return lambda: merge_tags([tag], into=other)
    author, other = Author.objects.get(name=mark), make_author(f"other {mark}")
    return lambda: merge_authors([author], into=other)


@pytest.mark.parametrize(
    ("kind", "queries"), [("move", 21), ("categories", 36), ("tags", 19), ("authors", 19)]
)
def test_number_of_articles_adds_no_queries_within_a_batch(kind, queries):
    costs = []
    for count in (2, 60):
        mark = f"of {count}"
        for number in range(count):
            make_article(
                f"{count}-{number}",
                author=mark,
                categories=((mark, "x"), ("other",)),
                tags=(mark, "other"),
            )
        work = work_on(kind, mark)
        with CaptureQueriesContext(connection) as captured:
            work()
        costs.append(len(captured))
    assert costs[0] == queries
    # SQLite takes some hundred parameters in a statement.
    assert costs[1] <= queries + (6 if connection.vendor == "sqlite" else 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("work", ["move", "merge"])
def test_two_thousand_articles_are_filed_anew_in_batches_and_readers_told_once(work):
    article = make_article(categories=(("a", "b", "c"),), author="甲")
    Article.objects.bulk_create(
        Article(title=str(n), slug=f"s{n}", published=True) for n in range(2000)
    )
    others = list(Article.objects.exclude(pk=article.pk).values_list("pk", "date"))
    ArticleCategory.objects.bulk_create(
        ArticleCategory(article_id=pk, category=category, date=date, direct=category.name == "c")
        for pk, date in others
        for category in (make_category("a"), make_category("a", "b"), make_category("a", "b", "c"))
    )
    bumps = []
    with pytest.MonkeyPatch.context() as patch:
        rows = type(DeliveryState.objects.all())
        for name in ("_write_bump", "bump_and_commit"):
            found = getattr(rows, name)

            def counted(self, changes, *args, found=found):
                done = found(self, changes, *args)
                bumps.extend([changes] if done else [])
                return done

            patch.setattr(rows, name, counted)
        target = make_category("n", "m")
        bumps.clear()
        moved = make_category("a", "b")
        done = (
            move_categories([moved], target)
            if work == "move"
            else merge_categories([moved], into=target)
        )
    assert done.articles == 2001
    assert len(bumps) == 1
    assert bumps[0].names
    assert bumps[0].filing
    direct = Category.objects.get(name="c")
    wanted = {*direct.lineage_ids}
    for pk in (article.pk, others[0][0], others[-1][0]):
        assert (
            set(ArticleCategory.objects.filter(article=pk).values_list("category", flat=True))
            == wanted
        )
    assert ArticleCategory.objects.count() == 2001 * len(wanted)
