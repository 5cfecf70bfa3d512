"""Zip archives as a place to import from: entries checked and capped before any of them is unpacked."""

import stat
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from cms_news.content.fields import is_draft_folder
from cms_news.errors import NewsError, gettext_noop

from .sources import NOT_REGULAR, SourceFile, refuse_large

MAX_ENTRIES = 100_000
MAX_TOTAL_BYTES = 2_000_000_000
MAX_RATIO = 200
"""Unpacked over packed; text in Chinese packs to a third, and a page of blanks to a hundredth."""
SMALL_BYTES = 100_000
"""Below this an entry may pack as well as it likes."""
MAX_SMALL_BYTES = 20_000_000
"""Beyond this, all small entries together may not pack better than large ones."""
MAX_PATH = 4096
"""What file systems take, and a column holds."""
UTF8_NAME = 0x800
ENCRYPTED = 0x1
UNIX_LIKE = {3, 19}
"""Of the systems an entry is made on, those that write what kind of file it is; 19 is macOS."""
LOCAL_HEADER_BYTES = 30
"""Without the name."""


class Archive:
    """The entries of a zip archive that can be read safely, by path."""

    def __init__(
        self, file: Path | BinaryIO, *, name: str = "", encoding: str | None = None
    ) -> None:
        """Open the archive. Raises NewsError for one that is broken, or beyond the limits as a whole.

        `encoding` is that of names that are not UTF-8.
        """
        try:
            self.zip = zipfile.ZipFile(file)
        # A ValueError is how it says that a name is not the UTF-8 that it is marked as.
        except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
            raise NewsError(
                gettext_noop("not a zip archive: {reason}"), reason=str(error)
            ) from error
        path = file.absolute() if isinstance(file, Path) else PurePosixPath(name)
        self.name = str(path)
        self.is_draft = is_draft_folder(path.parent / path.stem)
        infos = [info for info in self.zip.infolist() if not info.is_dir()]
        _refuse_masses(infos)
        names = [_name_of(info, encoding) for info in infos]
        paths = [
            _path_of(info.orig_filename if name is None else name)
            for info, name in zip(infos, names, strict=True)
        ]
        self.entries = dict(zip(paths, infos, strict=True))
        self.unnamed = {path for path, name in zip(paths, names, strict=True) if name is None}
        """Paths that are a guess."""
        self.repeated = {path for path, count in Counter(paths).items() if count > 1}
        self.overlapping = _find_overlapping(infos)
        """Offsets of entries."""

    def find_files(self, *, source: str, suffixes: tuple[str, ...]) -> Iterator[SourceFile]:
        """Yield the entries that end in `suffixes`, in the order of their paths; hidden ones are passed over."""
        for path in sorted(self.entries):
            parts = PurePosixPath(path.replace("\\", "/")).parts
            is_hidden = any(part.startswith(".") and part != ".." for part in parts)
            if path.lower().endswith(suffixes) and not is_hidden and "__MACOSX" not in parts:
                yield SourceFile(source, path, self, self._problem_of(path), self.is_draft)

    def read(self, path: str, *, max_bytes: int) -> tuple[bytes, datetime]:
        info = self.entries[path]
        refuse_large(info.file_size, max_bytes)
        try:
            with self.zip.open(info) as stream:
                # What the directory says of the size may be a lie: count what really comes.
                raw = stream.read(max_bytes + 1)
        except (
            zipfile.BadZipFile,
            OSError,
            EOFError,
            RuntimeError,
            NotImplementedError,
            ValueError,
        ) as error:
            raise NewsError(
                gettext_noop("can't be unpacked: {reason}"), reason=str(error)
            ) from error
        refuse_large(len(raw), max_bytes)
        return raw, _time_of(info)

    def size(self, path: str) -> int:
        return self.entries[path].file_size

    def holds(self, path: str, *, beside: str = "") -> bool:
        return path in self.entries

    def close(self) -> None:
        self.zip.close()

    def _problem_of(self, path: str) -> NewsError | None:
        """Return why the entry must not be read, if so."""
        info = self.entries[path]
        if path in self.unnamed:
            return NewsError(
                gettext_noop(
                    "the entry's name is not UTF-8; pack it with UTF-8 names, or name their encoding "
                    "with --encoding"
                )
            )
        if path in self.repeated:
            return NewsError(gettext_noop("the archive holds several files of this name; keep one"))
        if info.header_offset in self.overlapping:
            return NewsError(
                gettext_noop("the entry lies inside of another one; pack the files anew")
            )
        return _problem_of(path, info)


