from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cms_news.management.reporting import show_progress
from cms_news.models import Article
from cms_news.services.exporting import ExportOutcome, export_articles


class Command(BaseCommand):
    help = (
        "Exports articles as front-matter files: those that came from a file to the same path and, unless "
        "they were edited, with the same bytes; others as SLUG.md. Files that are right already are not touched."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", help="Folder to write into; made if missing.")
        parser.add_argument(
            "--source", metavar="NAME", help="Only articles imported from this source."
        )
        parser.add_argument(
            "--include-trash", action="store_true", help="Also what lies in the trash."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        articles = Article.objects.all() if options["include_trash"] else Article.objects.alive()
        if options["source"] is not None:
            articles = articles.filter(source=options["source"])
        self._refuse_mixture(articles)
        folder = Path(options["folder"])
        if folder.exists() and not folder.is_dir():
            raise CommandError(
                f"{folder}: there is a file of this name; name a folder", returncode=2
            )
        counts: Counter[ExportOutcome] = Counter()
        results = show_progress(
            export_articles(articles, folder),
            total=articles.count(),
            stream=self.stderr,
            label="Exporting",
            is_enabled=options["verbosity"] > 0,
        )
        for result in results:
            counts[result.outcome] += 1
            if result.outcome is ExportOutcome.FAILED:
                self.stderr.write(f"{result.path}: failed: {result.reason}")
            elif options["verbosity"] > 1:
                self.stdout.write(f"{result.path}: {result.outcome}")
        if options["verbosity"] > 0:
            self.stdout.write(
                ", ".join(f"{counts[outcome]} {outcome}" for outcome in ExportOutcome)
            )
        if counts[ExportOutcome.FAILED]:
            raise CommandError(
                f"{counts[ExportOutcome.FAILED]} of {counts.total()} articles were not exported"
            )

    def _refuse_mixture(self, articles: Any) -> None:
        """Two sources may hold the same paths; which goes where is not for us to guess."""
        sources = list(
            articles.exclude(source="")
            .order_by("source")
            .values_list("source", flat=True)
            .distinct()
        )
        if len(sources) > 1:
            raise CommandError(
                f"the articles come from {len(sources)} sources ({', '.join(sources)}); "
                "export each into a folder of its own with --source NAME",
                returncode=2,
            )
