"""Files to articles: a result for every file, and no file costs more than itself."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from enum import StrEnum
from itertools import islice

from django.db import DataError, IntegrityError

from cms_news.conf import news_settings
from cms_news.content.document import ArticleData, Document, Notice
from cms_news.content.fields import FieldOptions, Origin, clean_document
from cms_news.content.frontmatter import parse_document
from cms_news.content.rendering import render_body
from cms_news.content.sanitize import Removal
from cms_news.errors import DocumentError, NewsError, gettext_noop
from cms_news.models import Article
from cms_news.models.policy import current_policy

from .articles import Source, save_article, source_key
from .exporting import is_edited
from .sources import SourceFile, SourceText, read_file

BATCH_SIZE = 200
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class Outcome(StrEnum):
    """What became of a file."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file, and what its owner should know about it."""

    path: str
    outcome: Outcome
    reason: str = ""
    """Why it failed or conflicts."""
    line: int | None = None
    notices: tuple[Notice, ...] = ()
    removed: tuple[Removal, ...] = ()
    """What the sanitiser took out."""
    article_id: int | None = None


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How files are read and what is done with them."""

    zone: tzinfo
    """Of dates without offset."""
    is_dry_run: bool = False
    overwrites_edits: bool = False
    """Whether a changed file wins over an article that was edited here; otherwise that is a conflict."""

    @property
    def fields(self) -> FieldOptions:
        return FieldOptions(
            zone=self.zone,
            categories=news_settings.categories,
            tag_separators=news_settings.tag_separators,
        )


def import_files(files: Iterable[SourceFile], *, options: ImportOptions) -> Iterator[FileResult]:
    """Import `files` and yield a result for each, in their order.

    A file whose bytes are those of its last import is left alone. Each file is its own transaction.
    """
    stream = iter(files)
    while batch := list(islice(stream, BATCH_SIZE)):
        keys = [source_key(file.source, file.path) for file in batch]
        rows = Article.objects.filter(source_key__in=keys)
        known = {
            key: (pk, digest)
            for key, pk, digest in rows.values_list("source_key", "pk", "source_hash")
        }
        for key, file in zip(keys, batch, strict=True):
            yield _import_file(file, known.get(key), options)


def _import_file(
    file: SourceFile, known: tuple[int, str] | None, options: ImportOptions
) -> FileResult:
    try:
        text = read_file(file, max_bytes=news_settings.max_file_bytes)
        if known and known[1] == text.content_hash:
            return FileResult(file.path, Outcome.UNCHANGED, article_id=known[0])
        return _take_in(file, text, known[0] if known else None, options)
    except DocumentError as error:
        return FileResult(file.path, Outcome.FAILED, error.reason, error.line)
    except NewsError as error:
        return FileResult(file.path, Outcome.FAILED, str(error))
    except (DataError, IntegrityError) as error:
        return FileResult(file.path, Outcome.FAILED, f"refused by the database: {error}")


def _take_in(
    file: SourceFile, text: SourceText, article_id: int | None, options: ImportOptions
) -> FileResult:
    document = parse_document(text.text)
    origin = Origin(path=file.path, modified=text.modified)
    data = clean_document(document, options=options.fields, origin=origin)
    notices = (*data.notices, *_notices_about(text.text))
    article = Article.objects.with_names().get(pk=article_id) if article_id else None
    if article is not None:
        data = _keep_guessed_date(data, article, origin)
        if is_edited(article) and not options.overwrites_edits:
            return _conflict(file, article, notices)
    outcome = Outcome.UPDATED if article else Outcome.CREATED
    if options.is_dry_run:
        removed = _rehearse(data, file.path)
        return FileResult(
            file.path, outcome, notices=notices, removed=removed, article_id=article_id
        )
    saved = save_article(data, article=article, source=_source_of(file, text, document))
    removed = tuple(Removal(**item) for item in saved.removed)
    return FileResult(file.path, outcome, notices=notices, removed=removed, article_id=saved.pk)


def _source_of(file: SourceFile, text: SourceText, document: Document) -> Source:
    return Source(
        name=file.source,
        path=file.path,
        content_hash=text.content_hash,
        encoding=text.encoding,
        front_matter=document.head,
    )


def _keep_guessed_date(data: ArticleData, article: Article, origin: Origin) -> ArticleData:
    """A file without a date got its own time at the first import; a later touch must not move the article."""
    if data.date is not None and data.date == origin.modified:
        return replace(data, date=article.date, date_source=article.date_source)
    return data


def _conflict(file: SourceFile, article: Article, notices: tuple[Notice, ...]) -> FileResult:
    reason = gettext_noop(
        "the file changed, and so did its article here since the last import; "
        "export the article first, or let the file win with --overwrite"
    )
    return FileResult(file.path, Outcome.CONFLICT, reason, notices=notices, article_id=article.pk)


def _notices_about(text: str) -> tuple[Notice, ...]:
    position = text.find(REPLACEMENT)
    if position < 0:
        return ()
    message = "holds U+FFFD: characters were lost before this import"
    return (Notice(message, line=text.count("\n", 0, position) + 1),)


def _rehearse(data: ArticleData, path: str) -> tuple[Removal, ...]:
    rendered = render_body(
        data.body,
        markup=data.markup,
        path=path,
        policy=current_policy(),
        summary_characters=news_settings.summary_characters,
    )
    return rendered.removed


def count_outcomes(results: Iterable[FileResult]) -> Mapping[Outcome, int]:
    """Return how many files had each outcome, zeros included."""
    counts = dict.fromkeys(Outcome, 0)
    for result in results:
        counts[result.outcome] += 1
    return counts
