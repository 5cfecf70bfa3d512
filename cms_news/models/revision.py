"""What an article said, kept with every save."""

import json
import zlib
from collections.abc import Mapping
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

NOTE_LENGTH = 500
NAME_LENGTH = 254
COMPRESSION = 1
"""The fastest: a Chinese article takes half of its bytes, and a better one would save a tenth more."""


class Reason(models.TextChoices):
    """Why an article was saved."""

    CREATED = "created", _("Created")
    IMPORTED = "imported", _("Imported")
    EDITED = "edited", _("Edited")
    PUBLISHED = "published", _("Published")
    SCHEDULED = "scheduled", _("Scheduled")
    UNPUBLISHED = "unpublished", _("Made a draft")
    TRASHED = "trashed", _("Moved to the trash")
    RETRIEVED = "retrieved", _("Taken out of the trash")
    RESTORED = "restored", _("Earlier revision restored")
    UNDONE = "undone", _("Undone")
    FOUND = "found", _("Found before the next save")


class RevisionQuerySet(models.QuerySet["Revision"]):
    def of(self, article_id: int) -> Self:
        return self.filter(article=article_id)

    def newest_first(self) -> Self:
        return self.order_by("-version")

    def without_documents(self) -> Self:
        """Return the revisions for a list: what they say stays in the database."""
        return self.defer("document")


class Revision(models.Model):
    """One state of an article: what it said, who saved it, when and why. Never edited.

    Services write it in the transaction of the save. Its `document` holds what a file of the article would, and
    is compressed.
    """

    article = models.ForeignKey(
        "Article",
        verbose_name=_("article"),
        on_delete=models.CASCADE,
        related_name="revisions",
        db_index=False,  # cms_news_revision_of_version begins with it
    )
    version = models.PositiveIntegerField(_("version"), help_text=_("That of the article."))
    reason = models.CharField(_("reason"), max_length=12, choices=Reason.choices)
    note = models.CharField(_("note"), max_length=NOTE_LENGTH, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    user_name = models.CharField(
        _("name of the user"),
        max_length=NAME_LENGTH,
        blank=True,
        help_text=_("As it was then; it stays when the user goes."),
    )
    saved_at = models.DateTimeField(_("saved"), default=timezone.now)
    document = models.BinaryField()

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ["-version"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["article", "version"], name="cms_news_revision_of_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} v{self.version}"


def pack_document(said: Mapping[str, Any], *, head: str, body: str) -> bytes:
    """Return what `unpack_document` takes apart again.

    `said` is what the article says, as JSON values; `head` the front matter of its file as an export would
    write it, where it came from one.
    """
    text = json.dumps({"said": said, "head": head, "body": body}, ensure_ascii=False)
    # Nothing that can't be encoded is stored in an article; should it ever be, it is no reason to lose a text.
    return zlib.compress(text.encode("utf-8", "surrogatepass"), COMPRESSION)


def unpack_document(packed: bytes | memoryview) -> tuple[dict[str, Any], str, str]:
    """Return what was said, the head and the body."""
    kept = json.loads(zlib.decompress(packed).decode("utf-8", "surrogatepass"))
    return kept["said"], kept["head"], kept["body"]
