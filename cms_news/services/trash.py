"""Taking articles off the site without losing them."""

from django.db.models import F
from django.utils import timezone

from cms_news.models import ArticleQuerySet


def trash_articles(articles: ArticleQuerySet) -> int:
    """Move `articles` to the trash and return how many were not in it yet."""
    now = timezone.now()
    return articles.alive().store(trashed_at=now, modified_at=now, version=F("version") + 1)


def restore_articles(articles: ArticleQuerySet) -> int:
    """Take `articles` out of the trash, in the state they were in, and return how many lay there."""
    changes = {"trashed_at": None, "modified_at": timezone.now(), "version": F("version") + 1}
    return articles.trashed().store(**changes)
