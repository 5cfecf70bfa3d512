"""Taking the state beyond the moment at which an article comes or goes by itself."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connections, transaction
from django.db.models import F

from cms_news.models import Article, DeliveryState
from cms_news.models.announcing import count_as_told
from cms_news.models.delivery_state import (
    SINGLE_ROW_ID,
    Changes,
    DeliveryStateQuerySet,
    StateReading,
    fresh_generation,
)

PASSED = Changes(filing=True, dates=None)

logger = logging.getLogger(__name__)


def pass_horizon(*, using: str, seen_on: str) -> bool:
    """Renew the state if its horizon is due, and return whether this call did.

    It is readers who come by here, and readers wait for nobody: where a writer holds the row, or all of SQLite,
    or where nothing can be written, the state stays due.
    """
    if using != seen_on and not _is_due(using):
        return False  # A replica that lags; the primary is beyond.
    try:
        with _impatient(using), transaction.atomic(using=using):
            is_passed = _pass_locked(DeliveryState.objects.using(using))
    except DatabaseError as error:
        logger.info("The state of delivery stays due: %s", error)
        return False
    if is_passed:
        count_as_told(PASSED, using=using)
    return is_passed


def _is_due(using: str) -> bool:
    found = DeliveryState.objects.using(using).read()
    return isinstance(found, datetime) or found.is_due


def _pass_locked(states: DeliveryStateQuerySet) -> bool:
    if not _lock(states):
        if isinstance(states.read(), StateReading):
            return False  # Somebody is at it.
        states.ensure_row()
        if not _lock(states):
            return False
    # Only now: before the lock, the articles of a writer who held it would not be seen.
    found = states.read()
    if isinstance(found, datetime) or not found.is_due:
        return False
    _renew(states, found)
    return True


def _lock(states: DeliveryStateQuerySet) -> bool:
    """Lock the row and return whether that was possible at once."""
    row = states.filter(pk=SINGLE_ROW_ID)
    features: Any = connections[states.db].features
    if features.has_select_for_update:
        skips = features.has_select_for_update_skip_locked
        return bool(row.select_for_update(skip_locked=skips).values_list("pk"))
    # SQLite locks, and locks whole, on the first write: that is what makes a BEGIN immediate.
    return bool(row.update(as_of=F("as_of")))


def _renew(states: DeliveryStateQuerySet, found: StateReading) -> None:
    articles = Article.objects.using(states.db)
    states.filter(pk=SINGLE_ROW_ID).update(
        generation=fresh_generation(),
        filing_generation=fresh_generation(),
        next_change_at=articles.next_change(after=found.at),
        as_of=found.at,
        changed_at=max(found.changed_at + timedelta(seconds=1), found.at),
    )


@contextmanager
def _impatient(using: str) -> Iterator[None]:
    """Let the block fail at once where SQLite would have it wait for a writer."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (milliseconds,) = cursor.fetchone()
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {milliseconds:d}")
