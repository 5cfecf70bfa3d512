"""Rows between an article and what it is filed under. They carry the article's date, so that "the newest
in this category" is one index range."""

from collections.abc import Collection, Iterable
from typing import Any, ClassVar, TypeVar

from django.db import models, router, transaction
from django.utils.translation import gettext_lazy as _
from taggit.models import ItemBase

from .announcing import announce
from .article import Article
from .delivery_state import Changes
from .tag import Tag

Link = TypeVar("Link", bound="LinkModel")


class LinkQuerySet(models.QuerySet[Link]):
    """Writes through it outdate what is stored for serving of the articles concerned.

    They do so first: whoever writes an article locks its row before those of its links.
    """

    def unguarded(self) -> models.QuerySet[Link]:
        """Return all link rows, to be written alone: for services, which render the own part themselves."""
        self._for_write = True
        return models.QuerySet(self.model, using=self.db)

    def update(self, **values: Any) -> int:
        self._for_write = True
        with transaction.atomic(using=self.db):
            before = dict(self.values_list("pk", self.model.article_key))
            outdate_articles(before.values(), using=self.db)
            result = super().update(**values)
            rows = self.unguarded().filter(pk__in=before)
            after = rows.values_list(self.model.article_key, flat=True)
            outdate_articles(set(after) - set(before.values()), using=self.db)
        return result

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        self._for_write = True
        with transaction.atomic(using=self.db):
            article_ids = set(self.values_list(self.model.article_key, flat=True))
            outdate_articles(article_ids, using=self.db)
            return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[Link], *args: Any, **kwargs: Any) -> list[Link]:
        links = list(objs)
        self._for_write = True
        with transaction.atomic(using=self.db):
            outdate_articles({link.linked_article_id for link in links}, using=self.db)
            return super().bulk_create(links, *args, **kwargs)


class LinkModel(models.Model):
    """A row that an article shows; saving or deleting it outdates what is stored of the article."""

    article_key: ClassVar[str]
    """The column that holds the article's id; taggit wants a name of its own for it."""

    class Meta:
        abstract = True

    def save(self, **kwargs: Any) -> None:
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using):
            # An article that the link is taken from shows it no more.
            before = set() if self._state.adding else self._stored_article_ids()
            outdate_articles({*before, self.linked_article_id}, using=using)
            super().save(**kwargs)

    def delete(self, **kwargs: Any) -> tuple[int, dict[str, int]]:  # type: ignore[override]
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using):
            outdate_articles({self.linked_article_id}, using=using)
            return super().delete(**kwargs)

    @property
    def linked_article_id(self) -> int:
        found: int = getattr(self, self.article_key)
        return found

    def _stored_article_ids(self) -> set[int]:
        rows = type(self)._default_manager.using(self._state.db).filter(pk=self.pk)
        return set(rows.values_list(self.article_key, flat=True))


def outdate_articles(ids: Collection[int], *, using: str) -> None:
    """Blank the own parts of those articles, which are going to be filed elsewhere."""
    if ids:
        Article.objects.using(using).filter(pk__in=ids).blank_own_parts()
        announce(Changes(filing=True), using=using)


class ArticleCategory(LinkModel):
    """An article's place in one category; every category above a chosen one has a row as well."""

    article_key = "article_id"

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

    objects = LinkQuerySet["ArticleCategory"].as_manager()

    class Meta:
        base_manager_name = "objects"
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
            models.Index(
                fields=["category", "-date", "-article"],
                condition=models.Q(direct=True),
                name="cms_news_chosen_category",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category}: {self.article}"


class ArticleTag(LinkModel, ItemBase):  # type: ignore[misc]
    """An article's tag, as taggit's through model."""

    article_key = "content_object_id"

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
        base_manager_name = "objects"
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

    def __str__(self) -> str:
        return f"{self.tag}: {self.content_object}"

    def save(self, **kwargs: Any) -> None:
        # taggit creates these rows itself and knows nothing of dates.
        if not self.date:
            self.date = self.content_object.date
            self.position = self.content_object.tag_links.count()
        super().save(**kwargs)
