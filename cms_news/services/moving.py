"""Files that were renamed: known again by their bytes, where the path that had those has them no more."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from cms_news.conf import news_settings
from cms_news.errors import NewsError
from cms_news.models import Article

from .sources import SourceFile

MAX_ALIKE = 1000
"""Articles of the same bytes that are looked through; who has more is not after this one or that one."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file with other bytes than its path had, if it had any."""

    file: SourceFile
    content_hash: str
    own_hash: str = ""
    """What the article of its path was made of; "" where there is none."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The article of a renamed file."""

    article_id: int
    path: str
    """Where the file was."""


def find_moved(arrivals: Sequence[Arrival]) -> list[Moved | None]:
    """Return, for each file, the article that it belongs to by its bytes, if its path does not decide.

    That is an article whose own path is gone, or holds what another article was made of: files may have changed
    their names with each other. A file whose path has an article of its own leaves that only if it is clear
    where that article's file went.
    """
    return _Search(arrivals).results


@dataclass
class _Search:
    arrivals: Sequence[Arrival]
    results: list[Moved | None] = field(default_factory=list)
    _now: dict[tuple[str, str], str] = field(default_factory=dict)
    """The bytes that are now at a path of a source."""
    _left: dict[int, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._now |= {(a.file.source, a.file.path): a.content_hash for a in self.arrivals}
        self._arrived = {(a.file.source, a.content_hash) for a in self.arrivals}
        self._candidates = _find_candidates(self._arrived)
        self.results = [self._find(arrival) for arrival in self.arrivals]

    def _find(self, arrival: Arrival) -> Moved | None:
        candidates = self._candidates.get((arrival.file.source, arrival.content_hash), [])
        for candidate in candidates:
            if self._has_left(candidate, arrival) and self._is_free(arrival, candidate):
                candidates.remove(candidate)
                return candidate
        return None

    def _has_left(self, candidate: Moved, arrival: Arrival) -> bool:
        if candidate.article_id not in self._left:
            self._left[candidate.article_id] = self._look(candidate, arrival)
        return self._left[candidate.article_id]

    def _look(self, candidate: Moved, arrival: Arrival) -> bool:
        file = arrival.file
        if not file.container.holds(candidate.path, beside=file.path):
            return True
        now = self._hash_at(file, candidate.path)
        if now in ("", arrival.content_hash):
            return False
        return Article.objects.filter(source=file.source, source_hash=now).exists()

    def _is_free(self, arrival: Arrival, candidate: Moved) -> bool:
        """Whether the article of the file's own path, if there is one, has its file elsewhere now."""
        if not arrival.own_hash:
            return True
        source = arrival.file.source
        is_swapped = self._now.get((source, candidate.path)) == arrival.own_hash
        return is_swapped or (source, arrival.own_hash) in self._arrived

    def _hash_at(self, file: SourceFile, path: str) -> str:
        """Return the hash of the bytes that are at `path` now; "" where that can't be told."""
        key = (file.source, path)
        if key not in self._now:
            try:
                raw, _modified = file.container.read(path, max_bytes=news_settings.max_file_bytes)
                self._now[key] = hashlib.sha256(raw).hexdigest()
            except NewsError:
                self._now[key] = ""
        return self._now[key]


def _find_candidates(wanted: set[tuple[str, str]]) -> dict[tuple[str, str], list[Moved]]:
    """Return the articles of these sources and bytes, first those that were not imported for the longest."""
    rows = Article.objects.filter(
        source__in={source for source, _hash in wanted},
        source_hash__in={h for _source, h in wanted},
    )
    found: dict[tuple[str, str], list[Moved]] = {}
    columns = ("pk", "source", "source_hash", "source_path")
    for pk, source, digest, path in (
        rows.order_by("imported_at", "pk").values_list(*columns).iterator()
    ):
        alike = found.setdefault((source, digest), [])
        if len(alike) < MAX_ALIKE:
            alike.append(Moved(pk, path))
    return found
