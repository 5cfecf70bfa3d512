"""Categories, authors and tags with the number of their public articles: 1 query each, 2 for paths."""

from datetime import datetime
from typing import Any

from django.db.models import F, Func, IntegerField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from cms_news.models import Article, Author, Category, Tag


def _count_public(at: datetime, **link: Any) -> Coalesce:
    """Return the number of public articles with that link, counted in the query it is put into."""
    articles = Article.objects.public(at=at).filter(**link).order_by()
    # A subquery that selects an aggregate over all its rows, without Django's GROUP BY.
    counted = articles.annotate(number=Func(F("pk"), function="COUNT")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


def list_categories(*, at: datetime, **lookup: Any) -> list[Category]:
    """Return the categories of `lookup` in tree order, with `path_names` and `article_count`."""
    counted = _count_public(at, category_links__category=OuterRef("pk"))
    return (
        Category.objects.filter(**lookup)
        .annotate(article_count=counted)
        .in_tree_order()
        .with_path_names()
    )


def list_authors(*, at: datetime, **lookup: Any) -> list[Author]:
    """Return the authors of `lookup` by name, with `article_count`."""
    counted = _count_public(at, author=OuterRef("pk"))
    return list(Author.objects.filter(**lookup).annotate(article_count=counted))


def list_tags(*, at: datetime, **lookup: Any) -> list[Tag]:
    """Return the tags of `lookup` by name, with `article_count`."""
    counted = _count_public(at, tag_links__tag=OuterRef("pk"))
    return list(Tag.objects.filter(**lookup).annotate(article_count=counted))
