"""What articles said: kept with every save, and read again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS
from django.db.models import F
from django.utils import timezone

from cms_news.content.document import ArticleData
from cms_news.content.fields import compose_document, dump_data, load_data
from cms_news.delivery.own_part import References, find_references
from cms_news.errors import NewsError
from cms_news.models import Article, Reason, Revision
from cms_news.models.bulk import insert_rows
from cms_news.models.revision import NAME_LENGTH, NOTE_LENGTH, pack_document, unpack_document

from .describing import describe_article
from .exporting import compose_file, field_options

COLUMNS = ("article", "version", "reason", "note", "user", "user_name", "saved_at", "document")


@dataclass(frozen=True, slots=True)
class Cause:
    """Who saves, and why."""

    reason: Reason = Reason.EDITED
    user: Any = None
    note: str = ""

    @property
    def user_id(self) -> Any:
        return self.user.pk if self.user else None

    @property
    def user_name(self) -> str:
        return self.user.get_username()[:NAME_LENGTH] if self.user else ""


FOUND = Cause(Reason.FOUND)
"""Nobody knows who saved it: it was there before revisions were, or came past the services."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One state of an article on its way into a row."""

    article_id: int
    version: int
    document: bytes
    cause: Cause
    saved_at: datetime = field(default_factory=timezone.now)

    @property
    def row(self) -> tuple[Any, ...]:
        cause = self.cause
        return (
            self.article_id,
            self.version,
            str(cause.reason),
            cause.note[:NOTE_LENGTH],
            cause.user_id,
            cause.user_name,
            self.saved_at,
            self.document,
        )


class Touched(NamedTuple):
    """An article and the version that a write has given it."""

    article_id: int
    version: int


def store_revisions(kept: Iterable[Kept], *, using: str | None) -> None:
    """Insert the rows. 1 query."""
    rows = [state.row for state in kept]
    insert_rows(Revision, COLUMNS, rows, using=using or DEFAULT_DB_ALIAS)


def pack_found(article: Article) -> bytes:
    """Return the document of `article` as it is stored; `with_names()` saves queries."""
    return pack_said(article, describe_article(article), find_references(article))


def keep_found(article: Article) -> list[Kept]:
    """Return the state of `article` to be kept before a write, if no revision of it was: nothing is lost so."""
    if article.recorded_version == article.version:
        return []
    document = pack_found(article)
    return [Kept(article.pk, article.version, document, FOUND, article.modified_at)]


def pack_said(
    article: Article, data: ArticleData, references: References, *, head: str | None = None
) -> bytes:
    """Return the document of `article`, which says `data` now.

    `head` is the front matter of its file, where the caller knows it.
    """
    said = replace(
        data,
        slug=article.slug,
        date=article.date,
        date_source=article.date_source,
        date_text=article.date_text,
    )
    if head is None:
        head = _compose_head(article, said)
    # By these a name that somebody changed since is told from one that the article does not have any more.
    told = {**dump_data(said), "references": references._asdict()}
    return pack_document(told, head=head, body=data.body)


def _compose_head(article: Article, data: ArticleData) -> str:
    """Return the front matter of the article's file with what was edited; "" where it came from none.

    Also where the file can't say it: no save fails for that.
    """
    if article.imported is None:
        return ""
    try:
        return compose_file(article, data).head
    except NewsError:
        return ""


def copy_documents(versions: Mapping[int, int]) -> dict[int, bytes]:
    """Return the documents of articles in their `versions`, by id, for writes that leave alone what they say.

    Copied from the revisions of those, where there are any; otherwise they are made. 1 query, or 5.
    """
    rows = Revision.objects.filter(article__in=versions, version=F("article__recorded_version"))
    current = rows.order_by().values_list("article_id", "version", "document")
    found = {pk: bytes(packed) for pk, version, packed in current if versions[pk] == version}
    missing = versions.keys() - found.keys()
    if missing:
        others = Article.objects.filter(pk__in=missing).with_names()
        found |= {article.pk: pack_found(article) for article in others}
    return found


@dataclass(frozen=True, slots=True)
class SavedText:
    """What a revision holds."""

    data: ArticleData
    references: References
    head: str
    """The front matter of the file, as an export would have written it."""

    @property
    def body(self) -> str:
        return self.data.body


def read_revision(revision: Revision) -> SavedText:
    """Return what the article said then."""
    said, head, body = unpack_document(revision.document)
    data = replace(load_data(said), body=body)
    return SavedText(data, References(**said["references"]), head or _fresh_head(data))


def _fresh_head(data: ArticleData) -> str:
    try:
        return compose_document(data, options=field_options()).head
    except NewsError:
        return ""
