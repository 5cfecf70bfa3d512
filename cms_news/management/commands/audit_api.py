from contextlib import closing
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cms_news.management.api_audit import Finding, find_gaps, list_findings, measure
from cms_news.management.audit_reports import write_json, write_table
from cms_news.management.reporting import show_progress, write_any_text
from cms_news.management.scratch import scratch_database

DEFAULT_SIZES = (10, 100, 1_000)
MIN_ARTICLES = 10
"""A second page, and a way back to it, need some."""
MAX_ARTICLES = 100_000


class Command(BaseCommand):
    help = (
        "Asks the API every question it has a budget for, in scratch archives of several sizes, and tells how many "
        "queries each takes: cold, warm, as a 304, and from the response cache. Exits with status 1 if one takes "
        "more than it may or more in a larger archive, or if an endpoint or parameter has no budget. Your database "
        "is not touched: on PostgreSQL the archive is in temporary tables, elsewhere in an SQLite file."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--articles",
            metavar="N",
            type=int,
            nargs="+",
            default=DEFAULT_SIZES,
            help="Sizes of the archive, rising. Default: 10 100 1000.",
        )
        parser.add_argument(
            "--format",
            choices=["text", "json"],
            default="text",
            help="json: one object a line for each question, and one for the summary.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        write_any_text(self.stdout, self.stderr)
        sizes = list(options["articles"])
        if sizes != sorted(set(sizes)) or not MIN_ARTICLES <= sizes[0] <= sizes[-1] <= MAX_ARTICLES:
            raise CommandError(
                f"--articles: write numbers from {MIN_ARTICLES} to {MAX_ARTICLES}, each larger than the one before",
                returncode=2,
            )
        findings = self._measure(sizes, is_watched=options["verbosity"] > 0)
        if options["format"] == "json":
            write_json(findings, sizes, self.stdout)
        elif options["verbosity"] > 0:
            write_table(findings, sizes, self.stdout)
        self._end(findings)

    def _measure(self, sizes: list[int], *, is_watched: bool) -> list[Finding]:
        findings = list_findings()
        with scratch_database(is_of_same_kind=True), closing(measure(findings, sizes)) as work:
            for _finding in show_progress(
                work,
                total=len(findings) * len(sizes),
                stream=self.stderr,
                label="Asking",
                is_enabled=is_watched,
            ):
                pass
        return [*findings, *find_gaps()]

    def _end(self, findings: list[Finding]) -> None:
        """Exit with what became of it."""
        failed = [finding for finding in findings if finding.faults]
        for finding in failed:
            for fault in finding.faults:
                self.stderr.write(f"{finding.budget.title}: {fault}")
        if failed:
            raise CommandError(
                f"{len(failed)} of {len(findings)} questions cost more than they may, or have no budget; "
                "each is named above"
            )
