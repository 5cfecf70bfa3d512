"""An import told as it goes: to people line by line, to programs as JSON."""

import json
from collections import Counter
from typing import Protocol

from django.core.management.base import OutputWrapper

from cms_news.services.import_records import TROUBLES
from cms_news.services.import_results import FileResult, Outcome

SILENT = {Outcome.UNCHANGED}


class Report(Protocol):
    """Somebody who is told of every file, and of the end."""

    def tell(self, result: FileResult) -> None: ...

    def end(self, counts: Counter[Outcome], *, is_dry_run: bool, is_interrupted: bool) -> None: ...


class TextReport:
    """What became of each file, for people."""

    def __init__(
        self, out: OutputWrapper, err: OutputWrapper, *, verbosity: int, diff_lines: int | None
    ) -> None:
        self.out, self.err = out, err
        self.verbosity = verbosity
        self.diff_lines = diff_lines
        """How much of a diff is shown; None is all of it."""

    def tell(self, result: FileResult) -> None:
        place = f"{result.path}:{result.line}" if result.line else result.path
        if result.outcome in TROUBLES:
            self.err.write(f"{place}: {result.outcome}: {result.reason}")
        elif self.verbosity > 1 or (self.verbosity == 1 and result.outcome not in SILENT):
            state = f" ({result.state})" if result.state not in {"", "public"} else ""
            old = f" (was {result.old_path})" if result.old_path else ""
            self.out.write(f"{place}: {result.outcome}{state}{old}")
        if self.verbosity > 0:
            self._explain(result)

    def _explain(self, result: FileResult) -> None:
        for notice in result.notices:
            place = f"{result.path}:{notice.line}" if notice.line else result.path
            key = f"{notice.key}: " if notice.key else ""
            self.out.write(f"  {place}: {key}{notice.message}")
        for removal in result.removed:
            self.out.write(
                f"  {result.path}: removed {removal.kind} {removal.name} ×{removal.count}: "
                f"{removal.sample!r}"
            )
        lines = result.diff.splitlines()
        shown = lines[: self.diff_lines]
        for line in shown:
            self.out.write(f"  {line}")
        if len(lines) > len(shown):
            self.out.write(f"  … {len(lines) - len(shown)} more lines; --diff shows all")

    def end(self, counts: Counter[Outcome], *, is_dry_run: bool, is_interrupted: bool) -> None:
        if self.verbosity > 0:
            told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome)
            dry = " (dry run: nothing was written)" if is_dry_run else ""
            stopped = "; interrupted: run it again to go on" if is_interrupted else ""
            self.out.write(f"{told}{dry}{stopped}")


class JsonReport:
    """One JSON object a line for each file, and one for the summary: constant memory at both ends."""

    def __init__(self, out: OutputWrapper) -> None:
        self.out = out

    def tell(self, result: FileResult) -> None:
        self.out.write(json.dumps(result.as_dict(), ensure_ascii=False))

    def end(self, counts: Counter[Outcome], *, is_dry_run: bool, is_interrupted: bool) -> None:
        summary = {str(outcome): counts[outcome] for outcome in Outcome}
        record = {"summary": summary, "dry_run": is_dry_run, "interrupted": is_interrupted}
        self.out.write(json.dumps(record, ensure_ascii=False))
