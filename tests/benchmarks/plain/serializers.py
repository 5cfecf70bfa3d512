"""The shapes of the API, made of instances on every request."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any
from urllib.parse import quote

from django.conf import settings
from rest_framework import serializers

from .models import Article, Author, Category, CategoryLink, Tag


class AuthorSerializer(serializers.ModelSerializer[Author]):
    class Meta:
        model = Author
        fields = ("id", "name", "slug", "url")


class CategorySerializer(serializers.ModelSerializer[Category]):
    path = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Category
        fields = ("id", "name", "slug", "path")


class TagSerializer(serializers.ModelSerializer[Tag]):
    class Meta:
        model = Tag
        fields = ("name", "slug")


class ImageField(serializers.CharField):
    def to_representation(self, value: str) -> Any:
        texts = {"alt": "", "caption": "", "credit": "", "renditions": {}, "srcset": ""}
        return {"url": value, "width": None, "height": None, **texts} if value else None


class CardSerializer(serializers.ModelSerializer[Article]):
    url = serializers.SerializerMethodField()
    excerpt = serializers.SerializerMethodField()
    lang = serializers.SerializerMethodField()
    author = AuthorSerializer()
    categories = serializers.SerializerMethodField()
    tags = serializers.SerializerMethodField()
    headimg = ImageField()
    thumbnail = ImageField()
    date = serializers.DateTimeField(default_timezone=UTC)
    updated = serializers.DateTimeField(default_timezone=UTC)

    class Meta:
        model = Article
        fields = (
            *("id", "slug", "url", "title", "excerpt", "date", "updated", "lang", "author"),
            *("categories", "tags", "headimg", "thumbnail", "comments", "reading_minutes", "extra"),
        )

    def get_url(self, article: Article) -> str:
        pattern: str = settings.CMS_NEWS.get("ARTICLE_URL", "/articles/{slug}/")
        return pattern.format(slug=quote(article.slug))

    def get_excerpt(self, article: Article) -> str:
        return article.excerpt or article.summary

    def get_lang(self, article: Article) -> str | None:
        return article.lang or None

    def get_categories(self, article: Article) -> Any:
        links = sorted(article.category_links.all(), key=lambda link: link.position)
        chosen = [link.category for link in links if link.direct]
        add_paths(chosen, links)
        return CategorySerializer(chosen, many=True).data

    def get_tags(self, article: Article) -> Any:
        links = sorted(article.tag_links.all(), key=lambda link: link.position)
        return TagSerializer([link.tag for link in links], many=True).data


def add_paths(chosen: Sequence[Any], links: Sequence[CategoryLink]) -> None:
    """Give each category the names of those above it, all of which the article is linked to."""
    names = {link.category_id: link.category.name for link in links}
    for category in chosen:
        category.path = [names[int(part)] for part in category.tree_path.split("/") if part]


class DocumentSerializer(CardSerializer):
    source = serializers.SerializerMethodField()
    seo = serializers.SerializerMethodField()

    class Meta(CardSerializer.Meta):
        fields = (*CardSerializer.Meta.fields, "permalink", "layout", "source", "seo", "body_html")

    def get_source(self, article: Article) -> dict[str, str]:
        return {"path": article.source_path, "markup": article.markup}

    def get_seo(self, article: Article) -> dict[str, Any]:
        return {
            "title": article.title,
            "description": self.get_excerpt(article),
            "canonical_url": self.get_url(article),
            "image": article.headimg or article.thumbnail or None,
        }
