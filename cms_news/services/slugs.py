"""Slugs that no other article has."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models

from cms_news.content.slugs import free_slug
from cms_news.models import Article, FormerSlug
from cms_news.models.article import SLUG_LENGTH
from cms_news.models.names import numbered_prefix


@dataclass(frozen=True, slots=True)
class ChosenSlugs:
    """A free slug for each article, in order."""

    slugs: Sequence[str]
    claimed: Sequence[str]
    """Those of them that another article may once have had; they are no more that article's."""


def choose_slugs(wanted: Sequence[str]) -> ChosenSlugs:
    """Return a free slug for each one wanted, numbered where it is taken. 1 query where none is."""
    taken, given_up = _find_slugs(wanted)
    chosen: list[str] = []
    for slug in wanted:
        if slug in taken:
            alike = Article.objects.filter(
                slug__startswith=numbered_prefix(slug, max_length=SLUG_LENGTH)
            )
            taken |= set(alike.values_list("slug", flat=True))
        chosen.append(free_slug(slug, taken, max_length=SLUG_LENGTH))
        taken.add(chosen[-1])
    known_as_new = set(wanted) - given_up
    return ChosenSlugs(chosen, [slug for slug in chosen if slug not in known_as_new])


def _find_slugs(wanted: Sequence[str]) -> tuple[set[str], set[str]]:
    """Return which of the slugs articles have, and which they only had."""
    now, then = (
        rows.filter(slug__in=wanted).order_by().values_list("slug", models.Value(is_former))
        for rows, is_former in ((Article.objects.all(), False), (FormerSlug.objects.all(), True))
    )
    found = list(now.union(then, all=True).order_by())
    return (
        {slug for slug, is_former in found if not is_former},
        {slug for slug, is_former in found if is_former},
    )