def _refuse_masses(infos: Sequence[zipfile.ZipInfo]) -> None:
    if len(infos) > MAX_ENTRIES:
        raise NewsError(
            gettext_noop("{count} entries, at most {limit} are read; split the archive"),
            count=len(infos),
            limit=MAX_ENTRIES,
        )
    total = sum(info.file_size for info in infos)
    if total > MAX_TOTAL_BYTES:
        raise NewsError(
            gettext_noop("{size} bytes when unpacked, at most {limit} are read; split the archive"),
            size=total,
            limit=MAX_TOTAL_BYTES,
        )
    small = [info for info in infos if info.file_size <= SMALL_BYTES]
    size, packed = (sum(getattr(i, name) for i in small) for name in ("file_size", "compress_size"))
    if size > max(MAX_SMALL_BYTES, MAX_RATIO * packed):
        raise NewsError(_PACKED_TOO_WELL, size=size, packed=packed)


_PACKED_TOO_WELL = gettext_noop("{size} bytes out of {packed}: packed too well to be text")


def _find_overlapping(infos: Sequence[zipfile.ZipInfo]) -> set[int]:
    """Return the offsets of entries that share bytes with another: a few bytes could be unpacked often."""
    found: set[int] = set()
    for one, other in pairwise(sorted(infos, key=lambda info: info.header_offset)):
        if one.header_offset + LOCAL_HEADER_BYTES + one.compress_size > other.header_offset:
            found |= {one.header_offset, other.header_offset}
    return found


def _path_of(name: str) -> str:
    """Return the path of that name, without the `./` and `//` that some programs write."""
    is_odd = name.startswith("/") or "\0" in name
    return name if is_odd else str(PurePosixPath(name))


def _name_of(info: zipfile.ZipInfo, encoding: str | None) -> str | None:
    """Return the entry's name, or None where it is in an encoding that nobody named.

    Without the UTF-8 mark, zipfile has read it as that of a PC of 1981.
    """
    name = info.orig_filename
    if info.flag_bits & UTF8_NAME or name.isascii():
        return name
    for candidate in filter(None, ("utf-8", encoding)):
        try:
            return name.encode("cp437").decode(candidate)
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
    return None


def _problem_of(path: str, info: zipfile.ZipInfo) -> NewsError | None:
    """Return why an entry like this must not be read, if so."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\\" in path or "\0" in path or path[1:2] == ":":
        return NewsError(gettext_noop("the entry's path leads out of the archive"))
    if len(path) > MAX_PATH:
        return NewsError(
            gettext_noop("a path of {length} characters, at most {limit} are stored; shorten it"),
            length=len(path),
            limit=MAX_PATH,
        )
    mode = info.external_attr >> 16
    if info.create_system in UNIX_LIKE and stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        return NewsError(NOT_REGULAR)
    if info.flag_bits & ENCRYPTED:
        return NewsError(gettext_noop("the entry is encrypted; unpack the archive first"))
    if info.file_size > SMALL_BYTES and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        return NewsError(_PACKED_TOO_WELL, size=info.file_size, packed=info.compress_size)
    return None


def _time_of(info: zipfile.ZipInfo) -> datetime:
    try:
        return datetime(*info.date_time, tzinfo=UTC)
    except ValueError:
        return datetime(1980, 1, 1, tzinfo=UTC)
