"""Finding and reading the files of an import: below a folder, or in a zip archive."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from cms_news.errors import DocumentError, NewsError, gettext_noop

BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


class Container(Protocol):
    """Something that holds files under relative paths with forward slashes."""

    def read(self, path: str, *, max_bytes: int) -> tuple[bytes, datetime]:
        """Return the bytes of the file and when it was changed. Raises NewsError."""

    def holds(self, path: str) -> bool:
        """Return whether there is a file at `path`."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to import, found but not opened."""

    source: str
    """The name of the collection it belongs to."""
    path: str
    container: Container
    problem: NewsError | None = None
    """Why it can't even be opened, if so."""
    is_draft: bool = False
    """Whether the folder that was named is one of drafts, which the path below it can't tell."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """What a file holds."""

    text: str
    """With its byte order mark, if any."""
    encoding: str
    content_hash: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class Folder:
    """Regular files below a folder; links are not followed."""

    base: Path

    def read(self, path: str, *, max_bytes: int) -> tuple[bytes, datetime]:
        try:
            return _read_regular(self.base / path, max_bytes)
        except OSError as error:
            raise _unreadable(error) from error

    def holds(self, path: str) -> bool:
        return (self.base / path).is_file()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an import looks: a folder, or a single file of it."""

    source: str
    folder: Folder
    start: Path
    """The file or folder itself, absolute."""

    @property
    def prefix(self) -> str | None:
        """What the paths of all files here begin with; None for a single file, which tells of no other."""
        if not self.start.is_dir():
            return None
        inside = self.start.relative_to(self.folder.base).as_posix()
        return "" if inside == "." else f"{inside}/"


def find_place(path: Path, *, root: Path | None = None, source: str | None = None) -> Place:
    """Return the place at `path`.

    Paths are relative to `root`: by default the folder itself, or the folder a single file lies in; its name
    is that of the source unless `source` says otherwise. Raises NewsError for a path outside of `root`.
    """
    base = (root or (path if path.is_dir() else path.parent)).resolve()
    start = path.resolve() if path.is_dir() else path.parent.resolve() / path.name
    if not start.is_relative_to(base):
        raise NewsError(
            gettext_noop("{path}: not inside {root}; name a root that holds it"),
            path=path,
            root=root,
        )
    return Place(source if source is not None else base.name, Folder(base), start)


def find_files(place: Place, *, suffixes: tuple[str, ...]) -> Iterator[SourceFile]:
    """Yield the files of `place` in the order of their names.

    In a folder, those that end in `suffixes`; names that begin with a dot are passed over.
    """
    if not place.start.is_dir():
        yield _found(place, place.start)
        return
    # Without recursion: folders may go deeper than Python's stack.
    waiting = [place.start]
    while waiting:
        current = waiting.pop()
        try:
            entries = sorted(os.scandir(current), key=lambda entry: entry.name)
        except OSError as error:
            yield _found(place, current, problem=_unreadable(error))
            continue
        visible = [entry for entry in entries if not entry.name.startswith(".")]
        for entry in visible:
            if not entry.is_dir(follow_symlinks=False) and entry.name.lower().endswith(suffixes):
                yield _found(place, Path(entry.path))
        folders = [Path(entry.path) for entry in visible if entry.is_dir(follow_symlinks=False)]
        waiting.extend(reversed(folders))


def _found(place: Place, location: Path, *, problem: NewsError | None = None) -> SourceFile:
    path = location.relative_to(place.folder.base).as_posix()
    try:
        path.encode()
        place.source.encode()
    except UnicodeEncodeError:
        path = os.fsencode(path).decode(errors="backslashreplace")
        problem = NewsError(gettext_noop("the file's name is not UTF-8; rename it"))
    is_draft = "_drafts" in place.folder.base.parts
    return SourceFile(place.source, path, place.folder, problem, is_draft)


def _unreadable(error: OSError) -> NewsError:
    return NewsError(gettext_noop("can't be read: {reason}"), reason=error.strerror or str(error))


def read_file(file: SourceFile, *, max_bytes: int, encoding: str | None = None) -> SourceText:
    """Return the text of `file`.

    It is UTF-8, or UTF-16 with a byte order mark, or else in `encoding`. Raises NewsError when it is no regular
    file, too large or unreadable, and DocumentError with the line for bytes that are not of the encoding.
    """
    if file.problem:
        raise file.problem
    raw, modified = file.container.read(file.path, max_bytes=max_bytes)
    chosen = BYTE_ORDER_MARKS.get(raw[:2]) or encoding or "utf-8"
    text = _decode(raw, chosen)
    position = text.find("\0")
    if position >= 0:
        raise DocumentError(
            gettext_noop("a NUL character, which no database stores as text; remove it"),
            line=text.count("\n", 0, position) + 1,
        )
    return SourceText(text, chosen, hashlib.sha256(raw).hexdigest(), modified)


def _read_regular(location: Path, max_bytes: int) -> tuple[bytes, datetime]:
    # Opened first and looked at afterwards, so that nothing can be exchanged in between; a FIFO does not block.
    handle = os.open(location, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as stream:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise NewsError(gettext_noop("not a regular file; only those are imported"))
        raw = stream.read(max_bytes + 1)
    refuse_large(max(about.st_size, len(raw)), max_bytes)
    return raw, datetime.fromtimestamp(int(about.st_mtime), tz=UTC)


def refuse_large(size_bytes: int, max_bytes: int) -> None:
    """Raise NewsError for a file of more than `max_bytes`."""
    if size_bytes > max_bytes:
        raise NewsError(
            gettext_noop(
                '{size} bytes, at most {limit} are read; raise CMS_NEWS["MAX_FILE_BYTES"]'
            ),
            size=size_bytes,
            limit=max_bytes,
        )


def _decode(raw: bytes, encoding: str) -> str:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(
            gettext_noop(
                "byte 0x{byte:02X} is not {encoding}; save the file as UTF-8, or name its encoding"
            ),
            line=raw.count(b"\n", 0, error.start) + 1,
            byte=raw[error.start],
            encoding=encoding.upper(),
        ) from error
    if encoding != "utf-8" and text.encode(encoding) != raw:
        raise DocumentError(
            gettext_noop("can't be written back in {encoding} as it was; save the file as UTF-8"),
            encoding=encoding.upper(),
        )
    return text
