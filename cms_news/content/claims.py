"""Which key of a head holds which field.

For most fields the name of a key decides. What says where an article comes from goes by names that also mean
other things, so there the value has its say: what is not clearly meant stays an unknown key.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from .document import Node, Scalar
from .field_table import BY_NAME, MAX_HEADS, SOURCE_KEYS, STORED, Field, find_key, find_keys
from .heads.reading import is_null, node_value

SOURCE = BY_NAME["source"]
SOURCE_FIELDS = tuple(field for field in STORED if field.is_lenient)
PLAIN_FIELDS = tuple(field for field in STORED if not field.is_lenient)

_PARTS: Mapping[str, tuple[str, ...]] = {
    "source_name": ("name",),
    "source_url": ("url", "link", "uri"),
    "license": ("license",),
}
"""What the mapping `source` calls the fields; the first one is written where there is none."""
_ADDRESS = re.compile(r"(?:https?:)?//\S+", re.IGNORECASE)
# A path, the beginning of some markup, or an address that no reader can follow.
_NO_NAME = re.compile(r"[/\\.<\[{]|.*(?:://|[\r\n])", re.DOTALL)


def claimed_keys(entries: Mapping[str, Node]) -> dict[str, str]:
    """Return the key that holds each stored field, by the field's name; fields that are absent are left out."""
    return _plain_keys(tuple(entries)) | claimed_source_keys(entries)


@lru_cache(maxsize=MAX_HEADS)
def _plain_keys(keys: tuple[str, ...]) -> dict[str, str]:
    """By name alone; the files of a folder mostly have the same keys."""
    return find_keys(PLAIN_FIELDS, dict.fromkeys(keys))


def claimed_source_keys(entries: Mapping[str, Node]) -> dict[str, str]:
    """Return the same for the fields that say where an article comes from.

    `source` may hold all of them. It counts as a whole or not at all, and not where another key says the same.
    """
    concerned = {key: node for key, node in entries.items() if key.lower() in SOURCE_KEYS}
    if not concerned:
        return {}
    found = ((field.name, _find_line(field, concerned)) for field in SOURCE_FIELDS)
    claimed = {name: key for name, key in found if key is not None}
    key = find_key(SOURCE, concerned)
    parts = source_parts(concerned[key]) if key is not None else {}
    if key is None or parts.keys() & claimed.keys():
        return claimed
    return claimed | dict.fromkeys(parts, key)


def _find_line(field: Field, entries: Mapping[str, Node]) -> str | None:
    return find_key(field, {key: node for key, node in entries.items() if is_line(field, node)})


def is_line(field: Field, node: Node) -> bool:
    """Whether `node` can be the value of a lenient field: a text that fits into it and is no switch."""
    if not isinstance(node, Scalar) or isinstance(node_value(node), bool):
        return False
    return field.max_length is None or len(node.text.strip()) <= field.max_length


def source_parts(node: Node) -> dict[str, Scalar]:
    """Return what a value of `source` says, by the names of the fields; nothing where it isn't clear.

    A text is an address or a name; a mapping may hold name, address and license, and nothing else.
    """
    if isinstance(node, Mapping):
        return _mapped_parts(node)
    if not isinstance(node, Scalar):
        return {}
    text = "" if is_null(node) else node.text.strip()
    name = "source_url" if _ADDRESS.fullmatch(text) else "source_name"
    is_clear = name == "source_url" or not _NO_NAME.match(text)
    return {name: node} if is_clear and is_line(BY_NAME[name], node) else {}


def _mapped_parts(node: Mapping[str, Node]) -> dict[str, Scalar]:
    keys = {name: key for name in _PARTS if (key := part_key(name, node)) in node}
    parts = {name: node[key] for name, key in keys.items()}
    lines = {
        name: part
        for name, part in parts.items()
        if isinstance(part, Scalar) and is_line(BY_NAME[name], part)
    }
    is_clear = len(lines) == len(node) and lines.keys() != {"license"}
    return lines if is_clear else {}


def part_key(name: str, mapping: Mapping[str, Any]) -> str:
    """Return what a mapping `source` calls the field `name`, or would."""
    keys = _PARTS[name]
    return next((key for key in keys if key in mapping), keys[0])


def is_source_key(key: str) -> bool:
    """Whether `key` is the one that may hold several fields, in any case."""
    return key.lower() == SOURCE.name
