"""Measuring by turns: everybody does a little, then everybody again, so that what the machine does besides hits all."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.machines import read_process_clock

TURN_SECONDS = 0.04
"""About how long one turn is: long against the clocks' grain, short against other people's work."""


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds of one piece of work, medians of all rounds."""

    app: float
    database: float

    @property
    def total(self) -> float:
        return self.app + self.database


@dataclass(frozen=True)
class Worker:
    """Something to be measured: does its work once whenever it is called."""

    work: Callable[[], object]
    servers: Callable[[], Iterable[int]]
    """Returns the processes that work for it beside this one."""


def measure(workers: Mapping[str, Worker], *, rounds: int) -> dict[str, Cost]:
    """Return what one piece of work costs each of `workers`."""
    numbers = {key: _how_often(worker) for key, worker in workers.items()}
    found: dict[str, list[tuple[float, float]]] = {key: [] for key in workers}
    for _round in range(rounds):
        for key, worker in workers.items():
            found[key].append(_take_turn(worker, numbers[key]))
    return {
        key: Cost(median(app for app, _ in turns), median(database for _, database in turns))
        for key, turns in found.items()
    }


def _how_often(worker: Worker) -> int:
    """Return how many pieces of work fill a turn; what is done here also warms everything up."""
    for _time in range(8):
        worker.work()
    app, database = _take_turn(worker, 3)
    return max(2, round(TURN_SECONDS * 1000 / max(app + database, 0.001)))


def _take_turn(worker: Worker, number: int) -> tuple[float, float]:
    """Return the CPU milliseconds that each of `number` pieces of work took of this process and of the others."""
    servers = list(worker.servers())
    database, app = read_process_clock(servers), time.process_time()
    for _time in range(number):
        worker.work()
    app = time.process_time() - app
    database = read_process_clock(servers) - database
    return app * 1000 / number, database * 1000 / number
