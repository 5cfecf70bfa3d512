from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper
from django.db import OperationalError

from cms_news.conf import news_settings
from cms_news.errors import NewsError
from cms_news.management.import_arguments import ARGUMENTS, DESCRIPTION, EPILOG, HELP
from cms_news.management.import_reports import JsonReport, Report, TextReport
from cms_news.management.import_work import Work, find_former_roots, open_work
from cms_news.management.interrupting import Interruption, noting_the_end, stop_on_signals
from cms_news.management.reporting import show_progress, write_any_text
from cms_news.models import ImportRecord
from cms_news.services.import_records import TROUBLES, Recorder
from cms_news.services.import_results import ImportOptions, Outcome
from cms_news.services.importing import import_files
from cms_news.services.locks import import_lock

DIFF_LINES = 12
GONE = (Outcome.VANISHED, Outcome.PRUNED)


class Command(BaseCommand):
    help = "Imports front-matter files, or folders and zip archives of them, as articles."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = HELP
        parser.description, parser.epilog = DESCRIPTION, EPILOG
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "paths", metavar="PATH", nargs="+", help="A file, folder or zip archive."
        )
        for names, options in ARGUMENTS:
            parser.add_argument(*names, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        write_any_text(self.stdout, self.stderr)
        import_options = self._read_options(options)
        with ExitStack() as stack, stop_on_signals() as interruption:
            work = self._open(options, stack)
            import_options = self._beware_of_strangers(import_options, work, options)
            report = self._open_report(options, stack)
            recorder = Recorder(_open_record(work, options))
            try:
                self._run(work, import_options, report, options, recorder, interruption)
            except OperationalError as error:
                raise CommandError(
                    f"the database gave up: {str(error).strip()}; what was imported stays, run it again to go on"
                ) from error
        self._end(recorder, interruption, is_emptied=options["prune"] and not work.seen)

    def _open(self, options: dict[str, Any], stack: ExitStack) -> Work:
        """Find what there is to import, and lock it."""
        try:
            work = stack.enter_context(
                open_work(
                    options["paths"],
                    root=options["root"],
                    source=options["source"],
                    is_zip=options["zip"],
                    encoding=options["encoding"],
                )
            )
            for source in work.sources:
                stack.enter_context(import_lock(source))
        except NewsError as error:
            raise CommandError(str(error), returncode=2) from error
        return work

    def _run(
        self,
        work: Work,
        import_options: ImportOptions,
        report: Report,
        options: dict[str, Any],
        recorder: Recorder,
        interruption: Interruption,
    ) -> None:
        """Import, report and record everything, or until something interrupts it."""
        is_done = False
        try:
            with noting_the_end(interruption):
                self._import(work, import_options, report, options, recorder, interruption)
                is_done = not interruption.stop.is_set()
                report.end(
                    recorder.counts,
                    is_dry_run=import_options.is_dry_run,
                    is_interrupted=not is_done,
                )
        finally:
            recorder.finish(is_interrupted=not is_done)

    def _import(
        self,
        work: Work,
        import_options: ImportOptions,
        report: Report,
        options: dict[str, Any],
        recorder: Recorder,
        interruption: Interruption,
    ) -> None:
        renamed: set[int] = set()
        stop, is_dry_run = interruption.stop, import_options.is_dry_run
        with closing(import_files(work.files(), options=import_options, stop=stop)) as results:
            for result in show_progress(
                recorder.note(results),
                total=work.count,
                stream=self.stderr,
                label="Importing",
                is_enabled=options["verbosity"] > 0,
                is_told=report.is_told,
            ):
                if result.outcome is Outcome.RENAMED and result.article_id:
                    renamed.add(result.article_id)
                report.tell(result)
        if stop.is_set():
            return
        prunes = options["prune"] and bool(work.seen)
        gone = work.find_vanished(renamed=renamed, prunes=prunes, is_dry_run=is_dry_run)
        for result in recorder.note(gone):
            report.tell(result)

    def _end(self, recorder: Recorder, interruption: Interruption, *, is_emptied: bool) -> None:
        """Exit with what became of it."""
        counts = recorder.counts
        if interruption.stop.is_set():
            raise CommandError("interrupted; run it again to go on", returncode=interruption.status)
        trouble = sum(counts[outcome] for outcome in TROUBLES)
        if trouble:
            files = counts.total() - sum(counts[outcome] for outcome in GONE)
            raise CommandError(
                f"{trouble} of {files} files were not imported; each is named with its reason"
            )
        if is_emptied and counts[Outcome.VANISHED]:
            raise CommandError(
                "--prune: there is no file at all any more, so nothing was moved to the trash; if all "
                "articles are to go there, do that in the admin"
            )

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
        former = {} if options["source"] else find_former_roots(work)
        if not former:
            return import_options
        if options["prune"]:
            raise CommandError(
                "--prune: the source was another folder when it was imported last; say with --source NAME "
                "that this one is meant",
                returncode=2,
            )
        if options["verbosity"] > 0:
            for source, root in former.items():
                self.stderr.write(
                    f'The source "{source}" was {root} when it was imported last. Files with a new path '
                    f"become new articles, unless --source {source} says that it is the same collection."
                )
        return replace(import_options, finds_renames=False)

    def _open_report(self, options: dict[str, Any], stack: ExitStack) -> Report:
        out: OutputWrapper = self.stdout
        if options["output"]:
            try:
                stream = stack.enter_context(_open_file(options["output"]))
            except OSError as error:
                raise CommandError(
                    f"--output: {options['output']} can't be written: {error.strerror}",
                    returncode=2,
                ) from error
            out = OutputWrapper(stream)
        if options["format"] == "json":
            return JsonReport(out)
        return TextReport(
            out,
            self.stderr,
            verbosity=options["verbosity"],
            diff_lines=None if options["diff"] else DIFF_LINES,
        )


def _open_file(name: str) -> TextIO:
    return Path(name).open("w", encoding="utf-8")


def _open_record(work: Work, options: dict[str, Any]) -> ImportRecord | None:
    if options["dry_run"]:
        return None
    told = {name: options[name] for name in ("on_conflict", "prune", "timezone", "encoding")}
    told |= {"paths": options["paths"], "roots": work.roots}
    return ImportRecord(source=", ".join(work.sources)[:255], options=told)
