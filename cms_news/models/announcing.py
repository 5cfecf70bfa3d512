"""Telling readers what a transaction changed, in its last statement.

Whoever holds the state row while still working keeps all other writers waiting, and may deadlock with them. So
writers only announce; what they announced is collected on the connection and bumps the row once, right before
COMMIT of the outermost block, whoever opened that. Django has no hook there: the connection's `commit` gets one.

At once instead, where no such moment comes or somebody can't wait for it:

* where autocommit is off and the host commits by hand;
* when the transaction itself reads the state, as in a test that is rolled back at its end.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import router, transaction
from django.db.transaction import TransactionManagementError
from django.utils.timezone import is_aware

from .delivery_state import EVERYTHING, Changes, DeliveryState

_ANNOUNCED = "cms_news_announced"
"""Attribute of a connection, from its first announcement on."""


class _Announced:
    """What the transaction at hand has changed."""

    def __init__(self) -> None:
        self.waiting: Changes | None = None
        """Not told yet."""
        self.told: Changes | None = None
        """Told within the transaction already."""

    def add(self, changes: Changes) -> None:
        self.waiting = self.waiting | changes if self.waiting else changes

    def tell(self, using: str) -> None:
        if self.waiting:
            DeliveryState.objects.using(using).bump(self.waiting)
            self.count_as_told(self.waiting)
            self.waiting = None

    def tell_and_commit(self, using: str) -> None:
        """Tell it and end the transaction, at one stroke where the database can; the caller commits anyhow."""
        if self.waiting and not DeliveryState.objects.using(using).bump_and_commit(self.waiting):
            self.tell(using)

    def count_as_told(self, changes: Changes) -> None:
        self.told = self.told | changes if self.told else changes

    def take_back(self) -> None:
        """Take what was told for untold: the telling may have been rolled back, and not all that it told of."""
        if self.told:
            self.add(self.told)
        self.told = None

    def forget(self) -> None:
        self.waiting = self.told = None


def announce(changes: Changes, *, using: str) -> None:
    """Let the transaction at hand tell `changes` to readers. Raises TransactionManagementError outside one."""
    connection: Any = transaction.get_connection(using)
    if not connection.in_atomic_block:
        raise TransactionManagementError("A change is announced in the transaction that makes it.")
    announced = _watch(connection)
    announced.add(changes)
    if not connection.commit_on_exit:
        announced.tell(using)


def announce_change(*, using: str | None = None) -> None:
    """Let readers know that anything may have changed: for writes that went past the models.

    Call it in an atomic block, that of the write.
    """
    announce(EVERYTHING, using=using or router.db_for_write(DeliveryState))


def tell_announced(*, using: str) -> None:
    """Bump the state row by what was announced on this connection and not told yet, if anything was."""
    announced: _Announced | None = getattr(transaction.get_connection(using), _ANNOUNCED, None)
    if announced:
        announced.tell(using)


def count_as_told(changes: Changes, *, using: str) -> None:
    """Take note that the transaction at hand, if there is one, has told `changes` by itself."""
    connection: Any = transaction.get_connection(using)
    if connection.in_atomic_block:
        _watch(connection).count_as_told(changes)


def has_told(*, using: str) -> bool:
    """Return whether the state row says what the transaction at hand wrote there, and may yet take back."""
    announced: _Announced | None = getattr(transaction.get_connection(using), _ANNOUNCED, None)
    return announced is not None and announced.told is not None


def _watch(connection: Any) -> _Announced:
    """Return what is announced on this connection, and let its transactions end with telling or forgetting it."""
    found: _Announced | None = getattr(connection, _ANNOUNCED, None)
    if found:
        return found
    announced = _Announced()
    setattr(connection, _ANNOUNCED, announced)
    commit, rollback = connection.commit, connection.rollback
    roll_back_to_savepoint = connection.savepoint_rollback

    def tell_and_commit() -> None:
        announced.tell_and_commit(connection.alias)
        # Where it is done already, this is left to Django's own books.
        commit()
        announced.forget()

    def forget_and_roll_back() -> None:
        announced.forget()
        rollback()

    def take_back_and_roll_back(sid: str) -> None:
        announced.take_back()
        roll_back_to_savepoint(sid)

    connection.commit, connection.rollback = tell_and_commit, forget_and_roll_back
    connection.savepoint_rollback = take_back_and_roll_back
    return announced


def known_dates(values: Iterable[Any]) -> frozenset[datetime] | None:
    """Return the moments among `values`, or None if one of them is neither a moment nor None."""
    found = [value for value in values if value is not None]
    if all(isinstance(value, datetime) and is_aware(value) for value in found):
        return frozenset(found)
    return None
