from collections.abc import Iterable, Mapping
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.utils.translation import gettext_lazy as _

if not apps.is_installed("taggit"):
    # taggit's own models can't be imported otherwise, and Django's message would not say what to do.
    raise ImproperlyConfigured(
        'cms_news needs "taggit" in INSTALLED_APPS; add it beside "cms_news".'
    )

from taggit.models import TagBase

from cms_news.content.folding import fold_name

from .names import NameModel, NameQuerySet, choose_slug


class TagQuerySet(NameQuerySet["Tag"]):
    def get_or_create(
        self, defaults: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> tuple["Tag", bool]:
        """Return the tag of that name in whatever case or width it is written, and whether it is new."""
        if "name" in kwargs:
            name = kwargs.pop("name")
            kwargs["folded"] = fold_name(name)
            defaults = {"name": name, **(defaults or {})}
        return super().get_or_create(defaults, **kwargs)

    def bulk_create(self, objs: Iterable["Tag"], *args: Any, **kwargs: Any) -> list["Tag"]:
        tags = list(objs)
        for tag in tags:
            tag.complete()
        return super().bulk_create(tags, *args, **kwargs)


class Tag(NameModel, TagBase):  # type: ignore[misc,django-manager-missing]
    """A word that articles share. taggit's, but our own: hosts may set taggit up as they like."""

    folded = models.CharField(
        max_length=400,
        unique=True,
        editable=False,
        help_text=_("The name with case and width folded, so that one word is one tag."),
    )

    name: str
    slug: str

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def complete(self) -> None:
        """Fill in what follows from the name."""
        self.folded = fold_name(self.name)
        if not self.slug:
            self.slug = choose_slug(Tag.objects.exclude(pk=self.pk), self.name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.complete()
        super().save(*args, **kwargs)
