"""`manage.py create_demo_editor`: somebody to sign in as, on a machine of one's own."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

NAME = PASSWORD = "editor"  # noqa: S105  (the demonstration's, printed on the screen)


class Command(BaseCommand):
    help = 'Creates the superuser "editor" with the password "editor", unless there is one. Only with DEBUG.'

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "A user with a known password is for DEBUG only; use createsuperuser instead."
            )
        users = get_user_model()
        if users.objects.filter(username=NAME).exists():
            self.stdout.write(f'User "{NAME}" is there already, unchanged.')
            return
        users.objects.create_superuser(NAME, password=PASSWORD)
        self.stdout.write(f'Created the superuser "{NAME}" with the password "{PASSWORD}".')
