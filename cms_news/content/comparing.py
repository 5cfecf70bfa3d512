"""Two texts side by side: first by lines, then by words; a Han character is a word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from .matching import find_matches

Kind = Literal["same", "gone", "new"]

_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+|</?[a-zA-Z][^<>]{{0,300}}>|[ \t]+|(?s:.)")
# Imported HTML often is one line: blocks and Chinese sentences end a piece as well.
_PIECE_END = re.compile(
    r"(?:</(?:p|div|h[1-6]|li|ul|ol|tr|table|blockquote|figure)>|<br ?/?>|[。！？]+[”’」』》）]*)[ \t]*"
    r"(?:\r\n|\r|\n)?|\r\n|\r|\n",
    re.IGNORECASE,
)
LEAST_ALIKE = 0.2
"""Texts that share less are shown one after the other: what they share is chance."""
MOST_BY_CHANCE = 12
"""Characters in a row that two changes may have between them and still be one."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that is the same on both sides, or on one of them only."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """Some lines that are the same, or some that differ."""

    pieces: tuple[Piece, ...]

    @property
    def is_same(self) -> bool:
        return all(piece.kind == "same" for piece in self.pieces)

    def side(self, kind: Kind) -> tuple[Piece, ...]:
        """Return what the side shows that has what is `kind`."""
        return tuple(piece for piece in self.pieces if piece.kind in ("same", kind))


def compare_texts(old: str, new: str) -> list[Block]:
    """Return how `old` became `new`: blocks that are the same and blocks that differ, by turns.

    Nothing for two empty texts. Takes time by the length of the texts, whatever they hold.
    """
    old_parts, new_parts = list(_split(old)), list(_split(new))
    blocks: list[Block] = []
    for kind, gone, added in _runs(old_parts, new_parts):
        text = "".join(gone)
        if kind == "same":
            blocks.append(Block((Piece("same", text),)))
        else:
            blocks.append(Block(tuple(_compare_words(text, "".join(added)))))
    return blocks


def _split(text: str) -> Iterator[str]:
    start = 0
    for found in _PIECE_END.finditer(text):
        yield text[start : found.end()]
        start = found.end()
    if start < len(text):
        yield text[start:]


def _runs(
    old: Sequence[str], new: Sequence[str]
) -> Iterator[tuple[Literal["same", "changed"], Sequence[str], Sequence[str]]]:
    """Yield runs of items that are the same, and what differs between them, in order."""
    old_at = new_at = 0
    for match in (*find_matches(old, new), None):
        old_end = match.old_start if match else len(old)
        new_end = match.new_start if match else len(new)
        if old_at < old_end or new_at < new_end:
            yield "changed", old[old_at:old_end], new[new_at:new_end]
        if match:
            old_at, new_at = old_end + match.size, new_end + match.size
            yield "same", old[old_end:old_at], new[new_end:new_at]


@dataclass(slots=True)
class _Run:
    """Words that are the same, or a change; in parts, because joining texts again and again takes ever longer."""

    gone: list[str]
    added: list[str]
    is_same: bool
    size: int
    """Characters: of what is the same without the blanks around it, of a change on its longer side."""

    def absorb(self, same: "_Run", change: "_Run") -> None:
        self.gone += same.gone + change.gone
        self.added += same.added + change.added
        self.size += same.size + change.size


def _compare_words(old: str, new: str) -> list[Piece]:
    """Return the pieces of a block that differs."""
    runs = [
        _make_run("".join(gone), "".join(added), is_same=kind == "same")
        for kind, gone, added in _runs(_WORD.findall(old), _WORD.findall(new))
    ]
    alike = sum(run.size for run in runs if run.is_same)
    if alike < LEAST_ALIKE * min(len(old), len(new)):
        runs = [_make_run(old, new, is_same=False)]
    return [piece for run in _without_chance(runs) for piece in _pieces(run)]


def _make_run(gone: str, added: str, *, is_same: bool) -> _Run:
    size = len(gone.strip()) if is_same else max(len(gone), len(added))
    return _Run([gone], [added], is_same, size)


def _without_chance(runs: Sequence[_Run]) -> list[_Run]:
    """Join changes between which less is the same than either changes: a word in common by chance is no help."""
    kept: list[_Run] = []
    for run in runs:
        kept.append(run)
        if len(kept) > 2 and not run.is_same and _is_chance(*kept[-3:]):
            before, between, after = kept[-3:]
            before.absorb(between, after)
            del kept[-2:]
    return kept


def _is_chance(before: _Run, between: _Run, after: _Run) -> bool:
    return between.size <= MOST_BY_CHANCE and 2 * between.size <= min(before.size, after.size)


def _pieces(run: _Run) -> Iterator[Piece]:
    gone, added = "".join(run.gone), "".join(run.added)
    if run.is_same:
        yield Piece("same", gone)
        return
    if gone:
        yield Piece("gone", gone)
    if added:
        yield Piece("new", added)
