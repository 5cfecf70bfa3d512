"""The read API. Every view is anonymous, takes a closed list of parameters and answers from stored JSON."""

from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.utils import timezone
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView

from cms_news.conf import news_settings
from cms_news.delivery.cards import join_cards, read_cards, read_document
from cms_news.delivery.encoding import encode_json
from cms_news.delivery.listings import list_authors, list_categories, list_tags
from cms_news.delivery.serializers import (
    AuthorSerializer,
    CardSerializer,
    CategorySerializer,
    DocumentSerializer,
    TagSerializer,
)
from cms_news.models import Article, ArticleQuerySet

from .negotiation import AcceptNegotiation
from .pagination import make_page, page_url, parse_cursor, slice_page
from .parameters import read_boolean, read_page_size, refuse_unknown
from .problems import handle_exception
from .renderers import NewsJSONRenderer, Spliced

LIST_QUERY = "articles"


class NewsView(APIView):
    """What all views share. Nothing of the host's REST framework defaults changes what they do."""

    authentication_classes = []
    permission_classes = [AllowAny]
    renderer_classes = [NewsJSONRenderer]
    parser_classes = []
    content_negotiation_class = AcceptNegotiation
    throttle_classes = []
    http_method_names = ["get", "head", "options"]
    parameters: frozenset[str] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown(request, self.parameters)

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return handle_exception

    def public_articles(self) -> ArticleQuerySet:
        """Return what this request may see."""
        return Article.objects.public(at=timezone.now())


class ArticleListView(NewsView):
    """Articles, newest first."""

    serializer_class = CardSerializer
    parameters = frozenset({"cursor", "page_size", "count"})

    def get(self, request: Request) -> Response:
        page_size = read_page_size(request, default=news_settings.page_size)
        wants_count = read_boolean(request, "count")
        token = request.query_params.get("cursor")
        cursor = parse_cursor(token, query=LIST_QUERY) if token is not None else None
        articles = self.public_articles()
        rows = slice_page(articles, cursor, page_size=page_size)
        page = make_page(read_cards(rows), cursor, page_size=page_size, query=LIST_QUERY)
        count = articles.count() if wants_count else None
        following, previous = page_url(request, page.next), page_url(request, page.previous)
        return Response(
            Spliced(
                f'{{"count":{encode_json(count)},"next":{encode_json(following)},'
                f'"previous":{encode_json(previous)},"results":{join_cards(page.cards)}}}'
            )
        )


class ArticleView(NewsView):
    """One article whole, by its id or its slug."""

    serializer_class = DocumentSerializer

    def get(self, request: Request, **lookup: Any) -> Response:
        document = read_document(self.public_articles().filter(**lookup))
        if document is None:
            raise Http404
        return Response(Spliced(document))


class NameListView(NewsView):
    """All rows of a kind that articles are filed under."""

    serializer_class: type[ModelSerializer[Any]]
    find: Callable[..., list[Any]]

    def get(self, request: Request) -> Response:
        rows = type(self).find(at=timezone.now())
        results = self.serializer_class(rows, many=True).data
        return Response({"count": len(rows), "next": None, "previous": None, "results": results})


class NameView(NameListView):
    """One of them, by its id or its slug."""

    def get(self, request: Request, **lookup: Any) -> Response:
        rows = type(self).find(at=timezone.now(), **lookup)
        if not rows:
            raise Http404
        return Response(self.serializer_class(rows[0]).data)


class CategoryListView(NameListView):
    """The tree of categories, each right below the one it belongs to."""

    serializer_class = CategorySerializer
    find = staticmethod(list_categories)


class CategoryView(NameView):
    serializer_class = CategorySerializer
    find = staticmethod(list_categories)


class AuthorListView(NameListView):
    serializer_class = AuthorSerializer
    find = staticmethod(list_authors)


class AuthorView(NameView):
    serializer_class = AuthorSerializer
    find = staticmethod(list_authors)


class TagListView(NameListView):
    serializer_class = TagSerializer
    find = staticmethod(list_tags)


class TagView(NameView):
    serializer_class = TagSerializer
    find = staticmethod(list_tags)
