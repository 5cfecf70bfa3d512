"""The one row that tells readers whether what they remember still holds."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from django.db import connections, models
from django.utils.translation import gettext_lazy as _

from .driver import has_psycopg3
from .state_sql import read_row, write_bump, write_bump_and_commit

SINGLE_ROW_ID = 1
MAX_LAG = timedelta(minutes=10)
"""Clocks that differ by more are not in step: the one that is ahead was wrong."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a write makes different for readers, beyond what an article says."""

    names: bool = False
    """Authors, categories or tags."""
    filing: bool = False
    """Which articles are released, or what they are filed under."""
    dates: frozenset[datetime] | None = frozenset()
    """When a released article may come or go by itself; None where nobody knows."""

    def __or__(self, other: Self) -> Self:
        is_known = self.dates is not None and other.dates is not None
        return type(self)(
            names=self.names or other.names,
            filing=self.filing or other.filing,
            dates=self.dates | other.dates if is_known else None,  # type: ignore[operator]
        )


EVERYTHING = Changes(names=True, filing=True, dates=None)


@dataclass(frozen=True, slots=True)
class StateReading:
    """The state row, and the database's clock when it was read."""

    generation: int
    names_generation: int
    filing_generation: int
    next_change_at: datetime | None
    as_of: datetime
    changed_at: datetime
    now: datetime

    @property
    def at(self) -> datetime:
        """What counts as the present: a clock that lags behind what was served already is not believed."""
        return self.now if self._was_ahead else max(self.now, self.as_of)

    @property
    def is_due(self) -> bool:
        """Whether an article has come or gone by itself, for all that is known."""
        is_past = self.next_change_at is not None and self.next_change_at <= self.at
        return is_past or self._was_ahead

    @property
    def _was_ahead(self) -> bool:
        # Nobody is to see next year's articles for a year because a clock was wrong for a second.
        return self.as_of - self.now > MAX_LAG


COLUMNS = (
    "generation",
    "names_generation",
    "filing_generation",
    "next_change_at",
    "as_of",
    "changed_at",
)


class DeliveryStateQuerySet(models.QuerySet["DeliveryState"]):
    def read(self) -> StateReading | datetime:
        """Return the state, or only the database's clock where there is no row. 1 query."""
        connection = connections[self.db]
        row = read_row(connection, self.model._meta.db_table, COLUMNS, pk=SINGLE_ROW_ID)
        return row[-1] if row[0] is None else StateReading(*row)

    def bump(self, changes: Changes) -> None:
        """Give the generations that `changes` outdate numbers they never had.

        Locks the row until the transaction ends: let it be the last statement; see `announcing`.
        """
        if not self._write_bump(changes):
            self.ensure_row()
            self._write_bump(changes)

    def ensure_row(self) -> None:
        """Make the row where there is none; its horizon is due at once."""
        # Ignoring conflicts takes no savepoint, and no harm where another process is faster.
        self.bulk_create([self.model(pk=SINGLE_ROW_ID)], ignore_conflicts=True)

    def bump_and_commit(self, changes: Changes) -> bool:
        """Bump and end the transaction in one step; return False, having done nothing, where there is none."""
        connection = connections[self.db]
        if not has_psycopg3(connection):
            return False
        row = {name: fresh_generation() for name in COLUMNS if name.endswith("generation")}
        write_bump_and_commit(
            connection,
            self.model._meta.db_table,
            _outdated(changes),
            dates=_dates(changes),
            row={
                "id": SINGLE_ROW_ID,
                **row,
                "next_change_at": LONG_AGO,
                "as_of": None,
                "changed_at": None,
            },
        )
        return True

    def _write_bump(self, changes: Changes) -> int:
        self._for_write = True
        return write_bump(
            connections[self.db],
            self.model._meta.db_table,
            _outdated(changes),
            dates=_dates(changes),
            pk=SINGLE_ROW_ID,
        )


def _outdated(changes: Changes) -> dict[str, int]:
    """Return new numbers for the generations that `changes` outdate."""
    generations = {"generation": fresh_generation()}
    if changes.names:
        generations["names_generation"] = fresh_generation()
    if changes.filing:
        generations["filing_generation"] = fresh_generation()
    return generations


def _dates(changes: Changes) -> list[datetime] | None:
    return None if changes.dates is None else sorted(changes.dates)


class DeliveryState(models.Model):
    """What is served now.

    Generations are random. A counter would come back after a rollback, or with a restored backup, and what
    somebody remembered of a transaction that never was would be taken for the truth.
    """

    generation = models.BigIntegerField(
        _("generation"),
        default=0,
        help_text=_("Changes whenever anything public may have changed."),
    )
    names_generation = models.BigIntegerField(
        _("names generation"),
        default=0,
        help_text=_("Changes whenever an author, a category or a tag does."),
    )
    filing_generation = models.BigIntegerField(
        _("filing generation"),
        default=0,
        help_text=_("Changes whenever numbers of public articles may have changed."),
    )
    next_change_at = models.DateTimeField(
        _("next change"),
        null=True,
        default=LONG_AGO,
        help_text=_("Not after the next moment at which an article comes or goes by itself."),
    )
    as_of = models.DateTimeField(
        _("as of"),
        default=LONG_AGO,
        help_text=_("What is served is not of an earlier moment, whatever a clock says."),
    )
    changed_at = models.DateTimeField(
        _("changed"),
        default=LONG_AGO,
        help_text=_("For Last-Modified: at least a second later with each change."),
    )

    objects = DeliveryStateQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery state")
        verbose_name_plural = _("delivery state")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pk=SINGLE_ROW_ID), name="cms_news_delivery_state_single_row"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.generation}, names {self.names_generation}"


def fresh_generation() -> int:
    """Return a number that no generation ever was."""
    return secrets.randbits(62) + 1
