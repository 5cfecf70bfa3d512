from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cms_news.management.reporting import show_progress
from cms_news.services.refreshing import outdated_bodies, sanitize_bodies


class Command(BaseCommand):
    help = (
        "Cleans again the bodies that were cleaned under another HTML policy than the one in force."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="Write nothing; exit with status 1 if there is something to clean.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        number = outdated_bodies().count()
        if options["check"]:
            self._check(number)
            return
        refused = 0
        work = show_progress(
            sanitize_bodies(),
            total=number,
            stream=self.stderr,
            label="Sanitising",
            is_enabled=options["verbosity"] > 0,
        )
        for article, refusal in work:
            if refusal:
                refused += 1
                self.stderr.write(f'{article.pk} "{article.title}": not served any more: {refusal}')
        if options["verbosity"] > 0:
            self.stdout.write(f"{number} articles cleaned again")
        if refused:
            raise CommandError(
                f"{refused} bodies exceed a limit of the policy; each is named above"
            )

    def _check(self, number: int) -> None:
        if number:
            raise CommandError(f"{number} articles wait to be cleaned again; run sanitize_articles")
        self.stdout.write("every article is clean under the policy in force")
