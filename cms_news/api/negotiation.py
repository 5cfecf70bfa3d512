from collections.abc import Iterable
from functools import lru_cache

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.utils.mediatypes import media_type_matches

MAX_REMEMBERED_LENGTH = 200
"""Of an Accept header: browsers send up to some 150 letters."""


class AcceptNegotiation(DefaultContentNegotiation):
    """By the Accept header alone. REST framework's `?format=` is a parameter like any unknown one."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        offered = list(renderers)
        header = request.META.get("HTTP_ACCEPT", "*/*")
        choose = _choose if len(header) <= MAX_REMEMBERED_LENGTH else _choose.__wrapped__
        index = choose(header, tuple(renderer.media_type for renderer in offered))
        if index is None:
            raise NotAcceptable(available_renderers=offered)
        return offered[index], offered[index].media_type


@lru_cache(maxsize=128)
def _choose(header: str, media_types: tuple[str, ...]) -> int | None:
    """Return which of `media_types` is meant: the first that matches what comes first in `header`."""
    for accepted in header.split(","):
        for index, media_type in enumerate(media_types):
            if media_type_matches(media_type, accepted.strip()):
                return index
    return None
