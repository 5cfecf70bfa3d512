"""Pages of an article besides list and form: the preview, and what leads in and out of the trash."""

from typing import Any

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
from django.urls import path, reverse
from django.utils.translation import gettext as _

from cms_news.models import Article

from .actions import restore_logged, trash_logged
from .base import NewsAdmin
from .preview import preview_stored, preview_typed


class ArticlePages(NewsAdmin):
    """The pages; each asks for its permission before it looks for the article."""

    def get_urls(self) -> list[Any]:
        at = self.page_at
        return [
            at("preview/", self.preview_view, "preview_new"),
            at("<path:object_id>/preview/", self.preview_view, "preview"),
            at("<path:object_id>/trash/", self.trash_view, "trash"),
            at("<path:object_id>/restore/", self.restore_view, "restore"),
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

    def trash_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Move the article to the trash and return to the list."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        article = self.find_to_change(request, object_id)
        if trash_logged(Article.objects.filter(pk=article.pk), request):
            text = _("“{title}” was moved to the trash.").format(title=article.title)
            self.message_user(request, text, messages.SUCCESS)
        return self.redirect(request, "changelist")

    def restore_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take the article out of the trash and return to its form."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        article = self.find_to_change(request, object_id)
        if restore_logged(Article.objects.filter(pk=article.pk), request):
            text = _("“{title}” was taken out of the trash.").format(title=article.title)
            self.message_user(request, text, messages.SUCCESS)
        return self.redirect(request, "change", article.pk)

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
