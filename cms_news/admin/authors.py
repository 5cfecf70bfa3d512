"""The screen of authors."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cms_news.models import Author
from cms_news.services.merging import merge_authors

from .merging import MergingAdmin


@admin.register(Author)
class AuthorAdmin(MergingAdmin):
    fields = ["name", "slug", "url", "bio"]
    list_display = ["name", "slug", "articles_shown", "public_shown"]
    search_fields = ["name", "slug"]
    search_help_text = _("Name or slug")
    merge_names = staticmethod(merge_authors)
    article_link = "author"
    article_filter = "author"

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"slug": ["name"]}

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return what goes too, as Django does; a number where articles stand in the way."""
        count = self.count_referring(objs)
        if count:
            return [], {}, set(), [self.name_referring(count)]
        return super().get_deleted_objects(objs, request)
