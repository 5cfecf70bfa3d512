"""What two sequences have in common, in time that grows with their length and no faster.

Anchors first: what occurs once on either side, in the order of both (patience). What lies between two anchors is
compared edit by edit (Myers) as long as the work allowed for lasts; after that it counts as replaced. difflib takes
minutes for 100 KB of one repeated word.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

MAX_DEPTH = 16
"""How often what lies between anchors is searched for anchors again."""
MAX_EDITS = 200
MAX_MYERS_ITEMS = 4_000
WORK = 1_000_000
"""Steps of all comparisons edit by edit, together."""


class Match(NamedTuple):
    """`old[old_start : old_start + size]` is `new[new_start : new_start + size]`."""

    old_start: int
    new_start: int
    size: int


class Region(NamedTuple):
    """A piece of both sequences that is still to be compared."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int
    depth: int


def find_matches(old: Sequence[str], new: Sequence[str]) -> list[Match]:
    """Return what is the same in both, in order and without overlaps; neighbouring matches are one."""
    return _joined(sorted(_Matching(old, new).run()))


def _joined(matches: Sequence[Match]) -> list[Match]:
    joined: list[Match] = []
    for match in matches:
        last = joined[-1] if joined else None
        if last and (last.old_start + last.size, last.new_start + last.size) == match[:2]:
            joined[-1] = last._replace(size=last.size + match.size)
        else:
            joined.append(match)
    return joined


class _Matching:
    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        self.old = old
        self.new = new
        self.work = WORK
        self.matches: list[Match] = []

    def run(self) -> list[Match]:
        waiting = [Region(0, len(self.old), 0, len(self.new), 0)]
        while waiting:
            region = self._trim(waiting.pop())
            if region.old_start == region.old_end or region.new_start == region.new_end:
                continue
            anchors = self._anchors(region) if region.depth < MAX_DEPTH else []
            if anchors:
                waiting += _between(anchors, region)
            else:
                self._compare(region)
        return self.matches

    def _trim(self, region: Region) -> Region:
        """Take off what is the same at both ends, and note it."""
        old, new = self.old, self.new
        old_start, old_end, new_start, new_end, depth = region
        while old_start < old_end and new_start < new_end and old[old_start] == new[new_start]:
            old_start, new_start = old_start + 1, new_start + 1
        self._note(region.old_start, region.new_start, old_start - region.old_start)
        while old_start < old_end and new_start < new_end and old[old_end - 1] == new[new_end - 1]:
            old_end, new_end = old_end - 1, new_end - 1
        self._note(old_end, new_end, region.old_end - old_end)
        return Region(old_start, old_end, new_start, new_end, depth)

    def _note(self, old_start: int, new_start: int, size: int) -> None:
        if size:
            self.matches.append(Match(old_start, new_start, size))

    def _anchors(self, region: Region) -> list[tuple[int, int]]:
        """Return the places of items that occur once on either side, as many as are in one order."""
        places = _once(self.old, region.old_start, region.old_end)
        others = _once(self.new, region.new_start, region.new_end)
        pairs = sorted((place, others[item]) for item, place in places.items() if item in others)
        return _rising(pairs)

    def _compare(self, region: Region) -> None:
        """Match edit by edit, if the work allowed for lasts."""
        old_size = region.old_end - region.old_start
        new_size = region.new_end - region.new_start
        if self.work <= 0 or old_size + new_size > MAX_MYERS_ITEMS:
            return
        old = self.old[region.old_start : region.old_end]
        new = self.new[region.new_start : region.new_end]
        trace, steps = _walk(old, new, work=self.work)
        self.work -= steps
        for old_at, new_at in _steps_back(trace, old_size, new_size):
            self._note(region.old_start + old_at, region.new_start + new_at, 1)


def _between(anchors: Sequence[tuple[int, int]], region: Region) -> Iterator[Region]:
    """Yield what lies between the anchors; each begins with one, so that trimming notes it."""
    starts = [(region.old_start, region.new_start), *anchors]
    ends = [*anchors, (region.old_end, region.new_end)]
    for (old_start, new_start), (old_end, new_end) in zip(starts, ends, strict=True):
        yield Region(old_start, old_end, new_start, new_end, region.depth + 1)


def _once(items: Sequence[str], start: int, end: int) -> dict[str, int]:
    """Return the place of each item that occurs once."""
    places: dict[str, int] = {}
    for place in range(start, end):
        item = items[place]
        places[item] = -1 if item in places else place
    return {item: place for item, place in places.items() if place >= 0}


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest part of `pairs`, which are sorted, whose second numbers rise as well."""
    tops: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for number, (_old, new) in enumerate(pairs):
        pile = bisect_left(tops, new)
        if pile == len(tops):
            tops.append(new)
            at.append(number)
        else:
            tops[pile], at[pile] = new, number
        before.append(at[pile - 1] if pile else -1)
    chain: list[tuple[int, int]] = []
    number = at[-1] if at else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _walk(
    old: Sequence[str], new: Sequence[str], *, work: int
) -> tuple[list[dict[int, int]] | None, int]:
    """Return how far each diagonal was come with 0, 1, 2 … edits, and the steps that took.

    None instead, where it is not done with the edits and the work allowed.
    """
    reached = {1: 0}
    trace: list[dict[int, int]] = []
    steps = 0
    for edits in range(min(len(old) + len(new), MAX_EDITS) + 1):
        trace.append(reached.copy())
        for diagonal in range(-edits, edits + 1, 2):
            x = _next_x(reached, diagonal, edits)
            start = x
            while x < len(old) and 0 <= x - diagonal < len(new) and old[x] == new[x - diagonal]:
                x += 1
            reached[diagonal] = x
            steps += x - start + 1
            if x >= len(old) and x - diagonal >= len(new):
                return trace, steps
        if steps > work:
            break
    return None, steps


def _next_x(reached: dict[int, int], diagonal: int, edits: int) -> int:
    """Return where one edit more leads to on `diagonal`: down from the one above, or right from the one below."""
    is_down = diagonal == -edits or (
        diagonal != edits and reached[diagonal - 1] < reached[diagonal + 1]
    )
    return reached[diagonal + 1] if is_down else reached[diagonal - 1] + 1


def _steps_back(
    trace: list[dict[int, int]] | None, old_size: int, new_size: int
) -> Iterator[tuple[int, int]]:
    """Yield the places of what is the same, last first."""
    x, y = old_size, new_size
    for edits in range(len(trace or ()) - 1, -1, -1):
        reached = (trace or [])[edits]
        diagonal = x - y
        start = _next_x(reached, diagonal, edits)
        while x > start and y > start - diagonal:
            x, y = x - 1, y - 1
            yield x, y
        is_down = diagonal == -edits or (
            diagonal != edits and reached[diagonal - 1] < reached[diagonal + 1]
        )
        x, y = (start, y - 1) if is_down else (start - 1, y)
