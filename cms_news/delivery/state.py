"""What a reader knows before it reads anything: which version of the public content is served, and its time."""

from dataclasses import dataclass
from datetime import datetime

from django.db import router
from django.utils import timezone

from cms_news.models import DeliveryState


@dataclass(frozen=True, slots=True)
class Moment:
    """The state of delivery as one request found it; everything that the request reads is of this moment."""

    at: datetime
    """What counts as the present."""
    names_generation: int
    using: str
    """The database that state and content are read from."""


def read_moment(*, using: str | None = None) -> Moment:
    """Return the present moment of delivery. 1 query; it must be the first of the request."""
    alias = using or router.db_for_read(DeliveryState)
    state = DeliveryState.objects.using(alias).current()
    return Moment(at=timezone.now(), names_generation=state.names_generation, using=alias)
