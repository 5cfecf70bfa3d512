"""The frozen dataclasses that travel between files, the database and the API."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Syntax = Literal["yaml", "toml", "json", "none"]
Markup = Literal["auto", "html", "markdown"]


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value of a head, still as its author wrote it: types are resolved key by key, later."""

    text: str
    """The value without quotes, escapes resolved; `12:30` stays `12:30`, `no` stays `no`."""
    plain: bool
    """True without quotes: only then may `true`, `null` or `12` be more than text."""
    line: int
    """Counted from 1 in the file."""


Node = Scalar | tuple["Node", ...] | Mapping[str, "Node"]
"""A value of a head: a scalar, a sequence, or a mapping with text keys."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader of a report should know about a file that was understood all the same."""

    template: str
    """Untranslated, with places for `params`, as in NewsError."""
    params: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    line: int | None = None

    @property
    def message(self) -> str:
        return self.template.format(**self.params)


@dataclass(frozen=True, slots=True)
class Document:
    """A file, split but not yet understood: `head + body` is its text, character by character."""

    head: str
    """Everything before the body: byte order mark, empty lines, fences and all.

    Without front matter it is empty, or the byte order mark alone.
    """
    body: str
    syntax: Syntax = "none"
    entries: Mapping[str, Node] = field(default_factory=dict)
    """The head's keys in the order of the file."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line of each key, from 1."""
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorName:
    """The author as a file names one: a name, perhaps with an address."""

    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class ArticleData:
    """An article, understood: typed, trimmed, in the front matter's own words.

    Times are aware and in UTC. The defaults are what a file means that leaves a key out.
    """

    title: str
    body: str = ""
    """The source, exactly as it came."""
    slug: str = ""
    """Empty: made from the file's name or the title on save."""
    date: datetime | None = None
    """Empty: the moment of the first save."""
    updated: datetime | None = None
    expires_at: datetime | None = None
    published: bool = True
    author: AuthorName | None = None
    categories: tuple[tuple[str, ...], ...] = ()
    """Paths of names, root to leaf, in the file's order."""
    tags: tuple[str, ...] = ()
    headimg: str = ""
    thumbnail: str = ""
    comments: bool = True
    excerpt: str = ""
    permalink: str = ""
    lang: str = ""
    layout: str = ""
    markup: Markup = "auto"
    source_name: str = ""
    source_url: str = ""
    """As it is written; safe only when `content.urls` says so."""
    license: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Unknown keys with JSON values, in the file's order."""
    date_source: str = ""
    """How `date` was resolved, for people: `RFC 2822`, `no offset, read in Asia/Shanghai`, `file name` ..."""
    date_text: str = ""
    """The date as the file, or its name, writes it; empty without one."""
    notices: tuple[Notice, ...] = ()
