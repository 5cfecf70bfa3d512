from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ImportRecord(models.Model):
    """One import: who, when, from where, and what became of it. Also one that is planned and waits for its go."""

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        RUNNING = "running", _("Running, or broken off")
        INTERRUPTED = "interrupted", _("Interrupted")
        FINISHED = "finished", _("Finished")

    class Door(models.TextChoices):
        COMMAND = "command", _("Command line")
        ADMIN = "admin", _("Admin")

    state = models.CharField(
        _("state"), max_length=12, choices=State.choices, default=State.RUNNING, editable=False
    )
    door = models.CharField(
        _("came by"), max_length=8, choices=Door.choices, default=Door.COMMAND, editable=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    source = models.CharField(_("source"), max_length=255, editable=False)
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, editable=False)
    counts = models.JSONField(
        _("files"), default=dict, editable=False, help_text=_("Numbers of files by outcome.")
    )
    troubles = models.JSONField(
        _("failures"),
        default=list,
        editable=False,
        help_text=_("What failed or conflicts, with file, line and reason; the first thousand."),
    )
    options = models.JSONField(default=dict, editable=False)
    upload = models.BinaryField(
        null=True, editable=False, help_text=_("The zip archive of a planned import.")
    )

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-started_at", "-pk"]
        default_permissions = ("view", "delete")
        permissions = [("import_articles", _("Can import articles from files"))]

    def __str__(self) -> str:
        return f"{self.source} {timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"
