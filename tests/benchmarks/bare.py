"""The least that can answer a list of articles over WSGI: one statement, stored JSON, no framework, no count."""

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

TABLE = "bench_cards"
PAGE_SIZE = 20
FIRST = f"SELECT date, id, card FROM {TABLE} ORDER BY date DESC, id DESC LIMIT {PAGE_SIZE + 1}"
AFTER = (
    f"SELECT date, id, card FROM {TABLE} WHERE (date, id) < (%s, %s) "
    f"ORDER BY date DESC, id DESC LIMIT {PAGE_SIZE + 1}"
)


class BareApplication:
    """Holds a connection of the driver itself (which commits by itself), with the driver's own prepared statements."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        is_sqlite = isinstance(connection, sqlite3.Connection)
        self.after = AFTER.replace("%s", "?") if is_sqlite else AFTER

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        asked = environ["QUERY_STRING"]
        if asked:
            date, article_id = parse_qs(asked)["after"][0].split(".")
            rows = self.connection.execute(self.after, (int(date), int(article_id))).fetchall()
        else:
            rows = self.connection.execute(FIRST).fetchall()
        following = "null"
        if len(rows) > PAGE_SIZE:
            rows.pop()
            following = f'"https://testserver/bare?after={rows[-1][0]}.{rows[-1][1]}"'
        cards = ",".join([row[2] for row in rows])
        body = f'{{"count":null,"next":{following},"previous":null,"results":[{cards}]}}'.encode()
        start_response(
            "200 OK",
            [("Content-Type", "application/json"), ("Content-Length", str(len(body)))],
        )
        return [body]


def store_cards(connection: Any, cards: Iterable[tuple[int, int, str]]) -> None:
    """Make the table anew, of articles as date, id and whole JSON object."""
    is_sqlite = isinstance(connection, sqlite3.Connection)
    mark = "?" if is_sqlite else "%s"
    cursor = connection.cursor()
    cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
    cursor.execute(f"CREATE TABLE {TABLE} (date bigint, id bigint PRIMARY KEY, card text)")
    cursor.executemany(f"INSERT INTO {TABLE} VALUES ({mark}, {mark}, {mark})", cards)
    cursor.execute(f"CREATE INDEX bench_cards_by_date ON {TABLE} (date DESC, id DESC)")
    cursor.execute(f"ANALYZE {TABLE}" if is_sqlite else f"VACUUM ANALYZE {TABLE}")
