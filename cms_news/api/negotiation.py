from collections.abc import Iterable

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.utils.mediatypes import media_type_matches


class AcceptNegotiation(DefaultContentNegotiation):
    """By the Accept header alone. REST framework's `?format=` is a parameter like any unknown one."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        for accepted in self.get_accept_list(request):
            for renderer in renderers:
                if media_type_matches(renderer.media_type, accepted):
                    return renderer, renderer.media_type
        raise NotAcceptable(available_renderers=list(renderers))
