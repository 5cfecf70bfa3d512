"""Files to articles: a result for every file, and no file costs more than itself.

Reading and writing are done here, in batches that are a transaction each; what lies between, parsing, rendering
and sanitising, is done ahead of the writing by worker processes.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from threading import Event

from .import_batches import Batch
from .import_results import FileResult, ImportOptions
from .sources import SourceFile
from .workers import open_workers

BATCH_SIZE = 200
BATCHES_AHEAD = 2
"""Read and handed to the workers while an earlier one is written."""


def import_files(
    files: Iterable[SourceFile], *, options: ImportOptions, stop: Event | None = None
) -> Iterator[FileResult]:
    """Import `files` and yield a result for each, in their order.

    A file whose bytes are those of its last import is left alone. Once `stop` is set, the batch at hand is
    finished and no other begun: run again, an import goes on where it was.
    """
    stream = iter(files)
    waiting: deque[Batch] = deque()
    with open_workers(options.jobs, options.recipe()) as workers:
        while True:
            chunk = [] if stop and stop.is_set() else list(islice(stream, BATCH_SIZE))
            if chunk:
                waiting.append(Batch(chunk, options, workers))
            if waiting and (not chunk or len(waiting) > BATCHES_AHEAD):
                yield from waiting.popleft().finish()
            if stop and stop.is_set():
                while waiting:
                    waiting.pop().cancel()
            if not chunk and not waiting:
                return
