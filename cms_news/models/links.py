"""Rows between an article and what it is filed under. They carry the article's date, so that "the newest
in this category" is one index range."""

from typing import Any, TypeVar

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from taggit.models import ItemBase

from .article import Article
from .tag import Tag

Link = TypeVar("Link", bound=models.Model)


class LinkQuerySet(models.QuerySet[Link]):
    """Deletes through it outdate what is stored for serving of the articles concerned."""

    def delete(self) -> tuple[int, dict[str, int]]:
        with transaction.atomic(using=self.db):
            article_ids = list(self.values_list("content_object_id", flat=True))
            result = super().delete()
            Article.objects.using(self.db).filter(pk__in=article_ids).blank_own_parts()
        return result

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class ArticleCategory(models.Model):
    """An article's place in one category; every category above a chosen one has a row as well."""

    article = models.ForeignKey(
        "Article",
        verbose_name=_("article"),
        on_delete=models.CASCADE,
        related_name="category_links",
    )
    category = models.ForeignKey(
        "Category",
        verbose_name=_("category"),
        on_delete=models.PROTECT,
        related_name="article_links",
    )
    date = models.DateTimeField(_("date"), help_text=_("The article's date."))
    direct = models.BooleanField(
        _("chosen"), help_text=_("Chosen for the article, not merely above a category that was.")
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("The order in which the categories were chosen.")
    )

    class Meta:
        verbose_name = _("category of an article")
        verbose_name_plural = _("categories of articles")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "category"], name="cms_news_articlecategory_once"
            ),
        ]
        indexes = [
            models.Index(fields=["category", "-date", "-article"], name="cms_news_in_category"),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} in {self.category_id}"


class ArticleTag(ItemBase):  # type: ignore[misc]
    """An article's tag, as taggit's through model."""

    content_object = models.ForeignKey(
        "Article",
        verbose_name=_("article"),
        on_delete=models.CASCADE,
        related_name="tag_links",
    )
    tag = models.ForeignKey(
        Tag, verbose_name=_("tag"), on_delete=models.CASCADE, related_name="article_links"
    )
    date = models.DateTimeField(_("date"), help_text=_("The article's date."))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = LinkQuerySet["ArticleTag"].as_manager()

    class Meta:
        verbose_name = _("tag of an article")
        verbose_name_plural = _("tags of articles")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["content_object", "tag"], name="cms_news_articletag_once"
            ),
        ]
        indexes = [
            models.Index(fields=["tag", "-date", "-content_object"], name="cms_news_with_tag"),
        ]

    def save(self, **kwargs: Any) -> None:
        # taggit creates these rows itself and knows nothing of dates.
        if not self.date:
            self.date = self.content_object.date
            self.position = self.content_object.tag_links.count()
        super().save(**kwargs)
        Article.objects.filter(pk=self.content_object_id).blank_own_parts()
