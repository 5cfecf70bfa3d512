"""Rows in bulk are the rows that the ORM stores one by one."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from cms_news.models import Article, ArticleTag, Tag
from cms_news.models.bulk import WORTH_COPYING, insert_rows
from tests.builders import DATE, make_article

pytestmark = pytest.mark.django_db
NAMES = (
    "title",
    "slug",
    "date",
    "extra",
    "removed",
    "published",
    "word_count",
    "expires_at",
    "author",
)
MANY = WORTH_COPYING + 30


def insert(count, start=0, **changes):
    rows = [
        (
            changes.get("title", f"标题 {n}\t\\N\n'\""),
            f"s-{n}",
            DATE + timedelta(microseconds=n),
            {"n": n, "text": "\\ \t 监管", "none": None},
            [],
            n % 2 == 0,
            n,
            None,
            None,
        )
        for n in range(start, start + count)
    ]
    fields = {f.name: f for f in Article._meta.concrete_fields if not f.primary_key}
    rest = [name for name in fields if name not in NAMES]
    defaults = [fields[name].pre_save(Article(), True) for name in rest]
    return insert_rows(
        Article,
        (*NAMES, *rest),
        [(*row, *defaults) for row in rows],
        using="default",
        returns_ids=True,
    )


@pytest.mark.parametrize("count", [0, 1, WORTH_COPYING - 1, WORTH_COPYING, MANY])
def test_rows_are_stored_as_they_are_and_their_ids_told_in_order(count):
    ids = insert(count)
    found = list(Article.objects.order_by("pk"))
    assert [article.pk for article in found] == ids
    for n, article in enumerate(found):
        assert article.title == f"标题 {n}\t\\N\n'\""
        assert article.date == DATE + timedelta(microseconds=n)
        assert article.extra == {"n": n, "text": "\\ \t 监管", "none": None}
        assert (article.published, article.word_count) == (n % 2 == 0, n)
        assert article.expires_at is None
        assert article.author is None


def test_ids_go_on_where_others_were_given_and_do_not_come_again():
    last = make_article().pk
    gone = insert(MANY)
    Article.objects.filter(pk__in=gone).delete()
    again = insert(MANY)
    assert not set(again) & {last, *gone}
    assert make_article("other").pk not in again


def test_a_row_that_is_refused_takes_all_with_it():
    insert(1)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(MANY)
    assert Article.objects.count() == 1
    assert len(insert(MANY, start=1)) == MANY


def test_many_rows_take_few_statements():
    insert(MANY)
    with CaptureQueriesContext(connection) as queries:
        insert(2 * MANY, start=MANY)
    assert len(queries) == 2


def test_rows_whose_ids_nobody_wants_get_some():
    article = make_article()
    tags = [Tag.objects.create(name=f"tag {n}") for n in range(MANY)]
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    rows = [(article.pk, tag.pk, moment, n) for n, tag in enumerate(tags)]
    columns = ("content_object", "tag", "date", "position")
    assert insert_rows(ArticleTag, columns, rows, using="default") == []
    stored = ArticleTag.objects.order_by("position").values_list("tag_id", "date")
    assert list(stored) == [(tag.pk, moment) for tag in tags]
