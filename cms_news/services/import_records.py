"""A record of every import, written at its beginning and its end."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import timezone

from cms_news.models import ImportRecord

from .import_results import FileResult, Outcome

MAX_TROUBLES = 1000
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
TROUBLES = frozenset({Outcome.FAILED, Outcome.CONFLICT})


class Recorder:
    """Counts results, keeps the troubles, and stores both."""

    def __init__(self, record: ImportRecord | None) -> None:
        """Without a `record`, as in a dry run, nothing is stored."""
        self.record = record
        self.counts: Counter[Outcome] = Counter()
        self.troubles: list[dict[str, Any]] = []
        if record is not None:
            record.state = ImportRecord.State.RUNNING
            record.options = _storable(record.options)
            record.save()

    def note(self, results: Iterable[FileResult]) -> Iterator[FileResult]:
        """Yield `results` as they come, and note each."""
        for result in results:
            self.counts[result.outcome] += 1
            if result.outcome in TROUBLES and len(self.troubles) < MAX_TROUBLES:
                self.troubles.append(_trouble(result))
            yield result

    def finish(self, *, is_interrupted: bool = False) -> None:
        """Store the sums, and let go of what was uploaded."""
        if self.record is None:
            return
        states = ImportRecord.State
        self.record.state = states.INTERRUPTED if is_interrupted else states.FINISHED
        self.record.finished_at = timezone.now()
        self.record.counts = {str(outcome): number for outcome, number in self.counts.items()}
        self.record.troubles = self.troubles
        self.record.upload = None
        self.record.save()


def _trouble(result: FileResult) -> dict[str, Any]:
    said = result.as_dict()
    shown: dict[str, Any] = {
        name: said[name] for name in ("path", "outcome", "line", "reason") if name in said
    }
    # The reason again as its template and values: who reads it later may speak another language.
    told: dict[str, Any] = _storable({**shown, **(result.error.as_dict() if result.error else {})})
    return told


def _storable(value: Any) -> Any:
    """Return a JSON value with signs for what no database takes: names of files may hold anything."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, list) else value
