"""The one row that tells readers whether what they remember still holds."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import models, router, transaction
from django.utils.translation import gettext_lazy as _

SINGLE_ROW_ID = 1
_WAITING = "cms_news_waiting_renewals"
"""Attribute of a connection, present while a block collects renewals."""


class DeliveryStateQuerySet(models.QuerySet["DeliveryState"]):
    def current(self) -> "DeliveryState":
        """Return the state row, or an unsaved one where nothing has been written yet."""
        return self.filter(pk=SINGLE_ROW_ID).first() or self.model(pk=SINGLE_ROW_ID)

    def renew_names(self) -> None:
        """Give `names_generation` a value it never had, as part of the transaction at hand.

        Inside `renewing_names_last` that waits for the end of the block. A plain counter would come back
        after a rollback and let a process take what it remembered from the transaction that never was for
        the truth; a random value does not.
        """
        waiting = getattr(transaction.get_connection(self.db), _WAITING, None)
        if waiting is not None:
            waiting.add("names")
            return
        generation = secrets.randbits(62)
        if not self.filter(pk=SINGLE_ROW_ID).update(names_generation=generation):
            self.update_or_create(pk=SINGLE_ROW_ID, defaults={"names_generation": generation})


class DeliveryState(models.Model):
    """What is served now; the public generation and its horizon find their place beside the names'."""

    names_generation = models.BigIntegerField(
        _("names generation"),
        default=0,
        help_text=_("Changes whenever an author, a category or a tag does."),
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
        return f"names {self.names_generation}"


@contextmanager
def renewing_names_last() -> Iterator[None]:
    """Run the block in a transaction and renew the names' generation, if it has to be, as its last statement.

    The state row is every writer's: whoever holds it while still working keeps all others waiting.
    """
    using = router.db_for_write(DeliveryState)
    connection = transaction.get_connection(using)
    with transaction.atomic(using=using):
        if getattr(connection, _WAITING, None) is not None:
            yield
            return
        waiting: set[str] = set()
        setattr(connection, _WAITING, waiting)
        try:
            yield
        finally:
            delattr(connection, _WAITING)
        if waiting:
            DeliveryState.objects.using(using).renew_names()
