"""Query parameters: a closed list for each endpoint, and a clear refusal of everything else."""

from collections.abc import Collection

from django.utils.translation import gettext as _
from rest_framework.request import Request

from .problems import BadParameterError

MAX_PAGE_SIZE = 100
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def refuse_unknown(request: Request, known: Collection[str]) -> None:
    """Raise BadParameterError for the first parameter that is not `known`, or that is given twice."""
    for name, values in request.query_params.lists():
        if name not in known:
            listed = ", ".join(sorted(known)) or "-"
            detail = _("unknown parameter; known here: {known}").format(known=listed)
            raise BadParameterError(name, detail, code="unknown")
        if len(values) > 1:
            raise BadParameterError(name, _("given more than once"), code="repeated")


def read_page_size(request: Request, *, default: int) -> int:
    """Return how many items a page is to hold; too many are refused, not capped."""
    text = request.query_params.get("page_size")
    if text is None:
        return default
    # A number of so many digits is no page size, and int() takes its time over millions of them.
    if not (
        text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= MAX_PAGE_SIZE
    ):
        detail = _('"{value}" is not a number from 1 to {limit}')
        raise BadParameterError(
            "page_size", detail.format(value=text[:60], limit=MAX_PAGE_SIZE), code="out_of_range"
        )
    return int(text)


def read_boolean(request: Request, name: str) -> bool:
    """Return the parameter `name`, false when it is absent."""
    text = request.query_params.get(name, "false")
    if text.lower() not in BOOLEANS:
        detail = _('"{value}" is neither true nor false').format(value=text[:60])
        raise BadParameterError(name, detail)
    return BOOLEANS[text.lower()]
