"""Categories, authors and tags: those that have public articles, with their numbers."""

from collections.abc import Callable
from typing import Any

from django.http import Http404
from rest_framework.request import Request
from rest_framework.serializers import ModelSerializer

from cms_news.delivery.encoding import encode_json
from cms_news.delivery.listings import list_authors, list_categories, list_tags
from cms_news.delivery.name_pages import NAME_ORDERS, count_names, shown_names
from cms_news.delivery.serializers import AuthorSerializer, CategorySerializer, TagSerializer
from cms_news.delivery.state import Moment
from cms_news.models import Author, Category, Tag
from cms_news.models.names import NameModel
from cms_news.models.orders import Place

from .base import NewsView
from .delivering import Answer
from .pagination import (
    PAGE_PARAMETERS,
    PageQuestion,
    make_page,
    read_page_question,
    write_listing,
)


class NameListView(NewsView):
    """A page of the rows of one kind."""

    serializer_class: type[ModelSerializer[Any]]
    model: type[NameModel]
    find: Callable[..., list[Any]]
    throttle_scope = "names"
    parameters = PAGE_PARAMETERS

    def parse(self, request: Request, **lookup: Any) -> PageQuestion:
        return read_page_question(request, query=self.model.__name__)

    def answer(self, asked: PageQuestion, moment: Moment) -> Answer:
        order = NAME_ORDERS[self.model]
        shown = shown_names(self.model, moment)
        direction = order.reversed() if asked.is_backwards else order
        beyond = [asked.start.condition(direction)] if asked.start else []
        chosen = direction.sort(shown.filter(*beyond))[: asked.limit]
        found = type(self).find(moment, pk__in=chosen.values("pk"))
        rows = found[::-1] if asked.is_backwards else found
        page = make_page(
            rows, asked, place_of=lambda row: Place(getattr(row, str(order.key)), row.pk)
        )
        results = encode_json(self.serializer_class(page.rows, many=True).data)
        count = count_names(self.model, moment) if asked.wants_count else None
        return Answer(*write_listing(page, asked, count=count, results=results))


class NameView(NameListView):
    """One of them, by its id or its slug."""

    parameters = frozenset()

    def parse(self, request: Request, **lookup: Any) -> Any:
        return lookup

    def answer(self, asked: Any, moment: Moment) -> Answer:
        shown = shown_names(self.model, moment).filter(**asked)
        rows = type(self).find(moment, pk__in=shown.values("pk"))
        if not rows:
            raise Http404
        return Answer(encode_json(self.serializer_class(rows[0]).data))


class CategoryListView(NameListView):
    """The tree of categories, each right below the one it belongs to."""

    serializer_class = CategorySerializer
    model = Category
    find = staticmethod(list_categories)


class CategoryView(NameView):
    """One category."""

    serializer_class = CategorySerializer
    model = Category
    find = staticmethod(list_categories)


class AuthorListView(NameListView):
    """Authors by name."""

    serializer_class = AuthorSerializer
    model = Author
    find = staticmethod(list_authors)


class AuthorView(NameView):
    """One author."""

    serializer_class = AuthorSerializer
    model = Author
    find = staticmethod(list_authors)


class TagListView(NameListView):
    """Tags by name."""

    serializer_class = TagSerializer
    model = Tag
    find = staticmethod(list_tags)


class TagView(NameView):
    """One tag."""

    serializer_class = TagSerializer
    model = Tag
    find = staticmethod(list_tags)
