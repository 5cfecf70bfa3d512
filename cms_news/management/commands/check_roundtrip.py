import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cms_news.conf import news_settings
from cms_news.management.reporting import show_progress, show_text, write_any_text
from cms_news.management.scratch import scratch_database
from cms_news.models import Article
from cms_news.services.exporting import export_articles
from cms_news.services.import_results import ImportOptions, Outcome, default_jobs
from cms_news.services.importing import import_files
from cms_news.services.sources import Place, find_files, find_place


class Command(BaseCommand):
    help = (
        "Imports a folder into a scratch database, exports it again into an empty folder, and tells whether "
        "every file came back with the same bytes. Neither the folder nor your database is touched."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        write_any_text(self.stdout, self.stderr)
        folder = Path(options["folder"])
        if not folder.is_dir():
            raise CommandError(f"{folder}: there is no such folder", returncode=2)
        place = find_place(folder)
        with scratch_database(), tempfile.TemporaryDirectory() as target:
            failed = self._import(place, is_watched=options["verbosity"] > 0)
            for result in export_articles(Article.objects.all(), Path(target)):
                if result.reason:
                    self.stderr.write(f"{show_text(result.path)}: {show_text(result.reason)}")
            identical, different = self._compare(place, Path(target), failed)
        self.stdout.write(
            f"{identical} of {identical + different} files came back byte for byte; "
            f"{len(failed)} could not be imported"
        )
        if different:
            raise CommandError(f"{different} files came back with other bytes; each is named above")

    def _import(self, place: Place, *, is_watched: bool) -> set[str]:
        files = list(find_files(place, suffixes=news_settings.import_suffixes))
        import_options = ImportOptions(zone=news_settings.timezone, jobs=default_jobs())
        results = show_progress(
            import_files(files, options=import_options),
            total=len(files),
            stream=self.stderr,
            label="Importing",
            is_enabled=is_watched,
        )
        failed = [result for result in results if result.outcome is Outcome.FAILED]
        for result in failed:
            self.stderr.write(f"{show_text(result.path)}: failed: {show_text(result.reason)}")
        return {result.path for result in failed}

    def _compare(self, place: Place, target: Path, failed: set[str]) -> tuple[int, int]:
        identical = different = 0
        for file in find_files(place, suffixes=news_settings.import_suffixes):
            if file.path in failed:
                continue
            copy = target / file.path
            if copy.is_file() and copy.read_bytes() == (place.folder.base / file.path).read_bytes():
                identical += 1
            else:
                different += 1
                self.stdout.write(f"{show_text(file.path)}: different")
        return identical, different
