"""Others who use the database at the same time: each with a thread and so a connection of its own, and each taking
one step when it is told to."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

from django.db import connection, connections, transaction

PATIENCE_SECONDS = 10


def lose_patience() -> None:
    """Let this thread's connection fail when it waits for a lock that nobody gives free, instead of hanging."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{PATIENCE_SECONDS}s'")


class Actor:
    """Somebody whose steps the test orders."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._block: Any = None
        self.pid = self.does(self._connect)

    def _connect(self) -> int:
        lose_patience()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return cursor.fetchone()[0]

    def starts(self, step: Callable[..., Any], *args: Any, **kwargs: Any) -> "Future[Any]":
        return self._pool.submit(step, *args, **kwargs)

    def does(self, step: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Let the actor take a step, and return what came of it."""
        return self.starts(step, *args, **kwargs).result(PATIENCE_SECONDS * 2)

    def begins(self) -> None:
        """Open a transaction that stays open over the next steps."""
        self.does(self._begin)

    def _begin(self) -> None:
        self._block = transaction.atomic()
        self._block.__enter__()

    def commits(self) -> None:
        self.does(self._end)

    def starts_to_commit(self) -> "Future[None]":
        return self.starts(self._end)

    def rolls_back(self) -> None:
        self.does(self._end, RuntimeError)

    def _end(self, error: type[Exception] | None = None) -> None:
        block, self._block = self._block, None
        block.__exit__(error, error and error(), None)

    def waits_for_a_lock(self) -> None:
        """Return as soon as the actor's step waits for somebody else's transaction."""
        for _ in range(PATIENCE_SECONDS * 100):
            with connection.cursor() as cursor:
                cursor.execute("SELECT cardinality(pg_blocking_pids(%s))", [self.pid])
                if cursor.fetchone()[0]:
                    return
            Event().wait(0.01)
        raise AssertionError("the actor waits for nobody")

    def leaves(self) -> None:
        if self._block is not None:
            self.rolls_back()
        self.does(connections.close_all)
        self._pool.shutdown()
