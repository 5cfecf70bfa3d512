"""An import told as it goes: to people line by line, to programs as JSON."""

from collections import Counter
from typing import Protocol

from django.core.management.base import OutputWrapper

from cms_news.management.reporting import JsonLines, show_text
from cms_news.models import ArticleState
from cms_news.services.import_records import TROUBLES
from cms_news.services.import_results import FileResult, Outcome

SILENT = {Outcome.UNCHANGED}
SCREEN_LINES = 20
"""What still stands on a terminal when the end is told."""


class Report(Protocol):
    """Somebody who is told of every file, and of the end."""

    def is_told(self, result: FileResult) -> bool:
        """Return whether anything is written about it."""

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
        self.troubles: list[str] = []
        """The first of them, to be told again where they have gone from the screen."""
        self.lines = 0
        self.trashed = 0
        """Files whose articles lie in the trash."""

    def is_told(self, result: FileResult) -> bool:
        is_trouble = result.outcome in TROUBLES
        return is_trouble or self._is_news(result) or (self.verbosity > 0 and _explains(result))

    def _is_news(self, result: FileResult) -> bool:
        return self.verbosity > 1 or (self.verbosity == 1 and result.outcome not in SILENT)

    def tell(self, result: FileResult) -> None:
        self.trashed += result.state == ArticleState.TRASHED
        place = _place(result.path, result.line)
        if result.outcome in TROUBLES:
            self._complain(f"{place}: {result.outcome}: {show_text(result.reason)}")
        elif self._is_news(result):
            state = f" ({result.state})" if result.state not in {"", "public"} else ""
            old = f" (was {show_text(result.old_path)})" if result.old_path else ""
            self._write(f"{place}: {result.outcome}{state}{old}")
        if self.verbosity > 0:
            self._explain(result)

    def _write(self, line: str) -> None:
        self.out.write(line)
        self.lines += 1

    def _complain(self, line: str) -> None:
        self.err.write(line)
        self.lines += 1
        if len(self.troubles) < SCREEN_LINES:
            self.troubles.append(line)

    def _explain(self, result: FileResult) -> None:
        for notice in result.notices:
            key = f"{notice.key}: " if notice.key else ""
            place = _place(result.path, notice.line)
            self._write(f"  {place}: {show_text(key + notice.message)}")
        for removal in result.removed:
            told = f"removed {removal.kind} {removal.name} ×{removal.count}: {removal.sample!r}"
            self._write(f"  {show_text(result.path)}: {show_text(told)}")
        lines = result.diff.removesuffix("\n").split("\n") if result.diff else []
        shown = lines[: self.diff_lines]
        for line in shown:
            self._write(f"  {_show_line(line)}")
        if len(lines) > len(shown):
            self._write(f"  … {len(lines) - len(shown)} more lines; --diff shows all")

    def end(self, counts: Counter[Outcome], *, is_dry_run: bool, is_interrupted: bool) -> None:
        if self.verbosity == 0:
            return
        if self.err.isatty() and self.lines > SCREEN_LINES:
            self._repeat_troubles(sum(counts[outcome] for outcome in TROUBLES))
        if self.trashed:
            self.out.write(f"{self.trashed} of these files have their articles in the trash")
        told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome)
        dry = " (dry run: nothing was written)" if is_dry_run else ""
        stopped = "; interrupted: run it again to go on" if is_interrupted else ""
        self.out.write(f"{told}{dry}{stopped}")

    def _repeat_troubles(self, count: int) -> None:
        for line in self.troubles:
            self.err.write(line)
        if count > len(self.troubles):
            self.err.write(f"… and {count - len(self.troubles)} more, named above")


def _explains(result: FileResult) -> bool:
    return bool(result.notices or result.removed or result.diff)


def _place(path: str, line: int | None) -> str:
    return f"{show_text(path)}:{line}" if line else show_text(path)


def _show_line(line: str) -> str:
    """Return a line of a diff; tabs are no orders, they stay."""
    return "\t".join(show_text(part) for part in line.split("\t"))


class JsonReport:
    """One JSON object a line for each file, and one for the summary: constant memory at both ends."""

    def __init__(self, out: OutputWrapper) -> None:
        self._lines = JsonLines(out)

    def is_told(self, result: FileResult) -> bool:
        return True

    def tell(self, result: FileResult) -> None:
        self._lines.write(result.as_dict())

    def end(self, counts: Counter[Outcome], *, is_dry_run: bool, is_interrupted: bool) -> None:
        summary = {str(outcome): counts[outcome] for outcome in Outcome}
        self._lines.write(
            {"summary": summary, "dry_run": is_dry_run, "interrupted": is_interrupted}
        )
