"""What processes of their own do to one database: some write at random, others read until the writers are done.

Run by `manage.py shell`; see test_processes.
"""

import json
import sqlite3
import time
from contextlib import closing, nullcontext, suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.core.cache.backends import filebased
from django.db import DatabaseError, connection, models, transaction
from django.test import Client
from django.utils import timezone

from cms_news.delivery.state import read_moment
from cms_news.errors import NewsError
from cms_news.models import Article, Author, Category, DeliveryState, Tag
from cms_news.services import save_article
from cms_news.services.trash import restore_articles, trash_articles
from tests.builders import make_article, make_data
from tests.delivery import naive

PATHS = ("articles/?page_size=100", "articles/?count=true", "categories/", "authors/", "tags/")
MAX_ARTICLES = 30


def write(seed: int, count: int) -> None:
    """Write so many times, in transactions of one or more writes of which every fifth is rolled back."""
    random = Random(seed)
    for number in range(count):
        # Two that write at once may be refused: the version has moved, the row is gone, the other waits for us.
        with suppress(NewsError, DatabaseError, models.ProtectedError), transaction.atomic():
            for _ in range(random.choice((1, 1, 1, 3))):
                _write_once(random, f"{seed}.{number}")
            transaction.set_rollback(random.random() < 0.2)


def _write_once(random: Random, title: str) -> None:
    ids = list(Article.objects.values_list("pk", flat=True))
    choice = random.random()
    if not ids or (choice < 0.4 and len(ids) < MAX_ARTICLES):
        save_article(_data(random, title))
        return
    article = Article.objects.get(pk=random.choice(ids))
    chosen = Article.objects.filter(pk=article.pk)
    name = random.choice("abc")
    writes = (
        lambda: save_article(_data(random, title), article=article),
        lambda: save_article(_data(random, title), article=article),
        lambda: chosen.update(title=title, date=_moment(random)),
        lambda: chosen.update(published=random.random() < 0.7, expires_at=_moment(random)),
        lambda: article.tags.add(name),
        article.tags.clear,
        lambda: article.save(update_fields=["title"]),
        lambda: Author.objects.filter(name__startswith=name).update(
            url=f"https://x.example/{title}"
        ),
        lambda: Category.objects.filter(slug__startswith=name).update(slug=f"{name}-{title[-1]}"),
        lambda: Tag.objects.filter(name=name).update(slug=f"{name}-{title[-1]}"),
        lambda: trash_articles(chosen),
        lambda: restore_articles(Article.objects.all()),
        chosen.delete,
    )
    random.choice(writes)()


def _data(random: Random, title: str):
    return make_data(
        title,
        date=_moment(random),
        expires_at=random.choice((None, None, _moment(random))),
        published=random.random() < 0.8,
        author=random.choice("abc"),
        categories=((random.choice("abc"), random.choice("abc")),),
        tags=tuple(random.sample("abc", 2)),
    )


def _moment(random: Random):
    return timezone.now() + timedelta(seconds=random.choice((-100, -1, 0.1, 0.5, 2)))


def read(folder: str, name: str) -> None:
    """Read through a cache that all readers share until the file `done` is there.

    Then compare with the naive model, once nothing happens any more, and write the last answers, by address, into a
    file called `name`.
    """
    _share_cache(Path(folder) / "cache")
    client = Client()
    done = Path(folder) / "done"
    while not done.exists():
        for path in PATHS:
            _look(client, path)
    moment = read_moment()
    while moment.next_change_at is not None or not moment.is_settled:
        time.sleep(0.05)
        moment = read_moment()
    last = {path: _look(client, path) for path in PATHS}
    assert json.loads(last[PATHS[0]].content)["results"] == naive.cards(moment.at)
    for kind, numbers in naive.numbers(moment.at).items():
        rows = json.loads(last[f"{kind}/"].content)["results"]
        found = {row["id"]: row["article_count"] for row in rows if row["article_count"]}
        assert found == numbers, kind
    told = {path: [answer["ETag"], answer.content.decode()] for path, answer in last.items()}
    (Path(folder) / name).write_text(json.dumps(told), "utf-8")


def read_beside_a_writer(transaction_mode: str) -> None:
    """Read what is due while somebody else has SQLite locked and gives it free to nobody."""
    settings.ALLOWED_HOSTS = ["testserver"]
    # Whoever waits waits beyond the test's patience.
    options = {**connection.settings_dict["OPTIONS"], "timeout": 9999}
    connection.settings_dict["OPTIONS"] = {**options, "transaction_mode": transaction_mode}
    make_article("due")
    DeliveryState.objects.update(next_change_at=timezone.now())
    client = Client()
    # A transaction of the host that is immediate can't even begin.
    blocks = (
        (nullcontext,) if transaction_mode == "IMMEDIATE" else (nullcontext, transaction.atomic)
    )
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as writer:
        writer.execute("BEGIN IMMEDIATE")
        for block in blocks:
            with block():
                answer = _look(client, PATHS[0])
            assert b"due" in answer.content
            assert "ETag" not in answer
    assert "ETag" in _look(client, PATHS[0])
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone()[0] == 9999 * 1000


def _share_cache(folder: Path) -> None:
    backend = f"{filebased.__name__}.{filebased.FileBasedCache.__name__}"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(folder)}}
    # All ask from one address, as fast as they can.
    chosen = {"RESPONSE_CACHE": "default", "THROTTLE_RATES": None}
    settings.CMS_NEWS = {**settings.CMS_NEWS, **chosen}
    settings.ALLOWED_HOSTS = ["testserver"]


def _look(client: Client, path: str) -> Any:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    return answer
