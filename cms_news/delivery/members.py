"""Which members of an article's JSON object are served, and how they are cut out of what is stored."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from .own_part import References
from .serializers import CardSerializer, DocumentSerializer, OwnCardSerializer, OwnDetailSerializer

BODY = "body_html"
CARD_MEMBERS = tuple(CardSerializer.Meta.fields)
DOCUMENT_MEMBERS = tuple(DocumentSerializer.Meta.fields)
REFERENCES = References._fields
OWN_CARD = frozenset(OwnCardSerializer.Meta.fields)
OWN_DETAIL = frozenset(OwnDetailSerializer.Meta.fields)

# Numbers stay text: nothing is made of them here, and a very long one costs nothing then.
_scan = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode


@dataclass(frozen=True, slots=True)
class Members:
    """The members that are served, sorted by where they come from."""

    has_id: bool
    own_card: frozenset[str]
    own_detail: frozenset[str]
    references: tuple[str, ...]
    """Those of `author`, `categories` and `tags` that are served, in this order."""
    has_body: bool

    @classmethod
    def named(cls, names: Collection[str]) -> Self:
        return cls(
            has_id="id" in names,
            own_card=OWN_CARD.intersection(names),
            own_detail=OWN_DETAIL.intersection(names),
            references=tuple(name for name in REFERENCES if name in names),
            has_body=BODY in names,
        )


CARD = Members.named(CARD_MEMBERS)
DOCUMENT = Members.named(DOCUMENT_MEMBERS)


def cut_members(stored: str, names: frozenset[str], *, of: frozenset[str]) -> list[str]:
    """Return the members called `names` of a stored object, byte for byte; `of` are all that it has."""
    if names == of:
        return [stored[1:-1]]
    found: list[str] = []
    position, missing = 1, len(names)
    while missing and position < len(stored) - 1:
        name, colon = _scan(stored, position)
        _value, end = _scan(stored, colon + 1)
        if name in names:
            found.append(stored[position:end])
            missing -= 1
        position = end + 1
    return found
