"""The newsroom: the first page of an editor's day."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from cms_news.models import Article, ImportRecord, Newsroom

from .base import NewsAdmin
from .newsroom_parts import Addresses, Newsdesk, describe_imports


@admin.register(Newsroom)
class NewsroomAdmin(NewsAdmin):
    """One page in place of the screens of a model. Whoever may see articles or imports sees those there."""

    class Media:
        css = {"all": ["cms_news/admin/imports.css", "cms_news/admin/newsroom.css"]}

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.changelist_view)
        return [path("", view, name="cms_news_newsroom_changelist")]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return any(self._screen(model, request) for model in (Article, ImportRecord))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the page."""
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Newsroom"),
            "media": self.media,
            **self._describe(request),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/cms_news/newsroom/newsroom.html", context)

    def _describe(self, request: HttpRequest) -> dict[str, Any]:
        addresses = Addresses(self._reverse)
        articles, imports = (self._screen(model, request) for model in (Article, ImportRecord))
        found: dict[str, Any] = {"tools": self._tools(request, articles, imports)}
        if articles:
            rows = articles.get_queryset(request)
            found["articles"] = Newsdesk(rows, request, addresses).describe()
            found["articles_link"] = addresses.articles()
        if imports:
            found["imports"] = describe_imports(imports.get_queryset(request), addresses)
            found["imports_link"] = self._reverse("importrecord_changelist")
        return found

    def _tools(self, request: HttpRequest, articles: Any, imports: Any) -> list[dict[str, str]]:
        """Return the buttons for what one comes here to begin."""
        titles = [(articles, "article_add", _("New article"))]
        titles.append((imports, "importrecord_add", _("Import files")))
        return [
            {"title": title, "link": self._reverse(name)}
            for screen, name, title in titles
            if screen and screen.has_add_permission(request)
        ]

    def _screen(self, model: Any, request: HttpRequest) -> Any:
        """Return the screen of `model` on this site, if there is one and the user may see it."""
        screen = self.admin_site._registry.get(model)
        return screen if screen and screen.has_view_permission(request) else None

    def _reverse(self, name: str, *args: Any) -> str:
        return reverse(f"admin:cms_news_{name}", args=args, current_app=self.admin_site.name)
