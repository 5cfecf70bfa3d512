"""Every address of the read API, below its mount."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from . import name_views, views


class UnicodeSlugConverter(StringConverter):
    """A slug in any script: what Django's slug fields take with allow_unicode."""

    regex = r"[-\w]+"


register_converter(UnicodeSlugConverter, "cms_news_slug")


read_endpoints = [
    path("articles/", views.ArticleListView.as_view(), name="article-list"),
    path("articles/<int:id>/", views.ArticleView.as_view(), name="article-detail"),
    path(
        "articles/slug/<cms_news_slug:slug>/", views.ArticleView.as_view(), name="article-by-slug"
    ),
    path("categories/", name_views.CategoryListView.as_view(), name="category-list"),
    path("categories/<int:id>/", name_views.CategoryView.as_view(), name="category-detail"),
    path(
        "categories/slug/<cms_news_slug:slug>/",
        name_views.CategoryView.as_view(),
        name="category-by-slug",
    ),
    path("authors/", name_views.AuthorListView.as_view(), name="author-list"),
    path("authors/<int:id>/", name_views.AuthorView.as_view(), name="author-detail"),
    path(
        "authors/slug/<cms_news_slug:slug>/",
        name_views.AuthorView.as_view(),
        name="author-by-slug",
    ),
    path("tags/", name_views.TagListView.as_view(), name="tag-list"),
    path("tags/<int:id>/", name_views.TagView.as_view(), name="tag-detail"),
    path("tags/slug/<cms_news_slug:slug>/", name_views.TagView.as_view(), name="tag-by-slug"),
    path("sanitizer/", views.SanitizerView.as_view(), name="sanitizer"),
]
