"""Form fields that keep what a browser would change, and read what taggit and Django would not."""

import json
import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cms_news.models import Category

from .widgets import TagsInput, is_id

if TYPE_CHECKING:
    MultipleChoiceField = forms.ModelMultipleChoiceField[Category]
else:
    MultipleChoiceField = forms.ModelMultipleChoiceField

TAG_SEPARATORS = ",，、;；"
MAX_TAG_LENGTH = 100
MAX_JSON_DEPTH = 16


def unify_lines(text: str) -> str:
    """Return `text` with every line end as a single newline."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def keep_line_ends(original: str, typed: str) -> str:
    """Return `typed` with the line ends that prevail in `original`, or `original` if only they differ.

    Browsers send every line end as CRLF.
    """
    unified = unify_lines(typed)
    if unified == unify_lines(original):
        return original
    windows = original.count("\r\n")
    counts = {
        "\n": original.count("\n") - windows,
        "\r\n": windows,
        "\r": original.count("\r") - windows,
    }
    return unified.replace("\n", max(counts, key=lambda end: counts[end]))


class SourceField(forms.CharField):
    """Text in which every character counts."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "strip": False})

    def has_changed(self, initial: Any, data: Any) -> bool:
        return unify_lines(initial or "") != unify_lines(data or "")


def split_tags(text: str, *, known: Iterable[str] = ()) -> list[str]:
    """Return the tags in `text`, each once. One of `known` that holds a separator itself stays whole."""
    whole = sorted((name for name in known if set(TAG_SEPARATORS) & set(name)), key=len)
    edge = f"(?=\\s*(?:[{TAG_SEPARATORS}]|$))"
    patterns = [f"\\s*{re.escape(name)}{edge}" for name in reversed(whole)]
    found = re.findall("|".join([*patterns, f"[^{TAG_SEPARATORS}]+"]), text)
    return list(dict.fromkeys(tag for tag in (" ".join(item.split()) for item in found) if tag))


class TagsField(forms.CharField):
    """Tags as people write them. taggit's own field would split at spaces."""

    widget = TagsInput
    known: Collection[str] = ()
    """The article's own tags."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[str]:
        tags = split_tags(super().clean(value), known=self.known)
        for tag in tags:
            if len(tag) > MAX_TAG_LENGTH:
                raise forms.ValidationError(
                    _("A tag has at most %(limit)d characters; separate tags by commas: %(tag)s…"),
                    params={"limit": MAX_TAG_LENGTH, "tag": tag[:30]},
                )
        return tags

    def has_changed(self, initial: Any, data: Any) -> bool:
        names, text = list(initial or ()), data or ""
        return text != self.prepare_value(names) and names != split_tags(text, known=self.known)


class CategoriesField(MultipleChoiceField):
    """Categories in the order in which they were chosen, with the names of those above them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Category.objects.all(), **kwargs)

    def clean(self, value: Any) -> Any:
        for key in value or ():
            if not is_id(str(key)):
                raise forms.ValidationError(
                    self.error_messages["invalid_pk_value"], params={"pk": str(key)[:20]}
                )
        rows: Any = super().clean(value)
        order = {
            key: position for position, key in reversed(list(enumerate(map(str, value or ()))))
        }
        return sorted(rows.with_path_names(), key=lambda category: order[str(category.pk)])

    def has_changed(self, initial: Any, data: Any) -> bool:
        return [str(key) for key in initial or ()] != list(dict.fromkeys(map(str, data or ())))


class ExtraField(forms.JSONField):
    """The front-matter keys without a field of their own: one JSON object, readable."""

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return {}
        try:
            read = json.loads(value)
            # What Python reads and no other JSON parser does: NaN, and 1e999 as infinity.
            json.dumps(read, allow_nan=False)
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(
                _("This is not JSON: %(reason)s"), params={"reason": str(error)}
            ) from error
        if not isinstance(read, dict):
            raise forms.ValidationError(_('Write keys and values in braces: {"key": "value"}'))
        if not is_shallow(read):
            raise forms.ValidationError(
                _("At most %(limit)d levels can be stored."), params={"limit": MAX_JSON_DEPTH}
            )
        return read

    def bound_data(self, data: Any, initial: Any) -> Any:
        # What was typed comes back as it was typed, also where it can't be read.
        return initial if self.disabled else data

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str):
            return value
        return json.dumps(value, ensure_ascii=False, indent=2) if value else ""

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            read = self.to_python(data)
        except forms.ValidationError:
            return True
        # As text, because the order of keys is the order of the file.
        return json.dumps(initial or {}) != json.dumps(read)


def is_shallow(value: Any) -> bool:
    """Return whether `value` holds at most MAX_JSON_DEPTH levels of objects and lists."""
    level = [value]
    for _depth in range(MAX_JSON_DEPTH + 1):
        level = [
            item
            for part in level
            if isinstance(part, dict | list)
            for item in (part.values() if isinstance(part, dict) else part)
        ]
        if not level:
            return True
    return False
