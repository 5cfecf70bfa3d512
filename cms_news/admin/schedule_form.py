"""When an article is to be published."""

from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class VersionForm(forms.Form):
    """The version of the article that was looked at."""

    version = forms.IntegerField(
        required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput
    )


class ScheduleForm(VersionForm):
    """The moment, as the browser's own picker gives it: without seconds, in the zone of the site."""

    moment = forms.DateTimeField(
        label=_("Publish on"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean_moment(self) -> datetime:
        moment: datetime = self.cleaned_data["moment"]
        if moment <= timezone.now():
            raise ValidationError(_("This moment is past; choose one that lies ahead."))
        return moment
