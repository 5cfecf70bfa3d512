"""Which authors, categories and tags readers get to see, and in which order.

A name shows only with an article that shows: the tag of nothing but drafts would tell what they are about.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.db.models import CharField, Exists, OuterRef, QuerySet, Subquery

from cms_news.models import Article, Author, Category, Tag
from cms_news.models.names import NameModel
from cms_news.models.orders import Order

from .state import Moment

NAME_ORDERS: Mapping[type[NameModel], Order] = MappingProxyType(
    {
        Author: Order("name", CharField()),
        Category: Order("tree_path", CharField()),
        Tag: Order("name", CharField()),
    }
)
_LINKS: Mapping[type[NameModel], str] = MappingProxyType(
    {Author: "author", Category: "category_links__category", Tag: "tag_links__tag"}
)


def shown_names(model: type[NameModel], moment: Moment) -> QuerySet[Any]:
    """Return the rows of `model` under which a public article is filed, of categories also those above.

    Made to be sliced: each row is looked at by itself, in the order of the slice.
    """
    # As an EXISTS, PostgreSQL makes a join of it and reads all articles for a page of names.
    first = _filed(model, moment).values("pk")[:1]
    rows = model._default_manager.using(moment.using).alias(first_public=Subquery(first))
    shown: QuerySet[Any] = rows.filter(first_public__isnull=False)
    return shown


def count_names(model: type[NameModel], moment: Moment) -> int:
    """Return how many there are of them."""
    rows: QuerySet[Any] = model._default_manager.using(moment.using).all()
    return rows.filter(Exists(_filed(model, moment))).count()


def _filed(model: type[NameModel], moment: Moment) -> QuerySet[Article]:
    public = Article.objects.using(moment.using).public(at=moment.at).order_by()
    link: dict[str, Any] = {_LINKS[model]: OuterRef("pk")}
    return public.filter(**link)
