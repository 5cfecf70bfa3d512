"""What an article is to readers at some moment."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class ArticleState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SCHEDULED = "scheduled", _("Scheduled")
    PUBLIC = "public", _("Published")
    EXPIRED = "expired", _("Expired")
    TRASHED = "trashed", _("In the trash")


def find_state(
    *,
    at: datetime,
    date: datetime,
    published: bool,
    expires_at: datetime | None = None,
    is_trashed: bool = False,
) -> ArticleState:
    """Return what an article with these values is at the moment `at`."""
    if is_trashed:
        return ArticleState.TRASHED
    if not published:
        return ArticleState.DRAFT
    if expires_at and expires_at <= at:
        return ArticleState.EXPIRED
    return ArticleState.SCHEDULED if date > at else ArticleState.PUBLIC
