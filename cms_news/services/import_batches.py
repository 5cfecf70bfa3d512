"""A batch of files on its way: read, handed to the workers, decided, written in one transaction."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import DataError, IntegrityError, OperationalError, transaction
from django.utils import timezone

from cms_news.conf import news_settings
from cms_news.content.document import ArticleData
from cms_news.content.fields import Origin, load_data
from cms_news.content.preparing import Job, Prepared
from cms_news.errors import DocumentError, NewsError, gettext_noop
from cms_news.models import Article, ArticleState, Reason
from cms_news.models.article_state import find_state

from .article_sources import Source, source_key
from .articles import NewArticle, create_articles, save_article
from .describing import describe_article
from .exporting import export_article, is_edited, keep_names
from .import_diffs import add_diff
from .import_notices import notices_about, notices_about_slug
from .import_results import FileResult, ImportOptions, Outcome
from .locking import lock_articles
from .moving import Arrival, find_moved
from .naming import ResolvedNames, make_names
from .revisions import Cause
from .sources import SourceFile, SourceText, read_file
from .storable import refuse_unstorable
from .workers import Workers

WRITE_ATTEMPTS = 3
CONFLICT = gettext_noop(
    "the file changed, and so did its article here since the last import; export the article first, or say "
    "who wins with --on-conflict file or --on-conflict article"
)


@dataclass(slots=True)
class _Entry:
    """One file of the batch, with what is known about it so far."""

    file: SourceFile
    key: str
    is_known: bool = False
    """Whether there was an article of this path when the file was read."""
    text: SourceText | None = None
    prepared: Prepared | None = None
    names: ResolvedNames | None = None
    article: Article | None = None
    old_path: str = ""
    result: FileResult | None = None

    def end(self, outcome: Outcome, **details: Any) -> None:
        """Say what became of the file."""
        self.result = FileResult(self.file.path, outcome, **details)

    def fail(self, error: NewsError) -> None:
        line = error.line if isinstance(error, DocumentError) else None
        self.end(Outcome.FAILED, error=error, line=line)

    @property
    def arrival(self) -> Arrival:
        own_hash = self.article.source_hash if self.article else ""
        return Arrival(self.file, self.needed[0].content_hash, own_hash)

    @property
    def source(self) -> Source:
        text, prepared = self.needed
        return Source(
            name=self.file.source,
            path=self.file.path,
            content_hash=text.content_hash,
            encoding=text.encoding,
            front_matter=prepared.head,
            date_text=prepared.data.date_text,
        )

    @property
    def needed(self) -> tuple[SourceText, Prepared]:
        """Text and what it means; only asked for where both are there."""
        if self.text is None or self.prepared is None:
            raise ValueError(f"{self.file.path} is not prepared")
        return self.text, self.prepared

    def details(self, data: ArticleData) -> dict[str, Any]:
        """What a report says of a file that was understood."""
        text, prepared = self.needed
        return {
            "notices": (
                *prepared.data.notices,
                *notices_about(text.text),
                *notices_about_slug(prepared.data, self.article),
            ),
            "removed": prepared.rendered.removed,
            "article_id": self.article.pk if self.article else None,
            "state": _state_of(data, self.article),
            "old_path": self.old_path,
        }


class Batch:
    """Some files that are imported together."""

    def __init__(
        self, files: Sequence[SourceFile], options: ImportOptions, workers: Workers
    ) -> None:
        """Read the files and let the workers begin with those that changed."""
        self.options = options
        self.cause = Cause(Reason.IMPORTED, options.user)
        self.entries = [_Entry(file, source_key(file.source, file.path)) for file in files]
        self._read_all()
        self.changed = [entry for entry in self.entries if entry.result is None]
        self.pending = workers.start([self._job(entry) for entry in self.changed])

    def _read_all(self) -> None:
        rows = Article.objects.filter(source_key__in=[entry.key for entry in self.entries])
        columns = ("source_key", "pk", "source_hash", "trashed_at")
        known = {key: values for key, *values in rows.values_list(*columns)}
        for entry in self.entries:
            try:
                entry.text = read_file(
                    entry.file,
                    max_bytes=news_settings.max_file_bytes,
                    encoding=self.options.encoding,
                )
            except NewsError as error:
                entry.fail(error)
                continue
            entry.is_known = entry.key in known
            pk, digest, trashed_at = known.get(entry.key, (None, "", None))
            if digest == entry.text.content_hash:
                state = str(ArticleState.TRASHED) if trashed_at else ""
                entry.end(Outcome.UNCHANGED, article_id=pk, state=state)

    def _job(self, entry: _Entry) -> Job:
        if entry.text is None:
            raise ValueError(f"{entry.file.path} was not read")
        origin = Origin(
            path=entry.file.path,
            modified=entry.text.modified,
            is_draft_folder=entry.file.is_draft,
        )
        return Job(entry.text.text, origin)

    def cancel(self) -> None:
        """Give the batch up; nothing of it is written."""
        self.pending.cancel()

    def finish(self) -> Iterator[FileResult]:
        """Wait for the workers, write what is to be written, and yield the results in order."""
        for entry, outcome in zip(self.changed, self.pending.results(), strict=True):
            if isinstance(outcome, NewsError):
                entry.fail(outcome)
            else:
                entry.prepared = outcome
        ready = [entry for entry in self.changed if entry.prepared is not None]
        for attempt in range(WRITE_ATTEMPTS):
            try:
                self._write(ready)
            except OperationalError:
                # A deadlock, or a database too busy for us: another moment may be better.
                if attempt == WRITE_ATTEMPTS - 1:
                    raise
                for entry in ready:
                    entry.article, entry.old_path, entry.result = None, "", None
            else:
                break
        for entry in self.entries:
            if entry.result is not None:
                yield entry.result

    def _write(self, ready: Sequence[_Entry]) -> None:
        """Write all that is ready in one transaction."""
        if not self.options.is_dry_run:
            strangers = [entry for entry in ready if not entry.is_known]
            resolved = make_names([entry.needed[1].data for entry in strangers])
            for entry, names in zip(strangers, resolved, strict=True):
                entry.names = names
        with transaction.atomic():
            self._find_articles(ready)
            for entry in ready:
                if entry.article is not None:
                    self._update(entry)
            self._create([entry for entry in ready if entry.article is None])

    def _find_articles(self, entries: Sequence[_Entry]) -> None:
        """Find the article of each file: by its path, or by its bytes where it was renamed."""
        if not entries:
            return
        keys = [entry.key for entry in entries]
        if not self.options.is_dry_run:
            lock_articles(Article.objects.filter(source_key__in=keys))
        found = list(Article.objects.with_names().filter(source_key__in=keys))
        by_key = {article.source_key: article for article in found}
        for entry in entries:
            entry.article = by_key.get(entry.key)
        if self.options.finds_renames:
            self._find_renamed(entries, found)

    def _find_renamed(self, entries: Sequence[_Entry], found: Sequence[Article]) -> None:
        arrivals = [entry.arrival for entry in entries]
        moved = {
            entry.key: move
            for entry, move in zip(entries, find_moved(arrivals), strict=True)
            if move is not None
        }
        if not moved:
            return
        by_id = {article.pk: article for article in found}
        missing = {move.article_id for move in moved.values()} - by_id.keys()
        by_id |= {a.pk: a for a in Article.objects.with_names().filter(pk__in=missing)}
        leaving = {move.article_id for move in moved.values()}
        for entry in entries:
            if move := moved.get(entry.key):
                entry.article, entry.old_path = by_id[move.article_id], move.path
            elif entry.article is not None and entry.article.pk in leaving:
                entry.article = None
        if not self.options.is_dry_run:
            # No two articles may have one key, not even while they change places.
            taken = Article.objects.filter(source_key__in=moved)
            taken.store(source_key=None)

    def _update(self, entry: _Entry) -> None:
        if entry.article is None:
            return
        try:
            with transaction.atomic():
                self._settle(entry, entry.article)
        except NewsError as error:
            entry.fail(error)
        except (DataError, IntegrityError) as error:
            entry.fail(_refused(error))

    def _settle(self, entry: _Entry, article: Article) -> None:
        """Decide who wins, file or article, and write what follows."""
        text, prepared = entry.needed
        meant = _keep_guessed_date(prepared.data, article, text)
        data = _with_names_of(meant, article)
        details = entry.details(data)
        if self.options.makes_diffs:
            add_diff(details, article, text=entry.needed[0].text, path=entry.file.path)
        # A file that only moved takes nothing from an article that was edited meanwhile.
        winner = "article" if entry.old_path else self.options.on_conflict
        outcome = Outcome.RENAMED if entry.old_path else Outcome.UPDATED
        if not is_edited(article):
            winner = "file"
        elif _is_as_exported(article, text):
            winner, outcome = "article", Outcome.UNCHANGED
        if winner == "skip":
            entry.end(Outcome.CONFLICT, **details, error=NewsError(CONFLICT))
            return
        said = data if winner == "file" else _held_back_by(data, article)
        refuse_unstorable(said)
        if not self.options.is_dry_run:
            rendered = prepared.rendered if winner == "file" else None
            save_article(
                said,
                article=article,
                source=entry.source,
                rendered=rendered,
                meant=meant,
                cause=self.cause,
            )
        late = [n for n in entry.details(said)["notices"] if n not in details["notices"]]
        notices = (*details["notices"], *late)
        state = _state_of(said, article)
        entry.end(outcome, **{**details, "state": state, "notices": notices})

    def _create(self, entries: Sequence[_Entry]) -> None:
        if self.options.is_dry_run:
            for entry in entries:
                self._rehearse(entry)
            return
        try:
            with transaction.atomic():
                created = create_articles(
                    [replace(self._new(entry), names=entry.names) for entry in entries],
                    cause=self.cause,
                )
        except (NewsError, DataError, IntegrityError):
            # One of them can't be stored: find out which, and store the others.
            for entry in entries:
                self._create_alone(entry)
            return
        for entry, article in zip(entries, created, strict=True):
            entry.article = article
            entry.end(Outcome.CREATED, **entry.details(entry.needed[1].data))

    def _create_alone(self, entry: _Entry) -> None:
        try:
            with transaction.atomic():
                (entry.article,) = create_articles([self._new(entry)], cause=self.cause)
        except NewsError as error:
            entry.fail(error)
        except (DataError, IntegrityError) as error:
            entry.fail(_refused(error))
        else:
            entry.end(Outcome.CREATED, **entry.details(entry.needed[1].data))

    def _rehearse(self, entry: _Entry) -> None:
        try:
            refuse_unstorable(entry.needed[1].data)
        except NewsError as error:
            entry.fail(error)
        else:
            entry.end(Outcome.CREATED, **entry.details(entry.needed[1].data))

    def _new(self, entry: _Entry) -> NewArticle:
        prepared = entry.needed[1]
        return NewArticle(prepared.data, entry.source, prepared.rendered)


def _refused(error: Exception) -> NewsError:
    return NewsError(gettext_noop("refused by the database: {reason}"), reason=str(error).strip())


def _keep_guessed_date(data: ArticleData, article: Article, text: SourceText) -> ArticleData:
    """A file without a date got its own time at the first import; a later touch must not move the article."""
    if data.date is not None and data.date == text.modified:
        return replace(data, date=article.date, date_source=article.date_source)
    return data


def _with_names_of(data: ArticleData, article: Article) -> ArticleData:
    """Let what the file goes on saying mean what it meant, also where its name was changed since."""
    if article.imported is None:
        return data
    was = load_data(article.imported)
    now = describe_article(article, spelling=was)
    unchanged = keep_names(now, article, of=was)
    kept = {
        name: getattr(now, name)
        for name in ("author", "categories", "tags")
        if getattr(data, name) == getattr(was, name) == getattr(unchanged, name)
    }
    return replace(data, **kept)


def _held_back_by(data: ArticleData, article: Article) -> ArticleData:
    """Return what the edited article says; a file that has become a draft takes it from the readers, though."""
    said = describe_article(article)
    was_public = article.imported is not None and load_data(article.imported).published
    return replace(said, published=False) if was_public and not data.published else said


def _is_as_exported(article: Article, text: SourceText) -> bool:
    """Whether the file is what an export of the edited article makes: then there is nothing to settle."""
    try:
        exported = export_article(article)
    except (NewsError, UnicodeEncodeError):
        return False
    return hashlib.sha256(exported).hexdigest() == text.content_hash


def _state_of(data: ArticleData, article: Article | None) -> str:
    now = timezone.now()
    state = find_state(
        at=now,
        date=data.date or now,
        published=data.published,
        expires_at=data.expires_at,
        is_trashed=article is not None and article.trashed_at is not None,
    )
    return str(state)
