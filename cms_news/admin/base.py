"""What all screens share: how a refusal of the services becomes a message of the form."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from cms_news.errors import DocumentError, NewsError, gettext_noop

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    ModelForm = forms.ModelForm[Any]
else:
    ModelAdmin = admin.ModelAdmin
    ModelForm = forms.ModelForm

REFUSAL = "_cms_news_refusal"
SAVED_MEANWHILE = gettext_noop(
    "Somebody else stored something of the same name or slug at this moment; save again."
)


def translate_error(error: NewsError) -> str:
    """Return the message of `error` in the language of the request. Its values are not escaped."""
    return translate_template(error.template, error.params)


def translate_reason(error: NewsError) -> str:
    """Return the same with the front-matter key that it is about, if it is about one."""
    text = translate_error(error)
    key = error.key if isinstance(error, DocumentError) else ""
    return f"{key}: {text}" if key else text


def translate_template(template: str, params: Mapping[str, Any]) -> str:
    """Return `template` in the language of the request with its values. They are not escaped.

    An error among the values is translated as well.
    """
    values = {
        name: translate_reason(value) if isinstance(value, NewsError) else value
        for name, value in params.items()
    }
    return gettext(template).format(**values)


class NewsForm(ModelForm):
    """A form that can be told that what it holds was refused when it was to be stored."""

    refusal: NewsError | None = None

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.refusal is not None:
            self.add_refusal(self.refusal)
        return self.cleaned_data

    def add_refusal(self, refusal: NewsError) -> None:
        """Add the message of `refusal`, beside its field if it names one."""
        name = str(refusal.params.get("name", ""))
        self.add_error(name if name in self.cleaned_data else None, translate_reason(refusal))


class NewsAdmin(ModelAdmin):
    """A screen whose saves may be refused with a NewsError, and which loses nothing that was typed then."""

    form = NewsForm
    show_full_result_count = False

    class Media:
        css = {"all": ["cms_news/admin/admin.css"]}

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except NewsError as error:
            refusal = error
        except IntegrityError:
            refusal = NewsError(SAVED_MEANWHILE)
        # All of it is rolled back. Django's view has no way back from saving to the form, so it runs
        # once more with a form that knows the refusal and is invalid because of it.
        setattr(request, REFUSAL, refusal)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,  # noqa: FBT001, FBT002
        **kwargs: Any,
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.refusal = getattr(request, REFUSAL, None)
        return form
