from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cms_news.management.reporting import show_progress, show_text
from cms_news.services.trash import empty_trash, trashed_before

DAYS = 30


class Command(BaseCommand):
    help = (
        "Deletes for good, with all revisions, the articles that have lain in the trash for long."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than",
            type=int,
            default=DAYS,
            metavar="DAYS",
            help="Since how many days they have lain there (default: %(default)s).",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Delete nothing, and name what would go."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        days, is_dry_run = options["older_than"], options["dry_run"]
        if days < 0:
            raise CommandError("--older-than: write a number of days, 0 or more")
        chosen = trashed_before(timezone.now() - timedelta(days=days))
        work = show_progress(
            empty_trash(chosen, is_dry_run=is_dry_run),
            total=chosen.count,
            stream=self.stderr,
            label="Deleting",
            is_enabled=options["verbosity"] > 0,
            is_told=lambda _item: is_dry_run,
        )
        count = 0
        for pk, title in work:
            count += 1
            if is_dry_run and options["verbosity"] > 0:
                self.stdout.write(f"{pk} {show_text(title)}")
        if options["verbosity"] > 0:
            verb = "would be deleted" if is_dry_run else "deleted"
            self.stdout.write(f"{count} articles {verb} for good")
