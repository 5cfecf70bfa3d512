"""Query parameters: a closed list for each endpoint, and a clear refusal of everything else."""

import re
from collections.abc import Collection

from django.utils.translation import gettext as _
from rest_framework.request import Request

from .problems import BadParameterError

MAX_PAGE_SIZE = 100
MAX_NAMES = 20
"""Slugs or languages in one parameter: each is a range of an index to be read."""
MAX_ROWS = 100
"""Articles in one parameter: those of the largest page."""
MAX_VALUE_LENGTH = 100
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
SLUG = re.compile(r"[-\w]+")


def refuse_unknown(request: Request, known: Collection[str]) -> None:
    """Raise BadParameterError for the first parameter that is not `known`, or that is given twice."""
    for name, values in request.query_params.lists():
        if name not in known:
            detail = _("unknown parameter; known here: {known}").format(known=listed(known))
            raise BadParameterError(name, detail, code="unknown")
        if len(values) > 1:
            raise BadParameterError(name, _("given more than once"), code="repeated")


def listed(names: Collection[str]) -> str:
    """Return the names as a message shows them."""
    return ", ".join(sorted(names)) or "-"


def shown(text: str) -> str:
    """Return as much of a value as a message repeats."""
    return text[:60]


def read_number(name: str, text: str, *, low: int, high: int) -> int:
    """Return the number that `text` is; one out of range is refused, not brought into it."""
    # int() takes its time over millions of digits.
    if not (text.isascii() and text.isdigit() and len(text) < 20 and low <= int(text) <= high):
        detail = _('"{value}" is not a number from {low} to {high}')
        raise BadParameterError(
            name, detail.format(value=shown(text), low=low, high=high), code="out_of_range"
        )
    return int(text)


def read_page_size(request: Request, *, default: int) -> int:
    """Return how many items a page is to hold."""
    text = request.query_params.get("page_size")
    if text is None:
        return default
    return read_number("page_size", text, low=1, high=MAX_PAGE_SIZE)


def read_boolean(name: str, text: str) -> bool:
    """Return what `text` says."""
    if text.lower() not in BOOLEANS:
        detail = _('"{value}" is neither true nor false').format(value=shown(text))
        raise BadParameterError(name, detail)
    return BOOLEANS[text.lower()]


def read_values(name: str, text: str, *, limit: int) -> list[str]:
    """Return the values between the commas, each once."""
    if text.count(",") >= limit:
        detail = _("more than {limit} values").format(limit=limit)
        raise BadParameterError(name, detail, code="too_many")
    values = text.split(",")
    if "" in values:
        detail = _('"{value}" holds an empty value').format(value=shown(text))
        raise BadParameterError(name, detail)
    return list(dict.fromkeys(values))


def read_slugs(name: str, text: str, *, limit: int = MAX_NAMES) -> tuple[str, ...]:
    """Return the slugs, sorted: whether there is anything of that name is nothing to be told here."""
    slugs = read_values(name, text, limit=limit)
    for slug in slugs:
        if len(slug) > MAX_VALUE_LENGTH:
            detail = _('"{value}" and so on: a value has at most {limit} characters')
            raise BadParameterError(
                name, detail.format(value=shown(slug), limit=MAX_VALUE_LENGTH), code="too_long"
            )
        if not SLUG.fullmatch(slug):
            detail = _('"{value}" is not made of letters, digits, hyphens and underscores')
            raise BadParameterError(name, detail.format(value=shown(slug)))
    return tuple(sorted(slugs))
