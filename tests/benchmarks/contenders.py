"""Who answers the same questions: the plain implementation, the bare function, and cms_news in several setups.

All are WSGI applications of this process and are called as a server calls them, without a socket.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from wsgiref.util import setup_testing_defaults

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class ChosenDatabase:
    """Database router: reads go where the contender at hand wants them."""

    alias = "default"

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return type(self).alias


@dataclass(frozen=True)
class Contender:
    """Who answers, and where it finds the questions."""

    key: str
    title: str
    application: Application
    prefix: str = "/api/v1"
    alias: str = "default"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Question:
    """A request that is ready to be asked again and again."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def environ(self) -> dict[str, Any]:
        parts = urlsplit(self.url)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET",
            "HTTP_HOST": "testserver",
            "HTTP_ACCEPT": "application/json",
            "HTTP_USER_AGENT": "benchmark",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "wsgi.url_scheme": "https",
        }
        setup_testing_defaults(environ)
        named = {f"HTTP_{name.upper().replace('-', '_')}": v for name, v in self.headers.items()}
        return {**environ, **named}


def ask(contender: Contender, question: Question) -> Reply:
    """Return what `contender` answers."""
    told: list[Any] = []
    with asking(contender):
        body = call(contender.application, question.environ(), lambda *args: told.extend(args))
    return Reply(int(told[0].split()[0]), {k.lower(): v for k, v in told[1]}, body)


@contextmanager
def asking(contender: Contender) -> Iterator[None]:
    """Let reads go to the database of `contender`."""
    ChosenDatabase.alias = contender.alias
    try:
        yield
    finally:
        ChosenDatabase.alias = "default"


def call(
    application: Application, environ: dict[str, Any], start_response: Callable[..., Any]
) -> bytes:
    """Return the body of one response, as a server fetches it: to its end, and closed."""
    chunks = application({**environ, "wsgi.input": BytesIO()}, start_response)
    try:
        return b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()


def make_contenders() -> list[Contender]:
    """Return all but the bare function, which needs what they answer first."""
    from django.conf import settings

    installed = make_django(settings.MIDDLEWARE)
    lean = make_django(settings.MINIMAL_MIDDLEWARE)
    found = [
        Contender("B", "plain DRF", installed, "/plain"),
        Contender("ours", "as installed", installed),
        Contender("lean", "minimal middleware", lean),
    ]
    if "prepared" in settings.DATABASES:
        found.append(Contender("prepared", "and prepared", lean, alias="prepared"))
    return found


def make_django(middleware: list[str]) -> Application:
    """Return Django's WSGI application with that middleware."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import override_settings

    with override_settings(MIDDLEWARE=middleware):
        return WSGIHandler()


def make_bare(cards: Iterable[tuple[int, int, str]]) -> Contender:
    """Return the bare function, with `cards` (date, id, JSON) stored for it."""
    from tests.benchmarks.bare import BareApplication, store_cards

    connection = connect_driver()
    store_cards(connection, cards)
    return Contender("F", "bare function", BareApplication(connection), "/bare")


def connect_driver() -> Any:
    """Return a connection to Django's database that knows nothing of Django."""
    from django.conf import settings

    chosen = settings.DATABASES["default"]
    if settings.IS_POSTGRESQL:
        import psycopg

        return psycopg.connect(
            dbname=chosen["NAME"],
            user=chosen["USER"],
            password=chosen["PASSWORD"],
            host=chosen["HOST"],
            port=chosen["PORT"],
            autocommit=True,
        )
    import sqlite3

    return sqlite3.connect(chosen["NAME"], isolation_level=None, check_same_thread=False)
