"""Databases of their own for processes that are going to be killed, on SQLite or on PostgreSQL."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.apps import apps

from cms_news.models.revision import unpack_document

ROOT = Path(__file__).resolve().parent.parent.parent
TIMEOUT_SECONDS = 300

PARTS_OF_THE_MOMENT = {
    *("id", "created_at", "modified_at", "imported_at", "saved_at"),
    *("generation", "names_generation", "filing_generation"),
    *("as_of", "changed_at", "next_change_at"),
}
"""Columns in which two imports of the same files may differ."""
RECORDS = {"cms_news_importrecord"}
"""Tables that tell of the imports themselves."""


class Newsroom:
    """An empty database and the commands that are run on it, each at the head of a process group."""

    def __init__(self, url: str, output: Path, *, batch_size: int) -> None:
        self.url = url
        self.output = output
        """What the command that runs now, or ran last, says."""
        self.batch_size = batch_size

    def start(self, *arguments: str | Path, **options: Any) -> subprocess.Popen[bytes]:
        """Start a command; `options` are those of Popen, `environment` adds to that of this process.

        `before` stands before the command on its line, as `nice` might.
        """
        before = options.pop("before", ())
        environment = {name: text for name, text in os.environ.items() if "COV" not in name} | {
            "DJANGO_SETTINGS_MODULE": "tests.kill.settings",
            "TEST_DATABASE_URL": self.url,
            "CMS_NEWS_KILL_BATCH": str(self.batch_size),
            "PYTHONUNBUFFERED": "1",
            **options.pop("environment", {}),
        }
        # Into a file: a pipe that nobody reads would hold the import up.
        with self.output.open("wb") as output:
            streams = {"stdout": output, "stderr": subprocess.STDOUT, **options}
            return subprocess.Popen(
                [*before, sys.executable, "manage.py", *map(str, arguments)],
                cwd=ROOT,
                env=environment,
                start_new_session=True,
                **streams,
            )

    def run(self, *arguments: str | Path, **options: Any) -> tuple[int, str]:
        """Run a command to its end; return its exit status and what it said."""
        process = self.start(*arguments, **options)
        status = process.wait(TIMEOUT_SECONDS)
        return status, self.said()

    def said(self) -> str:
        return self.output.read_text("utf-8")

    def kill_after(self, seconds: float, *arguments: str | Path) -> int:
        """Start a command, kill its whole group later, and return its exit status."""
        process = self.start(*arguments)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        return process.wait(TIMEOUT_SECONDS)

    def wait_until_said(self, text: str) -> None:
        until = time.monotonic() + TIMEOUT_SECONDS
        while text not in self.said():
            assert time.monotonic() < until, self.said()
            time.sleep(0.005)

    def count(self, table: str) -> int:
        return len(self.read(table))

    def dump(self) -> dict[str, list[str]]:
        """Return all rows by table, sorted; ids are replaced by what they stand for."""
        models = apps.get_app_config("cms_news").get_models(include_auto_created=True)
        tables = {model._meta.db_table for model in models} - RECORDS
        rows = {table: self.read(table) for table in tables}
        names = _natural_names(rows)
        return {
            table: sorted(_as_text(row, names) for row in found) for table, found in rows.items()
        }

    def read(self, table: str) -> list[dict[str, Any]]:
        with closing(_connect(self.url)) as connection:
            cursor = connection.execute(f'SELECT * FROM "{table}"')
            columns = [column[0] for column in cursor.description]
            return [dict(zip(columns, row, strict=True)) for row in cursor]


def find_difference(found: dict[str, list[str]], expected: dict[str, list[str]]) -> str:
    """Return the first rows, or columns of two like rows, in which two dumps differ; "" where they don't."""
    for table, rows in expected.items():
        missing = sorted(set(rows) - set(found[table]))
        added = sorted(set(found[table]) - set(rows))
        if missing and len(missing) == len(added):
            before, after = json.loads(missing[0]), json.loads(added[0])
            columns = {
                name: (str(before[name])[:300], str(after[name])[:300])
                for name in before
                if before[name] != after.get(name)
            }
            return f"{table}: {len(missing)} rows differ, the first in {columns}"
        if missing or added or len(rows) != len(found[table]):
            return (
                f"{table}: {len(missing)} rows missing, {len(added)} added: {(missing + added)[:1]}"
            )
    return ""


