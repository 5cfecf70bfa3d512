"""What decides whether and when readers see an article: published now, at a moment, or not at all."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from cms_news.content.document import ArticleData
from cms_news.errors import NewsError, VersionConflictError, gettext_noop
from cms_news.models import Article, Reason, Revision

from .articles import save_article
from .describing import describe_article
from .restoring import restore_revision
from .revisions import Cause, Touched
from .trash import restore_articles, trash_articles

CHANGED_SINCE = gettext_noop('"{title}" was changed since; it stays as it is')


def publish_article(
    article: Article, *, expected_version: int | None = None, cause: Cause | None = None
) -> Article:
    """Let readers see `article` from now on, and return it.

    A date that lies ahead becomes the present, an expiry that lies behind is taken off; everything else stays.
    Raises as `save_article` does.
    """
    now = timezone.now().replace(microsecond=0)
    return _release(
        article,
        date=min(article.date, now),
        now=now,
        expected_version=expected_version,
        cause=cause or Cause(Reason.PUBLISHED),
    )


def schedule_article(
    article: Article,
    moment: datetime,
    *,
    expected_version: int | None = None,
    cause: Cause | None = None,
) -> Article:
    """Let readers see `article` from `moment` on, which becomes its date, and return it.

    An expiry before that is taken off. Raises NewsError for a moment that is past, and as `save_article` does.
    """
    if moment <= timezone.now():
        raise NewsError(gettext_noop("this moment is past; choose one that lies ahead"))
    return _release(
        article,
        date=moment,
        now=moment,
        expected_version=expected_version,
        cause=cause or Cause(Reason.SCHEDULED),
    )


def _release(
    article: Article,
    *,
    date: datetime,
    now: datetime,
    expected_version: int | None,
    cause: Cause,
) -> Article:
    data = replace(describe_article(article), published=True)
    if date != article.date:
        data = replace(data, date=date, date_source="set in the admin")
    if data.expires_at and data.expires_at <= now:
        data = replace(data, expires_at=None)
    return _save(article, data, expected_version, cause)


def unpublish_article(
    article: Article, *, expected_version: int | None = None, cause: Cause | None = None
) -> Article:
    """Make `article` a draft, which readers don't see, and return it. Raises as `save_article` does."""
    data = replace(describe_article(article), published=False)
    return _save(article, data, expected_version, cause or Cause(Reason.UNPUBLISHED))


def _save(
    article: Article, data: ArticleData, expected_version: int | None, cause: Cause
) -> Article:
    refuse_other_version(article, expected_version)
    return save_article(data, article=article, expected_version=expected_version, cause=cause)


def refuse_other_version(article: Article, expected_version: int | None) -> None:
    """Raise VersionConflictError where the writer saw another version; also if nothing is to be written."""
    if expected_version is not None and expected_version != article.version:
        raise VersionConflictError(
            gettext_noop('"{title}" was changed by somebody else since version {version}'),
            title=article.title,
            version=expected_version,
        )


def undo_change(touched: Touched, reason: Reason, *, title: str = "", user: Any = None) -> None:
    """Take back the write that gave an article its version, for `reason`; as long as that is the newest one.

    The article is again in the state that it was in. Raises VersionConflictError where somebody has changed it
    since, and NewsError where its state before is not known any more.
    """
    cause = Cause(Reason.UNDONE, user)
    article = Article.objects.filter(pk=touched.article_id, version=touched.version)
    if reason is Reason.TRASHED:
        is_done = bool(restore_articles(article, cause=cause))
    elif reason is Reason.RETRIEVED:
        is_done = bool(trash_articles(article, cause=cause))
    else:
        is_done = article.exists()
        if is_done:
            _undo_save(touched, title, cause)
    if not is_done:
        raise VersionConflictError(CHANGED_SINCE, title=title)


def _undo_save(touched: Touched, title: str, cause: Cause) -> None:
    # The very state before, which every save keeps: an earlier one would take others' edits back as well.
    before = Revision.objects.of(touched.article_id).filter(version=touched.version - 1)
    revision = before.first()
    if revision is None:
        raise NewsError(
            gettext_noop('"{title}": what it was before is not kept any more'), title=title
        )
    try:
        restore_revision(revision, expected_version=touched.version, with_release=True, cause=cause)
    except VersionConflictError as error:
        raise VersionConflictError(CHANGED_SINCE, title=title) from error
