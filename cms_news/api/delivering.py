"""From a question to its answer: the one place where state, conditions and caches meet the views."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rest_framework.request import Request
from rest_framework.response import Response

from cms_news.delivery.state import Moment, read_moment

from .renderers import Spliced


@dataclass(frozen=True, slots=True)
class Answer:
    """What is served."""

    json: str
    """The whole body, ready to be sent."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What goes with it beyond what every answer has."""


def deliver(request: Request, answer: Callable[[Moment], Answer]) -> Response:
    """Return the response to `request`, whose content `answer` makes of the moment it is given."""
    found = answer(read_moment())
    return Response(Spliced(found.json), headers=dict(found.headers))
