"""What a reader knows before it reads anything: which version of the public content is served, and its time."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from django.db import router

from cms_news.models import DeliveryState
from cms_news.models.announcing import has_told, tell_announced
from cms_news.models.delivery_state import StateReading, fresh_generation

from .horizon import pass_horizon


@dataclass(frozen=True, slots=True)
class Moment:
    """The state of delivery as one request found it; everything that the request reads is of this moment."""

    at: datetime
    """What counts as the present."""
    names_generation: int
    using: str
    """The database that state and content are read from."""
    generation: int = 0
    """0 where there is no state."""
    filing_generation: int = 0
    changed_at: datetime | None = None
    """When the content last changed, for a header that tells seconds; None where that is not certain yet."""
    next_change_at: datetime | None = None
    """Where the present of this generation ends."""
    is_settled: bool = False
    """Whether everybody reads the same under this generation; otherwise nothing may be remembered."""

    @classmethod
    def of(cls, found: StateReading, *, using: str) -> Self:
        return cls(
            # Of what is not due, this lies between `as_of` and `next_change_at`: the time of the generation. What
            # is due belongs to no generation that is known, and is right by the time alone.
            at=found.at,
            names_generation=found.names_generation,
            using=using,
            generation=found.generation,
            filing_generation=found.filing_generation,
            changed_at=found.changed_at,
            next_change_at=found.next_change_at,
            is_settled=not found.is_due,
        )

    def unsettled(self) -> Self:
        """Return the same moment, of which nothing may be remembered."""
        return replace(self, is_settled=False)

    def is_as_good_as(self, later: "Moment") -> bool:
        """Return whether what was read at this moment may as well have been read at a `later` one."""
        if not self.generation or not later.generation:
            return self.generation == later.generation
        mine = (self.generation, self.names_generation)
        return mine == (later.generation, later.names_generation)


def read_moment(*, using: str | None = None) -> Moment:
    """Return the present moment of delivery. 1 query; it must be the first of the request.

    The first reader after a scheduled date or an expiry takes the state beyond it.
    """
    alias = using or router.db_for_read(DeliveryState)
    # Within a transaction that has written, what it wrote counts.
    tell_announced(using=alias)
    found = _read(alias)
    if not found.is_settled:
        pass_horizon(using=router.db_for_write(DeliveryState), seen_on=alias)
        found = _read(alias)
    # A generation is never given twice, but after a rollback a second may be.
    return replace(found, changed_at=None) if has_told(using=alias) else found


def _read(alias: str) -> Moment:
    found = DeliveryState.objects.using(alias).read()
    if isinstance(found, StateReading):
        return Moment.of(found, using=alias)
    # Without a state there is nothing that names could be remembered under, either.
    return Moment(at=found, names_generation=fresh_generation(), using=alias)