def open_newsroom(
    server: str, folder: Path, name: str, *, template: "Newsroom | None" = None, batch_size: int
) -> Newsroom:
    """Return a new database with all tables, empty; copied from `template` where there is one."""
    if not server.startswith("postgres"):
        path = folder / f"{name}.sqlite3"
        newsroom = Newsroom(f"sqlite:///{path}", folder / f"{name}.out", batch_size=batch_size)
        if template:
            shutil.copyfile(_file_of(template.url), path)
    else:
        database = f"cms_news_kill_{os.getpid()}_{name}"
        url = urlunsplit(urlsplit(server)._replace(path=f"/{database}"))
        newsroom = Newsroom(url, folder / f"{name}.out", batch_size=batch_size)
        copied = f' TEMPLATE "{_name_of(template.url)}"' if template else ""
        _ask_server(url, f'CREATE DATABASE "{database}"{copied}')
    if template is None:
        status, said = newsroom.run("migrate", "--verbosity", "0")
        assert status == 0, said
    return newsroom


def close_newsroom(newsroom: Newsroom) -> None:
    """Drop the database; a file goes with its folder."""
    if newsroom.url.startswith("postgres"):
        database = _name_of(newsroom.url)
        _ask_server(newsroom.url, f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def _connect(url: str) -> Any:
    if url.startswith("sqlite:"):
        return sqlite3.connect(_file_of(url))
    import psycopg

    return psycopg.connect(url, autocommit=True)


def _ask_server(url: str, statement: str) -> None:
    with closing(_connect(urlunsplit(urlsplit(url)._replace(path="/postgres")))) as connection:
        connection.execute(statement)


def _file_of(url: str) -> str:
    return urlsplit(url).path[1:]


def _name_of(url: str) -> str:
    return urlsplit(url).path[1:]


def _natural_names(rows: dict[str, list[dict[str, Any]]]) -> dict[str, dict[int | None, Any]]:
    """Return, by the end of the columns that refer to a table, what its ids stand for."""
    categories = {row["id"]: row for row in rows["cms_news_category"]}

    def path(category_id: int) -> list[str]:
        row = categories[category_id]
        above = path(row["parent_id"]) if row["parent_id"] else []
        return [*above, row["name"]]

    articles = {row["id"]: row["source_path"] for row in rows["cms_news_article"]}
    paths = {category_id: path(category_id) for category_id in categories}
    named = {
        "author_id": {row["id"]: row["name"] for row in rows["cms_news_author"]},
        "category_id": paths,
        "parent_id": paths,
        "tag_id": {row["id"]: row["folded"] for row in rows["cms_news_tag"]},
        "article_id": articles,
        "content_object_id": articles,
        "user_id": {},
        "created_by_id": {},
    }
    return {column: {None: None, **ids} for column, ids in named.items()}


def _as_text(row: dict[str, Any], names: dict[str, dict[int | None, Any]]) -> str:
    values = {name: value for name, value in row.items() if name not in PARTS_OF_THE_MOMENT}
    for name in values:
        if name.endswith("_id"):
            values[name] = names[name][values[name]]
    if "tree_path" in values:
        ids = [int(part) for part in values["tree_path"].split("/") if part]
        values["tree_path"] = [names["category_id"][each] for each in ids]
    if values.get("own_references"):
        author, categories, tags = json.loads(values["own_references"])
        values["own_references"] = _name_references(names, author, categories, tags)
    if values.get("imported"):
        # SQLite has JSON as text. A killed transaction leaves gaps in PostgreSQL's ids, not in SQLite's.
        stored = values["imported"]
        imported = json.loads(stored) if isinstance(stored, str) else dict(stored)
        if imported.get("references"):
            imported["references"] = _name_references(names, **imported["references"])
        values["imported"] = imported
    if "document" in values:
        said, head, body = unpack_document(values["document"])
        said["references"] = _name_references(names, **said["references"])
        values["document"] = [said, head, body]
    return json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)


def _name_references(
    names: dict[str, dict[int | None, Any]],
    author: int | None,
    categories: list[int],
    tags: list[int],
) -> list[Any]:
    return [
        names["author_id"][author],
        [names["category_id"][each] for each in categories],
        [names["tag_id"][each] for each in tags],
    ]
