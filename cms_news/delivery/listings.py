"""Categories, authors and tags with the number of their public articles."""

from typing import Any, TypeVar

from cms_news.models import Author, Category, Tag
from cms_news.models.names import NameModel

from .counts import count_public
from .state import Moment

Named = TypeVar("Named", bound=NameModel)


def list_categories(moment: Moment, **lookup: Any) -> list[Category]:
    """Return the categories of `lookup` in tree order, with `path_names` and `article_count`."""
    rows = Category.objects.using(moment.using).filter(**lookup).in_tree_order()
    return _with_counts(Category, rows.with_path_names(), moment)


def list_authors(moment: Moment, **lookup: Any) -> list[Author]:
    """Return the authors of `lookup` by name, with `article_count`."""
    return _with_counts(Author, list(Author.objects.using(moment.using).filter(**lookup)), moment)


def list_tags(moment: Moment, **lookup: Any) -> list[Tag]:
    """Return the tags of `lookup` by name, with `article_count`."""
    return _with_counts(Tag, list(Tag.objects.using(moment.using).filter(**lookup)), moment)


def _with_counts(model: type[NameModel], rows: list[Named], moment: Moment) -> list[Named]:
    numbers = count_public(model, [row.pk for row in rows], moment)
    for row in rows:
        row.article_count = numbers[row.pk]  # type: ignore[attr-defined]
    return rows
