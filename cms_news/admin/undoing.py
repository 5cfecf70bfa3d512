"""The way back from what was just done to articles: a button in the message that tells of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cms_news.models import Reason
from cms_news.services.revisions import Touched

SALT = "cms_news.undo"
LASTS_SECONDS = 3600
MOST = 1000
"""Articles that one button takes back: what it has to say travels in a cookie, or in the session."""


@dataclass(frozen=True, slots=True)
class Undo:
    """What can be taken back."""

    reason: Reason
    touched: Sequence[Touched]


def sign_undo(undo: Undo, user: Any) -> str:
    """Return what `read_undo` gives back to this user alone, for an hour."""
    said = {"reason": str(undo.reason), "user": str(user.pk), "touched": list(undo.touched)}
    return signing.dumps(said, salt=SALT, compress=True)


def read_undo(token: str, user: Any) -> Undo | None:
    """Return what was signed; None where it is somebody else's, too old, or nothing that was ever signed."""
    try:
        said = signing.loads(token, salt=SALT, max_age=LASTS_SECONDS)
    except signing.BadSignature:
        return None
    if said["user"] != str(user.pk):
        return None
    touched = [Touched(article_id, version) for article_id, version in said["touched"]]
    return Undo(Reason(said["reason"]), touched)


def with_undo(text: str, undo: Undo, request: HttpRequest, *, address: str) -> SafeString | str:
    """Return the message `text` with the button that takes back what it tells."""
    if not 0 < len(undo.touched) <= MOST:
        return text
    # On whichever page the message is shown, so the form comes with it.
    return format_html(
        '<span>{}</span> <form class="cms-undo" method="post" action="{}">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<input type="hidden" name="undo" value="{}"><button type="submit">{}</button></form>',
        text,
        address,
        get_token(request),
        sign_undo(undo, request.user),
        _("Undo"),
    )
