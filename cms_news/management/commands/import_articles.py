import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cms_news.conf import news_settings
from cms_news.errors import NewsError
from cms_news.management.reporting import show_progress
from cms_news.services.importing import FileResult, ImportOptions, Outcome, import_files
from cms_news.services.sources import SourceFile, find_files

DESCRIPTION = """\
Import front-matter files as articles: Markdown or HTML under a head in YAML, TOML or JSON.

A file belongs to the article that was made of it before, found by its source (the name of the folder) and its
path below it. Files whose bytes did not change are left alone, so an import may be run as often as you like.
A file that can't be imported is named with line and reason and costs only itself.
"""
EPILOG = """\
exit status:
  0  every file is imported now, or was already
  1  some file failed or is in conflict with an edit made here; all others are imported
  2  the command's arguments can't be used; nothing was done
"""


class Command(BaseCommand):
    help = "Imports front-matter files, or folders of them, as articles."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.description, parser.epilog = DESCRIPTION, EPILOG
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", metavar="PATH", nargs="+", help="A file, or a folder to walk.")
        parser.add_argument(
            "--dry-run", action="store_true", help="Tell what would happen and write nothing."
        )
        parser.add_argument(
            "--timezone",
            metavar="ZONE",
            help='Zone of dates without offset, such as Asia/Shanghai. Default: CMS_NEWS["TIMEZONE"].',
        )
        parser.add_argument(
            "--source",
            metavar="NAME",
            help="Name under which the files are remembered. Default: the name of the folder.",
        )
        parser.add_argument(
            "--root",
            metavar="DIR",
            help="Folder that paths are taken relative to. Default: the folder that is named, or holds the file.",
        )
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="Where both the file and its article changed since the last import, let the file win.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        import_options = ImportOptions(
            zone=self._read_zone(options["timezone"]),
            is_dry_run=options["dry_run"],
            overwrites_edits=options["overwrite"],
        )
        files = self._find(options)
        verbosity = options["verbosity"]
        results = show_progress(
            import_files(files, options=import_options),
            total=len(files),
            stream=self.stderr,
            label="Importing",
            is_enabled=verbosity > 0,
        )
        counts: Counter[Outcome] = Counter()
        for result in results:
            counts[result.outcome] += 1
            self._report(result, verbosity)
        self._summarize(counts, verbosity, is_dry_run=import_options.is_dry_run)

    def _read_zone(self, name: str | None) -> ZoneInfo:
        try:
            return ZoneInfo(name) if name else news_settings.timezone
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise CommandError(
                f'--timezone: "{name}" names no time zone; write one such as Asia/Shanghai',
                returncode=2,
            ) from error

    def _find(self, options: dict[str, Any]) -> list[SourceFile]:
        files: dict[tuple[str, str], SourceFile] = {}
        for file in self._walk(options):
            twin = files.setdefault((file.source, file.path), file)
            if twin.location != file.location:
                raise CommandError(
                    f"{file.location} and {twin.location} would be the same file of the source "
                    f'"{file.source}"; import one after the other with a --source for each',
                    returncode=2,
                )
        return list(files.values())

    def _walk(self, options: dict[str, Any]) -> Iterator[SourceFile]:
        root = Path(options["root"]) if options["root"] else None
        for name in options["paths"]:
            path = Path(name)
            if not path.exists() and not path.is_symlink():
                raise CommandError(f"{name}: there is no such file or folder", returncode=2)
            try:
                yield from find_files(
                    path,
                    suffixes=news_settings.import_suffixes,
                    root=root,
                    source=options["source"],
                )
            except NewsError as error:
                raise CommandError(str(error), returncode=2) from error

    def _report(self, result: FileResult, verbosity: int) -> None:
        place = f"{result.path}:{result.line}" if result.line else result.path
        if result.outcome in {Outcome.FAILED, Outcome.CONFLICT}:
            self.stderr.write(f"{place}: {result.outcome}: {result.reason}")
        elif verbosity > 1 or (verbosity == 1 and result.outcome is not Outcome.UNCHANGED):
            self.stdout.write(f"{place}: {result.outcome}")
        if verbosity > 0 and result.outcome is not Outcome.UNCHANGED:
            self._explain(result)

    def _explain(self, result: FileResult) -> None:
        for notice in result.notices:
            place = f"{result.path}:{notice.line}" if notice.line else result.path
            key = f"{notice.key}: " if notice.key else ""
            self.stdout.write(f"  {place}: {key}{notice.message}")
        for removal in result.removed:
            self.stdout.write(
                f"  {result.path}: removed {removal.kind} {removal.name} ×{removal.count}: "
                f"{removal.sample!r}"
            )

    def _summarize(self, counts: Counter[Outcome], verbosity: int, *, is_dry_run: bool) -> None:
        told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome)
        if verbosity > 0:
            self.stdout.write(f"{told}{' (dry run: nothing was written)' if is_dry_run else ''}")
        trouble = counts[Outcome.FAILED] + counts[Outcome.CONFLICT]
        if trouble:
            raise CommandError(
                f"{trouble} of {counts.total()} files were not imported; each is named above with its reason"
            )
