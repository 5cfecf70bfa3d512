"""Moving categories to another place in the tree, with all below them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Concat, Substr

from cms_news.errors import NewsError, gettext_noop
from cms_news.models import Article, ArticleQuerySet, Category, FormerName
from cms_news.models.category import MAX_DEPTH, CategoryQuerySet

from .refiling import Replaced, lock_filed, refile

GONE = gettext_noop("one of them is not there any more; choose again")


@dataclass(frozen=True, slots=True)
class Refiled:
    """What moving or merging has done."""

    names: int
    """Categories, authors or tags that were moved or are gone."""
    articles: int
    """That are filed elsewhere now; of moved categories all below them."""


def move_categories(categories: Sequence[Category], parent: Category | None) -> Refiled:
    """Let `categories` stand right below `parent`, or be roots, with all that hangs from them.

    Articles stay in them, and are found under what stands above them now. Files that still name the old place
    mean the category in its new one. Those that stand there already are left alone. Raises NewsError for a place
    below the category itself, for a name that is taken there, and beyond 16 levels; then nothing is moved.
    """
    with transaction.atomic():
        article_ids, found, target = _lock_tree(categories, parent)
        moving = [c for c in found if c.parent_id != (target.pk if target else None)]
        for category in moving:
            # What was moved before may have taken it along.
            category.refresh_from_db()
            place_category(category, target)
        if moving:
            refile(article_ids, Replaced())
    return Refiled(len(moving), len(article_ids) if moving else 0)


def _lock_tree(
    categories: Sequence[Category], parent: Category | None
) -> tuple[list[int], list[Category], Category | None]:
    """Return the ids of all articles below, and the rows as they are now; nobody else moves them meanwhile."""
    keys = [category.pk for category in categories]
    above = parent.lineage_ids if parent else []
    ids, rows = lock_filed(lambda: filed_under(keys), subtrees(keys, extra=above))
    by_id = {row.pk: row for row in rows}
    missing = set(keys) - by_id.keys()
    if missing or (parent and parent.pk not in by_id):
        raise NewsError(GONE)
    return ids, [by_id[pk] for pk in keys], by_id[parent.pk] if parent else None


def filed_under(category_ids: Collection[int]) -> ArticleQuerySet:
    """Return the articles in those categories and below them."""
    return Article.objects.filter(category_links__category__in=category_ids)


def subtrees(category_ids: Collection[int], *, extra: Collection[int] = ()) -> CategoryQuerySet:
    """Return the categories, all below them, and `extra`."""
    paths = Category.objects.filter(pk__in=category_ids).values_list("tree_path", flat=True)
    chosen = Q(pk__in=[*category_ids, *extra])
    for path in paths:
        chosen |= Q(tree_path__startswith=path)
    return Category.objects.filter(chosen)


def place_category(category: Category, parent: Category | None) -> None:
    """Write the new place of `category` and of all below it; articles are not refiled by that."""
    _refuse_place(category, parent)
    before, old_parent_id = category.tree_path, category.parent_id
    above = parent.tree_path if parent else ""
    after = f"{above}{before.rstrip('/').rpartition('/')[2]}/"
    rows = Category.objects.filter(tree_path__startswith=before)
    rest = Substr("tree_path", len(before) + 1)
    rows.update(tree_path=Concat(Value(after), rest))
    Category.objects.filter(pk=category.pk).update(parent=parent)
    category.parent, category.tree_path = parent, after
    FormerName.objects.remember_place(old_parent_id, category.name, category=category)


def _refuse_place(category: Category, parent: Category | None) -> None:
    if parent and category.pk in parent.lineage_ids:
        raise NewsError(
            gettext_noop("“{category}” can't be moved below itself, to “{parent}”"),
            category=category.name,
            parent=parent.name,
        )
    siblings = Category.objects.filter(parent=parent, name=category.name).exclude(pk=category.pk)
    if siblings.exists():
        raise NewsError(
            gettext_noop(
                "there is a category “{name}” in that place already; merge the two, or rename one"
            ),
            name=category.name,
        )
    paths = Category.objects.at_or_below(category).values_list("tree_path", flat=True)
    levels = max(path.count("/") for path in paths) - category.depth
    if levels + (parent.depth + 1 if parent else 0) > MAX_DEPTH:
        raise NewsError(
            gettext_noop("{name}: categories go {depth} levels deep and no deeper"),
            name=category.name,
            depth=MAX_DEPTH,
        )
