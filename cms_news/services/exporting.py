"""Articles back to files: the same bytes where nobody edited, and otherwise only what was edited."""

import os
import re
import secrets
import stat
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from time import time

from cms_news.conf import news_settings
from cms_news.content.document import ArticleData, Document
from cms_news.content.fields import FieldOptions, compose_document, load_data
from cms_news.content.frontmatter import format_document, parse_document
from cms_news.delivery.own_part import References, find_references
from cms_news.errors import NewsError, gettext_noop
from cms_news.models import Article, ArticleQuerySet

from .describing import describe_article, is_same_value, respell
from .export_paths import ExportPaths, locate, refuse_rival, wanted_path
from .exported_files import ExportedFiles, digest_of

CHUNK_SIZE = 200
KINDS = References._fields
"""Of names that an article refers to, as its data and its references call them."""
LEFT_SECONDS = 3600
"""After which nobody writes on at a temporary file."""
_TEMPORARY = re.compile(r"\.export-[0-9a-f]{16}")
CHANGED = gettext_noop(
    "the file was changed since it was imported or exported last; import it first, or overwrite it with --force"
)


class ExportOutcome(StrEnum):
    """What became of a file, or would."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    """Changed by somebody since it was imported or exported last; left as it is."""
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
    """Why it failed or conflicts."""

    @property
    def reason(self) -> str:
        """Why it failed or conflicts, in English; "" where it did neither."""
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
    return _keep(data, article, of, KINDS)


def keep_merged_names(data: ArticleData, article: Article) -> ArticleData:
    """Return `data` with the names that the article's file uses for what they were merged into.

    The file goes on meaning it by them, so they are no reason to change the file.
    """
    if article.imported is None or not article.imported.get("former"):
        return data
    return _keep(data, article, load_data(article.imported), article.imported["former"])


def _keep(
    data: ArticleData, article: Article, of: ArticleData, kinds: Collection[str]
) -> ArticleData:
    before = (article.imported or {}).get("references")
    if not before:
        return data
    now = find_references(article)._asdict()
    kept = {kind: getattr(of, kind) for kind in kinds if now[kind] == before[kind]}
    return replace(data, **kept)


def _comparable(data: ArticleData) -> ArticleData:
    """Leave out what is no edit, and the body, of which only the file's hash is kept."""
    return replace(data, body="", notices=(), date_source="", date_text="", extra={})


def _digest(text: str, article: Article) -> str:
    return digest_of(text.encode(article.source_encoding))


def export_article(article: Article) -> bytes:
    """Return the file of `article`: byte for byte what was imported, but for what was edited since."""
    return _compose(article).encode(article.source_encoding)


def _compose(article: Article) -> str:
    said = keep_merged_names(describe_article(article), article)
    return format_document(compose_file(article, said))


def compose_file(article: Article, now: ArticleData) -> Document:
    """Return the file of `article`, which says `now`. Raises DocumentError for what its head can't hold."""
    options = field_options()
    if article.imported is None:
        return compose_document(now, options=options)
    was = load_data(article.imported)
    # The head alone: an edited body must not have a say in where the head ends.
    base = replace(parse_document(article.front_matter), body=now.body)
    spelled = respell(now, was)
    return compose_document(spelled, base=base, was=replace(was, body=now.body), options=options)


def field_options() -> FieldOptions:
    """Return how files are read and written by the settings."""
    return FieldOptions(
        zone=news_settings.timezone,
        categories=news_settings.categories,
        tag_separators=news_settings.tag_separators,
    )


def export_articles(
    articles: ArticleQuerySet, folder: Path, *, is_check: bool = False, overwrites: bool = False
) -> Generator[ExportResult, None, None]:
    """Write `articles` below `folder` and yield a result for each.

    Imported ones go to the path they came from, others to `slug.md`. A file that is there already with the
    same bytes is not touched, and neither is one that somebody changed since it was imported or exported
    last, unless `overwrites` says so. A check writes nothing and says what is missing or different.
    """
    files = ExportedFiles(folder)
    export = _Export(folder, files, is_check=is_check, overwrites=overwrites)
    try:
        # Read in pieces: SQLite refuses to write while a read is under way that somebody else's write outdated.
        known = articles.prefetch_related("exported_files")
        for chunk in read_chunks(ordered_ids(articles), among=known):
            for article in chunk:
                yield export.run(article)
            files.store()
    finally:
        files.store()


