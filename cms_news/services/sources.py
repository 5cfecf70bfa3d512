"""Finding and reading the files of an import. Only regular files inside the folder that was named."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cms_news.errors import DocumentError, NewsError, gettext_noop

BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to import, found but not opened."""

    source: str
    """The name of the folder it was looked for in."""
    path: str
    """Relative to that folder, with forward slashes."""
    location: Path
    problem: NewsError | None = None
    """Why it can't even be opened, if so."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """What a file holds."""

    text: str
    """With its byte order mark, if any."""
    encoding: str
    content_hash: str
    modified: datetime


def find_files(
    path: Path, *, suffixes: tuple[str, ...], root: Path | None = None, source: str | None = None
) -> Iterator[SourceFile]:
    """Yield the files at `path`, a file or a folder, in the order of their names.

    In a folder, those that end in `suffixes`; names that begin with a dot are passed over. Paths are relative
    to `root`: by default the folder itself, or the folder a single file lies in.
    """
    base = (root or (path if path.is_dir() else path.parent)).resolve()
    name = source if source is not None else base.name
    location = path.parent.resolve() / path.name
    if not location.is_relative_to(base):
        raise NewsError(
            gettext_noop("{path}: not inside {root}; name a root that holds it"),
            path=path,
            root=root,
        )
    if path.is_dir():
        yield from _walk(location.resolve(), base, name, suffixes)
    else:
        yield _found(location, base, name)


def _walk(folder: Path, base: Path, source: str, suffixes: tuple[str, ...]) -> Iterator[SourceFile]:
    """Walk without recursion: folders may go deeper than Python's stack."""
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            entries = sorted(os.scandir(current), key=lambda entry: entry.name)
        except OSError as error:
            yield _found(current, base, source, problem=_unreadable(error))
            continue
        visible = [entry for entry in entries if not entry.name.startswith(".")]
        for entry in visible:
            if not entry.is_dir(follow_symlinks=False) and entry.name.lower().endswith(suffixes):
                yield _found(Path(entry.path), base, source)
        folders = [Path(entry.path) for entry in visible if entry.is_dir(follow_symlinks=False)]
        waiting.extend(reversed(folders))


def _found(
    location: Path, base: Path, source: str, *, problem: NewsError | None = None
) -> SourceFile:
    path = location.relative_to(base).as_posix()
    try:
        path.encode()
        source.encode()
    except UnicodeEncodeError:
        path = os.fsencode(path).decode(errors="backslashreplace")
        problem = NewsError(gettext_noop("the file's name is not UTF-8; rename it"))
    return SourceFile(source, path, location, problem)


def _unreadable(error: OSError) -> NewsError:
    return NewsError(gettext_noop("can't be read: {reason}"), reason=error.strerror or str(error))


def read_file(file: SourceFile, *, max_bytes: int) -> SourceText:
    """Return the text of `file`.

    Raises NewsError when it is no regular file, too large or unreadable, and DocumentError with the line when
    it is neither UTF-8 nor UTF-16 with a byte order mark.
    """
    if file.problem:
        raise file.problem
    try:
        raw, modified = _read_regular(file.location, max_bytes)
    except OSError as error:
        raise _unreadable(error) from error
    encoding = BYTE_ORDER_MARKS.get(raw[:2], "utf-8")
    text = _decode(raw, encoding)
    position = text.find("\0")
    if position >= 0:
        raise DocumentError(
            gettext_noop("a NUL character, which no database stores as text; remove it"),
            line=text.count("\n", 0, position) + 1,
        )
    return SourceText(text, encoding, hashlib.sha256(raw).hexdigest(), modified)


def _read_regular(location: Path, max_bytes: int) -> tuple[bytes, datetime]:
    # Opened first and looked at afterwards, so that nothing can be exchanged in between; a FIFO does not block.
    handle = os.open(location, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as stream:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise NewsError(gettext_noop("not a regular file; only those are imported"))
        raw = stream.read(max_bytes + 1)
    if len(raw) > max_bytes:
        raise NewsError(
            gettext_noop(
                '{size} bytes, at most {limit} are read; raise CMS_NEWS["MAX_FILE_BYTES"]'
            ),
            size=max(about.st_size, len(raw)),
            limit=max_bytes,
        )
    return raw, datetime.fromtimestamp(int(about.st_mtime), tz=UTC)


def _decode(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(
            gettext_noop("byte 0x{byte:02X} is not {encoding}; save the file as UTF-8"),
            line=raw.count(b"\n", 0, error.start) + 1,
            byte=raw[error.start],
            encoding=encoding.upper(),
        ) from error
