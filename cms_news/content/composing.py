"""ArticleData to Document: a head written afresh, or an existing one with what changed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from cms_news.errors import DocumentError

from .claims import PLAIN_FIELDS, claimed_keys
from .document import ArticleData, AuthorName, Document, Node, Scalar
from .field_table import (
    BY_NAME,
    EFFECTS,
    SCHEDULE,
    SOURCE_KEYS,
    Field,
    Kind,
    effect_keys,
    find_key,
)
from .field_values import (
    ADDRESS_KEYS,
    NAME_KEYS,
    FieldOptions,
    Given,
    author_items,
    escape_text,
    read_moment,
)
from .frontmatter import replace_body, with_empty_head
from .heads.reading import is_same_value, node_value
from .holding_back import find_document_hold
from .patching import NULL, patch_document
from .source_changes import HAS_A_FIELD, refuse_contradiction, source_changes


def compose_document(
    data: ArticleData,
    *,
    base: Document | None = None,
    was: ArticleData | None = None,
    options: FieldOptions,
) -> Document:
    """Return the file that says what `data` says.

    Without `base` it has a YAML head in the order of FIELDS, defaults left out. With `base`, and `was` for
    what it meant, only the keys that differ between `was` and `data` are changed, under the names that the
    file has for them. A file that is held back by `password`, `hidden` or a folder `_drafts` keeps those, so
    `published: true` does not release it when it is imported again.
    Raises DocumentError for `extra` with keys of FIELDS, and for values that the head's syntax can't hold.
    """
    refuse_known(data)
    if base is None:
        document = patch_document(Document("", ""), _fresh_entries(data, options))
        return replace_body(document, data.body)
    if was is None:
        raise ValueError("base needs was, what the file meant")
    document = patch_document(base, _Changes(data, was, base.entries, options).collect())
    body = data.body if data.body != was.body else base.body
    document = replace_body(document, body)
    if base.syntax != "none":
        return document
    return _keep_held(
        document, data, was_held=bool(find_document_hold(replace(base, body=was.body)))
    )


def _keep_held(document: Document, data: ArticleData, *, was_held: bool) -> Document:
    """Return the `document` of a file that had no head so that it is as public as `data`.

    Without a head its body may hold it back, and behind a new one the body has no say any more.
    """
    hold = find_document_hold(document)
    if data.published:
        return with_empty_head(document.head, document.body) if hold else document
    is_lost = was_held and not hold
    if (document.syntax == "none" and not is_lost) or "published" in document.entries:
        return document
    return patch_document(document, {"published": False})


def refuse_known(data: ArticleData) -> None:
    """Raise DocumentError for `extra` with a key that has a field of its own."""
    for key in data.extra:
        is_lenient = key.lower() in SOURCE_KEYS
        if (key in BY_NAME and not is_lenient) or key.lower() in EFFECTS:
            raise DocumentError(HAS_A_FIELD, key=key)
    refuse_contradiction(data)


def _fresh_entries(data: ArticleData, options: FieldOptions) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    for field in PLAIN_FIELDS:
        value = getattr(data, field.name)
        # An alias among the extra keys would be taken for the field if that were left out.
        if value != field.default or find_key(field, data.extra):
            entries[field.name] = _write_explicit(field, data, options)
    extra = {key: _or_null(value) for key, value in data.extra.items()}
    source = source_changes(data, ArticleData(title=""), {}, extra, options)
    return entries | source | extra


def _or_null(value: Any) -> Any:
    return NULL if value is None else value


def _chosen(values: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return `key` with its value alone; without it nothing, which is not the same as null."""
    return {key: values[key]} if key in values else {}