def ordered_ids(articles: ArticleQuerySet) -> list[int]:
    """Return the ids; those with a path of their own come first, nobody else may take it."""
    rows = articles.order_by("pk").values_list("pk", "source_key").distinct()
    return [pk for pk, _key in sorted(rows, key=lambda row: (row[1] is None, row[0]))]


def read_chunks(ids: Sequence[int], *, among: ArticleQuerySet) -> Iterator[list[Article]]:
    """Yield the articles of those `ids` that are `among` them still, in their order, some at a time."""
    for start in range(0, len(ids), CHUNK_SIZE):
        chunk = ids[start : start + CHUNK_SIZE]
        rows = among.filter(pk__in=chunk).with_names()
        found = {article.pk: article for article in rows}
        yield [found[pk] for pk in chunk if pk in found]


class _Export:
    """An export into one folder, article by article."""

    def __init__(
        self, folder: Path, files: ExportedFiles, *, is_check: bool, overwrites: bool
    ) -> None:
        self.folder = folder
        self.files = files
        self.is_check = is_check
        self.overwrites = overwrites
        self.paths = ExportPaths()
        self.swept: set[Path] = set()

    def run(self, article: Article) -> ExportResult:
        wanted, is_given = wanted_path(article)
        path = self.paths.choose(wanted, is_given=is_given)
        try:
            target, content = locate(self.folder, path), export_article(article)
            refuse_rival(self.folder, path, self.paths.find_rival(path))
            outcome = self.settle(article, target, content)
        # A RuntimeError is how older Pythons say that links go in a circle.
        except (NewsError, OSError, RuntimeError, UnicodeEncodeError) as error:
            return ExportResult(path, ExportOutcome.FAILED, article.pk, explain_failure(error))
        reason = NewsError(CHANGED) if outcome is ExportOutcome.CONFLICT else None
        return ExportResult(path, outcome, article.pk, reason)

    def settle(self, article: Article, target: Path, content: bytes) -> ExportOutcome:
        """Write the file if it is to be written, and return what became of it."""
        outcome = self.compare(article, target, content)
        if self.is_check or outcome is ExportOutcome.CONFLICT:
            return outcome
        if outcome is not ExportOutcome.UNCHANGED:
            self.sweep(target.parent)
            _write(target, content)
            outcome = ExportOutcome.WRITTEN
        self.files.note(article, digest_of(content))
        return outcome

    def sweep(self, folder: Path) -> None:
        """Remove what an export that was killed has left in `folder`, once."""
        if folder not in self.swept:
            self.swept.add(folder)
            _remove_leftovers(folder)

    def compare(self, article: Article, target: Path, content: bytes) -> ExportOutcome:
        if not target.is_file():
            return ExportOutcome.MISSING
        found = target.read_bytes()
        if found == content:
            return ExportOutcome.UNCHANGED
        if self.overwrites or self.files.may_replace(article, digest_of(found)):
            return ExportOutcome.DIFFERENT
        return ExportOutcome.CONFLICT


def explain_failure(error: Exception) -> NewsError:
    """Return `error` as one with a message that can be shown in any language."""
    if isinstance(error, NewsError):
        return error
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return NewsError(gettext_noop("can't be written: {reason}"), reason=reason)


def _write(target: Path, content: bytes) -> None:
    """Write so that whoever looks sees the old file or the new one, never a part."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.parent / f".export-{secrets.token_hex(8)}"
    try:
        with temporary.open("xb") as stream:
            if target.is_file():
                temporary.chmod(stat.S_IMODE(target.stat().st_mode))
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except BaseException:
        # Also when somebody interrupts.
        temporary.unlink(missing_ok=True)
        raise


def _remove_leftovers(folder: Path) -> None:
    oldest = time() - LEFT_SECONDS
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _TEMPORARY.fullmatch(entry.name) and entry.stat().st_mtime < oldest:
                os.unlink(entry)
