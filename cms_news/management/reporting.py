"""How long work shows on a terminal: one line that is written over, and nothing where nobody watches."""

from collections.abc import Iterable, Iterator
from time import monotonic
from typing import Any, TypeVar

from django.core.management.base import OutputWrapper

Item = TypeVar("Item")
SECONDS_BETWEEN = 0.1
BAR_WIDTH = 30


def show_progress(
    items: Iterable[Item], *, total: int, stream: OutputWrapper, label: str, is_enabled: bool
) -> Iterator[Item]:
    """Yield `items` and draw on `stream`, if it is a terminal, how many of `total` have passed."""
    if not is_enabled or not stream.isatty():
        yield from items
        return
    shown_at = 0.0
    for number, item in enumerate(items, start=1):
        now = monotonic()
        if now - shown_at >= SECONDS_BETWEEN or number == total:
            _draw(stream, label, number, total)
            shown_at = now
        yield item
    _erase(stream)


def _draw(stream: Any, label: str, number: int, total: int) -> None:
    filled = BAR_WIDTH * number // max(total, 1)
    bar = "█" * filled + "░" * (BAR_WIDTH - filled)
    stream.write(f"\r{label} {bar} {number:,}/{total:,}", ending="")
    stream.flush()


def _erase(stream: Any) -> None:
    stream.write("\r\x1b[K", ending="")
    stream.flush()
