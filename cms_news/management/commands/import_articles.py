import argparse
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper

from cms_news.conf import news_settings
from cms_news.errors import NewsError
from cms_news.management.import_reports import JsonReport, Report, TextReport
from cms_news.management.reporting import show_progress
from cms_news.models import ImportRecord
from cms_news.services.archives import Archive
from cms_news.services.articles import source_key
from cms_news.services.import_records import TROUBLES, Recorder
from cms_news.services.import_results import ImportOptions, Outcome, default_jobs
from cms_news.services.importing import import_files
from cms_news.services.locks import import_lock
from cms_news.services.sources import Place, SourceFile, find_files, find_place
from cms_news.services.vanishing import find_vanished

DESCRIPTION = """\
Import front-matter files as articles: Markdown or HTML under a head in YAML, TOML or JSON.

A file belongs to the article that was made of it before, found by its source (the name of the folder) and its
path below it. Files whose bytes did not change are left alone, so an import may be run as often as you like.
A file that can't be imported is named with line and reason and costs only itself. PATH may be a file, a folder
or a zip archive.
"""
EPILOG = """\
exit status:
  0    every file is imported now, or was already
  1    some file failed or is in conflict with an edit made here; all others are imported
  2    the arguments can't be used, or the same source is being imported already; nothing was done
  130  stopped by Ctrl-C; what the summary names is done, run it again to go on
"""
DIFF_LINES = 12


@dataclass
class Work:
    """What an import goes through."""

    places: list[Place] = field(default_factory=list)
    archives: list[tuple[str, Archive]] = field(default_factory=list)

    @property
    def roots(self) -> dict[str, str]:
        """The folder or archive of each source."""
        folders = {place.source: str(place.folder.base) for place in self.places}
        return {**folders, **{name: str(archive.zip.filename) for name, archive in self.archives}}

    @property
    def sources(self) -> list[str]:
        return sorted({place.source for place in self.places} | {name for name, _ in self.archives})

    def files(self) -> Iterator[SourceFile]:
        """Yield each file once, however often it was named."""
        seen: set[str] = set()
        for file in self._all_files():
            key = source_key(file.source, file.path) if not file.problem else file.path
            if key not in seen:
                seen.add(key)
                yield file

    def _all_files(self) -> Iterator[SourceFile]:
        suffixes = news_settings.import_suffixes
        for place in self.places:
            yield from find_files(place, suffixes=suffixes)
        for name, archive in self.archives:
            yield from archive.find_files(source=name, suffixes=suffixes)


