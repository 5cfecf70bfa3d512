from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cms_news.errors import NewsError
from cms_news.management.reporting import show_text
from cms_news.services.roles import RoleChange, setup_roles


class Command(BaseCommand):
    help = (
        "Makes the groups Contributor, Editor, Publisher, Importer and Administrator, and gives each what its role may. "
        "What a group may besides is left to it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--prefix",
            default="",
            metavar="TEXT",
            help='What the names of the groups begin with, such as "News ".',
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Change nothing, and say what would be done."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for change in setup_roles(prefix=options["prefix"], is_dry_run=options["dry_run"]):
                self._tell(change, options)
        except NewsError as error:
            raise CommandError(str(error)) from error

    def _tell(self, change: RoleChange, options: dict[str, Any]) -> None:
        if options["verbosity"] == 0:
            return
        would = "would be " if options["dry_run"] else ""
        if change.is_new:
            done = f"{would}made, with {', '.join(change.added)}"
        elif change.added:
            done = f"{would}given {', '.join(change.added)}"
        else:
            done = "has all already"
        if change.others:
            done += f"; keeps {', '.join(change.others)} besides"
        self.stdout.write(f"{show_text(change.name)}: {done}")
