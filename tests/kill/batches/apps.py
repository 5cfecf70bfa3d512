import os

from django.apps import AppConfig


class BatchesConfig(AppConfig):
    """Makes batches of CMS_NEWS_KILL_BATCH files."""

    name = "tests.kill.batches"

    def ready(self) -> None:
        from cms_news.services import importing

        importing.BATCH_SIZE = int(os.environ["CMS_NEWS_KILL_BATCH"])
