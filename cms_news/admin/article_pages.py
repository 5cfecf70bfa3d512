"""Pages of an article besides list and form: the preview, and what moves it from state to state."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cms_news.models import Article, ArticleState, Reason

from .permissions import StatePermissions, may, may_change_article
from .preview import preview_stored, preview_typed
from .schedule_form import ScheduleForm, VersionForm
from .state_changes import MAX_PROBLEMS, Move, move_articles, tell_outcome, undo_changes
from .undoing import read_undo


class ArticlePages(StatePermissions):
    """The pages; each asks for its permission before it looks for the article."""

    def get_urls(self) -> list[Any]:
        at = self.page_at
        return [
            at("preview/", self.preview_view, "preview_new"),
            at("<path:object_id>/preview/", self.preview_view, "preview"),
            at("<path:object_id>/trash/", self.trash_view, "trash"),
            at("<path:object_id>/restore/", self.restore_view, "restore"),
            at("<path:object_id>/publish/", self.publish_view, "publish"),
            at("<path:object_id>/schedule/", self.schedule_view, "schedule"),
            at("<path:object_id>/draft/", self.draft_view, "draft"),
            at("undo/", self.undo_view, "undo"),
            *super().get_urls(),
        ]

    def page_at(self, route: str, view: Any, name: str) -> Any:
        """Return the URL pattern of a page for editors."""
        return path(route, self.admin_site.admin_view(view), name=f"cms_news_article_{name}")

    def preview_view(self, request: HttpRequest, object_id: str | None = None) -> HttpResponse:
        """Answer GET with what is stored, and POST with what the text in the form would become."""
        if request.method == "POST":
            return self._preview_typed(request, object_id)
        if object_id is None or request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["POST"] if object_id is None else ["GET", "POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        return preview_stored(request, self.find(request, object_id))

    def _preview_typed(self, request: HttpRequest, object_id: str | None) -> HttpResponse:
        if object_id is None:
            if not self.has_add_permission(request):
                raise PermissionDenied
            return preview_typed(request)
        if not self.has_change_permission(request):
            raise PermissionDenied
        return preview_typed(request, path=self.find(request, object_id).source_path)

    def move_view(self, request: HttpRequest, object_id: str, reason: Reason) -> HttpResponse:
        """Move the article to another state and return: to the list from which it goes, or to its form."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        article = self._find_to_move(request, object_id, reason)
        form = VersionForm(request.POST)
        version = form.cleaned_data["version"] if form.is_valid() else None
        return self._move(request, article, Move(reason, expected_version=version))

    def publish_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.move_view(request, object_id, Reason.PUBLISHED)

    def draft_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.move_view(request, object_id, Reason.UNPUBLISHED)

    def trash_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.move_view(request, object_id, Reason.TRASHED)

    def restore_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.move_view(request, object_id, Reason.RETRIEVED)

    def schedule_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the moment at which the article is to be published."""
        article = self._find_to_move(request, object_id, Reason.SCHEDULED)
        if request.method == "POST":
            form = ScheduleForm(request.POST)
            if form.is_valid():
                moment, version = (form.cleaned_data[name] for name in ("moment", "version"))
                return self._move(request, article, Move(Reason.SCHEDULED, moment, version))
        else:
            is_scheduled = article.state() is ArticleState.SCHEDULED
            moment = timezone.localtime(article.date) if is_scheduled else None
            form = ScheduleForm(initial={"moment": moment, "version": article.version})
        return self.render_page(
            request,
            "schedule.html",
            title=_("Schedule"),
            form=form,
            article=article,
            zone=timezone.get_current_timezone_name(),
        )

    def _move(self, request: HttpRequest, article: Article, move: Move) -> HttpResponse:
        outcome = move_articles(Article.objects.filter(pk=article.pk), move, request)
        if outcome.touched or outcome.problems:
            tell_outcome(self, request, outcome, move)
        if move.reason is Reason.TRASHED and not outcome.problems:
            return self.redirect(request, "changelist")
        return self.redirect(request, "change", article.pk)

    def undo_view(self, request: HttpRequest) -> HttpResponse:
        """Take back what a message told of, and return to where that was read."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        undo = read_undo(request.POST.get("undo", ""), request.user)
        if undo is None:
            text = _("This can't be undone any more: an hour has passed, or somebody else did it.")
            self.message_user(request, text, messages.ERROR)
            return self._redirect_back(request)
        if not may(request, undo.reason):
            raise PermissionDenied
        outcome = undo_changes(undo, request)
        for problem in outcome.problems[:MAX_PROBLEMS]:
            self.message_user(request, problem, messages.ERROR)
        count = len(outcome.touched)
        if count:
            text = ngettext("{count} change was undone.", "{count} changes were undone.", count)
            self.message_user(request, text.format(count=count), messages.SUCCESS)
        return self._redirect_back(request)

    def _redirect_back(self, request: HttpRequest) -> HttpResponse:
        """Return to the page that the request came from, if it is one of articles; to the list otherwise."""
        came_from = urlsplit(request.headers.get("referer", ""))
        articles = reverse(f"{self.admin_site.name}:cms_news_article_changelist")
        is_ours = came_from.netloc == request.get_host() and came_from.path.startswith(articles)
        if not is_ours:
            return self.redirect(request, "changelist")
        query = f"?{came_from.query}" if came_from.query else ""
        return HttpResponseRedirect(f"{came_from.path}{query}")

    def render_page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        """Return a page of this app's own, with all that the admin's base template asks for."""
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request, f"admin/cms_news/article/{template}", {**shared, **context}
        )

    def _find_to_move(self, request: HttpRequest, object_id: str, reason: Reason) -> Article:
        """Return the article, but to nobody who may not move it: they learn nothing about what exists."""
        if not may(request, reason) or not self.has_view_or_change_permission(request):
            raise PermissionDenied
        article = self.find(request, object_id)
        if not may_change_article(request, article):
            raise PermissionDenied
        return article

    def find(self, request: HttpRequest, object_id: str) -> Article:
        article: Article | None = self.get_object(request, unquote(object_id))
        if article is None:
            raise Http404
        return article

    def find_to_change(self, request: HttpRequest, object_id: str) -> Article:
        """Return the article, but to nobody who may not write it: they learn nothing about what exists."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        article = self.find(request, object_id)
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        return article

    def redirect(self, request: HttpRequest, name: str, *args: Any) -> HttpResponse:
        address = reverse(f"{self.admin_site.name}:cms_news_article_{name}", args=args)
        kept: dict[str, Any] = {
            "preserved_filters": self.get_preserved_filters(request),
            "opts": self.opts,
        }
        return HttpResponseRedirect(add_preserved_filters(kept, address))
