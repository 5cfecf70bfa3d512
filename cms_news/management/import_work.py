"""What an import goes through: the folders, files and archives that were named."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cms_news.conf import news_settings
from cms_news.errors import NewsError
from cms_news.models import ImportRecord
from cms_news.services.archives import Archive
from cms_news.services.article_sources import source_key
from cms_news.services.import_results import FileResult
from cms_news.services.sources import Place, SourceFile, find_files, find_place, refuse_source
from cms_news.services.vanishing import find_vanished, short_key


@dataclass
class Work:
    """What an import goes through, and what of it was seen."""

    places: list[Place] = field(default_factory=list)
    archives: list[tuple[str, Archive]] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)
    """Short keys of all files that were found."""
    unread: set[str] = field(default_factory=set)
    """Folders that could not be looked into, with a slash at their end."""

    @property
    def roots(self) -> dict[str, str]:
        """The folder or archive of each source."""
        folders = {place.source: str(place.folder.base) for place in self.places}
        return {**folders, **{name: archive.name for name, archive in self.archives}}

    @property
    def sources(self) -> list[str]:
        return sorted({place.source for place in self.places} | {name for name, _ in self.archives})

    def count(self) -> int:
        return sum(1 for _ in self._each_once(set()))

    def files(self) -> Iterator[SourceFile]:
        """Yield each file once, however often it was named, and note what was seen."""
        for file in self._each_once(self.seen):
            if file.is_folder:
                self.unread.add("" if file.path == "." else f"{file.path}/")
            yield file

    def find_vanished(
        self, *, renamed: set[int], prunes: bool, is_dry_run: bool
    ) -> Iterator[FileResult]:
        """Yield a result for each file that was imported once and is gone; for once all files were seen."""
        for source, prefixes in self._prefixes().items():
            yield from find_vanished(
                source,
                prefixes,
                self.seen,
                unread=self.unread,
                renamed=renamed,
                prunes=prunes,
                is_dry_run=is_dry_run,
            )

    def _prefixes(self) -> dict[str, set[str]]:
        """Return by source what the paths begin with of which this work knows all files."""
        found: dict[str, set[str]] = {}
        for place in self.places:
            if place.prefix is not None:
                found.setdefault(place.source, set()).add(place.prefix)
        for name, _archive in self.archives:
            found.setdefault(name, set()).add("")
        return found

    def _each_once(self, seen: set[bytes]) -> Iterator[SourceFile]:
        for file in self._all_files():
            key = short_key(source_key(file.source, file.path))
            if key not in seen:
                seen.add(key)
                yield file

    def _all_files(self) -> Iterator[SourceFile]:
        suffixes = news_settings.import_suffixes
        for place in self.places:
            yield from find_files(place, suffixes=suffixes)
        for name, archive in self.archives:
            yield from archive.find_files(source=name, suffixes=suffixes)


@contextmanager
def open_work(
    names: Sequence[str],
    *,
    root: str | None,
    source: str | None,
    is_zip: bool,
    encoding: str | None,
) -> Iterator[Work]:
    """Provide what stands under `names`. Raises NewsError for what can't be imported at all."""
    work = Work()
    with ExitStack() as stack:
        for name in names:
            path = Path(name)
            try:
                if _is_archive(path, is_zip=is_zip):
                    archive = Archive(path, encoding=encoding)
                    stack.callback(archive.close)
                    work.archives.append((_checked(source, path.stem), archive))
                else:
                    place = find_place(path, root=Path(root) if root else None, source=source)
                    _checked(source, place.source)
                    work.places.append(place)
            except NewsError as error:
                raise NewsError("{name}: {reason}", name=name, reason=str(error)) from error
        _refuse_mixture(work)
        yield work


def _is_archive(path: Path, *, is_zip: bool) -> bool:
    if not path.exists() and not path.is_symlink():
        raise NewsError("there is no such file or folder")
    return path.is_file() and (is_zip or path.suffix.lower() == ".zip")


def _checked(given: str | None, default: str) -> str:
    source = default if given is None else given
    refuse_source(source)
    return source


def find_former_roots(work: Work) -> dict[str, str]:
    """Return by source the folder or archive that it was when it was imported last, where that was another one."""
    found: dict[str, str] = {}
    for source, root in work.roots.items():
        last = ImportRecord.objects.filter(options__roots__has_key=source).first()
        if last is not None and last.options["roots"][source] != root:
            found[source] = last.options["roots"][source]
    return found


def _refuse_mixture(work: Work) -> None:
    """Two folders of one source name would take each other's articles for their own."""
    bases: dict[str, str] = {}
    named = [(place.source, str(place.folder.base)) for place in work.places]
    named += [(name, archive.name) for name, archive in work.archives]
    for source, base in named:
        if bases.setdefault(source, base) != base:
            raise NewsError(
                '{base} and {other} would both be the source "{source}"; import one after the other '
                "with a --source for each",
                base=base,
                other=bases[source],
                source=source,
            )
