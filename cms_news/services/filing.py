"""The link rows of an article: what is touched is what differs."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS

from cms_news.delivery.own_part import References
from cms_news.models import Article, ArticleCategory, ArticleTag, Category, Tag
from cms_news.models.bulk import insert_rows

from .naming import ResolvedNames
from .relinking import (
    CATEGORY_COLUMNS,
    TAG_COLUMNS,
    Place,
    find_moved_categories,
    places_of,
    relink_categories,
)

Link = TypeVar("Link", ArticleCategory, ArticleTag)


def create_links(articles: Sequence[Article], names: Sequence[ResolvedNames]) -> None:
    """Store the link rows of new `articles`, each under its `names`. 2 queries at most."""
    if not articles:
        return
    pairs = list(zip(articles, names, strict=True))
    in_categories = [
        (article.pk, place.category_id, article.date, place.is_direct, place.position)
        for article, found in pairs
        for place in _places(found.categories)
    ]
    with_tags = [
        (article.pk, tag.pk, article.date, position)
        for article, found in pairs
        for position, tag in enumerate(found.tags)
    ]
    using = articles[0]._state.db or DEFAULT_DB_ALIAS
    insert_rows(ArticleCategory, CATEGORY_COLUMNS, in_categories, using=using)
    insert_rows(ArticleTag, TAG_COLUMNS, with_tags, using=using)
    chosen = [category for _article, found in pairs for category in found.categories]
    if find_moved_categories(chosen, using=using):
        relink_categories([article.pk for article in articles], {})


def file_article(article: Article, wanted: ResolvedNames, *, before: References | None) -> None:
    """Bring the link rows of `article` in line with `wanted`.

    `before` is what they say now, date included; without it the rows themselves are asked.
    """
    references = wanted.references
    if before is None or list(before.categories) != list(references.categories):
        rows = {link.category_id: link for link in article.category_links.all()}
        links = {link.category_id: link for link in _category_links(article, wanted.categories)}
        _replace_links(ArticleCategory, rows, links, compared=("date", "direct", "position"))
        if find_moved_categories(wanted.categories, using=article._state.db or DEFAULT_DB_ALIAS):
            relink_categories([article.pk], {})
        _forget_prefetched(article, "category_links")
    if before is None or list(before.tags) != list(references.tags):
        tag_rows = {link.tag_id: link for link in article.tag_links.all()}
        tag_links = {link.tag_id: link for link in _tag_links(article, wanted.tags)}
        _replace_links(ArticleTag, tag_rows, tag_links, compared=("date", "position"))
        _forget_prefetched(article, "tag_links")


def _forget_prefetched(article: Article, relation: str) -> None:
    """Let `article` read the links anew when somebody asks: it was fetched with those of before."""
    known = getattr(article, "_prefetched_objects_cache", {})
    # A new dictionary: the old one is given back to the article if the transaction fails.
    article._prefetched_objects_cache = {  # type: ignore[attr-defined]
        name: rows for name, rows in known.items() if name != relation
    }


def _places(chosen: Sequence[Category]) -> list[Place]:
    return places_of(
        [category.pk for category in chosen],
        {category.pk: category.lineage_ids for category in chosen},
    )


def _category_links(article: Article, chosen: Sequence[Category]) -> list[ArticleCategory]:
    return [
        ArticleCategory(
            article=article,
            category_id=place.category_id,
            date=article.date,
            direct=place.is_direct,
            position=place.position,
        )
        for place in _places(chosen)
    ]


def _tag_links(article: Article, chosen: Sequence[Tag]) -> list[ArticleTag]:
    return [
        ArticleTag(content_object=article, tag_id=tag.pk, date=article.date, position=position)
        for position, tag in enumerate(chosen)
    ]


def _replace_links(
    model: type[Link],
    rows: dict[int, Link],
    wanted: dict[int, Link],
    *,
    compared: tuple[str, ...],
) -> None:
    # The own part that belongs to these links is stored already, and must not be blanked.
    links = model.objects.unguarded()
    gone = [rows[key].pk for key in rows.keys() - wanted.keys()]
    if gone:
        links.filter(pk__in=gone).delete()
    new = [link for key, link in wanted.items() if key not in rows]
    if new:
        columns = CATEGORY_COLUMNS if model is ArticleCategory else TAG_COLUMNS
        values = [[getattr(link, _attname(model, name)) for name in columns] for link in new]
        insert_rows(model, columns, values, using=links.db)
    changed = []
    for key in rows.keys() & wanted.keys():
        row, link = rows[key], wanted[key]
        if any(getattr(row, name) != getattr(link, name) for name in compared):
            link.pk = row.pk
            changed.append(link)
    if changed:
        links.bulk_update(changed, compared)


def _attname(model: type[Link], name: str) -> str:
    field: Any = model._meta.get_field(name)
    return str(field.attname)
