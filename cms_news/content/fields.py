"""Document to ArticleData and back: what the keys of a head mean."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from datetime import datetime
from pathlib import PurePath, PurePosixPath
from typing import Any

from cms_news.errors import DocumentError, gettext_noop

from .claims import claimed_keys
from .composing import compose_document
from .dates import ResolvedDate, date_from_name, split_date_name
from .document import ArticleData, AuthorName, Document, Notice
from .field_table import (
    BY_NAME,
    EFFECTS,
    FIELDS,
    HOLDING,
    KNOWN_KEYS,
    SCHEDULE,
    Field,
    effect_keys,
)
from .field_values import (
    READERS,
    FieldOptions,
    Given,
    author_items,
    is_on,
    read_moment,
)
from .folding import flatten
from .heads.reading import node_value
from .holding_back import find_document_hold

__all__ = [
    "FIELDS",
    "KNOWN_KEYS",
    "Field",
    "FieldOptions",
    "Origin",
    "clean_document",
    "compose_document",
    "dump_data",
    "is_draft_folder",
    "load_data",
]

# The page of a folder goes by the folder's name, as in slugs.
_FOLDER_PAGE = re.compile(r"(?:_?index|readme)(?:\.[^.]+)?", re.IGNORECASE)
_WORD_BREAK = re.compile(r"[-_\s]+")
_MOMENTS = frozenset(field.name for field in FIELDS if field.kind == "date")

_TITLE_FROM_NAME = gettext_noop('missing; "{title}" was taken from the name of the file')
_DATE_OF_FILE = gettext_noop("missing; the time of the file's last change was taken")
_NOT_PUBLISHED = gettext_noop("not published: {said}")
_PROTECTED = gettext_noop("not published: a password")
_IN_DRAFTS = gettext_noop("not published: it lies in a folder _drafts")
_HELD_BY_BODY = gettext_noop("this looks like front matter that could not be read; not published")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a text comes from, for what it doesn't say itself."""

    path: str = ""
    """Of its file, relative and with forward slashes."""
    modified: datetime | None = None
    """When the file was last changed; aware."""
    is_draft_folder: bool = False
    """Whether the folder that `path` is relative to is, or lies in, a folder `_drafts`."""

    @property
    def stem(self) -> str:
        """The file's name without its ending; of `index.md` and the like, the folder's."""
        path = PurePosixPath(self.path)
        if _FOLDER_PAGE.fullmatch(path.stem) and path.parent.name not in ("", ".."):
            return path.parent.name
        return path.stem


def is_draft_folder(folder: PurePath) -> bool:
    """Return whether `folder` is Hexo's or Jekyll's for drafts, or lies in it; its name counts in any case."""
    return any(part.lower() == "_drafts" for part in folder.parts)


def clean_document(document: Document, *, options: FieldOptions, origin: Origin) -> ArticleData:
    """Return what `document` means.

    Keys without a meaning go to `extra`; `draft`, `hidden`, `password` and a folder `_drafts` unpublish and
    are told in a notice, and so does a line that says one of these in a head that could not be read. Raises
    DocumentError with key and line for a value that can be no value of its key.
    """
    return _Cleaner(document, options, origin).clean()


