"""The view set that a Django REST framework tutorial ends with, done well: no query for an item of a list, and no
text of a body that is not served."""

from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ModelViewSet

from .models import Article, CategoryLink, TagLink
from .serializers import CardSerializer, DocumentSerializer


class ArticleFilter(django_filters.FilterSet):
    category = django_filters.CharFilter("category_links__category__slug")
    tag = django_filters.CharFilter("tag_links__tag__slug")

    class Meta:
        model = Article
        fields = ("category", "tag")


class NumberedPages(PageNumberPagination):
    page_size = 20


class ArticleViewSet(ModelViewSet[Article]):
    permission_classes = (AllowAny,)
    renderer_classes = (JSONRenderer,)
    pagination_class = NumberedPages
    filter_backends = (DjangoFilterBackend,)
    filterset_class = ArticleFilter

    def get_queryset(self) -> QuerySet[Article]:
        articles = (
            Article.objects.public()
            .select_related("author")
            .prefetch_related(
                Prefetch("category_links", CategoryLink.objects.select_related("category")),
                Prefetch("tag_links", TagLink.objects.select_related("tag")),
            )
        )
        return articles.defer("body", "body_html") if self.action == "list" else articles

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return CardSerializer if self.action == "list" else DocumentSerializer
