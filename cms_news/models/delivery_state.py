"""The one row that tells readers whether what they remember still holds."""

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

SINGLE_ROW_ID = 1


class DeliveryStateQuerySet(models.QuerySet["DeliveryState"]):
    def current(self) -> "DeliveryState":
        """Return the state row, or an unsaved one where nothing has been written yet."""
        return self.filter(pk=SINGLE_ROW_ID).first() or self.model(pk=SINGLE_ROW_ID)

    def renew_names(self) -> None:
        """Give `names_generation` a value it never had, as part of the transaction at hand.

        A plain counter would come back after a rollback and let a process take what it remembered from
        the transaction that never was for the truth; a random value does not.
        """
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
