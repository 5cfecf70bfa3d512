from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from cms_news.content.document import AuthorName
from cms_news.errors import HtmlLimitError, VersionConflictError
from cms_news.models import Article, Author, Category, Reason, Revision, Tag
from cms_news.services import Cause, describe_article, save_article
from cms_news.services.exporting import export_article
from cms_news.services.import_results import ImportOptions
from cms_news.services.importing import import_files
from cms_news.services.restoring import restore_revision
from cms_news.services.revisions import read_revision
from cms_news.services.sources import find_files, find_place
from cms_news.services.trash import restore_articles, trash_articles
from tests.builders import DATE, make_article, make_data, make_editor

pytestmark = pytest.mark.django_db


def full_data(**changes):
    values = {
        "body": "# 标题\n\n正文。",
        "author": AuthorName("记者站", "https://example.com/a"),
        "categories": (("金融", "中证网", "资讯"), ("要闻",)),
        "tags": ("监管", "银行"),
        "headimg": "https://example.com/a.png",
        "comments": False,
        "excerpt": "摘要",
        "lang": "zh-Hans",
        "source_name": "新华社",
        "license": "CC BY 4.0",
        "extra": {"top": True, "nested": {"a": [1, "x"]}},
        "updated": DATE + timedelta(days=1),
        "slug": "morning",
    }
    return make_data(**{**values, **changes})


def revisions_of(article):
    return list(Revision.objects.filter(article=article).order_by("version"))


def read_again(article):
    return describe_article(Article.objects.get(pk=article.pk))


def import_folder(folder, **options):
    chosen = ImportOptions(zone=UTC, **options)
    files = find_files(find_place(folder), suffixes=(".md",))
    return list(import_files(files, options=chosen))


def test_every_save_keeps_what_was_said_who_and_why():
    editor = make_editor("王编辑")
    article = save_article(full_data(), cause=Cause(Reason.CREATED, editor, "first draft"))
    changed = full_data(title="晚报", tags=("新",), categories=(("要闻",),), extra={"a": None})
    save_article(changed, article=article)
    first, second = revisions_of(article)
    assert (first.version, first.reason, first.note) == (1, "created", "first draft")
    assert (first.user, first.user_name) == (editor, "王编辑")
    assert (second.version, second.reason, second.user, second.user_name) == (2, "edited", None, "")
    assert read_revision(first).data == full_data()
    assert read_revision(second).data == changed
    assert Article.objects.get().recorded_version == 2


def test_save_costs_one_query_more():
    article = Article.objects.with_names().get(pk=save_article(full_data()).pk)
    with CaptureQueriesContext(connection) as queries:
        save_article(full_data(title="晚报"), article=article)
    about = [query["sql"] for query in queries if "cms_news_revision" in query["sql"]]
    assert len(about) == 1
    assert about[0].startswith("INSERT")
    with CaptureQueriesContext(connection) as queries:
        save_article(full_data(slug="another"))
    assert len([q for q in queries if "cms_news_revision" in q["sql"]]) == 1


def test_save_that_changes_nothing_keeps_nothing():
    article = save_article(full_data())
    save_article(read_again(article), article=Article.objects.get())
    assert len(revisions_of(article)) == 1


def test_refused_save_keeps_nothing():
    article = save_article(full_data())
    stale = Article.objects.get()
    save_article(full_data(title="first"), article=article)
    with pytest.raises(VersionConflictError):
        save_article(full_data(title="second"), article=stale)
    with pytest.raises(HtmlLimitError):
        save_article(full_data(body="<div>" * 300), article=article)
    assert [revision.version for revision in revisions_of(article)] == [1, 2]


def test_state_before_the_first_edit_after_an_upgrade_is_kept():
    article = save_article(full_data())
    Revision.objects.all().delete()
    Article.objects.filter(pk=article.pk).store(recorded_version=0)
    save_article(full_data(title="晚报"), article=Article.objects.get())
    before, after = revisions_of(article)
    assert (before.version, before.reason, before.user_name) == (1, "found", "")
    assert read_revision(before).data == full_data()
    assert read_revision(after).data.title == "晚报"


def test_what_came_past_the_services_is_kept_by_the_next_save():
    article = save_article(full_data())
    Article.objects.filter(pk=article.pk).update(body="by a script")
    row = Article.objects.get()
    row.title = "by hand"
    row.save()
    save_article(full_data(title="晚报"), article=Article.objects.get())
    kept = [(r.version, r.reason, read_revision(r).data.title) for r in revisions_of(article)]
    assert kept == [(1, "created", "晨报"), (3, "found", "by hand"), (4, "edited", "晚报")]
    assert read_revision(revisions_of(article)[1]).body == "by a script"


