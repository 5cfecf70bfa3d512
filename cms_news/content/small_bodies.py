"""Bodies that are too small to get out of hand: whatever their tags are, no limit of nesting can be exceeded."""

from .nesting import Nesting

_FORCED_CHARS = 40
"""On a formatting element that is ` rel="noopener noreferrer"`."""


class Unwatched(Nesting):
    """In place of a `Nesting`, where `is_harmless` said so."""

    def start(self, name: str, source: str) -> None:
        pass

    def end(self, name: str) -> None:
        pass

    def text(self, data: str) -> None:
        pass

    def is_between_cells(self) -> bool:
        return False


def is_harmless(html: str, *, max_depth: int, max_tags: int, max_chars: int) -> bool:
    """Return whether no tree of `html` can exceed a limit, by plain counting.

    Without tables a start tag opens one element, and at each tag all formatting elements before it may be
    repeated twice: by the adoption agency and by what follows.
    """
    tags = html.count("<")
    repeats = 2 * tags + 1
    # What a tag may grow by when it is spelt plainly: escapes, spaces in a style, what is forced on it.
    escaped = 5 * sum(map(html.count, '&<>"'))
    spelt = 2 * len(html) + escaped + _FORCED_CHARS * tags
    return (
        tags < max_depth
        and 2 * tags * (repeats + 1) < max_tags
        and spelt * repeats < max_chars
        and "<t" not in html
        and "<T" not in html
    )
