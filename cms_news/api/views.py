"""Articles, and what lies nowhere. All is answered from stored JSON."""

import re
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import Http404
from django.urls import Resolver404, resolve
from rest_framework.request import Request
from rest_framework.response import Response

from cms_news.content.policy import Policy
from cms_news.delivery.cards import join_cards, read_cards, read_document
from cms_news.delivery.encoding import encode_json
from cms_news.delivery.members import Members
from cms_news.delivery.selection import FoundArticle, Selection, Slice, find_slice, select_all
from cms_news.delivery.serializers import CardSerializer, DocumentSerializer, PolicySerializer
from cms_news.delivery.state import Moment
from cms_news.models import Article, ArticleQuerySet, FormerSlug
from cms_news.models.policy import current_policy

from .base import NewsView
from .delivering import Answer
from .filters import FILTERS, read_ordering, read_selection
from .pagination import (
    PAGE_PARAMETERS,
    PageQuestion,
    make_page,
    read_page_question,
    write_listing,
)
from .problems import MovedError
from .selecting import read_card_members, read_document_members

LANGUAGE_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


def public_articles(moment: Moment) -> ArticleQuerySet:
    """Return what readers may see at `moment`."""
    return Article.objects.using(moment.using).public(at=moment.at)


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """Which articles, in which order, which page of them, and what of each."""

    selection: Selection
    ordering: str
    members: Members
    page: PageQuestion


class ArticleListView(NewsView):
    """Articles, newest first unless another order is asked for."""

    serializer_class = CardSerializer
    throttle_scope = "lists"
    parameters = PAGE_PARAMETERS | FILTERS.keys() | {"ordering", "fields", "include"}

    def parse(self, request: Request, **lookup: Any) -> ListQuestion:
        parameters = request.query_params.dict()
        selection, ordering = read_selection(parameters), read_ordering(parameters)
        return ListQuestion(
            selection=selection,
            ordering=ordering,
            members=read_card_members(parameters),
            page=read_page_question(request, query=f"articles {ordering} {selection}"),
        )

    def answer(self, asked: ListQuestion, moment: Moment) -> Answer:
        piece = Slice(
            asked.ordering,
            limit=asked.page.limit,
            start=asked.page.start,
            is_backwards=asked.page.is_backwards,
        )
        rows = find_slice(asked.selection, piece, moment)
        cards = read_cards(rows, moment, members=asked.members)
        page = make_page(cards, asked.page, place_of=lambda card: card.place(piece.order))
        count = select_all(asked.selection, moment).count() if asked.page.wants_count else None
        text, headers = write_listing(page, asked.page, count=count, results=join_cards(page.rows))
        return Answer(text, headers)


@dataclass(frozen=True, slots=True)
class ArticleQuestion:
    """Which article, and what of it."""

    lookup: dict[str, Any]
    members: Members


class ArticleView(NewsView):
    """One article whole, by its id or its slug; a slug that it had leads to the one it has."""

    serializer_class = DocumentSerializer
    throttle_scope = "details"
    parameters = frozenset({"fields"})

    def parse(self, request: Request, **lookup: Any) -> ArticleQuestion:
        return ArticleQuestion(lookup, read_document_members(request.query_params.dict()))

    def answer(self, asked: ArticleQuestion, moment: Moment) -> Answer:
        ((name, value),) = asked.lookup.items()
        document = read_document(FoundArticle(name, value, moment), moment, members=asked.members)
        if document is None:
            raise self._find_moved(asked, public_articles(moment)) or Http404
        is_tag = LANGUAGE_TAG.fullmatch(document.lang)
        return Answer(document.json, {"Content-Language": document.lang} if is_tag else {})

    def _find_moved(self, asked: ArticleQuestion, articles: ArticleQuerySet) -> MovedError | None:
        if "slug" not in asked.lookup:
            return None
        former = FormerSlug.objects.using(articles.db).unclaimed()
        found = former.filter(slug=asked.lookup["slug"], article__in=articles)
        slug = found.values_list("article__slug", flat=True).first()
        return MovedError(slug) if slug else None


class SanitizerView(NewsView):
    """The HTML policy in force: what bodies may hold."""

    serializer_class = PolicySerializer

    def answer(self, asked: Any, moment: Moment) -> Answer:
        return Answer(_describe(current_policy()))


@lru_cache(maxsize=4)
def _describe(policy: Policy) -> str:
    described = {"fingerprint": policy.fingerprint, **policy.as_dict()}
    return encode_json(PolicySerializer(described).data)


class UnknownPathView(NewsView):
    """Whatever else lies below the mount: nothing, or something that is written with a slash at its end."""

    http_method_names = [*NewsView.http_method_names, "post", "put", "patch", "delete", "trace"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.check_throttles(request)
        address = self._find_with_slash(request)
        if address is None or request.method not in {"GET", "HEAD"}:
            raise Http404
        self.address = address

    def get(self, request: Request, **lookup: Any) -> Response:
        return Response(status=HTTPStatus.MOVED_PERMANENTLY, headers={"Location": self.address})

    def _find_with_slash(self, request: Request) -> str | None:
        """Return the address with the slash that APPEND_SLASH is to add, if something is there.

        CommonMiddleware does not come to it: this view is something at every address already.
        """
        if not settings.APPEND_SLASH or request.path_info.endswith("/"):
            return None
        try:
            match = resolve(f"{request.path_info}/", getattr(request, "urlconf", None))
        except Resolver404:
            return None
        if not getattr(match.func, "should_append_slash", True):
            return None
        found: str = request.get_full_path(force_append_slash=True)
        return found
