"""Lists with the number of articles behind each row, counted in the query of the list."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import F, Func, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cms_news.models import Article
from cms_news.services.access import article_access

from .base import NewsAdmin

MANY = 100
"""Up to so many articles are named one by one where a row is to be deleted."""


def count_articles(link: str, user: Any, *, is_public: bool = False) -> Coalesce:
    """Return the number of articles outside the trash, or of public ones, that have the row as their `link`.

    Only those that `user` may see.
    """
    chosen = Article.objects.public() if is_public else Article.objects.alive()
    visible = chosen.filter(article_access().visible_to(user))
    articles = visible.filter(**{link: OuterRef("pk")}).order_by()
    # A subquery that selects an aggregate over all its rows, without Django's GROUP BY.
    counted = articles.annotate(number=Func(F("pk"), function="COUNT")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


class CountedChangeList(ChangeList):
    """Rows with `article_count` and `public_count`."""

    model_admin: "CountedAdmin"

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request, *args, **kwargs)
        link = self.model_admin.article_link
        counted: QuerySet[Any] = rows.annotate(
            article_count=count_articles(link, request.user),
            public_count=count_articles(link, request.user, is_public=True),
        )
        return counted


class CountedAdmin(NewsAdmin):
    """A screen of something that articles refer to."""

    article_link: str
    """The lookup from an article to the row."""
    article_filter: str
    """The parameter of the article list that takes a row's id."""
    list_per_page = 100

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CountedChangeList

    @admin.display(description=_("articles"))
    def articles_shown(self, row: Any) -> SafeString:
        """Return the number as a link to those articles."""
        return format_html('<a href="{}">{}</a>', self.address_of_articles(row), row.article_count)

    @admin.display(description=_("public"))
    def public_shown(self, row: Any) -> SafeString:
        """Return the number of those that readers see as a link to them."""
        address = self.address_of_articles(row)
        return format_html('<a href="{}&amp;state=public">{}</a>', address, row.public_count)

    def address_of_articles(self, row: Any) -> str:
        """Return where the list of the articles is that refer to `row`."""
        address = reverse(f"{self.admin_site.name}:cms_news_article_changelist")
        return f"{address}?{self.article_filter}={row.pk}"

    def count_referring(self, rows: Any) -> int:
        """Return how many articles refer to `rows`, the trash included."""
        keys = [row.pk for row in rows]
        return Article.objects.filter(**{f"{self.article_link}__in": keys}).distinct().count()

    def name_referring(self, count: int) -> str:
        return ngettext(
            "{count} article, the trash included", "{count} articles, the trash included", count
        ).format(count=count)
