"""What authors, categories and tags share: a name, a slug, and readers who remember both."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.db import models, router, transaction

from cms_news.content.slugs import fallback_slug, free_slug, slugify_text

from .announcing import announce
from .delivery_state import Changes

SLUG_LENGTH = 100

Named = TypeVar("Named", bound=models.Model)
Result = TypeVar("Result")


RENAMED = Changes(names=True, filing=True)
"""Whatever is written of a name; a row may also have come or gone, and its number of articles with it."""


class NameQuerySet(models.QuerySet[Named]):
    """A QuerySet whose every write tells the readers that names have changed."""

    def update(self, **values: Any) -> int:
        return self._renewing(lambda: super(NameQuerySet, self).update(**values))

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        return self._renewing(lambda: super(NameQuerySet, self).delete())

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[Named], *args: Any, **kwargs: Any) -> list[Named]:
        return self._renewing(lambda: super(NameQuerySet, self).bulk_create(objs, *args, **kwargs))

    def _renewing(self, write: Callable[[], Result]) -> Result:
        self._for_write = True
        with transaction.atomic(using=self.db):
            result = write()
            announce(RENAMED, using=self.db)
        return result


class NameModel(models.Model):
    """A thing with a name that articles show; saving or deleting one renews the names' generation."""

    class Meta:
        abstract = True

    def save(self, **kwargs: Any) -> None:
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using):
            super().save(**kwargs)
            announce(RENAMED, using=using)

    def delete(self, **kwargs: Any) -> tuple[int, dict[str, int]]:  # type: ignore[override]
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using):
            result = super().delete(**kwargs)
            announce(RENAMED, using=using)
        return result


def choose_slug(queryset: models.QuerySet[Any], name: str, *, parent_slug: str = "") -> str:
    """Return a slug for `name` that `queryset` does not hold: plain, under `parent_slug`, or numbered."""
    base = slugify_text(name, max_length=SLUG_LENGTH) or fallback_slug(name)
    candidates = [base]
    if parent_slug:
        candidates.append(f"{parent_slug}-{base}"[:SLUG_LENGTH].rstrip("-_"))
    alike = models.Q(slug__in=candidates) | models.Q(
        slug__startswith=numbered_prefix(base, max_length=SLUG_LENGTH)
    )
    taken = set(queryset.filter(alike).values_list("slug", flat=True))
    for candidate in candidates:
        if candidate not in taken:
            return candidate
    return free_slug(base, taken, max_length=SLUG_LENGTH)


def numbered_prefix(slug: str, *, max_length: int) -> str:
    """Return what every slug begins with that `free_slug` can make of `slug`, numbers up to 7 digits."""
    return slug[: max_length - 8].rstrip("-_")
