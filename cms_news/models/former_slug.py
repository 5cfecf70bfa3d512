from collections.abc import Collection
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from .article import SLUG_LENGTH, Article


class FormerSlugQuerySet(models.QuerySet["FormerSlug"]):
    def claim(self, slugs: Collection[str]) -> None:
        """Take `slugs` from the articles that had them: they belong to others now."""
        self.filter(slug__in=slugs).delete()

    def rename(self, article_id: int, *, old: str, new: str) -> None:
        """Note that this article was called `old` until now, and that `new` is nobody's past any more."""
        self.claim([new])
        row = self.model(slug=old, article_id=article_id)
        self.bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["slug"],
            update_fields=["article", "retired_at"],
        )

    def unclaimed(self) -> Self:
        """Return what no article is called now, in whatever state it is."""
        return self.exclude(Exists(Article.objects.filter(slug=OuterRef("slug"))))

    def forget_claimed(self) -> None:
        """Take from all articles what others are called now."""
        self.filter(Exists(Article.objects.filter(slug=OuterRef("slug")))).delete()


class FormerSlug(models.Model):
    """A slug that an article had: readers who still use it are sent to the one it has."""

    slug = models.SlugField(_("slug"), max_length=SLUG_LENGTH, unique=True, allow_unicode=True)
    article = models.ForeignKey(
        "Article",
        verbose_name=_("article"),
        on_delete=models.CASCADE,
        related_name="former_slugs",
    )
    retired_at = models.DateTimeField(_("given up"), auto_now_add=True)

    objects = FormerSlugQuerySet.as_manager()

    class Meta:
        verbose_name = _("former slug")
        verbose_name_plural = _("former slugs")
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(slug=""), name="cms_news_former_slug_has_slug"
            ),
        ]

    def __str__(self) -> str:
        return self.slug
