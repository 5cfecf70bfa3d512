"""The screens of imports: what was imported, and the door by which files come in."""

from collections import Counter
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms_news.errors import NewsError
from cms_news.models import ImportRecord
from cms_news.services.import_results import FileResult
from cms_news.services.import_uploads import discard_upload, is_open, plan_upload, run_upload

from .base import NewsAdmin, translate_error
from .columns import show_moment
from .import_columns import (
    MAX_ROWS,
    count_troubles,
    name_counts,
    plan_rows,
    show_counts,
    show_record_state,
    show_troubles,
)
from .import_forms import UploadForm

PERMISSION = "cms_news.import_articles"


class ImportPages(NewsAdmin):
    """Upload, plan and go. Each page asks for the permission before it looks for the import."""

    class Media:
        css = {"all": ["cms_news/admin/imports.css"]}

    def get_urls(self) -> list[Any]:
        def at(route: str, view: Any, name: str) -> Any:
            return path(
                route, self.admin_site.admin_view(view), name=f"cms_news_importrecord_{name}"
            )

        return [
            at("<path:object_id>/plan/", self.plan_view, "plan"),
            at("<path:object_id>/run/", self.run_view, "run"),
            at("<path:object_id>/discard/", self.discard_view, "discard"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the user may import; the model has no permission to add."""
        return bool(request.user.has_perm(PERMISSION))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Take files and lead to their plan."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form: Any = UploadForm(
            request.POST if request.method == "POST" else None, request.FILES or None
        )
        if form.is_bound and form.is_valid():
            record = form.stage(request.user)
            if record is not None:
                return self._redirect("plan", record.pk)
        fields = [(None, {"fields": list(form.fields)})]
        return self._render(
            request,
            "upload.html",
            title=_("Import files"),
            adminform=AdminForm(form, fields, {}, model_admin=self),
            form=form,
            media=self.media + form.media,
        )

    def plan_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what would become of each file."""
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET"])
        record = self._find(request, object_id)
        if not is_open(record):
            return self._redirect("change", record.pk)
        problem, results = "", []
        try:
            results = plan_upload(record)
        except NewsError as error:
            problem = translate_error(error)
        return self._render(
            request,
            "plan.html",
            title=_("What this import would do"),
            record=record,
            original=record,
            is_planned=record.state == ImportRecord.State.PLANNED,
            problem=problem,
            media=self.media,
            **_describe_plan(results),
        )

    # A batch is a transaction; one around all of them would keep every other writer waiting.
    @method_decorator(transaction.non_atomic_requests)
    def run_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Import what was planned and show the result."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        record = self._find(request, object_id)
        if not is_open(record):
            self.message_user(request, _("This import has run already."), messages.INFO)
            return self._redirect("change", record.pk)
        try:
            recorder = run_upload(record, user=request.user)
        except NewsError as error:
            self.message_user(request, translate_error(error), messages.ERROR)
            return self._redirect("plan", record.pk)
        level = messages.WARNING if count_troubles(recorder.counts) else messages.SUCCESS
        text = _("The import is done. {counts}").format(counts=name_counts(recorder.counts))
        self.message_user(request, text, level)
        return self._redirect("change", record.pk)

    def discard_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Remove what was planned and return to the list."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        record = self._find(request, object_id)
        if not discard_upload(record):
            self.message_user(
                request, _("This import has run already; it can't be discarded."), messages.WARNING
            )
            return self._redirect("change", record.pk)
        text = _("The files were discarded; nothing was imported.")
        self.message_user(request, text, messages.SUCCESS)
        return self._redirect("changelist")

    def _find(self, request: HttpRequest, object_id: str) -> ImportRecord:
        if not self.has_add_permission(request):
            raise PermissionDenied
        record: ImportRecord | None = self.get_object(request, unquote(object_id))
        if record is None:
            raise Http404
        return record

    def _render(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request, f"admin/cms_news/importrecord/{template}", {**shared, **context}
        )

    def _redirect(self, name: str, *args: Any) -> HttpResponse:
        address = reverse(f"{self.admin_site.name}:cms_news_importrecord_{name}", args=args)
        return HttpResponseRedirect(address)


def _describe_plan(results: list[FileResult]) -> dict[str, Any]:
    counts = Counter(str(result.outcome) for result in results)
    rows = plan_rows(results)
    return {
        "counts": show_counts(counts),
        "rows": rows,
        "total": len(results),
        "rest": max(0, len(results) - MAX_ROWS),
        "troubles": count_troubles(counts),
    }


@admin.register(ImportRecord)
class ImportRecordAdmin(ImportPages):
    list_display = [
        "started_shown",
        "state_shown",
        "source",
        "user",
        "failures_shown",
        "files_shown",
    ]
    list_filter = ["state"]
    list_select_related = ["user"]
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["source"]
    search_help_text = gettext_lazy("Source")
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "state_and_way_shown",
                    "source",
                    "door",
                    "user",
                    "started_at",
                    "finished_at",
                ]
            },
        ),
        (gettext_lazy("Files"), {"fields": ["counts_shown", "conflict_shown", "troubles_shown"]}),
    ]
    readonly_fields = [
        "state_and_way_shown",
        "source",
        "door",
        "user",
        "started_at",
        "finished_at",
        "counts_shown",
        "conflict_shown",
        "troubles_shown",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportRecord]:
        rows: QuerySet[ImportRecord] = super().get_queryset(request)
        # Whether there is an upload, not the upload itself.
        return rows.defer("upload").annotate(has_upload=Q(upload__isnull=False))

    def has_view_permission(self, request: HttpRequest, obj: ImportRecord | None = None) -> bool:
        """Whether the user may see imports: who may import sees what became of it."""
        allowed: bool = super().has_view_permission(request, obj)
        return allowed or self.has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: ImportRecord | None = None) -> bool:
        """A record is never edited."""
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the result; for a planned import, its plan to those who may run it."""
        if request.method == "GET" and self.has_add_permission(request):
            record = self._find(request, object_id)
            if record.state == ImportRecord.State.PLANNED:
                return self._redirect("plan", record.pk)
        return super().change_view(request, object_id, form_url, extra_context)

    @admin.display(description=gettext_lazy("started"), ordering="started_at")
    def started_shown(self, record: ImportRecord) -> SafeString:
        return show_moment(record.started_at)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_shown(self, record: ImportRecord) -> SafeString:
        return show_record_state(record)

    @admin.display(description=gettext_lazy("state"))
    def state_and_way_shown(self, record: ImportRecord) -> SafeString:
        """Return the state, and for an import that was broken off the way to go on."""
        state = show_record_state(record)
        has_upload = getattr(record, "has_upload", False)
        if record.state != ImportRecord.State.RUNNING or not has_upload:
            return state
        address = reverse(f"{self.admin_site.name}:cms_news_importrecord_plan", args=[record.pk])
        return format_html('{} <a href="{}">{}</a>', state, address, _("See what is left"))

    @admin.display(description=gettext_lazy("files"))
    def files_shown(self, record: ImportRecord) -> str:
        return name_counts(record.counts)

    @admin.display(description=gettext_lazy("failures"))
    def failures_shown(self, record: ImportRecord) -> SafeString | str:
        count = count_troubles(record.counts)
        return format_html('<b class="cms-failures">{}</b>', count) if count else "0"

    @admin.display(description=gettext_lazy("files"))
    def counts_shown(self, record: ImportRecord) -> SafeString:
        return show_counts(record.counts)

    @admin.display(description=gettext_lazy("who wins a conflict"))
    def conflict_shown(self, record: ImportRecord) -> str:
        names = {"file": _("The file"), "article": _("The article")}
        return names.get(str(record.options.get("on_conflict")), _("Nobody"))

    @admin.display(description=gettext_lazy("not imported"))
    def troubles_shown(self, record: ImportRecord) -> SafeString:
        return show_troubles(record.troubles, total=count_troubles(record.counts))
