"""Bringing up to date what is derived: cleaned bodies after a change of policy, stored own parts."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q

from cms_news.delivery.own_part import (
    current_format,
    ensure_rendered,
    find_references,
    render_own_part,
)
from cms_news.errors import HtmlLimitError
from cms_news.models import Article, ArticleQuerySet
from cms_news.models.policy import current_policy
from cms_news.models.querysets import RENDERED_FIELDS

from .locking import in_locking_order

BATCH_SIZE = 200

Result = TypeVar("Result")


def outdated_bodies() -> ArticleQuerySet:
    """Return the articles that were cleaned under another policy than the one in force, or never."""
    return Article.objects.exclude(policy_fingerprint=current_policy().fingerprint)


def outdated_cards() -> ArticleQuerySet:
    """Return the articles whose own part is blank or was rendered in another shape."""
    return Article.objects.filter(~Q(own_format=current_format()))


def sanitize_bodies() -> Iterator[tuple[Article, HtmlLimitError | None]]:
    """Clean all outdated bodies again from their source and yield each article, with the refusal if any.

    A refused body is served no longer: it stays empty until somebody shortens it.
    """
    return _in_batches(outdated_bodies(), lambda article: (article, _sanitize(article)))


def _sanitize(article: Article) -> HtmlLimitError | None:
    refusal = None
    try:
        article.apply(article.render())
    except HtmlLimitError as error:
        refusal = error
        for name, value in RENDERED_FIELDS.items():
            setattr(article, name, value)
        article.policy_fingerprint = current_policy().fingerprint
    rendered = {name: getattr(article, name) for name in RENDERED_FIELDS}
    _store_derived(article, {**rendered, **_render(article)})
    return refusal


def refresh_own_parts(
    articles: ArticleQuerySet, *, is_dry_run: bool = False
) -> Iterator[tuple[Article, bool]]:
    """Render the own parts of `articles`, store those that differ, and yield each article and whether it did."""

    def refresh(article: Article) -> tuple[Article, bool]:
        part = _render(article)
        differs = any(getattr(article, name) != value for name, value in part.items())
        if differs and not is_dry_run:
            _store_derived(article, part)
        return article, differs

    return _in_batches(articles, refresh)


def _render(article: Article) -> dict[str, str]:
    ensure_rendered(article)
    return render_own_part(article, find_references(article)).as_columns()


def _store_derived(article: Article, columns: Mapping[str, Any]) -> None:
    """Store derived columns, unless somebody wrote the article in the meantime."""
    Article.objects.filter(pk=article.pk, version=article.version).store(**columns)


def _in_batches(articles: ArticleQuerySet, work: Callable[[Article], Result]) -> Iterator[Result]:
    """Yield what `work` makes of each of `articles`.

    Each batch is a transaction of its own that locks its rows in the order of their ids.
    """
    last = 0
    while True:
        with transaction.atomic():
            locked = in_locking_order(articles.filter(pk__gt=last))
            batch = list(locked.prefetch_related("category_links", "tag_links")[:BATCH_SIZE])
            results = [work(article) for article in batch]
        if not batch:
            return
        yield from results
        last = batch[-1].pk
