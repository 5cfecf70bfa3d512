"""What the newsroom asks: that it finds what it should, and by which index."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from cms_news.models import Article, ArticleCategory
from cms_news.models.desk import count_some, hold_any
from cms_news.services import Cause, save_article
from cms_news.services.trash import trash_articles
from tests.builders import DATE, make_article, make_category, make_data, make_editor

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PICTURE = "https://example.com/a.png"


def titles(rows):
    return sorted(rows.values_list("title", flat=True))


def explain(sql, params=()):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql}", params)
            return "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        return "\n".join(row[3] for row in cursor.fetchall())


def explain_rows(rows):
    return explain(*rows.query.sql_with_params())


def fill(count=600):
    """An archive in which next to nothing needs attention, as the planner has to know."""
    rows = [
        Article(
            title=f"old {number}",
            slug=f"old-{number}",
            date=DATE - timedelta(hours=number),
            published=number % 50 != 0,
            thumbnail=PICTURE,
            body="x" * 200,
            own_format="x",
            own_references="[1,[1],[]]",
        )
        for number in range(count)
    ]
    Article.objects.insert(rows)
    category = make_category("archive")
    ArticleCategory.objects.unguarded().bulk_create(
        ArticleCategory(article=row, category=category, date=row.date, direct=True) for row in rows
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.fixture
def some():
    good = {"categories": (("c",),), "thumbnail": PICTURE}
    make_article("good", **good)
    make_article("no category", thumbnail=PICTURE)
    make_article("no picture", categories=(("c",),))
    make_article("only a head image", categories=(("c",),), headimg=PICTURE)
    make_article("removed", body="<script>x</script>ok", **good)
    make_article("nothing at all", body="<script>x</script>")
    gone = make_article("in the trash", body="<script>x</script>")
    trash_articles(Article.objects.filter(pk=gone.pk))


def test_each_reason_and_all_of_them(some):
    rows = Article.objects.all()
    assert titles(rows.without_category()) == ["no category", "nothing at all"]
    assert titles(rows.without_picture()) == ["no picture", "nothing at all"]
    assert titles(rows.with_something_removed()) == ["nothing at all", "removed"]
    attention = ["no category", "no picture", "nothing at all", "removed"]
    assert titles(rows.needing_attention()) == attention
    assert titles(rows.filter(title__startswith="no ").needing_attention()) == attention[:2]


def test_what_is_filed_nowhere_is_known_however_it_came_to_be():
    def unfiled():
        plain = Article.objects.alive().exclude(category_links__direct=True)
        assert titles(plain) == titles(Article.objects.without_category())
        return titles(plain)

    one = make_article("one", categories=(("a", "b"), ("c",)), tags=("t",))
    make_article("tagged", tags=("t", "u"))
    make_article("with an author", author="x")
    make_article("filed", categories=(("a",),))
    Article.objects.bulk_create([Article(title="in bulk", slug="bulk", date=DATE)])
    alone = ["in bulk", "tagged", "with an author"]
    assert unfiled() == alone
    one = save_article(make_data("one", tags=("t",)), article=one)
    assert unfiled() == sorted([*alone, "one"])
    save_article(make_data("one", categories=(("c",),)), article=one)
    assert unfiled() == alone
    Article.objects.get(title="filed").category_links.all().delete()
    assert unfiled() == sorted([*alone, "filed"])
    Article.objects.update(lang="zh")
    assert unfiled() == sorted([*alone, "filed"])
    call_command("refresh_cards", verbosity=0)
    assert unfiled() == sorted([*alone, "filed"])
    filed = Article.objects.get(title="filed")
    ArticleCategory.objects.create(
        article=filed, category=make_category("a"), date=filed.date, direct=True
    )
    assert unfiled() == alone


def test_unions_are_counted_once_and_no_further_than_asked(some, django_assert_num_queries):
    rows = Article.objects.all()
    wanted = {
        "attention": rows.attention_parts(),
        "picture": [rows.without_picture()],
        "none": [rows.none()],
    }
    with django_assert_num_queries(1):
        counts = count_some(wanted, limit=100, using="default")
    assert counts == {"attention": 4, "picture": 2, "none": 0}
    counts = count_some(wanted, limit=1, using="default")
    assert counts == {"attention": 2, "picture": 2, "none": 0}


def test_scheduled_until(some):
    for hours in (-1, 1, 25):
        make_article(f"in {hours}", date=NOW + timedelta(hours=hours))
    make_article("draft", date=NOW + timedelta(hours=1), published=False)
    make_article("over before", date=NOW + timedelta(hours=2), expires_at=NOW)
    rows = Article.objects.scheduled_until(NOW + timedelta(days=1), at=NOW)
    assert titles(rows) == ["in 1"]


def test_drafts_of_who_began_them():
    mine, theirs = make_editor("mine"), make_editor("theirs")
    save_article(make_data("my draft", published=False), cause=Cause(user=mine))
    save_article(make_data("my article"), cause=Cause(user=mine))
    other = save_article(make_data("their draft", published=False), cause=Cause(user=theirs))
    save_article(
        make_data("their draft", published=False, body="edited by me"),
        article=other,
        cause=Cause(user=mine),
    )
    make_article("nobody's", published=False)
    assert titles(Article.objects.drafts_of(mine)) == ["my draft"]
    assert titles(Article.objects.drafts_of(theirs)) == ["their draft"]


def test_days_are_those_of_the_zone(settings, django_assert_num_queries):
    settings.TIME_ZONE = "Asia/Shanghai"
    first = datetime(2026, 2, 28, 16, tzinfo=UTC)  # midnight there
    make_article("before", date=first - timedelta(seconds=1))
    make_article("first second", date=first)
    make_article("evening", date=datetime(2026, 3, 1, 15, 59, tzinfo=UTC))
    make_article("now", date=NOW)
    make_article("tonight", date=NOW + timedelta(hours=1))
    make_article("over", date=NOW - timedelta(hours=1), expires_at=NOW)
    make_article("draft", date=NOW, published=False)
    with django_assert_num_queries(1):
        days = Article.objects.count_days(first, NOW + timedelta(days=3), at=NOW)
    assert {str(day): counts for day, counts in days.items()} == {
        "2026-03-01": {"public": 2, "scheduled": 0},
        "2026-03-02": {"public": 1, "scheduled": 1},
    }


def test_spans_with_articles(some, django_assert_num_queries):
    make_article("in time", date=NOW, author="a")
    hour = timedelta(hours=1)
    spans = [(NOW - hour, NOW), (NOW, NOW + hour), (NOW + hour, NOW + 2 * hour)]
    rows = Article.objects.filter(title__contains="%").select_related("author")
    with django_assert_num_queries(1):
        assert hold_any(Article.objects.select_related("author"), spans) == [False, True, False]
    assert hold_any(rows, spans) == [False] * 3
    assert hold_any(Article.objects.filter(date__gt=NOW), spans) == [False] * 3
    with django_assert_num_queries(0):
        assert hold_any(Article.objects.none(), spans) == [False] * 3
        assert hold_any(Article.objects.all(), []) == []


PLANS = {
    "cms_news_article_unfiled": lambda rows: rows.without_category(),
    "cms_news_article_no_picture": lambda rows: rows.without_picture(),
    "cms_news_article_removed": lambda rows: rows.with_something_removed(),
    "cms_news_article_unreleased": lambda rows: rows.waiting(),
}


@pytest.mark.parametrize("index", PLANS)
def test_what_is_rare_is_found_by_an_index(index):
    fill()
    plan = explain_rows(PLANS[index](Article.objects.all()).order_by().values("pk")[:1001])
    assert index in plan, plan


@pytest.mark.parametrize(
    "index", ["cms_news_article_no_picture", "cms_news_article_removed", "cms_news_article_unfiled"]
)
def test_what_is_rare_is_in_order_there(index):
    fill()
    plan = explain_rows(PLANS[index](Article.objects.all()).newest_first().only("pk", "title")[:8])
    assert index in plan, plan
    assert "Sort" not in plan, plan
    assert "TEMP B-TREE" not in plan, plan


def test_a_week_is_a_range():
    fill()
    rows = Article.objects.scheduled_until(NOW + timedelta(days=7), at=NOW).order_by("date")
    plan = explain_rows(rows.only("pk", "title", "date")[:100])
    assert "SCAN" not in plan, plan
    assert "Seq Scan" not in plan, plan
    assert "USING INDEX" in plan or "Index Scan" in plan, plan
