"""An admin site that begins in the newsroom, for projects that want one.

It stands apart from the screens because Django looks it up while they are being registered.
"""

from typing import Any

from django.apps import apps
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse


class NewsroomSite(AdminSite):
    """Leads from signing in to the newsroom instead of the index; whoever asked for a page gets that page."""

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response: HttpResponse = super().login(request, extra_context)
        index = reverse("admin:index", current_app=self.name)
        is_ours = isinstance(response, HttpResponseRedirect) and response.url == index
        if is_ours and self._may_see_newsroom(request):
            newsroom = reverse("admin:cms_news_newsroom_changelist", current_app=self.name)
            return HttpResponseRedirect(newsroom)
        return response

    def _may_see_newsroom(self, request: HttpRequest) -> bool:
        screen = self._registry.get(apps.get_model("cms_news", "Newsroom"))
        return bool(screen and screen.has_view_permission(request))
