"""What all views of the read API share."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cms_news.delivery.state import Moment

from .conditional import PRIVATE
from .delivering import Answer, deliver
from .negotiation import AcceptNegotiation
from .parameters import refuse_unknown
from .problems import handle_exception
from .renderers import NewsJSONRenderer
from .throttling import NewsThrottle


class NewsView(APIView):
    """Anonymous, with a closed list of parameters. Nothing of the host's REST framework defaults changes it.

    A view reads its parameters in `parse`, which touches no database, and what they ask for in `answer`.
    """

    authentication_classes = []
    permission_classes = []
    renderer_classes = [NewsJSONRenderer]
    parser_classes = []
    content_negotiation_class = AcceptNegotiation
    throttle_classes = [NewsThrottle]
    throttle_scope = "other"
    versioning_class = None
    metadata_class = None
    # A schema of the host's own would get these views wrong; theirs is in `schema/`.
    schema = None
    http_method_names = ["get", "head", "options"]
    parameters: frozenset[str] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown(request, self.parameters)

    def perform_authentication(self, request: Request) -> None:
        """Ask nobody who that is: there is no authenticator, and no view wants to know."""

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return handle_exception

    def get(self, request: Request, **lookup: Any) -> Response:
        asked = self.parse(request, **lookup)
        return deliver(request, lambda moment: self.answer(asked, moment))

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        # What can be asked is told by the schema; what may be done, by the header that is added below.
        return Response(status=HTTPStatus.NO_CONTENT)

    def parse(self, request: Request, **lookup: Any) -> Any:
        """Return what the request asks for. Raises BadParameterError; reads nothing."""
        return lookup

    def answer(self, asked: Any, moment: Moment) -> Answer:
        """Return what is served to that question at `moment`. Raises Http404."""
        raise NotImplementedError

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {"Vary": "Accept", "X-Content-Type-Options": "nosniff"}

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        """Add the headers that every answer has, whatever middleware the host has or has not."""
        finished = super().finalize_response(request, response, *args, **kwargs)
        language = settings.LANGUAGE_CODE
        if finished.status_code >= HTTPStatus.BAD_REQUEST:
            # A problem is told in the reader's language; of all the rest, language changes nothing.
            language = get_language() or language
            patch_vary_headers(finished, ["Accept-Language"])
        if finished.status_code != HTTPStatus.NOT_MODIFIED:
            # A cache would take the header of a 304 for that of the answer it has.
            finished.headers.setdefault("Content-Language", language)
        # What `deliver` has not answered is nothing to be kept: a 404 may be an article a second later.
        finished.headers.setdefault("Cache-Control", PRIVATE)
        if finished.status_code == HTTPStatus.METHOD_NOT_ALLOWED or request.method == "OPTIONS":
            finished.headers["Allow"] = ", ".join(self.allowed_methods)
        return finished
