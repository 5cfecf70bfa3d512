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
from cms_news.errors import NewsError, gettext_noop

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
        if kwargs.get("update_fields"):
            kwargs["update_fields"] = _with_folded(kwargs["update_fields"])
        return super().bulk_create(tags, *args, **kwargs)

    def update(self, **values: Any) -> int:
        if "name" in values and "folded" not in values:
            values["folded"] = _fold_value(values["name"])
        return super().update(**values)

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_update(
        self, objs: Iterable["Tag"], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        tags, names = list(objs), _with_folded(fields)
        if "name" in names:
            for tag in tags:
                tag.complete()
        return super().bulk_update(tags, names, batch_size=batch_size)


def _with_folded(fields: Iterable[str]) -> list[str]:
    """Return the names of columns, with the one that follows from the name where that is among them."""
    names = list(fields)
    return [*names, "folded"] if "name" in names and "folded" not in names else names


def _fold_value(name: Any) -> str:
    if not isinstance(name, str):
        raise NewsError(
            gettext_noop(
                "{value}: a tag's new name has to be text, as its folded form follows from it; "
                "save the tags one by one"
            ),
            value=str(name)[:60],
        )
    return fold_name(name)


class Tag(NameModel, TagBase):  # type: ignore[misc]
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
        permissions = [("merge_tag", _("Can merge tags"))]

    def complete(self) -> None:
        """Fill in what follows from the name."""
        self.folded = fold_name(self.name)
        if not self.slug:
            self.slug = choose_slug(Tag.objects.exclude(pk=self.pk), self.name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.complete()
        if kwargs.get("update_fields"):
            kwargs["update_fields"] = _with_folded(kwargs["update_fields"])
        super().save(*args, **kwargs)
