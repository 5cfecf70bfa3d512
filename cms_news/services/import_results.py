"""What an import is asked to do, and what it says it did."""

import os
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum
from typing import Any, Literal

from cms_news.conf import news_settings
from cms_news.content.document import Notice
from cms_news.content.fields import FieldOptions
from cms_news.content.preparing import Recipe
from cms_news.content.sanitize import Removal
from cms_news.errors import NewsError
from cms_news.models.policy import current_policy

OnConflict = Literal["skip", "file", "article"]


class Outcome(StrEnum):
    """What became of a file."""

    CREATED = "created"
    UPDATED = "updated"
    RENAMED = "renamed"
    """Found under another path with the same bytes; its article keeps id and slug."""
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    """Changed here and there since the last import; nothing was done."""
    FAILED = "failed"
    VANISHED = "vanished"
    """Imported once and gone now; its article stays."""
    PRUNED = "pruned"
    """Gone, and its article with it to the trash."""


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file, and what its owner should know about it."""

    path: str
    outcome: Outcome
    error: NewsError | None = None
    """Why it failed or conflicts."""
    line: int | None = None
    notices: tuple[Notice, ...] = ()
    removed: tuple[Removal, ...] = ()
    """What the sanitiser took out."""
    article_id: int | None = None
    state: str = ""
    """Of the article now: draft, scheduled, public, expired or trashed; of an unchanged file only the last."""
    old_path: str = ""
    """Where a renamed file was."""
    diff: str = ""
    """From the article's file as it would be exported now to the file; made when asked for."""

    @property
    def reason(self) -> str:
        """Why it failed or conflicts, in English; "" where it did neither."""
        return self.error.reason if self.error else ""

    def as_dict(self) -> dict[str, Any]:
        """Return the result as JSON values; what is empty is left out."""
        values = {
            "path": self.path,
            "outcome": str(self.outcome),
            "reason": self.reason,
            "line": self.line,
            "notices": [
                {"key": notice.key, "line": notice.line, "message": notice.message}
                for notice in self.notices
            ],
            "removed": [
                {"kind": item.kind, "name": item.name, "count": item.count, "sample": item.sample}
                for item in self.removed
            ],
            "article": self.article_id,
            "state": str(self.state),
            "old_path": self.old_path,
            "diff": self.diff,
        }
        return {name: value for name, value in values.items() if value not in ("", None, [])}


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How files are read and what is done with them."""

    zone: tzinfo
    """Of dates without offset."""
    is_dry_run: bool = False
    on_conflict: OnConflict = "skip"
    """Who wins where both changed: nobody, the file, or the article, which takes the file for seen."""
    encoding: str | None = None
    """Of files that are not UTF-8, if all of them are in one other."""
    jobs: int = 1
    """Processes that prepare; 1 is this one."""
    makes_diffs: bool = False
    finds_renames: bool = True
    """Whether a new path with known bytes is the old file moved; not where another folder bears the name."""
    user: Any = None
    """Who imports, for the revisions."""

    @property
    def fields(self) -> FieldOptions:
        return FieldOptions(
            zone=self.zone,
            categories=news_settings.categories,
            tag_separators=news_settings.tag_separators,
        )

    def recipe(self) -> Recipe:
        """Return all that preparing a text depends on."""
        return Recipe(self.fields, current_policy(), news_settings.summary_characters)


def default_jobs() -> int:
    """Return how many processes this machine runs side by side."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