class Command(BaseCommand):
    help = "Imports front-matter files, or folders and zip archives of them, as articles."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.description, parser.epilog = DESCRIPTION, EPILOG
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "paths", metavar="PATH", nargs="+", help="A file, folder or zip archive."
        )
        for names, options in ARGUMENTS:
            parser.add_argument(*names, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        import_options = self._read_options(options)
        with ExitStack() as stack:
            work = self._find(options, stack)
            report = self._open_report(options, stack)
            try:
                for source in work.sources:
                    stack.enter_context(import_lock(source))
            except NewsError as error:
                raise CommandError(str(error), returncode=2) from error
            import_options = self._beware_of_strangers(import_options, work, options)
            recorder = Recorder(_open_record(work, options))
            is_interrupted = self._run(work, import_options, report, options, recorder)
        counts = recorder.counts
        trouble = sum(counts[outcome] for outcome in TROUBLES)
        if is_interrupted:
            raise CommandError("interrupted; run it again to go on", returncode=130)
        if trouble:
            raise CommandError(
                f"{trouble} of {counts.total()} files were not imported; each is named with its reason"
            )

    def _run(
        self,
        work: Work,
        import_options: ImportOptions,
        report: Report,
        options: dict[str, Any],
        recorder: Recorder,
    ) -> bool:
        """Import, report and record everything; return whether Ctrl-C ended it."""
        seen: set[str] = set()
        renamed: set[int] = set()
        with stop_on_interrupt() as stop:
            results = import_files(_noting(work.files(), seen), options=import_options, stop=stop)
            shows_bar = options["verbosity"] > 0
            total = sum(1 for _ in work.files()) if shows_bar and self.stderr.isatty() else 0
            for result in show_progress(
                recorder.note(results),
                total=total,
                stream=self.stderr,
                label="Importing",
                is_enabled=shows_bar,
            ):
                if result.outcome is Outcome.RENAMED and result.article_id:
                    renamed.add(result.article_id)
                report.tell(result)
            if not stop.is_set():
                prunes = options["prune"] and not import_options.is_dry_run
                for place in work.places:
                    gone = find_vanished(place, seen, renamed=renamed, prunes=prunes)
                    for result in recorder.note(gone):
                        report.tell(result)
        recorder.finish(is_interrupted=stop.is_set())
        report.end(
            recorder.counts, is_dry_run=import_options.is_dry_run, is_interrupted=stop.is_set()
        )
        return stop.is_set()

    def _read_options(self, options: dict[str, Any]) -> ImportOptions:
        encoding = options["encoding"]
        try:
            "".encode(encoding or "utf-8")
        except LookupError as error:
            raise CommandError(
                f'--encoding: "{encoding}" names no encoding; write one such as gb18030',
                returncode=2,
            ) from error
        return ImportOptions(
            zone=self._read_zone(options["timezone"]),
            is_dry_run=options["dry_run"],
            on_conflict=options["on_conflict"],
            encoding=encoding,
            jobs=max(1, options["jobs"]),
            makes_diffs=options["dry_run"] or options["diff"],
        )

    def _read_zone(self, name: str | None) -> ZoneInfo:
        try:
            return ZoneInfo(name) if name else news_settings.timezone
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise CommandError(
                f'--timezone: "{name}" names no time zone; write one such as Asia/Shanghai',
                returncode=2,
            ) from error

    def _beware_of_strangers(
        self, import_options: ImportOptions, work: Work, options: dict[str, Any]
    ) -> ImportOptions:
        """Without an explicit source, a folder that merely bears the name of another must not take its articles."""
        if options["source"] or not _is_elsewhere(work):
            return import_options
        if options["prune"]:
            raise CommandError(
                "--prune: the source was another folder when it was imported last; say with --source NAME "
                "that this one is meant",
                returncode=2,
            )
        return replace(import_options, finds_renames=False)

    def _find(self, options: dict[str, Any], stack: ExitStack) -> Work:
        root = Path(options["root"]) if options["root"] else None
        work = Work()
        for name in options["paths"]:
            path = Path(name)
            if not path.exists() and not path.is_symlink():
                raise CommandError(f"{name}: there is no such file or folder", returncode=2)
            try:
                if path.is_file() and (options["zip"] or path.suffix.lower() == ".zip"):
                    archive = Archive(path)
                    stack.callback(archive.close)
                    work.archives.append((options["source"] or path.stem, archive))
                else:
                    work.places.append(find_place(path, root=root, source=options["source"]))
            except NewsError as error:
                raise CommandError(f"{name}: {error}", returncode=2) from error
        _refuse_mixture(work)
        return work

    def _open_report(self, options: dict[str, Any], stack: ExitStack) -> Report:
        out: OutputWrapper = self.stdout
        if options["output"]:
            path = Path(options["output"])
            stream = path.open("w", encoding="utf-8")
            out = OutputWrapper(stack.enter_context(stream))
        if options["format"] == "json":
            return JsonReport(out)
        return TextReport(
            out,
            self.stderr,
            verbosity=options["verbosity"],
            diff_lines=None if options["diff"] else DIFF_LINES,
        )


ARGUMENTS: Sequence[tuple[tuple[str, ...], dict[str, Any]]] = (
    (
        ("--dry-run",),
        {"action": "store_true", "help": "Tell what would happen, with diffs, and write nothing."},
    ),
    (("--diff",), {"action": "store_true", "help": "Show the whole diff of every updated file."}),
    (
        ("--on-conflict",),
        {
            "choices": ["skip", "file", "article"],
            "default": "skip",
            "help": "Who wins where file and article both changed since the last import. Default: skip, "
            "which touches neither.",
        },
    ),
    (
        ("--prune",),
        {"action": "store_true", "help": "Move the articles of files that are gone to the trash."},
    ),
    (
        ("--timezone",),
        {
            "metavar": "ZONE",
            "help": 'Zone of dates without offset, such as Asia/Shanghai. Default: CMS_NEWS["TIMEZONE"].',
        },
    ),
    (
        ("--encoding",),
        {"metavar": "NAME", "help": "Of files that are neither UTF-8 nor UTF-16 with a mark."},
    ),
    (
        ("--source",),
        {
            "metavar": "NAME",
            "help": "Name under which the files are remembered. Default: that of the folder or archive.",
        },
    ),
    (
        ("--root",),
        {
            "metavar": "DIR",
            "help": "Folder that paths are taken relative to. Default: the one named, or holding the file.",
        },
    ),
    (("--zip",), {"action": "store_true", "help": "PATH is a zip archive, whatever its name."}),
    (
        ("--jobs",),
        {
            "type": int,
            "default": default_jobs(),
            "metavar": "N",
            "help": "Processes that parse and clean. Default: one for each processor core.",
        },
    ),
    (
        ("--format",),
        {
            "choices": ["text", "json"],
            "default": "text",
            "help": "json: one object a line for each file, and one for the summary.",
        },
    ),
    (
        ("--output",),
        {"metavar": "FILE", "help": "Write the report there. Default: standard output."},
    ),
)


def _open_record(work: Work, options: dict[str, Any]) -> ImportRecord | None:
    if options["dry_run"]:
        return None
    told = {name: options[name] for name in ("on_conflict", "prune", "timezone", "encoding")}
    told |= {"paths": options["paths"], "roots": work.roots}
    return ImportRecord(source=", ".join(work.sources)[:255], options=told)


def _is_elsewhere(work: Work) -> bool:
    """Whether a source of this name was another folder when it was imported last."""
    for source, root in work.roots.items():
        last = ImportRecord.objects.filter(options__roots__has_key=source).first()
        if last is not None and last.options["roots"][source] != root:
            return True
    return False


def _noting(files: Iterator[SourceFile], seen: set[str]) -> Iterator[SourceFile]:
    """Yield `files` and note the keys they are remembered under."""
    for file in files:
        seen.add(source_key(file.source, file.path))
        yield file


def _refuse_mixture(work: Work) -> None:
    """Two folders of one source name would take each other's articles for their own."""
    bases: dict[str, str] = {}
    named = [(place.source, str(place.folder.base)) for place in work.places]
    named += [(name, str(archive.zip.filename)) for name, archive in work.archives]
    for source, base in named:
        if bases.setdefault(source, base) != base:
            raise CommandError(
                f'{base} and {bases[source]} would both be the source "{source}"; import one after the '
                "other with a --source for each",
                returncode=2,
            )


@contextmanager
def stop_on_interrupt() -> Iterator[Event]:
    """Provide an event that the first Ctrl-C sets; the second one interrupts as usual."""
    stop = Event()

    def set_once(signum: int, frame: Any) -> None:
        signal.signal(signal.SIGINT, former)
        stop.set()

    try:
        former = signal.signal(signal.SIGINT, set_once)
    except ValueError:  # not the main thread, where nobody presses Ctrl-C
        yield stop
        return
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, former)
