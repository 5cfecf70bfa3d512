"""The link rows of an article: what is touched is what differs."""

from typing import TypeVar

from cms_news.delivery.own_part import References
from cms_news.models import Article, ArticleCategory, ArticleTag, Category

Link = TypeVar("Link", ArticleCategory, ArticleTag)


def file_article(article: Article, wanted: References, *, before: References | None) -> None:
    """Bring the link rows of `article` in line with `wanted`.

    `before` is what they say now, date included; without it the rows themselves are asked.
    """
    if before is None or list(before.categories) != list(wanted.categories):
        rows = {link.category_id: link for link in article.category_links.all()}
        links = _category_links(article, list(wanted.categories))
        _replace_links(ArticleCategory, rows, links, compared=("date", "direct", "position"))
    if before is None or list(before.tags) != list(wanted.tags):
        tag_rows = {link.tag_id: link for link in article.tag_links.all()}
        tag_links = _tag_links(article, list(wanted.tags))
        _replace_links(ArticleTag, tag_rows, tag_links, compared=("date", "position"))


def _category_links(article: Article, chosen: list[int]) -> dict[int, ArticleCategory]:
    """Return a link for each chosen category and each one above it, by category id."""
    categories = Category.objects.in_bulk(chosen) if chosen else {}
    lineage = dict.fromkeys(pk for key in chosen for pk in categories[key].lineage_ids)
    return {
        category_id: ArticleCategory(
            article=article,
            category_id=category_id,
            date=article.date,
            direct=category_id in chosen,
            position=chosen.index(category_id) if category_id in chosen else 0,
        )
        for category_id in lineage
    }


def _tag_links(article: Article, chosen: list[int]) -> dict[int, ArticleTag]:
    return {
        tag_id: ArticleTag(
            content_object=article, tag_id=tag_id, date=article.date, position=position
        )
        for position, tag_id in enumerate(chosen)
    }


def _replace_links(
    model: type[Link],
    rows: dict[int, Link],
    wanted: dict[int, Link],
    *,
    compared: tuple[str, ...],
) -> None:
    links = model._default_manager
    gone = [rows[key].pk for key in rows.keys() - wanted.keys()]
    if gone:
        links.filter(pk__in=gone).delete()
    new = [link for key, link in wanted.items() if key not in rows]
    if new:
        links.bulk_create(new)
    changed = []
    for key in rows.keys() & wanted.keys():
        row, link = rows[key], wanted[key]
        if any(getattr(row, name) != getattr(link, name) for name in compared):
            link.pk = row.pk
            changed.append(link)
    if changed:
        links.bulk_update(changed, compared)
