"""Commands that are told to stop end in good order."""

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event
from typing import Any

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
READER_LEFT = 128 + getattr(signal, "SIGPIPE", 13)
"""The exit status where nobody reads on; that of a shell's command which SIGPIPE ended."""


@dataclass
class Interruption:
    """Whether a command is to end before all is done, and with which exit status."""

    stop: Event = field(default_factory=Event)
    status: int = 0

    def note(self, status: int) -> None:
        self.status = status
        self.stop.set()


@contextmanager
def stop_on_signals() -> Iterator[Interruption]:
    """Provide an interruption that the first signal to end notes; the second one ends the process as usual."""
    interruption = Interruption()
    former: dict[int, Any] = {}

    def note_once(signum: int, frame: Any) -> None:
        _set_handlers(former)
        interruption.note(128 + signum)

    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    # What is ignored, as SIGHUP under nohup, stays ignored.
    former.update({number: signal.getsignal(number) for number in numbers})
    noted = [number for number in numbers if former[number] is not signal.SIG_IGN]
    try:
        _set_handlers(dict.fromkeys(noted, note_once))
    except ValueError:  # not the main thread, where no signal arrives
        yield interruption
        return
    try:
        yield interruption
    finally:
        _set_handlers(former)


def _set_handlers(handlers: dict[int, Any]) -> None:
    for number, handler in handlers.items():
        # None is the handler of somebody who is not written in Python.
        if handler is not None:
            signal.signal(number, handler)


@contextmanager
def noting_the_end(interruption: Interruption) -> Iterator[None]:
    """Take note of a second Ctrl-C, and of a reader of the report who went away, and end the block there."""
    try:
        yield
    except KeyboardInterrupt:
        interruption.note(128 + signal.SIGINT)
    except OSError as error:
        # Of the report: errors of files are results. EIO is what a terminal says that was closed.
        if error.errno not in {errno.EPIPE, errno.EIO}:
            raise
        interruption.note(READER_LEFT)
        _let_reader_go()


def _let_reader_go() -> None:
    """Lead standard output into nothing, so that Python has nothing to complain of when it flushes at its end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
