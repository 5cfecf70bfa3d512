from collections import Counter
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cms_news.conf import news_settings
from cms_news.content.dates import parse_date
from cms_news.errors import DocumentError
from cms_news.management.interrupting import Interruption, noting_the_end, stop_on_signals
from cms_news.management.reporting import show_progress, show_text, write_any_text
from cms_news.models import Article, ArticleQuerySet, Category
from cms_news.services.exporting import ExportOutcome, ExportResult, export_articles

TROUBLES = {ExportOutcome.CONFLICT, ExportOutcome.FAILED}
DIFFERENCES = {ExportOutcome.MISSING, ExportOutcome.DIFFERENT}


class Command(BaseCommand):
    help = (
        "Exports articles as front-matter files: those that came from a file to the same path and, unless "
        "they were edited, with the same bytes; others as SLUG.md. Files that are right already are not touched, "
        "and neither are files that somebody changed since they were imported or exported last."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", help="Folder to write into; made if missing.")
        parser.add_argument(
            "--source", metavar="NAME", help="Only articles imported from this source."
        )
        parser.add_argument("--category", metavar="SLUG", help="Only what is filed here or below.")
        parser.add_argument(
            "--since", metavar="DATE", help="Only what was changed in the database since then."
        )
        parser.add_argument(
            "--only-public", action="store_true", help="Only what everybody may read now."
        )
        parser.add_argument(
            "--include-trash", action="store_true", help="Also what lies in the trash."
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help="Write nothing; exit with status 1 if a file is missing or different.",
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help="Overwrite files that somebody changed since they were imported or exported last. "
            "Default: leave them alone, name them, and exit with status 1.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        write_any_text(self.stdout, self.stderr)
        articles = self._choose(options)
        self._refuse_mixture(articles)
        folder = Path(options["folder"])
        if folder.exists() and not folder.is_dir():
            raise CommandError(
                f"{folder}: there is a file of this name; name a folder", returncode=2
            )
        with stop_on_signals() as interruption, noting_the_end(interruption):
            counts = self._export(articles, folder, options, interruption)
            self._tell_counts(counts, options)
        if interruption.stop.is_set():
            raise CommandError("interrupted; run it again to go on", returncode=interruption.status)
        self._end(counts)

    def _export(
        self,
        articles: ArticleQuerySet,
        folder: Path,
        options: dict[str, Any],
        interruption: Interruption,
    ) -> Counter[ExportOutcome]:
        verbosity = options["verbosity"]
        counts: Counter[ExportOutcome] = Counter()
        exporting = export_articles(
            articles, folder, is_check=options["check"], overwrites=options["force"]
        )
        with closing(exporting) as results:
            for result in show_progress(
                results,
                total=articles.count,
                stream=self.stderr,
                label="Exporting",
                is_enabled=verbosity > 0,
                is_told=lambda r: verbosity > 1 or bool(r.reason) or r.outcome in DIFFERENCES,
            ):
                counts[result.outcome] += 1
                self._report(result, verbosity)
                if interruption.stop.is_set():
                    break
        return counts

    def _choose(self, options: dict[str, Any]) -> ArticleQuerySet:
        articles = Article.objects.all() if options["include_trash"] else Article.objects.alive()
        if options["only_public"]:
            articles = Article.objects.public()
        if options["source"] is not None:
            articles = articles.filter(source=options["source"])
        if options["category"] is not None:
            articles = articles.in_category(self._find_category(options["category"]))
        if options["since"] is not None:
            articles = articles.filter(modified_at__gte=self._read_date(options["since"]))
        return articles

    def _find_category(self, slug: str) -> Category:
        category = Category.objects.filter(slug=slug).first()
        if category is None:
            raise CommandError(f'--category: there is no category "{slug}"', returncode=2)
        return category

    def _read_date(self, text: str) -> datetime:
        try:
            return parse_date(text, zone=news_settings.timezone).value
        except DocumentError as error:
            raise CommandError(f"--since: {error}", returncode=2) from error

    def _refuse_mixture(self, articles: ArticleQuerySet) -> None:
        """Two sources may hold the same paths; which goes where is not for us to guess."""
        imported = articles.exclude(source_key=None).order_by("source")
        sources = list(imported.values_list("source", flat=True).distinct())
        if len(sources) > 1:
            raise CommandError(
                f"the articles come from {len(sources)} sources ({', '.join(sources)}); "
                "export each into a folder of its own with --source NAME",
                returncode=2,
            )

    def _report(self, result: ExportResult, verbosity: int) -> None:
        path = show_text(result.path)
        if result.reason:
            self.stderr.write(f"{path}: {result.outcome}: {show_text(result.reason)}")
        elif verbosity > 1 or (verbosity == 1 and result.outcome in DIFFERENCES):
            self.stdout.write(f"{path}: {result.outcome}")

    def _tell_counts(self, counts: Counter[ExportOutcome], options: dict[str, Any]) -> None:
        left_out = {ExportOutcome.WRITTEN} if options["check"] else DIFFERENCES
        told = [
            f"{counts[outcome]} {outcome}" for outcome in ExportOutcome if outcome not in left_out
        ]
        if options["verbosity"] > 0:
            self.stdout.write(", ".join(told))

    def _end(self, counts: Counter[ExportOutcome]) -> None:
        """Exit with what became of it."""
        not_exported = sum(counts[outcome] for outcome in TROUBLES)
        different = sum(counts[outcome] for outcome in DIFFERENCES)
        if different:
            raise CommandError(
                f"{different + not_exported} of {counts.total()} files are not as an export makes them"
            )
        if not_exported:
            raise CommandError(
                f"{not_exported} of {counts.total()} articles were not exported; each is named with its reason"
            )
