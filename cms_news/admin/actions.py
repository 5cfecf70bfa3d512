"""What can be done to the articles that are ticked in the list."""

from collections.abc import Iterator
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cms_news.errors import NewsError
from cms_news.models import Article, ArticleQuerySet
from cms_news.services import describe_article, save_article
from cms_news.services.export_archives import write_archive
from cms_news.services.exporting import ExportOutcome
from cms_news.services.trash import restore_articles, trash_articles

from .base import translate_error, translate_reason

BATCH_SIZE = 200
MAX_PROBLEMS = 5
SPOOL_BYTES = 10_000_000
"""An archive beyond this size waits on disk until it is sent."""


def trash_logged(articles: ArticleQuerySet, request: HttpRequest) -> int:
    """Move `articles` to the trash and return how many were not in it yet; the log says who did it."""
    return _log_and_change(
        articles, articles.alive(), request, change=trash_articles, note=_("Moved to the trash.")
    )


def restore_logged(articles: ArticleQuerySet, request: HttpRequest) -> int:
    """Take `articles` out of the trash and return how many lay there; the log says who did it."""
    return _log_and_change(
        articles,
        articles.trashed(),
        request,
        change=restore_articles,
        note=_("Taken out of the trash."),
    )


def _log_and_change(
    articles: ArticleQuerySet,
    concerned: ArticleQuerySet,
    request: HttpRequest,
    *,
    change: Any,
    note: str,
) -> int:
    with transaction.atomic():
        rows = list(concerned.order_by("pk").select_for_update().only("pk", "title"))
        _log(rows, request, note)
        touched = change(articles)
    return len(touched)


def _log(articles: list[Article], request: HttpRequest, note: str) -> None:
    if articles:
        LogEntry.objects.log_actions(
            user_id=request.user.pk or 0,
            queryset=articles,
            action_flag=CHANGE,
            change_message=note,
        )


def _batches(chosen: QuerySet[Any]) -> Iterator[ArticleQuerySet]:
    """Yield the chosen articles in pieces: "all" may be a very long list."""
    ids = list(chosen.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH_SIZE):
        yield Article.objects.filter(pk__in=ids[start : start + BATCH_SIZE])


@admin.action(permissions=["change"], description=gettext_lazy("Move to the trash"))
def move_to_trash(screen: Any, request: HttpRequest, chosen: QuerySet[Any]) -> None:
    count = sum(trash_logged(batch, request) for batch in _batches(chosen))
    text = ngettext(
        "{count} article was moved to the trash.",
        "{count} articles were moved to the trash.",
        count,
    )
    screen.message_user(request, text.format(count=count), messages.SUCCESS)


@admin.action(permissions=["change"], description=gettext_lazy("Take out of the trash"))
def take_out_of_trash(screen: Any, request: HttpRequest, chosen: QuerySet[Any]) -> None:
    count = sum(restore_logged(batch, request) for batch in _batches(chosen))
    text = ngettext(
        "{count} article was taken out of the trash.",
        "{count} articles were taken out of the trash.",
        count,
    )
    screen.message_user(request, text.format(count=count), messages.SUCCESS)


@admin.action(permissions=["change"], description=gettext_lazy("Publish"))
def publish(screen: Any, request: HttpRequest, chosen: QuerySet[Any]) -> None:
    count = _set_published(screen, request, chosen, published=True)
    text = ngettext("{count} article was published.", "{count} articles were published.", count)
    screen.message_user(request, text.format(count=count), messages.SUCCESS)


@admin.action(permissions=["change"], description=gettext_lazy("Make a draft"))
def make_draft(screen: Any, request: HttpRequest, chosen: QuerySet[Any]) -> None:
    count = _set_published(screen, request, chosen, published=False)
    text = ngettext("{count} article is a draft now.", "{count} articles are drafts now.", count)
    screen.message_user(request, text.format(count=count), messages.SUCCESS)


def _set_published(
    screen: Any, request: HttpRequest, chosen: QuerySet[Any], *, published: bool
) -> int:
    """Return how many articles were changed; one that can't be costs only itself."""
    note = _("Published.") if published else _("Made a draft.")
    changed, problems = 0, []
    for batch in _batches(chosen):
        for article in batch.alive().exclude(published=published).with_names():
            try:
                with transaction.atomic():
                    data = replace(describe_article(article), published=published)
                    save_article(data, article=article)
                    _log([article], request, note)
                changed += 1
            except NewsError as error:
                problems.append(f"{article.title}: {translate_error(error)}")
    for problem in problems[:MAX_PROBLEMS]:
        screen.message_user(request, problem, messages.ERROR)
    return changed


@admin.action(permissions=["view"], description=gettext_lazy("Export as files"))
def export_as_files(screen: Any, request: HttpRequest, chosen: Any) -> HttpResponseBase | None:
    """Answer with a zip archive; an article that can't be written is named on the next page."""
    stream = SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115  (the response closes it)
    try:
        results = write_archive(chosen, stream)
    except NewsError as error:
        stream.close()
        screen.message_user(request, translate_error(error), messages.ERROR)
        return None
    failed = [result for result in results if result.outcome is ExportOutcome.FAILED]
    for result in failed[:MAX_PROBLEMS]:
        reason = translate_reason(result.error) if result.error else ""
        screen.message_user(request, f"{result.path}: {reason}", messages.ERROR)
    stream.seek(0)
    name = f"articles-{timezone.localdate():%Y-%m-%d}.zip"
    return FileResponse(stream, as_attachment=True, filename=name)
