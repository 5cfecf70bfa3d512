"""Moving articles from state to state, one or many, by whom the log and the message name, with a way back."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cms_news.errors import NewsError, VersionConflictError
from cms_news.models import Article, ArticleQuerySet, Reason
from cms_news.services import Cause
from cms_news.services.revisions import Touched
from cms_news.services.states import (
    publish_article,
    refuse_other_version,
    schedule_article,
    undo_change,
    unpublish_article,
)
from cms_news.services.trash import restore_articles, trash_articles

from .base import translate_error
from .permissions import divide_articles
from .undoing import Undo, with_undo

BATCH_SIZE = 200
MAX_PROBLEMS = 5


@dataclass
class Outcome:
    """What became of the articles that were to be moved."""

    touched: list[Touched] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    title: str = ""
    """Of the last article that was moved."""


@dataclass(frozen=True, slots=True)
class Move:
    """What is asked for: from where the buttons of one article and the actions of the list are the same."""

    reason: Reason
    moment: datetime | None = None
    """Of scheduling."""
    expected_version: int | None = None
    """The version that was looked at, where it is one article."""


def move_articles(chosen: QuerySet[Any], move: Move, request: HttpRequest) -> Outcome:
    """Move the chosen articles; one that can't be moved costs only itself."""
    outcome = Outcome()
    work = MOVES_OF_ROWS.get(move.reason)
    for found in batches(chosen):
        batch, refused = divide_articles(request, found)
        outcome.problems += [f"“{title}”: {not_yours()}" for title in refused]
        if work is None:
            _save_each(batch, move, request, outcome)
        else:
            _move_rows(batch, work, move, request, outcome)
    return outcome


def not_yours() -> str:
    """Return why somebody may not change an article that they may see."""
    return _(
        "You may not change it: it belongs to somebody else or to another desk, or it is out already."
    )


def batches(chosen: QuerySet[Any]) -> Iterator[ArticleQuerySet]:
    """Yield the chosen articles in pieces: "all" may be a very long list."""
    ids = list(chosen.order_by("pk").values_list("pk", flat=True).distinct())
    for start in range(0, len(ids), BATCH_SIZE):
        yield Article.objects.filter(pk__in=ids[start : start + BATCH_SIZE])


def _save_each(batch: ArticleQuerySet, move: Move, request: HttpRequest, outcome: Outcome) -> None:
    for article in batch.alive().order_by("pk").with_names():
        title, version = article.title, article.version
        try:
            with transaction.atomic():
                refuse_other_version(article, move.expected_version)
                saved = _save(article, move, Cause(move.reason, request.user))
                if saved.version != version:
                    log_changes([saved], request, note_of(move.reason))
        except NewsError as error:
            outcome.problems.append(f"“{title}”: {_explain(error)}")
            continue
        if saved.version != version:
            outcome.touched.append(Touched(saved.pk, saved.version))
            outcome.title = title


def _save(article: Article, move: Move, cause: Cause) -> Article:
    if move.reason is Reason.PUBLISHED:
        return publish_article(article, cause=cause)
    if move.reason is Reason.SCHEDULED and move.moment:
        return schedule_article(article, move.moment, cause=cause)
    return unpublish_article(article, cause=cause)


MOVES_OF_ROWS: dict[Reason, Callable[..., list[Touched]]] = {
    Reason.TRASHED: trash_articles,
    Reason.RETRIEVED: restore_articles,
}
"""Those that change nothing an article says."""


def _move_rows(
    batch: ArticleQuerySet,
    work: Callable[..., list[Touched]],
    move: Move,
    request: HttpRequest,
    outcome: Outcome,
) -> None:
    wanted = batch
    if move.expected_version is not None:
        wanted = batch.filter(version=move.expected_version)
    with transaction.atomic():
        touched = work(wanted, cause=Cause(move.reason, request.user))
        ids = [pk for pk, _version in touched]
        articles = list(Article.objects.filter(pk__in=ids).order_by("pk").only("pk", "title"))
        log_changes(articles, request, note_of(move.reason))
    outcome.touched += touched
    if articles:
        outcome.title = articles[-1].title
    elif move.expected_version is not None:
        others = batch.exclude(version=move.expected_version).only("title")
        problem = _explain(VersionConflictError(""))
        outcome.problems += [f"“{article.title}”: {problem}" for article in others]


