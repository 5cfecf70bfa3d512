from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from cms_news.errors import NewsError, VersionConflictError
from cms_news.models import Article, ArticleState, Reason, Revision
from cms_news.services import describe_article, save_article
from cms_news.services.revisions import Touched
from cms_news.services.states import (
    publish_article,
    schedule_article,
    undo_change,
    unpublish_article,
)
from cms_news.services.trash import (
    empty_trash,
    restore_articles,
    trash_articles,
    trashed_before,
)
from tests.builders import DATE, make_article, make_data, make_editor

pytestmark = pytest.mark.django_db


def later(**delta):
    return timezone.now().replace(microsecond=0) + timedelta(**delta)


def read_again(article):
    return describe_article(Article.objects.get(pk=article.pk))


def newest(article):
    return Revision.objects.of(article.pk).newest_first()[0]


STATES = {
    "draft": lambda: make_article(published=False),
    "scheduled": lambda: make_article(date=later(days=3)),
    "expired": lambda: make_article(expires_at=later(days=-1)),
}


@pytest.mark.parametrize("state", STATES)
def test_published_now_is_public_now(state):
    article = STATES[state]()
    assert article.state() == state
    publish_article(article)
    assert Article.objects.public().count() == 1
    assert newest(article).reason == "published"


def test_publishing_leaves_a_date_that_is_past():
    article = make_article(published=False)
    publish_article(article)
    assert read_again(article) == make_data(published=True, slug=article.slug)


def test_publishing_what_is_public_writes_nothing():
    article = make_article()
    publish_article(article)
    assert Article.objects.get().version == 1


@pytest.mark.parametrize("state", [*STATES, "public"])
def test_scheduled_is_public_from_its_moment_on(state):
    article = STATES[state]() if state in STATES else make_article()
    moment = later(days=9)
    schedule_article(article, moment)
    stored = Article.objects.get()
    assert stored.state() is ArticleState.SCHEDULED
    assert stored.state(at=moment) is ArticleState.PUBLIC
    assert newest(article).reason == "scheduled"


def test_scheduling_for_the_past_is_refused():
    with pytest.raises(NewsError, match="past"):
        schedule_article(make_article(published=False), later(minutes=-1))


def test_unpublished_is_a_draft_with_its_date():
    article = make_article()
    unpublish_article(article)
    assert Article.objects.get().state() is ArticleState.DRAFT
    assert read_again(article).date == DATE
    assert newest(article).reason == "unpublished"


MOVES = {
    Reason.PUBLISHED: publish_article,
    Reason.SCHEDULED: lambda article, **options: schedule_article(
        article, later(days=1), **options
    ),
    Reason.UNPUBLISHED: unpublish_article,
}


@pytest.mark.parametrize("reason", MOVES)
def test_moving_what_somebody_changed_is_refused(reason):
    article = make_article()
    save_article(make_data("b"), article=Article.objects.get())
    with pytest.raises(VersionConflictError):
        MOVES[reason](Article.objects.get(), expected_version=1)
    with pytest.raises(VersionConflictError):
        MOVES[reason](
            article if reason is not Reason.PUBLISHED else Article.objects.get(), expected_version=1
        )


@pytest.mark.parametrize("reason", MOVES)
@pytest.mark.parametrize("state", [*STATES, "public"])
def test_undone_is_as_before_to_the_last_character(reason, state):
    article = STATES[state]() if state in STATES else make_article()
    before = read_again(article)
    moved = MOVES[reason](article)
    if moved.version == 1:
        return
    editor = make_editor()
    undo_change(Touched(article.pk, 2), reason, user=editor)
    # But for how the date was found: that is for people, and kept where nothing else is known.
    assert replace(read_again(article), date_source="") == before
    last = newest(article)
    assert (last.version, last.reason, last.user) == (3, "undone", editor)


def test_trash_is_undone_and_undone_again():
    article = make_article()
    (touched,) = trash_articles(Article.objects.all())
    undo_change(touched, Reason.TRASHED)
    assert Article.objects.public().count() == 1
    trash_articles(Article.objects.all())
    (touched,) = restore_articles(Article.objects.all())
    undo_change(touched, Reason.RETRIEVED)
    assert Article.objects.trashed().count() == 1
    assert newest(article).reason == "undone"


@pytest.mark.parametrize(
    "reason", [Reason.PUBLISHED, Reason.UNPUBLISHED, Reason.TRASHED, Reason.RETRIEVED]
)
def test_undo_of_what_somebody_changed_since_is_refused(reason):
    article = make_article("a", published=reason is not Reason.PUBLISHED)
    if reason is Reason.PUBLISHED:
        publish_article(article)
    elif reason is Reason.UNPUBLISHED:
        unpublish_article(article)
    elif reason is Reason.TRASHED:
        trash_articles(Article.objects.all())
    else:
        trash_articles(Article.objects.all())
        restore_articles(Article.objects.all())
    stored = Article.objects.get()
    touched = Touched(stored.pk, stored.version)
    save_article(replace(describe_article(stored), title="b"), article=stored)
    before = Article.objects.values().get()
    with pytest.raises(VersionConflictError, match="changed since"):
        undo_change(touched, reason, title="a")
    assert Article.objects.values().get() == before


def test_undo_needs_the_very_state_before():
    article = make_article(published=False)
    publish_article(article)
    Revision.objects.filter(version=1).delete()
    with pytest.raises(NewsError, match="not kept"):
        undo_change(Touched(article.pk, 2), Reason.PUBLISHED, title="a")
    assert Article.objects.get().published


def test_states_are_counted_as_they_are_found(django_assert_num_queries):
    for make in STATES.values():
        make()
    make_article()
    make_article(expires_at=later(days=1))
    make_article(date=later(days=1), expires_at=later(days=-1))
    trash_articles(Article.objects.filter(pk=make_article().pk))
    rows = Article.objects.all()
    with django_assert_num_queries(1):
        counts = rows.count_states()
    assert counts == {
        "draft": rows.drafts().count(),
        "scheduled": rows.scheduled().count(),
        "public": rows.public().count(),
        "expired": rows.expired().count(),
        "trashed": rows.trashed().count(),
    }
    assert counts == {"draft": 1, "scheduled": 1, "public": 2, "expired": 2, "trashed": 1}


def test_only_what_lies_in_the_trash_for_long_is_deleted():
    old, young, here = make_article("old"), make_article("young"), make_article("here")
    trash_articles(Article.objects.filter(pk__in=[old.pk, young.pk]))
    Article.objects.filter(pk=old.pk).update(trashed_at=later(days=-40))
    chosen = trashed_before(later(days=-30))
    assert list(empty_trash(chosen, is_dry_run=True)) == [(old.pk, "old")]
    assert Article.objects.count() == 3
    assert list(empty_trash(chosen)) == [(old.pk, "old")]
    assert set(Article.objects.all()) == {young, here}
    assert not Revision.objects.filter(article=old.pk).exists()


def test_emptying_deletes_nothing_outside_of_the_trash():
    make_article()
    assert list(empty_trash(Article.objects.all())) == []
    assert Article.objects.count() == 1