def test_article_made_past_the_services_is_kept_before_it_goes_to_the_trash():
    article = Article.objects.create(title="by hand", body="text", date=DATE)
    trash_articles(Article.objects.all())
    kept = [(r.version, r.reason, read_revision(r).body) for r in revisions_of(article)]
    assert kept == [(1, "found", "text"), (2, "trashed", "text")]


def test_trash_and_back_are_revisions_of_the_same_text():
    editor = make_editor()
    article = save_article(full_data())
    trash_articles(Article.objects.all(), cause=Cause(Reason.TRASHED, editor))
    restore_articles(Article.objects.all())
    created, trashed, retrieved = revisions_of(article)
    assert (trashed.reason, trashed.user) == ("trashed", editor)
    assert retrieved.reason == "retrieved"
    assert bytes(created.document) == bytes(trashed.document) == bytes(retrieved.document)
    assert Article.objects.get().recorded_version == 3


@pytest.mark.parametrize("number", [1, 5, 40])
def test_trash_costs_the_same_queries_for_all(number, django_assert_num_queries):
    for count in range(number):
        make_article(f"n{count}")
    with django_assert_num_queries(6):  # 2 of them are savepoints
        trash_articles(Article.objects.all())
    assert Revision.objects.filter(reason="trashed").count() == number


def test_import_keeps_the_file_and_who_imported_it(tmp_path):
    editor = make_editor()
    path = tmp_path / "a.md"
    text = "---\ntitle: 晨报 # the first\ntags: [监管]\nodd: 1\n---\n\n正文\n"
    path.write_text(text, "utf-8")
    import_folder(tmp_path, user=editor)
    path.write_text(text.replace("first", "second"), "utf-8")
    import_folder(tmp_path, user=editor)
    kept = revisions_of(Article.objects.get())
    assert [(r.reason, r.user) for r in kept] == [("imported", editor)] * 2
    texts = [read_revision(revision) for revision in kept]
    assert [saved.head + saved.body for saved in texts] == [text, text.replace("first", "second")]


def test_edit_of_an_imported_article_keeps_its_file_as_an_export_writes_it(tmp_path):
    text = "---\ntitle: 晨报\ntags: [监管] # the first\n---\n正文\n"
    (tmp_path / "a.md").write_text(text, "utf-8")
    import_folder(tmp_path)
    article = Article.objects.get()
    save_article(replace(describe_article(article), title="晚报"), article=article)
    saved = read_revision(revisions_of(article)[1])
    assert saved.head + saved.body == text.replace("晨报", "晚报")
    assert (saved.head + saved.body).encode() == export_article(Article.objects.get())


@pytest.mark.parametrize("number", [1, 20])
def test_import_keeps_its_revisions_in_one_statement(tmp_path, number):
    for count in range(number):
        (tmp_path / f"{count}.md").write_text(f"---\ntitle: n{count}\n---\ntext\n")
    with CaptureQueriesContext(connection) as queries:
        import_folder(tmp_path)
    about = [query["sql"] for query in queries if "cms_news_revision" in query["sql"]]
    assert len(about) == 1
    assert Revision.objects.count() == number


