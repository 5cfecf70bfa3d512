"""Asking the API as it is, without the project's middleware and caches, and counting the queries."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import connections, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import override_settings
from django.urls import resolve

from cms_news.conf import DEFAULTS
from cms_news.delivery.state import read_moment
from cms_news.models.announcing import announce_change

URLCONF = "cms_news.api.urls"
CACHE = "cms_news_audit"
NEVER_REACHED = "10000/s"


class _Question(WSGIRequest):
    def get_host(self) -> str:
        """Return some host: which ones the project answers to is not asked here."""
        return "localhost"


class _Asker(RequestFactory):
    def request(self, **request: Any) -> WSGIRequest:
        return _Question(super().request(**request).environ)


@contextmanager
def own_settings(*, remembers: bool = False) -> Iterator[None]:
    """Let the API count requests, so that the cost of that is seen, and if told remember answers; in no cache of
    the project's."""
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": CACHE}
    news = {
        **getattr(settings, "CMS_NEWS", {}),
        "THROTTLE_CACHE": CACHE,
        "THROTTLE_RATES": dict.fromkeys(DEFAULTS["THROTTLE_RATES"], NEVER_REACHED),
        "RESPONSE_CACHE": CACHE if remembers else None,
    }
    with override_settings(CACHES={**settings.CACHES, CACHE: memory}, CMS_NEWS=news):
        yield


def ask(address: str, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return what the API answers at `address`, below its mount."""
    request: Any = _Asker().get(f"/{address}", headers=headers)
    request.urlconf = URLCONF
    match = resolve(request.path_info, URLCONF)
    response: Any = match.func(request, *match.args, **match.kwargs)
    answer: HttpResponse = response.render() if hasattr(response, "render") else response
    return answer


def count_queries(
    address: str, headers: Mapping[str, str] | None = None
) -> tuple[int, HttpResponse]:
    """Return the number of statements, to whatever database, and the answer."""
    statements: list[str] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        statements.append(sql)
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(count))
        answer = ask(address, headers)
    return len(statements), answer


def follow(address: str, links: tuple[str, ...]) -> str | None:
    """Return the address that `links` of lists lead to, one after another, or None where one leads nowhere."""
    for link in links:
        found = json.loads(ask(address).content).get(link)
        if not found:
            return None
        parts = urlsplit(found)
        address = f"{parts.path.removeprefix('/')}?{parts.query}"
    return address


def outdate_memory() -> None:
    """Let nothing be of use that this process remembers, as after a write of everything; the state stays settled."""
    with transaction.atomic():
        announce_change()
    read_moment()
