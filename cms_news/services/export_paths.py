"""Where the file of an article goes: inside of the folder, under a name that no other one has."""

import os
import unicodedata
from pathlib import Path, PurePosixPath

from cms_news.errors import NewsError, gettext_noop
from cms_news.models import Article

MAX_NAME_BYTES = 255
"""What the usual file systems take; a hundred Chinese letters are three hundred."""


class ExportPaths:
    """The paths that one export gives out, each once."""

    def __init__(self) -> None:
        self._exact: set[str] = set()
        self._folded: dict[str, str] = {}
        """Each path by what file systems take it for that know no case."""

    def choose(self, wanted: str, *, is_given: bool) -> str:
        """Return the path `wanted`, with a number before its ending where somebody else has it.

        A path that is given, as that of an imported file, may differ from others in its case alone; one that
        is chosen here may not, and its name is cut to what a file system takes.
        """
        path, number = PurePosixPath(wanted), 1
        candidate = str(path) if is_given else _numbered(path, number)
        while candidate in self._exact or (not is_given and _fold(candidate) in self._folded):
            number += 1
            candidate = _numbered(path, number)
        self._exact.add(candidate)
        self._folded.setdefault(_fold(candidate), candidate)
        return candidate

    def find_rival(self, path: str) -> str:
        """Return the path given out before that differs from `path` in its case alone; "" without one."""
        other = self._folded.get(_fold(path), path)
        return "" if other == path else other


def wanted_path(article: Article) -> tuple[str, bool]:
    """Return the path that the file of `article` should have, and whether that is given."""
    return article.source_path or f"{article.slug}.md", bool(article.source_path)


def locate(folder: Path, path: str) -> Path:
    """Return where `path` is below `folder`. Raises NewsError for what leads out of it."""
    pure = PurePosixPath(path)
    is_inside = bool(pure.parts) and ".." not in pure.parts and "\0" not in path
    target = (folder / path).resolve() if is_inside else folder
    root = folder.resolve()
    if not is_inside or pure.is_absolute() or target == root or not target.is_relative_to(root):
        raise NewsError(gettext_noop("{path}: leads out of the folder"), path=path)
    return target


def refuse_rival(folder: Path, path: str, rival: str) -> None:
    """Raise NewsError where `path` and `rival`, written before, are one file here."""
    one, other = folder / path, folder / rival
    if rival and one.exists() and other.exists() and os.path.samefile(one, other):
        raise NewsError(
            gettext_noop("is the file {other} here, as this file system knows no case"), other=rival
        )


def _numbered(path: PurePosixPath, number: int) -> str:
    ending = f"-{number}{path.suffix}" if number > 1 else path.suffix
    room = MAX_NAME_BYTES - len(ending.encode())
    stem = path.stem.encode()[:room].decode(errors="ignore")
    # An odd path, such as "..", has no name to put a number into; it is refused when it is to be written.
    return str(path.parent / f"{stem}{ending}")


def _fold(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