def test_conflict_that_the_article_wins_keeps_what_the_article_says(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("---\ntitle: one\n---\ntext\n")
    import_folder(tmp_path)
    article = Article.objects.get()
    save_article(replace(describe_article(article), title="mine"), article=article)
    path.write_text("---\ntitle: theirs\n---\ntext\n")
    import_folder(tmp_path, on_conflict="article")
    saved = read_revision(revisions_of(article)[-1])
    assert saved.data.title == "mine"
    assert "mine" in saved.head


def test_restoring_gives_everything_back_and_is_a_revision():
    article = save_article(full_data())
    save_article(make_data("other", body="x", slug="other"), article=Article.objects.get())
    first = revisions_of(article)[0]
    editor = make_editor()
    restored = restore_revision(first, cause=Cause(Reason.RESTORED, editor, "1"))
    assert read_again(article) == full_data()
    last = revisions_of(article)[-1]
    assert (last.version, last.reason, last.user) == (3, "restored", editor)
    assert restored.version == 3


def test_restoring_leaves_alone_when_readers_see_the_article():
    later = DATE + timedelta(days=9)
    article = save_article(full_data(published=False))
    save_article(full_data(title="b", published=True, date=later), article=Article.objects.get())
    first = revisions_of(article)[0]
    restore_revision(first)
    now = read_again(article)
    assert (now.title, now.published, now.date) == ("晨报", True, later)
    restore_revision(first, with_release=True)
    now = read_again(article)
    assert (now.published, now.date) == (False, DATE)


def test_restored_body_is_cleaned_under_the_policy_of_today(settings):
    body = '<p>a</p><iframe src="https://video.example.com/1"></iframe>'
    settings.CMS_NEWS = {**settings.CMS_NEWS, "POLICY": {"embed_hosts": ["video.example.com"]}}
    article = save_article(full_data(body=body, markup="html"))
    assert "iframe" in Article.objects.get().body_html
    save_article(full_data(body="x", markup="html"), article=Article.objects.get())
    settings.CMS_NEWS = {**settings.CMS_NEWS, "POLICY": {}}
    restore_revision(revisions_of(article)[0])
    stored = Article.objects.get()
    assert stored.body == body
    assert "iframe" not in stored.body_html


def test_restoring_over_somebody_elses_save_is_refused():
    article = save_article(full_data())
    save_article(full_data(title="b"), article=Article.objects.get())
    with pytest.raises(VersionConflictError):
        restore_revision(revisions_of(article)[0], expected_version=1)
    assert len(revisions_of(article)) == 2


def test_restoring_follows_names_that_were_changed_and_makes_what_is_gone():
    article = save_article(full_data())
    save_article(make_data("b"), article=Article.objects.get())
    for row, name in (
        (Category.objects.get(name="资讯"), "快讯"),
        (Author.objects.get(), "新记者站"),
        (Tag.objects.get(name="监管"), "监察"),
    ):
        row.name = name
        row.save()
    Tag.objects.get(name="银行").delete()
    restore_revision(revisions_of(article)[0])
    now = read_again(article)
    assert now.categories == (("金融", "中证网", "快讯"), ("要闻",))
    assert now.tags == ("监察", "银行")
    assert now.author.name == "新记者站"
    assert Category.objects.count() == 4


def test_restoring_the_newest_writes_nothing():
    article = save_article(full_data())
    assert restore_revision(revisions_of(article)[0]).version == 1


def test_user_who_is_gone_is_still_named():
    editor = make_editor("王编辑")
    article = save_article(full_data(), cause=Cause(Reason.CREATED, editor))
    editor.delete()
    (revision,) = revisions_of(article)
    assert (revision.user, revision.user_name) == (None, "王编辑")


def test_text_is_stored_compressed():
    body = "这是一段会重复的正文。" * 500
    article = save_article(full_data(body=body))
    (revision,) = revisions_of(article)
    assert len(revision.document) < len(body.encode()) / 5
    assert read_revision(revision).body == body


THREADS, SAVES = 4, 250


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time")
def test_a_thousand_saves_by_four_threads_leave_a_thousand_revisions():
    pk = save_article(full_data()).pk
    for number in range(7):
        make_article(
            categories=((f"c{number}",), (f"d{number}",)), tags=(f"t{number}", f"u{number}")
        )

    def data_of(thread, number):
        name = f"{thread}-{number}"
        return full_data(
            title=name,
            body=f"text of {name}",
            tags=(f"t{thread}", f"u{number % 7}"),
            categories=((f"c{thread}",), (f"d{number % 5}",)),
            extra={"number": [thread, number]},
        )

    def write(thread):
        written = {}
        try:
            for number in range(SAVES):
                while True:
                    article = Article.objects.get(pk=pk)
                    try:
                        data = data_of(thread, number)
                        written[save_article(data, article=article).version] = data
                        break
                    except VersionConflictError:
                        continue
        finally:
            connections.close_all()
        return written

    with ThreadPoolExecutor(THREADS) as pool:
        written = {
            v: data for found in pool.map(write, range(THREADS)) for v, data in found.items()
        }
    kept = {r.version: r for r in Revision.objects.filter(article=pk).exclude(version=1)}
    assert len(written) == len(kept) == THREADS * SAVES
    assert sorted(kept) == list(range(2, THREADS * SAVES + 2))
    for version, data in written.items():
        assert read_revision(kept[version]).data == data
    for version in (2, 3, 499, 500, 501, 1000):
        restore_revision(kept[version])
        now = describe_article(Article.objects.get(pk=pk))
        assert now == written[version]
