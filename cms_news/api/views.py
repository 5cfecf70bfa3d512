"""The read API. Every view is anonymous, takes a closed list of parameters and answers from stored JSON."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404
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
from cms_news.delivery.state import Moment
from cms_news.models import Article, ArticleQuerySet

from .delivering import Answer, deliver
from .negotiation import AcceptNegotiation
from .pagination import Cursor, make_page, page_url, parse_cursor, slice_page
from .parameters import read_boolean, read_page_size, refuse_unknown
from .problems import handle_exception
from .renderers import NewsJSONRenderer

LIST_QUERY = "articles"


class NewsView(APIView):
    """What all views share. Nothing of the host's REST framework defaults changes what they do.

    A view reads its parameters in `parse`, which touches no database, and what they ask for in `answer`.
    """

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

    def get(self, request: Request, **lookup: Any) -> Response:
        asked = self.parse(request, **lookup)
        return deliver(request, lambda moment: self.answer(asked, moment))

    def parse(self, request: Request, **lookup: Any) -> Any:
        """Return what the request asks for. Raises BadParameterError; reads nothing."""
        return lookup

    def answer(self, asked: Any, moment: Moment) -> Answer:
        """Return what is served to that question at `moment`. Raises Http404."""
        raise NotImplementedError


def public_articles(moment: Moment) -> ArticleQuerySet:
    """Return what readers may see at `moment`."""
    return Article.objects.using(moment.using).public(at=moment.at)


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """Which page of which articles."""

    page_size: int
    wants_count: bool
    cursor: Cursor | None
    address: str
    """Of the page itself, absolute."""


class ArticleListView(NewsView):
    """Articles, newest first."""

    serializer_class = CardSerializer
    parameters = frozenset({"cursor", "page_size", "count"})

    def parse(self, request: Request, **lookup: Any) -> ListQuestion:
        token = request.query_params.get("cursor")
        return ListQuestion(
            page_size=read_page_size(request, default=news_settings.page_size),
            wants_count=read_boolean(request, "count"),
            cursor=parse_cursor(token, query=LIST_QUERY) if token is not None else None,
            address=request.build_absolute_uri(),
        )

    def answer(self, asked: ListQuestion, moment: Moment) -> Answer:
        articles = public_articles(moment)
        rows = slice_page(articles, asked.cursor, page_size=asked.page_size)
        cards = read_cards(rows, moment)
        page = make_page(cards, asked.cursor, page_size=asked.page_size, query=LIST_QUERY)
        count = articles.count() if asked.wants_count else None
        following = page_url(asked.address, page.next)
        previous = page_url(asked.address, page.previous)
        return Answer(
            f'{{"count":{encode_json(count)},"next":{encode_json(following)},'
            f'"previous":{encode_json(previous)},"results":{join_cards(page.cards)}}}'
        )


class ArticleView(NewsView):
    """One article whole, by its id or its slug."""

    serializer_class = DocumentSerializer

    def answer(self, asked: Mapping[str, Any], moment: Moment) -> Answer:
        document = read_document(public_articles(moment).filter(**asked), moment)
        if document is None:
            raise Http404
        return Answer(document)


class NameListView(NewsView):
    """All rows of a kind that articles are filed under."""

    serializer_class: type[ModelSerializer[Any]]
    find: Callable[..., list[Any]]

    def answer(self, asked: Mapping[str, Any], moment: Moment) -> Answer:
        rows = type(self).find(at=moment.at)
        results = self.serializer_class(rows, many=True).data
        listing = {"count": len(rows), "next": None, "previous": None, "results": results}
        return Answer(encode_json(listing))


class NameView(NameListView):
    """One of them, by its id or its slug."""

    def answer(self, asked: Mapping[str, Any], moment: Moment) -> Answer:
        rows = type(self).find(at=moment.at, **asked)
        if not rows:
            raise Http404
        return Answer(encode_json(self.serializer_class(rows[0]).data))


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
