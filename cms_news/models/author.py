from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from .names import SLUG_LENGTH, NameModel, NameQuerySet, choose_slug


class AuthorQuerySet(NameQuerySet["Author"]):
    pass


class Author(NameModel):
    """Who wrote an article: a person, an agency, a desk."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    slug = models.SlugField(
        _("slug"),
        max_length=SLUG_LENGTH,
        unique=True,
        allow_unicode=True,
        blank=True,
        help_text=_("The name in addresses. Left empty, it is made from the name."),
    )
    url = models.CharField(
        _("address"), max_length=2000, blank=True, help_text=_("The author's own page, if any.")
    )
    bio = models.TextField(_("about"), blank=True)

    objects = AuthorQuerySet.as_manager()

    class Meta:
        verbose_name = _("author")
        verbose_name_plural = _("authors")
        ordering = ["name"]
        permissions = [("merge_author", _("Can merge authors"))]

    def __str__(self) -> str:
        return self.name

    def save(self, **kwargs: Any) -> None:
        if not self.slug:
            self.slug = choose_slug(Author.objects.exclude(pk=self.pk), self.name)
        super().save(**kwargs)
