"""Zip archives as a place to import from: entries checked and capped before any of them is unpacked."""

import stat
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from cms_news.errors import NewsError, gettext_noop

from .sources import SourceFile, refuse_large

MAX_ENTRIES = 100_000
MAX_TOTAL_BYTES = 2_000_000_000
MAX_RATIO = 200
"""Unpacked over packed; text in Chinese packs to a third, and a page of blanks to a hundredth."""
SMALL_BYTES = 100_000
"""Below this an entry may pack as well as it likes."""
UTF8_NAME = 0x800
ENCRYPTED = 0x1
UNIX = 3


class Archive:
    """The entries of a zip archive that can be read safely, by path."""

    def __init__(self, file: Path | BinaryIO) -> None:
        """Open the archive. Raises NewsError for one that is broken, or beyond the limits as a whole."""
        try:
            self.zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
            raise NewsError(
                gettext_noop("not a zip archive: {reason}"), reason=str(error)
            ) from error
        infos = [info for info in self.zip.infolist() if not info.is_dir()]
        _refuse_masses(infos)
        self.entries = {_name_of(info): info for info in reversed(infos)}
        self.repeated = len(infos) - len(self.entries)

    def find_files(self, *, source: str, suffixes: tuple[str, ...]) -> Iterator[SourceFile]:
        """Yield the entries that end in `suffixes`, in the order of their paths; hidden ones are passed over."""
        for path in sorted(self.entries):
            parts = PurePosixPath(path.replace("\\", "/")).parts
            is_hidden = any(part.startswith(".") and part != ".." for part in parts)
            if path.lower().endswith(suffixes) and not is_hidden and "__MACOSX" not in parts:
                yield SourceFile(source, path, self, _problem_of(path, self.entries[path]))

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

    def holds(self, path: str) -> bool:
        return path in self.entries

    def close(self) -> None:
        self.zip.close()


def _refuse_masses(infos: list[zipfile.ZipInfo]) -> None:
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


def _name_of(info: zipfile.ZipInfo) -> str:
    """Return the entry's path; without the UTF-8 mark, zipfile has read UTF-8 names as those of a PC of 1981."""
    name = info.orig_filename
    if info.flag_bits & UTF8_NAME or name.isascii():
        return name
    try:
        return name.encode("cp437").decode()
    except (UnicodeEncodeError, UnicodeDecodeError):
        return name


def _problem_of(path: str, info: zipfile.ZipInfo) -> NewsError | None:
    """Return why the entry must not be read, if so."""
    if not (info.flag_bits & UTF8_NAME or path.isascii() or path != info.orig_filename):
        return NewsError(gettext_noop("the entry's name is not UTF-8; pack it with UTF-8 names"))
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\\" in path or "\0" in path or path[1:2] == ":":
        return NewsError(gettext_noop("the entry's path leads out of the archive"))
    mode = info.external_attr >> 16
    if info.create_system == UNIX and stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        return NewsError(gettext_noop("not a regular file; only those are imported"))
    if info.flag_bits & ENCRYPTED:
        return NewsError(gettext_noop("the entry is encrypted; unpack the archive first"))
    if info.file_size > SMALL_BYTES and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        return NewsError(
            gettext_noop("{size} bytes out of {packed}: packed too well to be text"),
            size=info.file_size,
            packed=info.compress_size,
        )
    return None


def _time_of(info: zipfile.ZipInfo) -> datetime:
    try:
        return datetime(*info.date_time, tzinfo=UTC)
    except ValueError:
        return datetime(1980, 1, 1, tzinfo=UTC)
