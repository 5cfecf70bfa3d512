"""What exports wrote, so that the next one replaces nothing that somebody else wrote meanwhile."""

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils import timezone

from cms_news.models import Article, ExportedFile


class ExportedFiles:
    """The files below one folder. What is noted of them is stored when `store` is called."""

    def __init__(self, folder: Path) -> None:
        self.folder = digest_of(os.fsencode(folder.resolve()))
        self.noted: list[ExportedFile] = []

    def may_replace(self, article: Article, digest: str) -> bool:
        """Return whether a file of that digest is as it was imported or exported last, and so nobody's edit.

        Where an export into this folder is known, only that one counts, and an import after it; elsewhere
        any that is known, as folders are copied and moved. `exported_files` should be prefetched.
        """
        rows = list(article.exported_files.all())
        last = self._last(rows)
        known = {row.content_hash for row in ([last] if last else rows)}
        if last is None or _is_outdated(last, article):
            known.add(article.source_hash)
        return digest in known

    def note(self, article: Article, digest: str) -> None:
        """Note that the file of `article` has that digest now."""
        last = self._last(article.exported_files.all())
        if last is None:
            last = ExportedFile(article=article, folder=self.folder)
        elif last.content_hash == digest and not _is_outdated(last, article):
            return
        last.content_hash, last.exported_at = digest, timezone.now()
        self.noted.append(last)

    def store(self) -> None:
        """Store what was noted; 2 queries at most."""
        noted, self.noted = self.noted, []
        if not noted:
            return
        try:
            with transaction.atomic():
                _store(noted)
        except IntegrityError:
            # An article was deleted meanwhile: let its file go, and keep what is known of the others.
            for row in noted:
                with suppress(IntegrityError), transaction.atomic():
                    _store([row])

    def _last(self, rows: Iterable[ExportedFile]) -> ExportedFile | None:
        return next((row for row in rows if row.folder == self.folder), None)


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of `content`, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _is_outdated(row: ExportedFile, article: Article) -> bool:
    """Whether the file was imported since: it may have been another one by then."""
    return article.imported_at is not None and article.imported_at > row.exported_at


def _store(rows: list[ExportedFile]) -> None:
    new = [row for row in rows if row.pk is None]
    if new:
        # Another export into the same folder may have been first; it wrote the same.
        ExportedFile.objects.bulk_create(new, ignore_conflicts=True)
    changed = [row for row in rows if row.pk is not None]
    if changed:
        ExportedFile.objects.bulk_update(changed, ["content_hash", "exported_at"])
