"""Finding and reading the files of an import: below a folder, or in a zip archive."""

import errno
import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Protocol

from cms_news.content.fields import is_draft_folder
from cms_news.content.frontmatter import count_lines
from cms_news.errors import DocumentError, NewsError, gettext_noop

BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
UTF32_MARKS = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
UTF8_MARK = b"\xef\xbb\xbf"
MAX_SOURCE = 255
SHOWN = 60
"""Characters of a name that a message repeats."""
NOT_REGULAR = gettext_noop("not a regular file; only those are imported")
# What opening says of a link that must not be followed, and of a socket.
_REASONS = {
    errno.ELOOP: gettext_noop("a symbolic link; only regular files are imported"),
    errno.EMLINK: gettext_noop("a symbolic link; only regular files are imported"),
    errno.ENXIO: NOT_REGULAR,
}


class Container(Protocol):
    """Something that holds files under relative paths with forward slashes."""

    def read(self, path: str, *, max_bytes: int) -> tuple[bytes, datetime]:
        """Return the bytes of the file and when it was changed. Raises NewsError."""

    def size(self, path: str) -> int:
        """Return how many bytes the file seems to have; 0 where that can't be told."""

    def holds(self, path: str, *, beside: str = "") -> bool:
        """Return whether there is a regular file at `path`, another one than that at `beside`."""


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
    is_folder: bool = False
    """Whether it is a folder that can't be looked into."""


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
            return _read_regular(os.path.join(self.base, path), max_bytes)
        except OSError as error:
            raise _unreadable(error) from error

    def size(self, path: str) -> int:
        try:
            return os.lstat(os.path.join(self.base, path)).st_size
        except OSError:
            return 0

    def holds(self, path: str, *, beside: str = "") -> bool:
        """Return whether there is a regular file at `path`, which may be a path of long ago."""
        parts = PurePosixPath(path).parts
        if ".." in parts or path.startswith("/"):
            return False
        try:
            if not stat.S_ISREG(os.lstat(self.base / path).st_mode):
                return False
        except (OSError, ValueError):
            return False
        # Some file systems find a file by other letters as well; after a renaming those are not its name.
        return not _is_spelt_alike(path, beside) or self._spells(parts)

    def _spells(self, parts: Sequence[str]) -> bool:
        here = self.base
        for part in parts:
            if part not in os.listdir(here):
                return False
            here /= part
        return True


def _is_spelt_alike(path: str, other: str) -> bool:
    one, two = (unicodedata.normalize("NFC", each).casefold() for each in (path, other))
    return one == two


@dataclass(frozen=True, slots=True)
class Place:
    """Where an import looks: a folder, or a single file of it."""

    source: str
    folder: Folder
    start: Path
    """The file or folder itself, absolute."""
    is_draft: bool = False
    """Whether it is a folder of drafts, or lies in one."""

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
    # A link may bear the name of drafts as well as what it leads to.
    named = path.absolute() if path.is_dir() else path.parent.absolute()
    is_draft = is_draft_folder(base) or is_draft_folder(named)
    return Place(source if source is not None else base.name, Folder(base), start, is_draft)


def refuse_source(source: str) -> None:
    """Raise NewsError for what can't be the name of a source."""
    if not source or len(source) > MAX_SOURCE or not source.isprintable():
        raise NewsError(
            gettext_noop('"{value}" is no name of a source; write 1 to {limit} letters'),
            value=source[:SHOWN],
            limit=MAX_SOURCE,
        )


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
            files, folders = _list_folder(current, suffixes)
        except OSError as error:
            yield _found(place, current, problem=_unreadable(error), is_folder=True)
            continue
        for name in files:
            yield _found(place, os.path.join(current, name))
        waiting.extend(current / name for name in reversed(folders))


