"""The ids behind the slugs of authors, categories and tags, remembered per process like their names.

With an id in the statement the planner knows how common it is; with a slug it would have to guess.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from cms_news.models.names import NameModel

from .state import Moment

Key = tuple[type[NameModel], str]


@dataclass(frozen=True, slots=True)
class _SlugIds:
    """Ids by kind and slug. A slug that nobody has is not kept, or strangers could fill the memory."""

    generation: int
    ids: Mapping[Key, int] = field(default_factory=dict)


_remembered: dict[str, _SlugIds] = {}
"""The newest ones by database alias. Replaced whole, never changed, so threads need no lock."""


def ids_of(model: type[NameModel], slugs: Collection[str], moment: Moment) -> list[int]:
    """Return the ids behind those of `slugs` that somebody has. 1 query where one of them is not known yet."""
    known = _remembered.get(moment.using)
    if known is None or known.generation != moment.names_generation:
        known = _SlugIds(moment.names_generation)
    unknown = [slug for slug in slugs if (model, slug) not in known.ids]
    if unknown:
        rows: QuerySet[Any] = model._default_manager.using(moment.using).all()
        pairs = rows.filter(slug__in=unknown).order_by().values_list("slug", "pk")
        found = {(model, slug): pk for slug, pk in pairs}
        known = _SlugIds(known.generation, {**known.ids, **found})
        _remembered[moment.using] = known
    return [known.ids[model, slug] for slug in slugs if (model, slug) in known.ids]