class _Changes:
    """Finds the keys to change in a head that exists."""

    def __init__(
        self,
        data: ArticleData,
        was: ArticleData,
        entries: Mapping[str, Node],
        options: FieldOptions,
    ) -> None:
        self.data = data
        self.was = was
        self.entries = entries
        self.options = options
        self.claimed = claimed_keys(entries)
        self.changes: dict[str, Any] = {}

    def collect(self) -> dict[str, Any]:
        """Return the keys to change with their values, None for those to remove."""
        for field in PLAIN_FIELDS:
            if field.name == "published":
                self.change_published()
            elif getattr(self.data, field.name) != getattr(self.was, field.name):
                self.change(field)
        self.change_schedule()
        self.change_extra()
        self.change_shared_authors()
        self.keep_claims()
        found = source_changes(self.data, self.was, self.entries, self.changes, self.options)
        return self.changes | found

    def change(self, field: Field) -> None:
        key = self.claimed.get(field.name, field.name)
        value = getattr(self.data, field.name)
        if value == field.default and field.kind not in ("switch", "markup"):
            self.changes[key] = None
        else:
            old = self.entries.get(key)
            self.changes[key] = write_value(field, value, options=self.options, old=old)

    def change_schedule(self) -> None:
        """A `publishDate` after the new date would win over it, so it becomes the same."""
        date = self.data.date
        if date == self.was.date:
            return
        for key in effect_keys(SCHEDULE.name, self.entries):
            found = read_moment(Given(SCHEDULE, key, self.entries[key], None, self.options))
            if found and (date is None or found.value > date):
                self.changes[key] = date

    def change_published(self) -> None:
        published = self.data.published
        if published == self.was.published:
            return
        switches = list(effect_keys("published", self.entries))
        drafts = list(effect_keys("draft", self.entries))
        if published:
            self.changes |= dict.fromkeys(drafts, False)
        elif drafts and not switches:
            self.changes[drafts[0]] = True
            return
        if switches or not published or not self.is_on_by_default():
            self.changes |= dict.fromkeys(switches or ["published"], published)

    def is_on_by_default(self) -> bool:
        """Whether a draft switch was all that held the file back."""
        others = (*effect_keys("password", self.entries), *effect_keys("hidden", self.entries))
        return bool(list(effect_keys("draft", self.entries))) and not others

    def change_extra(self) -> None:
        now, before = self.data.extra, self.was.extra
        for key in (*before, *(key for key in now if key not in before)):
            if key not in now:
                self.changes[key] = None
            elif key not in before or not is_same_value(now[key], before[key]):
                self.changes[key] = _or_null(now[key])

    def change_shared_authors(self) -> None:
        """A list of several people is the author and `extra["authors"]` at once: part the two on a change."""
        key = self.claimed.get("author", "author")
        if len(author_items(self.entries.get(key, ()))) < 2:
            return
        listed = [_chosen(of.extra, "authors") for of in (self.data, self.was)]
        if self.data.author == self.was.author and is_same_value(*listed):
            return
        self.changes["author"] = _write_explicit(BY_NAME["author"], self.data, self.options)
        now = self.data.extra
        self.changes["authors"] = _or_null(now["authors"]) if "authors" in now else None

    def keep_claims(self) -> None:
        """Write a field under its own name where an extra key would be taken for it otherwise."""
        changes = self.changes
        gone = {key for key, value in changes.items() if value is None}
        keys = dict.fromkeys(key for key in (*self.entries, *changes) if key not in gone)
        for field in PLAIN_FIELDS:
            key = find_key(field, keys)
            if key is None or key == field.name:
                continue
            is_shared = field.kind == "author" and key not in changes
            is_own = key == self.claimed.get(field.name) and (
                key not in self.data.extra or is_shared
            )
            if not is_own:
                self.move(field)

    def move(self, field: Field) -> None:
        old = self.claimed.get(field.name)
        if old is not None and old not in self.data.extra:
            self.changes[old] = None
        self.changes[field.name] = _write_explicit(field, self.data, self.options)


def _write_explicit(field: Field, data: ArticleData, options: FieldOptions) -> Any:
    """Return a value to write even if it is the default."""
    value = write_value(field, getattr(data, field.name), options=options)
    return "" if value is None else value


def write_value(field: Field, value: Any, *, options: FieldOptions, old: Node | None = None) -> Any:
    """Return `value` of `field` as a head holds it, in the shape of `old` where that can hold it."""
    writer = _WRITERS.get(field.kind)
    return writer(value, options, old) if writer else value


def _write_name(value: str, options: FieldOptions, old: Node | None) -> str:
    return escape_text(value)


def _write_tags(value: tuple[str, ...], options: FieldOptions, old: Node | None) -> Any:
    is_simple = len(value) == 1 and not set(value[0]) & set(options.tag_separators)
    names = [escape_text(tag) for tag in value]
    # An escaped name holds a semicolon, which is resolved before a text is split.
    return names[0] if is_simple and isinstance(old, Scalar) else names


def _write_categories(
    value: tuple[tuple[str, ...], ...], options: FieldOptions, old: Node | None
) -> Any:
    paths = [[escape_text(name) for name in path] for path in value]
    if len(paths) == 1 and len(paths[0]) == 1 and isinstance(old, Scalar):
        return paths[0][0]
    if options.categories == "flat":
        return [path[0] if len(path) == 1 else path for path in paths]
    return paths[0] if len(paths) == 1 else paths


def _write_author(value: AuthorName | None, options: FieldOptions, old: Node | None) -> Any:
    if value is None:
        return None
    if isinstance(old, tuple) and len(old) == 1:
        return [_write_author(value, options, old[0])]
    name = escape_text(value.name)
    if not isinstance(old, Mapping):
        return {"name": name, "url": value.url} if value.url else name
    kept = node_value(old)
    kept[next((key for key in NAME_KEYS if key in old), "name")] = name
    address_key = next((key for key in ADDRESS_KEYS if key in old), "")
    if value.url or address_key:
        kept[address_key or "url"] = value.url
    return kept


_WRITERS: Mapping[Kind, Callable[[Any, FieldOptions, Node | None], Any]] = {
    "title": _write_name,
    "tags": _write_tags,
    "categories": _write_categories,
    "author": _write_author,
}
