"""What can be done to the articles that are ticked in the list."""

from tempfile import SpooledTemporaryFile
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import DELETION
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cms_news.errors import NewsError
from cms_news.models import Article, Reason
from cms_news.services.export_archives import write_archive
from cms_news.services.exporting import ExportOutcome
from cms_news.services.trash import empty_trash

from .base import translate_error, translate_reason
from .permissions import divide_articles
from .schedule_form import ScheduleForm
from .state_changes import (
    MAX_PROBLEMS,
    Move,
    batches,
    log_changes,
    move_articles,
    not_yours,
    tell_outcome,
)

SPOOL_BYTES = 10_000_000
"""An archive beyond this size waits on disk until it is sent."""
MAX_TITLES = 20


def _move(screen: Any, request: HttpRequest, chosen: QuerySet[Any], move: Move) -> None:
    tell_outcome(screen, request, move_articles(chosen, move, request), move)


@admin.action(permissions=["trash"], description=gettext_lazy("Move to the trash"))
def move_to_trash(screen: Any, request: HttpRequest, chosen: QuerySet[Any]) -> None:
    _move(screen, request, chosen, Move(Reason.TRASHED))


@admin.action(permissions=["retrieve"], description=gettext_lazy("Take out of the trash"))
def take_out_of_trash(screen: Any, request: HttpRequest, chosen: QuerySet[Any]) -> None:
    _move(screen, request, chosen, Move(Reason.RETRIEVED))


@admin.action(permissions=["publish"], description=gettext_lazy("Publish now"))
def publish(screen: Any, request: HttpRequest, chosen: QuerySet[Any]) -> None:
    _move(screen, request, chosen, Move(Reason.PUBLISHED))


@admin.action(permissions=["unpublish"], description=gettext_lazy("Make a draft"))
def make_draft(screen: Any, request: HttpRequest, chosen: QuerySet[Any]) -> None:
    _move(screen, request, chosen, Move(Reason.UNPUBLISHED))


@admin.action(permissions=["schedule"], description=gettext_lazy("Schedule…"))
def schedule(screen: Any, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
    """Ask for the moment, and come back with it."""
    is_answered = "apply" in request.POST
    form = ScheduleForm(request.POST if is_answered else None)
    if is_answered and form.is_valid():
        _move(screen, request, chosen, Move(Reason.SCHEDULED, moment=form.cleaned_data["moment"]))
        return None
    return _ask(screen, request, chosen, "schedule", title=_("Schedule"), form=form)


@admin.action(permissions=["empty_trash"], description=gettext_lazy("Delete for good…"))
def delete_for_good(
    screen: Any, request: HttpRequest, chosen: QuerySet[Any]
) -> HttpResponse | None:
    """Ask once more, and delete then."""
    if "apply" not in request.POST:
        return _ask(screen, request, chosen, "delete_for_good", title=_("Delete for good"))
    count = 0
    for found in batches(chosen):
        batch, refused = divide_articles(request, found)
        for title in refused[:MAX_PROBLEMS]:
            screen.message_user(request, f"“{title}”: {not_yours()}", messages.ERROR)
        gone = [Article(pk=pk, title=title) for pk, title in empty_trash(batch)]
        log_changes(gone, request, "", flag=DELETION)
        count += len(gone)
    text = ngettext(
        "{count} article was deleted for good.", "{count} articles were deleted for good.", count
    )
    screen.message_user(request, text.format(count=count), messages.SUCCESS)
    return None


def _ask(
    screen: Any, request: HttpRequest, chosen: QuerySet[Any], action: str, **context: Any
) -> HttpResponse:
    """Show the page between choosing an action and doing it."""
    titles = list(chosen.order_by("pk").values_list("title", flat=True)[: MAX_TITLES + 1])
    page: HttpResponse = screen.render_page(
        request,
        f"{action}.html",
        action=action,
        titles=titles[:MAX_TITLES],
        has_more=len(titles) > MAX_TITLES,
        count=chosen.count(),
        chosen=request.POST.getlist(ACTION_CHECKBOX_NAME),
        checkbox=ACTION_CHECKBOX_NAME,
        select_across=request.POST.get("select_across", "0"),
        zone=timezone.get_current_timezone_name(),
        **context,
    )
    return page


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
