"""What differs between two texts, as HTML. Everything in it is escaped."""

from collections.abc import Iterable, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cms_news.content.comparing import Block, Kind, Piece, compare_texts

CONTEXT_LINES = 2
CONTEXT_CHARACTERS = 300
"""Shown of what is the same, on either side of a change."""
MAX_CHARACTERS = 20_000
"""Shown of one piece that differs."""
TAGS = {"gone": "del", "new": "ins"}
_UNSEEN = str.maketrans({"\n": "↵\n", "\r": "␍", "\t": "→", "\u00a0": "⍽"})


def show_side_by_side(old: str, new: str) -> SafeString:
    """Return a table with the old text beside the new one; what is the same and far from a change is left out."""
    blocks = compare_texts(old, new)
    rows = format_html_join(
        "",
        '<tr class="cms-{}-row"><td>{}</td><td>{}</td></tr>',
        (
            (
                "same" if block.is_same else "changed",
                _show_side(block, "gone", number, len(blocks)),
                _show_side(block, "new", number, len(blocks)),
            )
            for number, block in enumerate(blocks)
        ),
    )
    return format_html('<table class="cms-compared cms-sides">{}</table>', rows)


def show_inline(old: str, new: str) -> SafeString:
    """Return one text in which what went and what came stand where they did."""
    blocks = compare_texts(old, new)
    shown = (
        _show_same(block, number, len(blocks)) if block.is_same else _show_pieces(block.pieces)
        for number, block in enumerate(blocks)
    )
    return format_html(
        '<div class="cms-compared">{}</div>', format_html_join("", "{}", ((it,) for it in shown))
    )


def _show_side(block: Block, kind: Kind, number: int, count: int) -> SafeString:
    if block.is_same:
        return _show_same(block, number, count)
    return _show_pieces(block.side(kind))


def _show_pieces(pieces: Iterable[Piece]) -> SafeString:
    return format_html_join("", "{}", ((_show_piece(piece),) for piece in pieces))


def _show_piece(piece: Piece) -> SafeString:
    text, rest = piece.text[:MAX_CHARACTERS], len(piece.text) - MAX_CHARACTERS
    if piece.kind == "same":
        return format_html("{}", piece.text)
    if not text.strip():
        # A change of nothing but blanks could not be seen.
        text = text.translate(_UNSEEN)
    tag = TAGS[piece.kind]
    more = _name_characters(rest) if rest > 0 else ""
    return format_html("<{0}>{1}</{0}>{2}", tag, text, more)


def _name_characters(count: int) -> SafeString:
    text = ngettext("… and {count} more character", "… and {count} more characters", count)
    return format_html('<span class="cms-left-out">{}</span>', text.format(count=count))


def _show_same(block: Block, number: int, count: int) -> SafeString:
    """Return what is the same, only its lines next to a change."""
    text = "".join(piece.text for piece in block.pieces)
    lines = text.splitlines(keepends=True)
    if count == 1:
        return format_html('<span class="cms-left-out">{}</span>', _("No difference."))
    head = _clip("".join(lines[:CONTEXT_LINES]), at_end=True) if number else ""
    tail = _clip("".join(lines[-CONTEXT_LINES:]), at_end=False) if number < count - 1 else ""
    if len(head) + len(tail) >= len(text):
        return format_html("{}", text)
    return format_html('{}<span class="cms-left-out">{}</span>{}', head, _name_left(lines), tail)


def _clip(text: str, *, at_end: bool) -> str:
    return text[:CONTEXT_CHARACTERS] if at_end else text[-CONTEXT_CHARACTERS:]


def _name_left(lines: Sequence[str]) -> str:
    if len(lines) <= CONTEXT_LINES:
        return _("… the same …")
    return ngettext("… {count} line the same …", "… {count} lines the same …", len(lines)).format(
        count=len(lines)
    )
