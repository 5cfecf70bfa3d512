"""Mount with `path("api/v1/", include("cms_news.api.urls"))`."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from . import views


class UnicodeSlugConverter(StringConverter):
    """A slug in any script: what Django's slug fields take with allow_unicode."""

    regex = r"[-\w]+"


register_converter(UnicodeSlugConverter, "cms_news_slug")


app_name = "cms_news_api"

urlpatterns = [
    path("articles/", views.ArticleListView.as_view(), name="article-list"),
    path("articles/<int:id>/", views.ArticleView.as_view(), name="article-detail"),
    path(
        "articles/slug/<cms_news_slug:slug>/", views.ArticleView.as_view(), name="article-by-slug"
    ),
    path("categories/", views.CategoryListView.as_view(), name="category-list"),
    path("categories/<int:id>/", views.CategoryView.as_view(), name="category-detail"),
    path(
        "categories/slug/<cms_news_slug:slug>/",
        views.CategoryView.as_view(),
        name="category-by-slug",
    ),
    path("authors/", views.AuthorListView.as_view(), name="author-list"),
    path("authors/<int:id>/", views.AuthorView.as_view(), name="author-detail"),
    path("authors/slug/<cms_news_slug:slug>/", views.AuthorView.as_view(), name="author-by-slug"),
    path("tags/", views.TagListView.as_view(), name="tag-list"),
    path("tags/<int:id>/", views.TagView.as_view(), name="tag-detail"),
    path("tags/slug/<cms_news_slug:slug>/", views.TagView.as_view(), name="tag-by-slug"),
]
