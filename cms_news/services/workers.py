"""Preparing texts in other processes, without losing more than one file to one that breaks its process."""

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from cms_news.content.preparing import (
    Job,
    Outcome,
    Recipe,
    prepare_all,
    prepare_chunk,
    start_worker,
)
from cms_news.errors import NewsError, gettext_noop

CHUNK_SIZE = 25
"""Texts that travel to a process together."""


class Pending:
    """Jobs that were handed out; `results()` waits for them."""

    def __init__(self, workers: "Workers", chunks: list[Sequence[Job]]) -> None:
        self.workers = workers
        self.chunks = chunks
        self.futures = [workers.submit(chunk) for chunk in chunks]

    def results(self) -> list[Outcome]:
        """Return what became of each job, in order."""
        found: list[Outcome] = []
        for chunk, future in zip(self.chunks, self.futures, strict=True):
            try:
                found += future.result()
            except BrokenProcessPool:
                found += self.workers.rescue(chunk)
        return found

    def cancel(self) -> None:
        for future in self.futures:
            future.cancel()


class Workers:
    """`count` processes that prepare texts by one recipe; with one, it is this process."""

    def __init__(self, count: int, recipe: Recipe) -> None:
        self.count = count
        self.recipe = recipe
        self.pool: ProcessPoolExecutor | None = None
        self.others = set(multiprocessing.active_children())

    def start(self, jobs: Sequence[Job]) -> Pending:
        """Hand out `jobs` and return without waiting; a few are done here, before processes would be up."""
        if self.pool is None and self.count > 1 and len(jobs) > CHUNK_SIZE:
            self.pool = _open_pool(self.count, self.recipe)
        chunks = [jobs[at : at + CHUNK_SIZE] for at in range(0, len(jobs), CHUNK_SIZE)]
        return Pending(self, list(chunks))

    def submit(self, chunk: Sequence[Job]) -> "Future[list[Outcome]]":
        if self.pool is not None:
            try:
                return _submit(self.pool, chunk)
            except BrokenProcessPool:
                return _submit(self._replace_pool(), chunk)
        done: Future[list[Outcome]] = Future()
        done.set_result(prepare_all(chunk, self.recipe))
        return done

    def rescue(self, chunk: Sequence[Job]) -> list[Outcome]:
        """Prepare the jobs of a broken process one by one, each in a process that only it can break."""
        return [self._prepare_alone(job) for job in chunk]

    def _prepare_alone(self, job: Job) -> Outcome:
        with _open_pool(1, self.recipe) as pool:
            try:
                return _submit(pool, [job]).result()[0]
            except BrokenProcessPool:
                return NewsError(gettext_noop("reading it broke the process that read it"))

    def _replace_pool(self) -> ProcessPoolExecutor:
        self.close()
        self.pool = _open_pool(self.count, self.recipe)
        return self.pool

    def close(self) -> None:
        if self.pool is None:
            return
        try:
            self.pool.shutdown(wait=True, cancel_futures=True)
        except KeyboardInterrupt:
            self.kill()
            raise

    def kill(self) -> None:
        """End the processes at once: left alone while they start, they would complain of our end."""
        for process in set(multiprocessing.active_children()) - self.others:
            process.kill()


@contextmanager
def open_workers(count: int, recipe: Recipe) -> Iterator[Workers]:
    """Provide workers and see them off."""
    workers = Workers(count, recipe)
    try:
        yield workers
    except KeyboardInterrupt:
        workers.kill()
        raise
    finally:
        workers.close()


def _open_pool(count: int, recipe: Recipe) -> ProcessPoolExecutor:
    # Spawned, not forked: a fork would share this process's database connections.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count, context, initializer=start_worker, initargs=(recipe,))


def _submit(pool: ProcessPoolExecutor, chunk: Sequence[Job]) -> "Future[list[Outcome]]":
    with _holding_back_interrupts():
        return pool.submit(prepare_chunk, chunk)


@contextmanager
def _holding_back_interrupts() -> Iterator[None]:
    """Let SIGINT wait until the block is done; a process that is started in it never sees one.

    Ctrl-C goes to the whole group, and a process that is still importing Python's own modules would die of it
    with a traceback. It inherits what its parent blocks, and nobody lifts that there.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
