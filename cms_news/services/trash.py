"""Taking articles off the site without losing them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from cms_news.models import Article, ArticleQuerySet, Reason
from cms_news.models.delivery_state import Changes

from .locking import in_locking_order
from .revisions import FOUND, Cause, Kept, Touched, copy_documents, store_revisions

CHUNK_SIZE = 200
"""Their texts are in memory at once."""
TRASHED = Cause(Reason.TRASHED)
RETRIEVED = Cause(Reason.RETRIEVED)


def trash_articles(articles: ArticleQuerySet, *, cause: Cause = TRASHED) -> list[Touched]:
    """Move `articles` to the trash and return those that were not in it yet. Each has a revision of it."""
    now = timezone.now()
    return _store_in_order(articles.alive(), cause, changes=Changes(filing=True), trashed_at=now)


def restore_articles(articles: ArticleQuerySet, *, cause: Cause = RETRIEVED) -> list[Touched]:
    """Take `articles` out of the trash, in the state they were in, and return those that lay there."""
    return _store_in_order(articles.trashed(), cause, trashed_at=None)


def _store_in_order(articles: ArticleQuerySet, cause: Cause, **values: Any) -> list[Touched]:
    """Write `values`, which are nothing that a file says, into `articles`, and keep revisions."""
    touched: list[Touched] = []
    columns = ("pk", "version", "recorded_version", "modified_at")
    with transaction.atomic():
        rows = list(in_locking_order(articles).values_list(*columns))
        for start in range(0, len(rows), CHUNK_SIZE):
            touched += _store_chunk(rows[start : start + CHUNK_SIZE], cause, values)
    return touched


def _store_chunk(
    rows: list[tuple[Any, ...]], cause: Cause, values: dict[str, Any]
) -> list[Touched]:
    documents = copy_documents({pk: version for pk, version, *_others in rows})
    found = [
        Kept(pk, version, documents[pk], FOUND, modified_at)
        for pk, version, recorded_version, modified_at in rows
        if recorded_version != version
    ]
    now = timezone.now()
    touched = [Touched(pk, version + 1) for pk, version, *_others in rows]
    chosen = Article.objects.filter(pk__in=[pk for pk, _version in touched])
    chosen.store(
        modified_at=now,
        version=F("version") + 1,
        recorded_version=F("version") + 1,
        **values,
    )
    kept = [Kept(pk, version, documents[pk], cause, now) for pk, version in touched]
    store_revisions([*found, *kept], using=chosen.db)
    return touched


def trashed_before(moment: datetime) -> ArticleQuerySet:
    """Return what has lain in the trash since `moment` or longer."""
    return Article.objects.trashed().filter(trashed_at__lte=moment)


def empty_trash(
    articles: ArticleQuerySet, *, is_dry_run: bool = False
) -> Iterator[tuple[int, str]]:
    """Delete for good those of `articles` that lie in the trash, and yield their ids and titles.

    With them go their revisions. A transaction for 200 of them; what is taken out of the trash meanwhile stays.
    """
    last = 0
    while True:
        with transaction.atomic():
            rows = in_locking_order(articles.trashed().filter(pk__gt=last))
            chunk = list(rows.values_list("pk", "title")[:CHUNK_SIZE])
            if chunk and not is_dry_run:
                Article.objects.filter(pk__in=[pk for pk, _title in chunk]).delete()
        if not chunk:
            return
        yield from chunk
        last = chunk[-1][0]
