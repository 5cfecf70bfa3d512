"""The form with which files are uploaded to be imported."""

from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms_news.conf import news_settings
from cms_news.errors import NewsError
from cms_news.models import ImportRecord
from cms_news.services.import_uploads import Upload, UploadOptions, find_zone, stage_upload
from cms_news.services.sources import MAX_SOURCE, refuse_source

from .base import translate_error

DEFAULT_SOURCE = "admin"


class FilesInput(forms.FileInput):
    """A choice of several files."""

    allow_multiple_selected = True

    class Media:
        js = ["cms_news/admin/imports.js"]


class FilesField(forms.FileField):
    """Several files at once; empty ones are the import's to judge."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Upload]:
        files = data if isinstance(data, list | tuple) else [data]
        cleaned = [super(FilesField, self).clean(file, initial) for file in files or [None]]
        return [file for file in cleaned if file]


class ZoneInput(AdminTextInputWidget):
    """A text with suggestions: all names of time zones."""

    template_name = "admin/cms_news/widgets/zones.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        list_id = f"id_{name}_known"
        context = super().get_context(name, value, {**(attrs or {}), "list": list_id})
        context["widget"]["list_id"] = list_id
        context["widget"]["zones"] = sorted(available_timezones())
        return context


class UploadForm(forms.Form):
    """Files, and how they are to be read."""

    uploads = FilesField(label=gettext_lazy("Files"), allow_empty_file=True)
    source = forms.CharField(
        label=gettext_lazy("Source"),
        max_length=MAX_SOURCE,
        initial=DEFAULT_SOURCE,
        widget=AdminTextInputWidget,
        help_text=gettext_lazy(
            "The collection that the files belong to. A file is known again by source and path: with the "
            "same source, a new version of a file updates its article."
        ),
    )
    on_conflict = forms.ChoiceField(
        label=gettext_lazy("Who wins a conflict"),
        choices=[
            ("skip", gettext_lazy("Nobody: leave the article alone and name the file")),
            ("file", gettext_lazy("The file: what was edited here is overwritten")),
            ("article", gettext_lazy("The article: the file counts as seen")),
        ],
        initial="skip",
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Where a file and its article both changed since the last import."),
    )
    timezone = forms.CharField(
        label=gettext_lazy("Time zone"),
        max_length=100,
        widget=ZoneInput,
        help_text=gettext_lazy("Of dates that are written without an offset."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("timezone", str(news_settings.timezone))
        self.fields["uploads"].widget.attrs["accept"] = ",".join(
            (*news_settings.import_suffixes, ".zip")
        )
        self.fields["uploads"].help_text = self._describe_files()
        self.fields["uploads"].widget.attrs.update(_limits())

    def _describe_files(self) -> str:
        text = _(
            "Files that end in {suffixes}, or one zip archive of them with its folders; {size} at most."
        )
        shown = text.format(
            suffixes=", ".join(news_settings.import_suffixes),
            size=filesizeformat(news_settings.max_upload_bytes),
        )
        limit: int | None = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        if limit is None:
            return shown
        return f"{shown} " + _("Pack more than {limit} files into an archive.").format(limit=limit)

    def clean_source(self) -> str:
        return self._checked("source", refuse_source)

    def clean_timezone(self) -> str:
        return self._checked("timezone", find_zone)

    def _checked(self, name: str, check: Callable[[str], object]) -> str:
        value: str = self.cleaned_data[name]
        try:
            check(value)
        except NewsError as error:
            raise ValidationError(translate_error(error)) from error
        return value

    def stage(self, user: Any) -> ImportRecord | None:
        """Return the planned import; None where the files are refused, and the form says why."""
        values = self.cleaned_data
        options = UploadOptions(on_conflict=values["on_conflict"], timezone=values["timezone"])
        try:
            return stage_upload(
                values["uploads"], user=user, source=values["source"], options=options
            )
        except NewsError as error:
            self.add_error("uploads", translate_error(error))
            return None


def _limits() -> dict[str, Any]:
    """Return what the browser checks before it sends: Django answers too many files with a bare 400."""
    limits: dict[str, Any] = {
        "data-max-bytes": news_settings.max_upload_bytes,
        "data-too-large": _("These files are too large to be uploaded at once."),
    }
    if settings.DATA_UPLOAD_MAX_NUMBER_FILES is not None:
        limits["data-max-files"] = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        limits["data-too-many"] = _("These are too many files; pack them into a zip archive.")
    return limits
