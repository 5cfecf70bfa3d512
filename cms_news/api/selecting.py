"""`fields` and `include`: which members of an article's object are wanted."""

from collections.abc import Collection, Mapping, Sequence

from django.utils.translation import gettext as _

from cms_news.delivery.members import BODY, CARD, CARD_MEMBERS, DOCUMENT, DOCUMENT_MEMBERS, Members

from .parameters import listed, read_values, shown
from .problems import BadParameterError

INCLUDABLE = (BODY,)
"""What an item of a list holds only when it is asked for."""
MAX_MEMBERS = 100


def read_card_members(parameters: Mapping[str, str]) -> Members:
    """Return what each item of a list is to hold. Raises BadParameterError."""
    if "fields" not in parameters and "include" not in parameters:
        return CARD
    included = _read_included(parameters)
    known = (*CARD_MEMBERS, *included)
    names = _read_fields(parameters, known)
    is_a_choice = not parameters.get("fields", "-").startswith("-")
    return Members.named({*names, *included} if is_a_choice else names)


def read_document_members(parameters: Mapping[str, str]) -> Members:
    """Return what a document is to hold. Raises BadParameterError."""
    if "fields" not in parameters:
        return DOCUMENT
    return Members.named(_read_fields(parameters, DOCUMENT_MEMBERS))


def _read_included(parameters: Mapping[str, str]) -> list[str]:
    if "include" not in parameters:
        return []
    names = read_values("include", parameters["include"], limit=MAX_MEMBERS)
    _refuse_strangers("include", names, INCLUDABLE)
    return names


def _read_fields(parameters: Mapping[str, str], known: Sequence[str]) -> set[str]:
    """Return the names that `fields` leaves: those it lists, or all but those it lists with a hyphen."""
    if "fields" not in parameters:
        return set(known)
    text = parameters["fields"]
    names = read_values("fields", text, limit=MAX_MEMBERS)
    without = [name[1:] for name in names if name.startswith("-")]
    if without and len(without) < len(names):
        detail = _(
            '"{value}": either the fields that you want, or those that you don\'t, with a hyphen'
        )
        raise BadParameterError("fields", detail.format(value=shown(text)), code="mixed")
    _refuse_strangers("fields", without or names, known)
    return set(known).difference(without) if without else set(names)


def _refuse_strangers(parameter: str, names: Sequence[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            detail = _('"{value}" is no field; known here: {known}')
            raise BadParameterError(
                parameter, detail.format(value=shown(name), known=listed(known)), code="unknown"
            )