def log_changes(
    articles: Iterable[Article], request: HttpRequest, note: str, *, flag: int = CHANGE
) -> None:
    """Write into Django's log that this user did `note` to the articles."""
    rows: list[Any] = list(articles)
    if rows:
        LogEntry.objects.log_actions(
            user_id=request.user.pk or 0, queryset=rows, action_flag=flag, change_message=note
        )


def tell_outcome(screen: Any, request: HttpRequest, outcome: Outcome, move: Move) -> None:
    """Tell what was done, with the way back, and what was not."""
    for problem in outcome.problems[:MAX_PROBLEMS]:
        screen.message_user(request, problem, messages.ERROR)
    rest = len(outcome.problems) - MAX_PROBLEMS
    if rest > 0:
        text = ngettext("And {count} more.", "And {count} more.", rest).format(count=rest)
        screen.message_user(request, text, messages.ERROR)
    if outcome.touched or not outcome.problems:
        text = _describe(outcome, move)
        undo = Undo(move.reason, outcome.touched)
        address = reverse(f"{screen.admin_site.name}:cms_news_article_undo")
        level = messages.SUCCESS if outcome.touched else messages.INFO
        screen.message_user(request, with_undo(text, undo, request, address=address), level)


def undo_changes(undo: Undo, request: HttpRequest) -> Outcome:
    """Take back what was done, as far as nobody has changed it since."""
    outcome = Outcome()
    ids = [pk for pk, _version in undo.touched]
    articles, refused = divide_articles(request, Article.objects.filter(pk__in=ids))
    outcome.problems += [f"“{title}”: {not_yours()}" for title in refused]
    titles = dict(articles.values_list("pk", "title"))
    for touched in undo.touched:
        if touched.article_id not in titles:
            continue
        title = titles[touched.article_id]
        try:
            with transaction.atomic():
                undo_change(touched, undo.reason, title=title, user=request.user)
                row = Article(pk=touched.article_id, title=title)
                log_changes([row], request, _("Undone: {what}").format(what=undo.reason.label))
        except NewsError as error:
            outcome.problems.append(translate_error(error))
        else:
            outcome.touched.append(touched)
            outcome.title = title
    return outcome


def _explain(error: NewsError) -> str:
    if isinstance(error, VersionConflictError):
        return _("Somebody else has saved it since you opened it. Look at what they changed first.")
    return translate_error(error)


def note_of(reason: Reason) -> str:
    """Return what the log says of a move."""
    notes = {
        Reason.PUBLISHED: _("Published."),
        Reason.SCHEDULED: _("Scheduled."),
        Reason.UNPUBLISHED: _("Made a draft."),
        Reason.TRASHED: _("Moved to the trash."),
        Reason.RETRIEVED: _("Taken out of the trash."),
    }
    return notes[reason]


def _describe(outcome: Outcome, move: Move) -> str:
    """Return what was done, in one sentence: of one article with its title. Not escaped."""
    count = len(outcome.touched)
    if count == 1:
        return _describe_one(move).format(title=outcome.title, moment=_show(move.moment))
    return _describe_many(move.reason, count).format(count=count, moment=_show(move.moment))


def _show(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT") if moment else ""


def _describe_one(move: Move) -> str:
    texts = {
        Reason.PUBLISHED: _("“{title}” was published."),
        Reason.SCHEDULED: _("“{title}” will be published on {moment}."),
        Reason.UNPUBLISHED: _("“{title}” is a draft now."),
        Reason.TRASHED: _("“{title}” was moved to the trash."),
        Reason.RETRIEVED: _("“{title}” was taken out of the trash."),
    }
    return texts[move.reason]


def _describe_many(reason: Reason, count: int) -> str:
    texts = {
        Reason.PUBLISHED: ngettext(
            "{count} article was published.", "{count} articles were published.", count
        ),
        Reason.SCHEDULED: ngettext(
            "{count} article will be published on {moment}.",
            "{count} articles will be published on {moment}.",
            count,
        ),
        Reason.UNPUBLISHED: ngettext(
            "{count} article is a draft now.", "{count} articles are drafts now.", count
        ),
        Reason.TRASHED: ngettext(
            "{count} article was moved to the trash.",
            "{count} articles were moved to the trash.",
            count,
        ),
        Reason.RETRIEVED: ngettext(
            "{count} article was taken out of the trash.",
            "{count} articles were taken out of the trash.",
            count,
        ),
    }
    return texts[reason]
