"""Articles back to files: the same bytes where nobody edited, and otherwise only what was edited."""

import hashlib
import os
import secrets
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

from cms_news.conf import news_settings
from cms_news.content.document import ArticleData
from cms_news.content.fields import FieldOptions, compose_document, load_data
from cms_news.content.frontmatter import format_document, parse_document
from cms_news.delivery.own_part import find_references
from cms_news.errors import NewsError, gettext_noop
from cms_news.models import Article, ArticleQuerySet

from .describing import describe_article, is_same_value

CHUNK_SIZE = 200


class ExportOutcome(StrEnum):
    """What became of a file, or would."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    MISSING = "missing"
    """Of a check: not there yet."""
    DIFFERENT = "different"
    """Of a check: there, with other bytes."""


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What became of the file of one article."""

    path: str
    outcome: ExportOutcome
    article_id: int
    error: NewsError | None = None
    """Why it failed."""

    @property
    def reason(self) -> str:
        """Why it failed, in English; "" where it did not."""
        return self.error.reason if self.error else ""


def is_edited(article: Article) -> bool:
    """Whether an imported article says anything else now than its file did."""
    if article.imported is None:
        return True
    was = load_data(article.imported)
    now = keep_names(describe_article(article, spelling=was), article, of=was)
    if _comparable(now) != _comparable(was) or not is_same_value(now.extra, was.extra):
        return True
    try:
        return _digest(article.front_matter + article.body, article) != article.source_hash
    except UnicodeEncodeError:
        return True


def keep_names(data: ArticleData, article: Article, *, of: ArticleData) -> ArticleData:
    """Return `data` with the names of `of` for what `article` has referred to ever since its import.

    Renaming a category or an author is an edit of that name, not of every article that shows it.
    """
    before = (article.imported or {}).get("references")
    if not before:
        return data
    now = find_references(article)
    kept: dict[str, Any] = {}
    if now.author == before["author"]:
        kept["author"] = of.author
    if list(now.categories) == before["categories"]:
        kept["categories"] = of.categories
    if list(now.tags) == before["tags"]:
        kept["tags"] = of.tags
    return replace(data, **kept)


def _comparable(data: ArticleData) -> ArticleData:
    """Leave out what is no edit, and the body, of which only the file's hash is kept."""
    return replace(data, body="", notices=(), date_source="", date_text="", extra={})


def _digest(text: str, article: Article) -> str:
    return hashlib.sha256(text.encode(article.source_encoding)).hexdigest()


def export_article(article: Article) -> bytes:
    """Return the file of `article`: byte for byte what was imported, but for what was edited since."""
    return _compose(article).encode(article.source_encoding)


def _compose(article: Article) -> str:
    options = FieldOptions(
        zone=news_settings.timezone,
        categories=news_settings.categories,
        tag_separators=news_settings.tag_separators,
    )
    if article.imported is None:
        return format_document(compose_document(describe_article(article), options=options))
    was = load_data(article.imported)
    now = describe_article(article, spelling=was)
    # The head alone: an edited body must not have a say in where the head ends.
    base = replace(parse_document(article.front_matter), body=article.body)
    return format_document(
        compose_document(now, base=base, was=_with_body(was, article), options=options)
    )


def _with_body(data: ArticleData, article: Article) -> ArticleData:
    return replace(data, body=article.body)


def export_articles(
    articles: ArticleQuerySet, folder: Path, *, is_check: bool = False
) -> Iterator[ExportResult]:
    """Write `articles` below `folder` and yield a result for each.

    Imported ones go to the path they came from, others to `slug.md`. A file that is there already with the
    same bytes is not touched. A check writes nothing and says what is missing or different.
    """
    taken: set[str] = set()
    # Those that have a path of their own come first: nobody else may take it.
    for rows in (articles.exclude(source_key=None), articles.filter(source_key=None)):
        for article in rows.with_names().order_by("pk").iterator(chunk_size=CHUNK_SIZE):
            path = _choose_path(article, taken)
            taken.add(path)
            try:
                target, content = _inside(folder, path), export_article(article)
                outcome = _compare(target, content) if is_check else _write(target, content)
                yield ExportResult(path, outcome, article.pk)
            # A RuntimeError is how older Pythons say that links go in a circle.
            except (NewsError, OSError, RuntimeError, UnicodeEncodeError) as error:
                yield ExportResult(path, ExportOutcome.FAILED, article.pk, explain_failure(error))


def explain_failure(error: Exception) -> NewsError:
    """Return `error` as one with a message that can be shown in any language."""
    if isinstance(error, NewsError):
        return error
    return NewsError(gettext_noop("can't be written: {reason}"), reason=str(error))


def _choose_path(article: Article, taken: set[str]) -> str:
    return free_path(article.source_path or f"{article.slug}.md", taken)


def free_path(wanted: str, taken: Set[str]) -> str:
    """Return the path `wanted`, with a number before its ending where it is among those taken."""
    path = PurePosixPath(wanted)
    candidate, number = path, 2
    while str(candidate) in taken:
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return str(candidate)


def _inside(folder: Path, path: str) -> Path:
    target = (folder / path).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise NewsError(gettext_noop("{path}: leads out of the folder"), path=path)
    return target


def _compare(target: Path, content: bytes) -> ExportOutcome:
    if not target.is_file():
        return ExportOutcome.MISSING
    is_same = target.read_bytes() == content
    return ExportOutcome.UNCHANGED if is_same else ExportOutcome.DIFFERENT


def _write(target: Path, content: bytes) -> ExportOutcome:
    """Write so that whoever looks sees the old file or the new one, never a part."""
    if _compare(target, content) is ExportOutcome.UNCHANGED:
        return ExportOutcome.UNCHANGED
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.parent / f".export-{secrets.token_hex(8)}"
    try:
        with temporary.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return ExportOutcome.WRITTEN
