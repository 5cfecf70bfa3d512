"""Writing where an article comes from back into a head, under the keys that the head has for it."""

from collections.abc import Mapping
from typing import Any

from cms_news.errors import DocumentError, gettext_noop

from .claims import (
    SOURCE_FIELDS,
    claimed_source_keys,
    is_line,
    is_source_key,
    part_key,
)
from .document import ArticleData, Node
from .field_table import BY_NAME, SOURCE_KEYS, Field
from .field_values import READERS, FieldOptions, Given, escape_text
from .heads.reading import node_value, value_node
from .patching import NULL

HAS_A_FIELD = gettext_noop("this key has a field of its own; it can't be kept in extra")
_UNWRITABLE = gettext_noop('"{value}" can\'t be written into this head; edit the file itself')

_NAMES = frozenset(field.name for field in SOURCE_FIELDS)


def refuse_contradiction(data: ArticleData) -> None:
    """Raise DocumentError for `extra` with a key and a value that any reader takes for a field of its own."""
    for name in _NAMES & data.extra.keys():
        if is_line(BY_NAME[name], value_node(data.extra[name])):
            raise DocumentError(HAS_A_FIELD, key=name)


def source_changes(
    data: ArticleData,
    was: ArticleData,
    entries: Mapping[str, Node],
    pending: Mapping[str, Any],
    options: FieldOptions,
) -> dict[str, Any]:
    """Return the keys to change in a head of `entries` so that it names the source of `data`.

    `pending` are the changes to other keys; None removes a key. Raises DocumentError where no way of writing
    it would be read back.
    """
    return _SourceChanges(data, was, entries, pending, options).collect()


class _SourceChanges:
    """Tries the keys that the head has, and then the fields' own names, until what is written reads back."""

    def __init__(
        self,
        data: ArticleData,
        was: ArticleData,
        entries: Mapping[str, Node],
        pending: Mapping[str, Any],
        options: FieldOptions,
    ) -> None:
        self.data = data
        self.was = was
        self.entries = entries
        self.pending = pending
        self.options = options
        self.claimed = claimed_source_keys(entries)
        self.changes: dict[str, Any] = {}

    def collect(self) -> dict[str, Any]:
        changed = [
            field for field in SOURCE_FIELDS if self.value(field) != self.value_before(field)
        ]
        if not changed and not any(key.lower() in SOURCE_KEYS for key in self.pending):
            return {}
        for field in changed:
            self.change(field)
        # A key that extra is to keep is nobody else's to write.
        kept = self.changes.keys() - self.data.extra.keys()
        self.changes = {key: self.changes[key] for key in self.changes if key in kept}
        if self.misread():
            self.spell_out()
        return self.changes

    def value(self, field: Field) -> str:
        return str(getattr(self.data, field.name))

    def value_before(self, field: Field) -> str:
        return str(getattr(self.was, field.name))

    def change(self, field: Field) -> None:
        """Write `field` where the head has it; one that it lacks goes into a mapping `source`, if there is one."""
        key = self.claimed.get(field.name) or self.mapping_key() or field.name
        if is_source_key(key):
            self.change_part(key, field)
        else:
            self.changes[key] = self.written(field) or None

    def mapping_key(self) -> str | None:
        keys = (key for key in self.claimed.values() if isinstance(self.entries[key], Mapping))
        return next(keys, None)

    def change_part(self, key: str, field: Field) -> None:
        old = self.entries[key]
        if not isinstance(old, Mapping):
            self.changes[key] = self.written(field) or None
            return
        mapping = dict(self.changes.get(key, node_value(old)) or {})
        part = part_key(field.name, mapping)
        mapping[part] = self.written(field)
        if not mapping[part]:
            del mapping[part]
        self.changes[key] = mapping or None

    def written(self, field: Field) -> str:
        value = self.value(field)
        return value if field.kind == "link" else escape_text(value)

    def spell_out(self) -> None:
        """Write what is misread under the fields' own names, also an empty value."""
        # Parting one field from a mapping may part the others as well.
        for _round in SOURCE_FIELDS:
            for name in self.misread():
                self.move(BY_NAME[name])
        self.drop_empty()
        for name in self.misread():
            template = HAS_A_FIELD if name in self.data.extra else _UNWRITABLE
            raise DocumentError(template, key=name, value=self.value(BY_NAME[name]))

    def move(self, field: Field) -> None:
        old = self.claimed.get(field.name, field.name)
        for key, value in ((old, None), (field.name, self.written(field))):
            if key not in self.data.extra:
                self.changes[key] = value

    def drop_empty(self) -> None:
        """Leave out the empty values that turned out not to be needed."""
        for name in [name for name, value in self.changes.items() if value == ""]:
            before, wrong = dict(self.changes), self.misread()
            self.changes[name] = None
            if self.misread() != wrong:
                self.changes = before

    def misread(self) -> list[str]:
        """Return the fields that would be read as something else, or out of a key that `extra` is to keep."""
        head = self.head()
        claimed = claimed_source_keys(head)
        return [
            field.name
            for field in SOURCE_FIELDS
            if self.read(field, claimed.get(field.name), head) != self.value(field)
            or claimed.get(field.name) in self.data.extra
        ] + self.left_over(head, claimed)

    def left_over(self, head: Mapping[str, Node], claimed: Mapping[str, str]) -> list[str]:
        """Return the fields whose former keys would become unknown ones."""
        return [
            name
            for name, key in self.claimed.items()
            if key in head and key not in claimed.values() and key not in self.data.extra
        ]

    def head(self) -> dict[str, Node]:
        """Return the keys that are about the source, as the head will have them."""
        changes = {**self.pending, **self.changes}
        kept = {key: node for key, node in self.entries.items() if key.lower() in SOURCE_KEYS}
        written = {
            key: value_node(None if value is NULL else value)
            for key, value in changes.items()
            if value is not None and key.lower() in SOURCE_KEYS
        }
        return {
            key: node for key, node in (kept | written).items() if changes.get(key, 0) is not None
        }

    def read(self, field: Field, key: str | None, head: Mapping[str, Node]) -> str:
        if key is None:
            return ""
        return str(READERS[field.kind](Given(field, key, head[key], None, self.options)))
