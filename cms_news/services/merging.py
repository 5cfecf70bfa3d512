"""Merging several categories, authors or tags into one.

Articles are filed under the one that stays: in the order that there was, and once where they were under several. Files
that name a merged one mean the one that stays. The address of a merged name is gone, as after deleting it.
"""

import secrets
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import ProtectedError

from cms_news.errors import NewsError, gettext_noop
from cms_news.models import Article, ArticleQuerySet, Author, Category, FormerName, Tag

from .category_tree import GONE, Refiled, filed_under, place_category, subtrees
from .refiling import Replaced, lock_filed, refile

Named = TypeVar("Named", Author, Tag)


def merge_authors(authors: Sequence[Author], *, into: Author) -> Refiled:
    """Let all articles of `authors` be those of `into`, and delete the others. Raises NewsError."""

    def filed(ids: Sequence[int]) -> ArticleQuerySet:
        return Article.objects.filter(author__in=ids)

    with transaction.atomic():
        sources = _sources(authors, into)
        ids, rows = lock_filed(lambda: filed(sources), _rows(Author, [*sources, into.pk]))
        stays, merged = _divide(rows, sources, into)
        for author in merged:
            FormerName.objects.remember_author(author, into=stays)
        _complete_author(stays, merged)
        refile(ids, Replaced(authors=dict.fromkeys(sources, into.pk)))
        _delete(Author.objects.filter(pk__in=sources))
    return Refiled(len(merged), len(ids))


def _complete_author(stays: Author, merged: Sequence[Author]) -> None:
    """Take over address and text of others where the one that stays has none."""
    for name in ("url", "bio"):
        if not getattr(stays, name):
            setattr(stays, name, next((v for a in merged if (v := getattr(a, name))), ""))
    stays.save(update_fields=["url", "bio"])


def merge_tags(tags: Sequence[Tag], *, into: Tag) -> Refiled:
    """Let all articles with one of `tags` have `into` in its place, and delete the others. Raises NewsError."""

    def filed(ids: Sequence[int]) -> ArticleQuerySet:
        return Article.objects.filter(tag_links__tag__in=ids)

    with transaction.atomic():
        sources = _sources(tags, into)
        ids, rows = lock_filed(lambda: filed(sources), _rows(Tag, [*sources, into.pk]))
        stays, merged = _divide(rows, sources, into)
        for tag in merged:
            FormerName.objects.remember_tag(tag, into=stays)
        refile(ids, Replaced(tags=dict.fromkeys(sources, into.pk)))
        _delete(Tag.objects.filter(pk__in=sources))
    return Refiled(len(merged), len(ids))


def merge_categories(categories: Sequence[Category], *, into: Category) -> Refiled:
    """Let all articles in `categories` be in `into` in their place, and delete the others.

    What hangs from them goes along, and where `into` has one of the same name already, the two are merged as well.
    Raises NewsError where `into` stands below one of `categories`, and beyond 16 levels; then nothing is merged.
    """
    with transaction.atomic():
        sources = _sources(categories, into)
        names = subtrees([*sources, into.pk], extra=into.lineage_ids)
        ids, rows = lock_filed(lambda: filed_under(sources), names)
        by_id = {row.pk: row for row in rows}
        if not {*sources, into.pk} <= by_id.keys():
            raise NewsError(GONE)
        merger = _CategoryMerger()
        # The deepest first: one of them may stand below another one.
        for source in sorted((by_id[pk] for pk in sources), key=lambda c: (-c.depth, c.pk)):
            merger.merge(source, into.pk)
        replaced = merger.resolved()
        refile(ids, Replaced(categories=replaced))
        merged = Category.objects.filter(pk__in=replaced)
        # None of them stands above another one that is to go as well.
        merged.update(parent=None)
        _delete(merged)
    return Refiled(len(replaced), len(ids))


class _CategoryMerger:
    """The tree on its way from many categories to few. What is merged stays, without a name, until nothing needs it."""

    def __init__(self) -> None:
        self.replaced: dict[int, int] = {}

    def resolved(self) -> dict[int, int]:
        """Return what became of each in the end: one may have gone into another that was merged later."""
        return {pk: self._last(pk) for pk in self.replaced}

    def _last(self, pk: int) -> int:
        while pk in self.replaced:
            pk = self.replaced[pk]
        return pk

    def merge(self, source: Category, into_id: int) -> None:
        source.refresh_from_db()
        into = Category.objects.get(pk=into_id)
        if source.pk in into.lineage_ids:
            raise NewsError(
                gettext_noop(
                    "“{into}” stands below “{source}”; keep “{source}”, or move “{into}” out of it first"
                ),
                into=into.name,
                source=source.name,
            )
        self.replaced[source.pk] = into.pk
        name, parent_id = source.name, source.parent_id
        # Out of the way: what hangs from it may have its name and go where it stands.
        Category.objects.filter(pk=source.pk).update(name=f"#{source.pk} {secrets.token_hex(8)}")
        self._merge_children(source, into)
        FormerName.objects.merge_places(source, into=into)
        if parent_id != into.pk or name != into.name:
            FormerName.objects.remember_place(parent_id, name, category=into)

    def _merge_children(self, source: Category, into: Category) -> None:
        waiting = Category.objects.filter(parent=source).exclude(pk__in=self.replaced)
        taken = dict(Category.objects.filter(parent=into).values_list("name", "pk"))
        for child in list(waiting.order_by("pk")):
            if child.name in taken:
                self.merge(child, taken[child.name])
            else:
                place_category(child, into)


def _sources(names: Sequence[Any], into: Any) -> list[int]:
    """Return the ids of what is to be merged, without the one that stays."""
    found = sorted({name.pk for name in names} - {into.pk})
    if not found:
        raise NewsError(
            gettext_noop("choose two at least: one stays, the others are merged into it")
        )
    return found


def _rows(model: type[Named], ids: Sequence[int]) -> models.QuerySet[Named]:
    return model._default_manager.filter(pk__in=ids)


def _divide(
    rows: Sequence[Named], sources: Sequence[int], into: Named
) -> tuple[Named, list[Named]]:
    """Return the one that stays and the others, as they are now."""
    by_id = {row.pk: row for row in rows}
    if not {*sources, into.pk} <= by_id.keys():
        raise NewsError(GONE)
    return by_id[into.pk], [by_id[pk] for pk in sources]


def _delete(merged: models.QuerySet[Any]) -> None:
    try:
        merged.delete()
    except ProtectedError as error:
        # Not by this app, whose rows are refiled all.
        raise NewsError(
            gettext_noop("something else on this site refers to what is to be merged: {what}"),
            what=", ".join(sorted(str(row) for row in error.protected_objects))[:200],
        ) from error
