"""Letting old revisions go, by the policy of the settings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from cms_news.conf import news_settings
from cms_news.models import Revision

CHUNK_SIZE = 200


@dataclass(frozen=True, slots=True)
class PrunePolicy:
    """Which revisions stay: the newest of each article, and all that are young."""

    keep: int
    """Of each article, never less than 1: the newest one is what the article says."""
    days: int
    """Younger ones stay, however many they are."""

    @classmethod
    def of_settings(cls) -> "PrunePolicy":
        return cls(keep=news_settings.keep_revisions, days=news_settings.keep_revision_days)

    def cutoff(self, now: datetime) -> datetime:
        return now - timedelta(days=self.days)


class Pruned(NamedTuple):
    """How many revisions of one article went, or would."""

    article_id: int
    number: int


def articles_to_prune(policy: PrunePolicy) -> "QuerySet[Revision, Any]":
    """Return the ids of the articles that have more revisions than stay for their number."""
    rows = Revision.objects.order_by("article_id").values_list("article_id", flat=True)
    return rows.annotate(number=Count("pk")).filter(number__gt=max(1, policy.keep))


def prune_revisions(policy: PrunePolicy, *, is_dry_run: bool = False) -> Iterator[Pruned]:
    """Delete what the policy lets go, and yield each article that was looked at; a transaction for 200 of them."""
    cutoff = policy.cutoff(timezone.now())
    ids = list(articles_to_prune(policy))
    for start in range(0, len(ids), CHUNK_SIZE):
        chunk = ids[start : start + CHUNK_SIZE]
        with transaction.atomic():
            counts = _prune_chunk(chunk, max(1, policy.keep), cutoff, is_dry_run=is_dry_run)
        yield from (Pruned(pk, counts.get(pk, 0)) for pk in chunk)


def _prune_chunk(
    ids: list[int], keep: int, cutoff: datetime, *, is_dry_run: bool
) -> dict[int, int]:
    newest_first = Window(RowNumber(), partition_by="article_id", order_by=F("version").desc())
    ranked = Revision.objects.filter(article__in=ids).annotate(rank=newest_first).order_by()
    # Asked for together with the rank, the age would decide which ones are counted.
    beyond = ranked.filter(rank__gt=keep).values_list("pk", "article_id", "saved_at")
    gone = [(pk, article_id) for pk, article_id, saved_at in beyond if saved_at < cutoff]
    counts: dict[int, int] = {}
    for _pk, article_id in gone:
        counts[article_id] = counts.get(article_id, 0) + 1
    if not is_dry_run:
        for start in range(0, len(gone), CHUNK_SIZE):
            pks = [pk for pk, _article in gone[start : start + CHUNK_SIZE]]
            Revision.objects.filter(pk__in=pks).delete()
    return counts
