"""Whose articles are whose: which of them a user may see and change, besides Django's permissions.

The only definition of it. A project that has other rules names a class of its own in CMS_NEWS["ARTICLE_ACCESS"], most
easily a subclass of the one here.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.module_loading import import_string

from cms_news.conf import news_settings
from cms_news.models import Article, ArticleCategory, Category

OTHERS = "cms_news.work_on_others"
"""The permission without which somebody sees nothing but what they made, and changes nothing but their drafts."""
ALL_DESKS = "cms_news.work_on_all_desks"
"""The permission of those whom no desk keeps out."""


class ArticleAccess:
    """The rules of this app: own drafts, and desks.

    They narrow down what Django's permissions allow and never widen it. A superuser has all permissions.
    """

    def visible_to(self, user: Any) -> Q:
        """Return the condition under which an article is there for `user` at all."""
        return Q() if user.has_perm(OTHERS) else Q(created_by=user.pk)

    def changeable_by(self, user: Any) -> Q:
        """Return the condition under which `user` may write an article, move it to another state or delete it."""
        own = Q() if user.has_perm(OTHERS) else Q(created_by=user.pk, published=False)
        return own & self.in_desks_of(user)

    def in_desks_of(self, user: Any) -> Q:
        """Return the condition that none of an article's categories has a desk, or one that `user` belongs to."""
        if user.has_perm(ALL_DESKS):
            return Q()
        # Whatever stands above a chosen category has a link row too: a desk holds for all below it.
        links = ArticleCategory.objects.filter(article=OuterRef("pk"))
        with_desk = links.filter(category__in=desks().values("pk"))
        with_own = links.filter(category__in=desks_of(user).values("pk"))
        return ~Q(Exists(with_desk)) | Q(Exists(with_own))

    def closed_categories(self, user: Any, chosen: Iterable[Category]) -> list[Category]:
        """Return those of `chosen` under which `user` may not file. At most 2 queries."""
        categories = list(chosen)
        if not categories or user.has_perm(ALL_DESKS):
            return []
        above = {pk for category in categories for pk in category.lineage_ids}
        taken = set(desks().filter(pk__in=above).values_list("pk", flat=True))
        if not taken:
            return []
        own = set(desks_of(user).filter(pk__in=above).values_list("pk", flat=True))
        return [
            category
            for category in categories
            if taken.intersection(category.lineage_ids)
            and not own.intersection(category.lineage_ids)
        ]


def desks() -> QuerySet[Category]:
    """Return the categories that have a desk of their own."""
    has_people = Q(desk_groups__isnull=False) | Q(desk_users__isnull=False)
    return Category.objects.filter(has_people).order_by()


def desks_of(user: Any) -> QuerySet[Category]:
    """Return the categories whose desk `user` belongs to."""
    return Category.objects.filter(Q(desk_groups__user=user.pk) | Q(desk_users=user.pk)).order_by()


def article_access() -> ArticleAccess:
    """Return the rules in force."""
    return _load(news_settings.article_access)


@lru_cache(maxsize=8)
def _load(path: str) -> ArticleAccess:
    made: ArticleAccess = import_string(path)()
    return made


def visible_articles(user: Any) -> QuerySet[Article]:
    """Return the articles that are there for `user`."""
    return Article.objects.filter(article_access().visible_to(user))


def may_change(user: Any, article: Article) -> bool:
    """Return whether the rules let `user` write `article` as it is stored. 1 query, none where they say nothing."""
    condition = article_access().changeable_by(user)
    return not condition or Article.objects.filter(condition, pk=article.pk).exists()