def _list_folder(folder: Path, suffixes: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the names of the files and of the folders in `folder`, sorted.

    Names alone: of 50,000 entries as the system gives them, nothing less than 20 MB would be kept.
    """
    files: list[str] = []
    folders: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(name)
            elif name.lower().endswith(suffixes):
                files.append(name)
    return sorted(files), sorted(folders)


def _found(
    place: Place, location: Path | str, *, problem: NewsError | None = None, is_folder: bool = False
) -> SourceFile:
    # As text, for all of an archive's files: both are absolute, and one lies in the other.
    inside = str(location)[len(str(place.folder.base)) :]
    path = inside.replace(os.sep, "/").lstrip("/") or "."
    try:
        path.encode()
    except UnicodeEncodeError:
        path = os.fsencode(path).decode(errors="backslashreplace")
        problem = NewsError(gettext_noop("the file's name is not UTF-8; rename it"))
    return SourceFile(place.source, path, place.folder, problem, place.is_draft, is_folder)


def _unreadable(error: OSError) -> NewsError:
    if reason := _REASONS.get(error.errno or 0):
        return NewsError(reason)
    return NewsError(gettext_noop("can't be read: {reason}"), reason=error.strerror or str(error))


def read_file(file: SourceFile, *, max_bytes: int, encoding: str | None = None) -> SourceText:
    """Return the text of `file`.

    It is UTF-8, or UTF-16 with a byte order mark, or else in `encoding`. Raises NewsError when it is no regular
    file, too large or unreadable, and DocumentError with the line for bytes that are not of the encoding.
    """
    if file.problem:
        raise file.problem
    raw, modified = file.container.read(file.path, max_bytes=max_bytes)
    chosen = _choose_encoding(raw, encoding)
    text = _decode(raw, chosen)
    position = text.find("\0")
    if position >= 0:
        raise DocumentError(
            gettext_noop("a NUL character, which no database stores as text; remove it"),
            line=count_lines(text, position) + 1,
        )
    return SourceText(text, chosen, hashlib.sha256(raw).hexdigest(), modified)


def _read_regular(location: str, max_bytes: int) -> tuple[bytes, datetime]:
    # Opened first and looked at afterwards, so that nothing can be exchanged in between; a FIFO does not block.
    handle = os.open(location, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise NewsError(NOT_REGULAR)
        refuse_large(about.st_size, max_bytes)
        raw = _read_up_to(handle, about.st_size + 1)
        after = os.fstat(handle)
    finally:
        os.close(handle)
    if (after.st_mtime_ns, after.st_size) != (about.st_mtime_ns, about.st_size):
        raise NewsError(gettext_noop("changed while it was read; import it again"))
    refuse_large(len(raw), max_bytes)
    return raw, datetime.fromtimestamp(int(about.st_mtime), tz=UTC)


def _read_up_to(handle: int, size_bytes: int) -> bytes:
    """Return so many bytes of a file, or all that it has."""
    raw = os.read(handle, size_bytes)
    # A read may be short where the file is not at its end.
    while 0 < len(raw) < size_bytes and (more := os.read(handle, size_bytes - len(raw))):
        raw += more
    return raw


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


def _choose_encoding(raw: bytes, encoding: str | None) -> str:
    """Return what `raw` is written in: `encoding` only where it can't be UTF-8 or UTF-16."""
    if raw.startswith(UTF32_MARKS):
        raise DocumentError(gettext_noop("UTF-32 is not read; save the file as UTF-8"), line=1)
    if mark := BYTE_ORDER_MARKS.get(raw[:2]):
        return mark
    if encoding is None or raw.startswith(UTF8_MARK):
        return "utf-8"
    # Of ASCII alone or with NULs, it may be of an encoding that writes everything so: ISO-2022-JP, UTF-16.
    if raw.isascii() or b"\0" in raw or not _is_utf8(raw):
        return encoding
    return "utf-8"


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decode(raw: bytes, encoding: str) -> str:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(
            gettext_noop(
                "byte 0x{byte:02X} is not {encoding}; save the file as UTF-8, or name its encoding"
            ),
            line=count_lines(raw[: error.start].decode(encoding, "replace"), error.start) + 1,
            byte=raw[error.start],
            encoding=encoding.upper(),
        ) from error
    if encoding != "utf-8" and text.encode(encoding) != raw:
        raise DocumentError(
            gettext_noop("can't be written back in {encoding} as it was; save the file as UTF-8"),
            encoding=encoding.upper(),
        )
    return text
