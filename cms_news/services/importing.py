"""Files to articles: a result for every file, and no file costs more than itself.

Reading and writing are done here, in batches that are a transaction each; what lies between, parsing, rendering
and sanitising, is done ahead of the writing by worker processes.
"""

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from threading import Event

from django.conf import settings
from django.db import reset_queries

from cms_news.conf import news_settings

from .import_batches import Batch
from .import_results import FileResult, ImportOptions
from .sources import SourceFile
from .workers import open_workers

BATCH_SIZE = 200
BATCH_BYTES = 4_000_000
"""A batch of large files has fewer of them: it is held in memory, more than once."""
BATCHES_AHEAD = 2
"""Read and handed to the workers while an earlier one is written."""


def import_files(
    files: Iterable[SourceFile], *, options: ImportOptions, stop: Event | None = None
) -> Generator[FileResult, None, None]:
    """Import `files` and yield a result for each, in their order.

    A file whose bytes are those of its last import is left alone. Once `stop` is set, the batch at hand is
    finished and no other begun: run again, an import goes on where it was.
    """
    stream = iter(files)
    waiting: deque[Batch] = deque()
    with open_workers(options.jobs, options.recipe()) as workers:
        while True:
            chunk = [] if stop and stop.is_set() else _take_batch(stream)
            if chunk:
                waiting.append(Batch(chunk, options, workers))
            if waiting and (not chunk or len(waiting) > BATCHES_AHEAD):
                yield from waiting.popleft().finish()
                _forget_queries()
            if stop and stop.is_set():
                while waiting:
                    waiting.pop().cancel()
            if not chunk and not waiting:
                return


def _take_batch(stream: Iterator[SourceFile]) -> list[SourceFile]:
    chunk: list[SourceFile] = []
    size_bytes = 0
    for file in stream:
        chunk.append(file)
        if file.problem is None:
            size_bytes += min(file.container.size(file.path), news_settings.max_file_bytes)
        if len(chunk) >= BATCH_SIZE or size_bytes >= BATCH_BYTES:
            break
    return chunk


def _forget_queries() -> None:
    """With DEBUG on, Django remembers thousands of statements, each with all that it wrote."""
    if settings.DEBUG:
        reset_queries()