@dataclass(slots=True)
class _Cleaner:
    document: Document
    options: FieldOptions
    origin: Origin
    notices: list[Notice] = field(default_factory=list)

    def clean(self) -> ArticleData:
        claimed = claimed_keys(self.document.entries)
        values = {
            name: READERS[BY_NAME[name].kind](self.given(BY_NAME[name], key))
            for name, key in claimed.items()
            if name != "date"
        }
        values["title"] = values.get("title") or self.title_from_name()
        values |= self.date(claimed.get("date"))
        values["published"] = self.is_published()
        extra = self.unknown(claimed)
        notices = (*self.document.notices, *self.notices)
        return ArticleData(body=self.document.body, extra=extra, notices=notices, **values)

    def given(self, row: Field, key: str) -> Given:
        document = self.document
        node, line = document.entries[key], document.lines.get(key)
        return Given(row, key, node, line, self.options, self.notices)

    def note(self, template: str, *, key: str, **params: Any) -> None:
        self.notices.append(Notice(template, params, key=key, line=self.document.lines.get(key)))

    def title_from_name(self) -> str:
        stem = self.origin.stem
        rest = split_date_name(stem)[1]
        title = flatten(_WORD_BREAK.sub(" ", rest)) or flatten(stem)
        if not title:
            raise DocumentError(
                gettext_noop("missing, and there is no file name to take it from; write one"),
                key="title",
                line=self.document.lines.get("title"),
            )
        self.note(_TITLE_FROM_NAME, key="title", title=title[:60])
        title_row = BY_NAME["title"]
        return title[: title_row.max_length].rstrip()

    def date(self, key: str | None) -> dict[str, Any]:
        found = self.find_date(key)
        if found is None:
            return {}
        return {"date": found.value, "date_source": found.source, "date_text": found.text}

    def find_date(self, key: str | None) -> ResolvedDate | None:
        given = read_moment(self.given(BY_NAME["date"], key)) if key else None
        found = self.schedule(given) or date_from_name(self.origin.stem, zone=self.options.zone)
        if found is None and self.origin.modified is not None:
            self.note(_DATE_OF_FILE, key="date")
            return ResolvedDate(self.origin.modified, "time of the file")
        return found

    def schedule(self, date: ResolvedDate | None) -> ResolvedDate | None:
        """Return `date`, or the `publishDate` that is later: nothing is public before that."""
        latest = date
        for key in effect_keys(SCHEDULE.name, self.document.entries):
            found = read_moment(self.given(SCHEDULE, key))
            if found and (latest is None or found.value > latest.value):
                latest = found
                self.note(gettext_noop("later than the date; the article is dated so"), key=key)
        return latest

    def is_published(self) -> bool:
        entries = self.document.entries
        row = BY_NAME["published"]
        switched_off = [
            (key, _NOT_PUBLISHED, f"{key}: false")
            for key in effect_keys(row.name, entries)
            if not READERS[row.kind](self.given(row, key))
        ]
        reasons = [*switched_off, *self.holding_back()]
        for key, template, said in reasons:
            self.note(template, key=key, said=said)
        return not reasons and not self.is_held_by_body()

    def is_held_by_body(self) -> bool:
        """Whether what was meant to be the head, and is body now, holds the article back."""
        hold = find_document_hold(self.document)
        if hold is None:
            return False
        self.notices.append(Notice(_HELD_BY_BODY, key=hold.key, line=hold.line))
        return True

    def holding_back(self) -> list[tuple[str, str, str]]:
        """Return key, notice and what the key says for all that keeps an article from readers besides `published`."""
        reasons = [
            (key, _PROTECTED if name == "password" else _NOT_PUBLISHED, f"{key}: true")
            for name in HOLDING
            for key in effect_keys(name, self.document.entries)
            if is_on(self.given(BY_NAME[name], key))
        ]
        folder = PurePosixPath(self.origin.path).parent
        if self.origin.is_draft_folder or is_draft_folder(folder):
            reasons.append(("", _IN_DRAFTS, ""))
        return reasons

    def unknown(self, claimed: Mapping[str, str]) -> dict[str, Any]:
        taken = set(claimed.values())
        entries = self.document.entries
        extra = {
            key: node_value(node)
            for key, node in entries.items()
            if key not in taken and key.lower() not in EFFECTS
        }
        people = author_items(entries[claimed["author"]]) if "author" in claimed else ()
        if len(people) > 1:
            extra.setdefault("authors", [node_value(person) for person in people])
        return extra


def dump_data(data: ArticleData) -> dict[str, Any]:
    """Return `data` as JSON values, without body and notices."""
    dumped = {
        row.name: getattr(data, row.name)
        for row in dataclass_fields(data)
        if row.name not in ("body", "notices")
    }
    for name in _MOMENTS:
        dumped[name] = dumped[name].isoformat() if dumped[name] else None
    author = data.author
    dumped["author"] = {"name": author.name, "url": author.url} if author else None
    dumped["categories"] = [list(path) for path in data.categories]
    dumped["tags"] = list(data.tags)
    dumped["extra"] = _copy(data.extra)
    return dumped


def load_data(dumped: Mapping[str, Any]) -> ArticleData:
    """Return the data that `dump_data` made `dumped` of; its body is empty."""
    names = {row.name for row in dataclass_fields(ArticleData)}
    values = {name: value for name, value in dumped.items() if name in names}
    for name in _MOMENTS & values.keys():
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    if author := values.get("author"):
        values["author"] = AuthorName(author["name"], author.get("url", ""))
    values["categories"] = tuple(tuple(path) for path in values.get("categories", ()))
    values["tags"] = tuple(values.get("tags", ()))
    values["extra"] = _copy(values.get("extra", {}))
    return ArticleData(**values)


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list | tuple) else value
