"""The buttons below an article that move it from state to state."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from cms_news.models import Article, ArticleState, Reason

from .permissions import may

OFFERED = {
    ArticleState.DRAFT: (Reason.PUBLISHED, Reason.SCHEDULED, Reason.TRASHED),
    ArticleState.SCHEDULED: (
        Reason.PUBLISHED,
        Reason.SCHEDULED,
        Reason.UNPUBLISHED,
        Reason.TRASHED,
    ),
    ArticleState.PUBLIC: (Reason.UNPUBLISHED, Reason.TRASHED),
    ArticleState.EXPIRED: (Reason.PUBLISHED, Reason.UNPUBLISHED, Reason.TRASHED),
    ArticleState.TRASHED: (Reason.RETRIEVED,),
}
PAGES = {
    Reason.PUBLISHED: "publish",
    Reason.SCHEDULED: "schedule",
    Reason.UNPUBLISHED: "draft",
    Reason.TRASHED: "trash",
    Reason.RETRIEVED: "restore",
}


@dataclass(frozen=True, slots=True)
class StateButton:
    """A button: it posts to its address, or leads there where something is asked first."""

    label: str
    address: str
    kind: str
    asks_first: bool


def state_buttons(article: Article, request: HttpRequest, *, site_name: str) -> list[StateButton]:
    """Return what this user may do to the article in the state that it is in."""
    return [
        StateButton(
            label=_label(reason),
            address=reverse(f"{site_name}:cms_news_article_{PAGES[reason]}", args=[article.pk]),
            kind="discard" if reason is Reason.TRASHED else PAGES[reason],
            asks_first=reason is Reason.SCHEDULED,
        )
        for reason in OFFERED[article.state()]
        if may(request, reason)
    ]


def _label(reason: Reason) -> str:
    labels = {
        Reason.PUBLISHED: _("Publish now"),
        Reason.SCHEDULED: _("Schedule…"),
        Reason.UNPUBLISHED: _("Make a draft"),
        Reason.TRASHED: _("Move to the trash"),
        Reason.RETRIEVED: _("Take out of the trash"),
    }
    return labels[reason]
