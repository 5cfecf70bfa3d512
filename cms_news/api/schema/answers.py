"""Answers as they go over the wire: status, media type, headers."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cms_news.api.problems import PROBLEM_MEDIA_TYPE
from cms_news.conf import news_settings

from .examples import PROBLEM_EXAMPLES
from .shapes import object_of, refer

Schema = dict[str, Any]
JSON = "application/json"

HEADERS: Mapping[str, Promise] = MappingProxyType(
    {
        "ETag": _("To be shown as `If-None-Match`. Absent where nobody may remember the answer."),
        "Last-Modified": _("To be shown as `If-Modified-Since`. Absent while it is not certain."),
        "Cache-Control": _("Who may keep the answer, and for how long."),
        "Vary": _("Which headers of the request the answer depends on."),
        "Content-Language": _("The language of the answer."),
        "X-Content-Type-Options": _("`nosniff`: the type is what it says."),
        "Link": _("The pages around this one, with `rel` `next` and `prev`."),
        "Location": _("Where it is now."),
        "Allow": _("The methods that are."),
        "Retry-After": _("After how many seconds to ask again."),
    }
)
OPTIONAL = frozenset({"ETag", "Last-Modified", "Link"})
EVERY_ANSWER = ("Cache-Control", "Vary", "X-Content-Type-Options")

_PROBLEMS: Mapping[int, tuple[str, Promise]] = MappingProxyType(
    {
        400: (
            "BadRequest",
            _("A parameter is unknown, repeated or can't be used, or the request can't be read."),
        ),
        404: ("NotFound", _("Nothing is there that you may see.")),
        405: ("MethodNotAllowed", _("Only GET, HEAD and OPTIONS are.")),
        406: ("NotAcceptable", _("It is served in no type that you accept.")),
        429: ("TooManyRequests", _("You ask more often than one client may.")),
        500: ("ServerError", _("Something went wrong here, and is in the log.")),
    }
)


_OWN_HEADERS: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {405: ("Allow",), 429: ("Retry-After",)}
)


def shared_headers() -> dict[str, Schema]:
    """Return every header that an answer may have."""
    return {
        name: {
            "description": description,
            "required": name not in OPTIONAL,
            "schema": {"type": "string"},
        }
        for name, description in HEADERS.items()
    }


def _headers(*names: str) -> Schema:
    wanted = {*EVERY_ANSWER, *names}
    return {name: refer(name, "headers") for name in HEADERS if name in wanted}


def found(
    description: Promise,
    shape: Schema,
    *,
    media_types: tuple[str, ...] = (JSON,),
    headers: tuple[str, ...] = (),
    examples: Mapping[str, Any] | None = None,
) -> Schema:
    """Return the response object of a 200 that holds `shape`."""
    media_type: Schema = {"schema": shape}
    if examples:
        media_type["examples"] = {name: {"value": value} for name, value in examples.items()}
    return {
        "description": description,
        "headers": _headers("ETag", "Content-Language", *headers),
        "content": dict.fromkeys(media_types, media_type),
    }


def problem_statuses() -> tuple[int, ...]:
    """Return the statuses of problems that the API itself speaks of; the rest are Django's pages."""
    is_ours = news_settings.error_format == "problem"
    return tuple(status for status in _PROBLEMS if is_ours or status < 500)


def refer_to_problem(status: int) -> Schema:
    """Return a reference to the response with that status."""
    return refer(_PROBLEMS[status][0], "responses")


def shared_responses() -> dict[str, Schema]:
    """Return the responses that several endpoints give."""
    return {
        "NotModified": {
            "description": _("What you have is of today."),
            "headers": _headers("ETag", "Last-Modified"),
        },
        "Moved": {
            "description": _("The article has another slug now."),
            "headers": _headers("Location", "Content-Language"),
        },
        **{_PROBLEMS[status][0]: _problem(status) for status in problem_statuses()},
    }


def _problem(status: int) -> Schema:
    own = _OWN_HEADERS.get(status, ())
    return {
        "description": _PROBLEMS[status][1],
        "headers": _headers("Content-Language", *own),
        "content": _problem_content(status),
    }


def _problem_content(status: int) -> Schema:
    if news_settings.error_format == "drf":
        detail: Schema = {"detail": {"type": "string", "description": _("What is wrong.")}}
        return {JSON: {"schema": object_of(_("What is wrong."), detail)}}
    examples = {name: {"value": value} for name, value in PROBLEM_EXAMPLES[status].items()}
    return {PROBLEM_MEDIA_TYPE: {"schema": refer("Problem"), "examples": examples}}
