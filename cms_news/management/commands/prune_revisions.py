from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cms_news.conf import news_settings
from cms_news.management.reporting import show_progress
from cms_news.services.pruning import PrunePolicy, articles_to_prune, prune_revisions


class Command(BaseCommand):
    help = (
        "Deletes old revisions. Of each article the newest ones stay, and of the others those that are young; "
        "what an article says now is never deleted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--keep",
            type=int,
            metavar="N",
            help='How many of each article stay in any case; CMS_NEWS["KEEP_REVISIONS"] unless given.',
        )
        parser.add_argument(
            "--older-than",
            type=int,
            metavar="DAYS",
            help='Younger ones stay; CMS_NEWS["KEEP_REVISION_DAYS"] unless given.',
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Delete nothing, and say how many would go."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        policy = self._read_policy(options)
        is_dry_run = options["dry_run"]
        work = show_progress(
            prune_revisions(policy, is_dry_run=is_dry_run),
            total=lambda: articles_to_prune(policy).count(),
            stream=self.stderr,
            label="Pruning",
            is_enabled=options["verbosity"] > 0,
        )
        counts = [pruned.number for pruned in work if pruned.number]
        if options["verbosity"] > 0:
            verb = "would be deleted" if is_dry_run else "deleted"
            self.stdout.write(f"{sum(counts)} revisions of {len(counts)} articles {verb}")

    def _read_policy(self, options: dict[str, Any]) -> PrunePolicy:
        keep, days = options["keep"], options["older_than"]
        if keep is not None and keep < 1:
            raise CommandError("--keep: the newest revision always stays; write 1 or more")
        if days is not None and days < 0:
            raise CommandError("--older-than: write a number of days, 0 or more")
        return PrunePolicy(
            keep=news_settings.keep_revisions if keep is None else keep,
            days=news_settings.keep_revision_days if days is None else days,
        )
