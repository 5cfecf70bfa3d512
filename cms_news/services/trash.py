"""Taking articles off the site without losing them."""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from cms_news.models import ArticleQuerySet
from cms_news.models.delivery_state import Changes

from .articles import lock_articles


def trash_articles(articles: ArticleQuerySet) -> int:
    """Move `articles` to the trash and return how many were not in it yet."""
    now = timezone.now()
    return _store_in_order(articles.alive(), changes=Changes(filing=True), trashed_at=now)


def restore_articles(articles: ArticleQuerySet) -> int:
    """Take `articles` out of the trash, in the state they were in, and return how many lay there."""
    return _store_in_order(articles.trashed(), trashed_at=None)


def _store_in_order(articles: ArticleQuerySet, **values: Any) -> int:
    with transaction.atomic():
        lock_articles(articles)
        return articles.store(modified_at=timezone.now(), version=F("version") + 1, **values)
