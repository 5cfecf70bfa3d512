"""Articles locked in one order by everybody."""

from django.db import connection

from cms_news.models import ArticleQuerySet


def lock_articles(articles: ArticleQuerySet) -> None:
    """Lock the rows of `articles`."""
    list(in_locking_order(articles).values_list("pk"))


def in_locking_order(articles: ArticleQuerySet) -> ArticleQuerySet:
    """Return `articles` to be locked as they are read, all in one order, so that no two writers deadlock."""
    return articles.order_by("pk").select_for_update(no_key=connection.vendor == "postgresql")
