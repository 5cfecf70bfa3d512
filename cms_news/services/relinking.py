"""Link rows by what was chosen, for many articles at once, in line with the tree as it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connections, models, router

from cms_news.errors import NewsError, gettext_noop
from cms_news.models import ArticleCategory, ArticleTag, Category
from cms_news.models.bulk import insert_rows

CATEGORY_COLUMNS = ("article", "category", "date", "direct", "position")
TAG_COLUMNS = ("content_object", "tag", "date", "position")


class Place(NamedTuple):
    """Where an article stands in one category."""

    category_id: int
    is_direct: bool
    position: int


def places_of(chosen: Sequence[int], lineages: Mapping[int, Sequence[int]]) -> list[Place]:
    """Return a place in each chosen category and in each one above it, by the ids from the root to each."""
    positions = {pk: position for position, pk in enumerate(chosen)}
    lineage = dict.fromkeys(above for pk in chosen for above in lineages[pk])
    return [Place(pk, pk in positions, positions.get(pk, 0)) for pk in lineage]


def replace_ids(ids: Iterable[int], replaced: Mapping[int, int]) -> list[int]:
    return list(dict.fromkeys(replaced.get(pk, pk) for pk in ids))


def find_moved_categories(chosen: Sequence[Category], *, using: str) -> bool:
    """Return whether one of `chosen` stands elsewhere than it did when it was read; none moves from now on.

    That is, until the transaction ends. Foreign keys are checked at its end, so they keep nobody from moving a
    category under which somebody is just filing an article. 1 query. Raises NewsError where one is gone.
    """
    known = {category.pk: category.tree_path for category in chosen}
    if not known:
        return False
    rows = (
        Category.objects.using(using).filter(pk__in=known).order_by().values_list("pk", "tree_path")
    )
    sql, params = rows.query.sql_with_params()
    connection = connections[using]
    if connection.vendor == "postgresql":
        # The weakest lock, which those who file don't take from one another; Django knows only stronger ones.
        sql += " FOR KEY SHARE"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        stored = dict(cursor.fetchall())
    if known.keys() - stored.keys():
        raise NewsError(gettext_noop("a category was deleted or merged at this moment; save again"))
    return stored != known


@dataclass
class _Filed:
    """The link rows of one article."""

    date: datetime
    rows: dict[int, tuple[int, bool, int]] = field(default_factory=dict)
    """By the id of the name: the row's own id, whether it was chosen, and the position."""

    def chosen(self) -> list[int]:
        rows = sorted(
            (position, pk, name) for name, (pk, direct, position) in self.rows.items() if direct
        )
        return [name for _position, _pk, name in rows]


@dataclass
class _Difference:
    """What has to be written to link rows."""

    gone: list[int] = field(default_factory=list)
    new: list[tuple[Any, ...]] = field(default_factory=list)
    moved: dict[tuple[bool, int], list[int]] = field(default_factory=dict)

    def compare(
        self, article_id: int, filed: _Filed, wanted: Mapping[int, tuple[bool, int]]
    ) -> None:
        self.gone += [pk for name, (pk, *_place) in filed.rows.items() if name not in wanted]
        for name, place in wanted.items():
            row = filed.rows.get(name)
            if row is None:
                self.new.append((article_id, name, filed.date, *place))
            elif row[1:] != place:
                self.moved.setdefault(place, []).append(row[0])


def relink_categories(ids: Sequence[int], replaced: Mapping[int, int]) -> None:
    rows = ArticleCategory.objects.unguarded().filter(article__in=ids).order_by()
    found = _by_article(rows.values_list("article", "category", "pk", "direct", "position", "date"))
    chosen = {pk: replace_ids(filed.chosen(), replaced) for pk, filed in found.items()}
    wanted_ids = {pk for names in chosen.values() for pk in names}
    lineages = {
        category.pk: category.lineage_ids
        for category in Category.objects.filter(pk__in=wanted_ids).only("pk", "tree_path")
    }
    difference = _Difference()
    for article_id, filed in found.items():
        places = places_of(chosen[article_id], lineages)
        wanted = {place.category_id: (place.is_direct, place.position) for place in places}
        difference.compare(article_id, filed, wanted)
    links = ArticleCategory.objects.unguarded()
    links.filter(pk__in=difference.gone).delete()
    for (direct, position), pks in sorted(difference.moved.items()):
        links.filter(pk__in=pks).update(direct=direct, position=position)
    insert_rows(
        ArticleCategory,
        CATEGORY_COLUMNS,
        difference.new,
        using=router.db_for_write(ArticleCategory),
    )


def relink_tags(ids: Sequence[int], replaced: Mapping[int, int]) -> None:
    rows = ArticleTag.objects.unguarded().filter(content_object__in=ids).order_by()
    always = models.Value(True)  # noqa: FBT003
    found = _by_article(rows.values_list("content_object", "tag", "pk", always, "position", "date"))
    difference = _Difference()
    for article_id, filed in found.items():
        names = replace_ids(filed.chosen(), replaced)
        wanted = {name: (True, position) for position, name in enumerate(names)}
        difference.compare(article_id, filed, wanted)
    links = ArticleTag.objects.unguarded()
    links.filter(pk__in=difference.gone).delete()
    for (_direct, position), pks in sorted(difference.moved.items()):
        links.filter(pk__in=pks).update(position=position)
    new = [
        (article, tag, date, position) for article, tag, date, _direct, position in difference.new
    ]
    insert_rows(ArticleTag, TAG_COLUMNS, new, using=router.db_for_write(ArticleCategory))


def _by_article(rows: Iterable[tuple[Any, ...]]) -> dict[int, _Filed]:
    found: dict[int, _Filed] = {}
    for article_id, name, pk, direct, position, date in rows:
        found.setdefault(article_id, _Filed(date)).rows[name] = (pk, direct, position)
    return found
