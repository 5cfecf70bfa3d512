"""The list of articles as Django does it: our columns and a competent QuerySet, without anything of our tuning."""

from typing import Any

from django.contrib import admin
from django.urls import path

from cms_news.admin.article_list import ArticleList
from cms_news.models import Article


class PlainArticleAdmin(admin.ModelAdmin):
    list_display = ArticleList.list_display
    list_display_links = ArticleList.list_display_links
    list_filter = ("published", "author", "markup")
    list_select_related = ("author",)
    list_per_page = ArticleList.list_per_page
    date_hierarchy = "date"
    search_fields = ArticleList.search_fields
    change_list_template = "admin/change_list.html"

    picture = ArticleList.picture
    headline = ArticleList.headline
    filed_under = ArticleList.filed_under
    state_shown = ArticleList.state_shown
    date_shown = ArticleList.date_shown

    def get_queryset(self, request: Any) -> Any:
        rows: Any = super().get_queryset(request)
        return rows.prefetch_related("category_links__category")


plain_site = admin.AdminSite(name="plain")
plain_site.register(Article, PlainArticleAdmin)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("plain/", plain_site.urls),
]
