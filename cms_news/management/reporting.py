"""How long work shows on a terminal: one line that is written over, and nothing where nobody watches."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

from django.core.management.base import OutputWrapper

Item = TypeVar("Item")
SECONDS_BETWEEN = 0.1
BAR_WIDTH = 24


@dataclass
class Bar:
    """A progress bar on a terminal, with rate and time left."""

    stream: OutputWrapper
    label: str
    total: int
    started: float
    is_drawn: bool = False

    def draw(self, number: int) -> None:
        elapsed = max(monotonic() - self.started, 0.001)
        rate = number / elapsed
        filled = BAR_WIDTH * number // max(self.total, 1)
        bar = "█" * filled + "░" * (BAR_WIDTH - filled)
        left = _clock((self.total - number) / rate) if rate else "?"
        line = f"{self.label} {bar} {number:,}/{self.total:,}  {rate:,.0f}/s  {left} left"
        self.stream.write(f"\r{line}\x1b[K", ending="")
        self.stream.flush()
        self.is_drawn = True

    def erase(self) -> None:
        if self.is_drawn:
            self.stream.write("\r\x1b[K", ending="")
            self.stream.flush()
            self.is_drawn = False


def _clock(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{rest:02d}"


def show_progress(
    items: Iterable[Item], *, total: int, stream: OutputWrapper, label: str, is_enabled: bool
) -> Iterator[Item]:
    """Yield `items` and draw on `stream`, if it is a terminal, how many of `total` have passed.

    The bar is wiped before an item is handed on, so that what is said of it stands on a line of its own.
    """
    if not is_enabled or not stream.isatty():
        yield from items
        return
    bar = Bar(stream, label, total, monotonic())
    shown_at = 0.0
    for number, item in enumerate(items, start=1):
        bar.erase()
        yield item
        if monotonic() - shown_at >= SECONDS_BETWEEN or number == total:
            bar.draw(number)
            shown_at = monotonic()
    bar.erase()
