"""How long work shows: on a terminal as a line that is written over, elsewhere as a line now and then."""

import io
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar

from django.core.management.base import OutputWrapper

Item = TypeVar("Item")
SECONDS_BETWEEN = 0.1
SECONDS_BETWEEN_LINES = 10
SECONDS_TO_GUESS = 1
"""Before, a rate says more of the start than of the work."""
BAR_WIDTH = 24
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def show_text(text: str) -> str:
    """Return `text` on one line, control characters escaped: a name may hold orders to the terminal."""
    return _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text)


@dataclass
class Progress:
    """How far work has come, with rate and time left."""

    label: str
    _total: int | Callable[[], int]
    started: float

    @property
    def total(self) -> int:
        if not isinstance(self._total, int):
            self._total = self._total()
        return self._total

    def describe(self, number: int) -> str:
        elapsed = max(monotonic() - self.started, 0.001)
        rate = number / elapsed
        left = _clock((self.total - number) / rate) if elapsed >= SECONDS_TO_GUESS else "…"
        return f"{number:,}/{self.total:,}  {rate:,.0f}/s  {left} left"


@dataclass
class Bar:
    """A progress bar on a terminal."""

    stream: OutputWrapper
    progress: Progress
    shown_at: float = 0.0
    is_drawn: bool = False

    def draw(self, number: int) -> None:
        progress = self.progress
        filled = BAR_WIDTH * number // max(progress.total, 1)
        bar = "█" * filled + "░" * (BAR_WIDTH - filled)
        line = f"{progress.label} {bar} {progress.describe(number)}"
        columns = shutil.get_terminal_size().columns
        # A line that wraps could not be wiped.
        if len(line) >= columns:
            line = f"{progress.label} {progress.describe(number)}"[: columns - 1]
        self._write(f"\r{line}\x1b[K")
        self.is_drawn = True
        self.shown_at = monotonic()

    def erase(self) -> None:
        if self.is_drawn:
            self._write("\r\x1b[K")
            self.is_drawn = False

    def _write(self, text: str) -> None:
        # In no colour: what stands on this line is no error.
        self.stream.write(text, style_func=str, ending="")
        self.stream.flush()


def _clock(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{rest:02d}"


def show_progress(
    items: Iterable[Item],
    *,
    total: int | Callable[[], int],
    stream: OutputWrapper,
    label: str,
    is_enabled: bool,
    is_told: Callable[[Item], bool] = lambda _item: True,
) -> Iterator[Item]:
    """Yield `items` and tell on `stream` how many of `total` have passed; it is only counted if it is told.

    On a terminal that is a bar. It is wiped before an item is handed on of which `is_told` says that a line
    will be written, and stands again while the next one is waited for. Elsewhere a line is written where the
    work takes long.
    """
    if not is_enabled:
        yield from items
    elif stream.isatty():
        yield from _draw_bar(items, Bar(stream, Progress(label, total, monotonic())), is_told)
    else:
        yield from _write_lines(items, stream, Progress(label, total, monotonic()))


def _draw_bar(items: Iterable[Item], bar: Bar, is_told: Callable[[Item], bool]) -> Iterator[Item]:
    bar.draw(0)
    try:
        for number, item in enumerate(items, start=1):
            if is_told(item):
                bar.erase()
            yield item
            if not bar.is_drawn or monotonic() - bar.shown_at >= SECONDS_BETWEEN:
                bar.draw(number)
    finally:
        bar.erase()


def _write_lines(
    items: Iterable[Item], stream: OutputWrapper, progress: Progress
) -> Iterator[Item]:
    told_at = progress.started
    for number, item in enumerate(items, start=1):
        yield item
        if monotonic() - told_at >= SECONDS_BETWEEN_LINES:
            stream.write(f"{progress.label}: {progress.describe(number)}", style_func=str)
            told_at = monotonic()


def write_any_text(*wrappers: OutputWrapper) -> None:
    """Let what the encoding of a stream doesn't have be escaped: a name in Chinese must stop no work."""
    for wrapper in wrappers:
        stream: Any = getattr(wrapper, "_out", None)
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


class JsonLines:
    """One JSON object a line: constant memory at both ends."""

    def __init__(self, out: OutputWrapper) -> None:
        self.out = out
        encoding = getattr(getattr(out, "_out", None), "encoding", None) or "utf-8"
        # What the stream can't write would be escaped in a way that is no JSON.
        self.is_ascii = encoding.lower().replace("-", "") != "utf8"

    def write(self, record: object) -> None:
        self.out.write(json.dumps(record, ensure_ascii=self.is_ascii))
