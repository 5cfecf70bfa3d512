from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cms_news.management.reporting import show_progress
from cms_news.models import Article
from cms_news.services.refreshing import outdated_cards, refresh_own_parts


class Command(BaseCommand):
    help = (
        "Renders again what is stored for serving, where it is blank (after bulk writes) or of an older shape "
        "(after an upgrade or a change of settings). Until then readers get it right, but slower."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="Write nothing; exit with status 1 if there is something to render.",
        )
        parser.add_argument(
            "--all",
            action="store_true",
            help="Also compare what looks up to date, for rows that were changed past Django.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = Article.objects.all() if options["all"] else outdated_cards()
        work = show_progress(
            refresh_own_parts(chosen, is_dry_run=options["check"]),
            total=chosen.count(),
            stream=self.stderr,
            label="Rendering",
            is_enabled=options["verbosity"] > 0,
        )
        number = sum(1 for _article, differs in work if differs)
        if options["check"]:
            self._check(number)
        elif options["verbosity"] > 0:
            self.stdout.write(f"{number} articles rendered")

    def _check(self, number: int) -> None:
        if number:
            raise CommandError(f"{number} articles wait to be rendered; run refresh_cards")
        self.stdout.write("every article is rendered")
