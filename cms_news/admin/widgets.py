"""Inputs for categories, which are found by name and shown with their path, and for tags."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.urls import reverse

from cms_news.models import ArticleCategory, ArticleTag, Category

from .columns import show_path

CATEGORY_FIELD = ArticleCategory._meta.get_field("category")
TAG_FIELD = ArticleTag._meta.get_field("tag")


MAX_DIGITS = 18
"""Of an id: more are no number that a database takes, and SQLite says so with an OverflowError."""


def is_id(text: str) -> bool:
    """Return whether `text` can be the id of a row."""
    return text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS


class RowSelect(AutocompleteSelect):
    """Django's autocomplete, which shows nothing where the request holds no id."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        return super().optgroups(name, [key if is_id(str(key)) else "" for key in value], attr)


class CategoryPaths:
    """What makes of an autocomplete one for categories: options with paths, in the order of choice."""

    url_name = "%s:cms_news_category_paths"

    def optgroups(self, name: str, value: list[str], attr: Any = None) -> list[Any]:
        chosen = [key for key in dict.fromkeys(map(str, value)) if is_id(key)]
        found = {
            str(category.pk): category
            for category in Category.objects.filter(pk__in=chosen[:1000]).with_path_names()
        }
        options = [
            self.create_option(name, key, show_path(found[key]), {key}, index)  # type: ignore[attr-defined]
            for index, key in enumerate(key for key in chosen if key in found)
        ]
        if not self.allow_multiple_selected and not self.is_required:  # type: ignore[attr-defined]
            options.insert(0, self.create_option(name, "", "", set(), 0))  # type: ignore[attr-defined]
        return [(None, options, 0)]


class CategorySelect(CategoryPaths, AutocompleteSelect):  # type: ignore[misc]
    """One category."""


class CategorySelectMultiple(CategoryPaths, AutocompleteSelectMultiple):  # type: ignore[misc]
    """Several categories."""

    class Media:
        js = ["cms_news/admin/chosen_order.js"]


class TagsInput(forms.TextInput):
    """A line of tags; a script suggests those that exist already for the one being typed."""

    template_name = "admin/cms_news/widgets/tags.html"
    admin_site: Any = None

    class Media:
        js = ["cms_news/admin/tags.js"]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        attributes = context["widget"]["attrs"]
        list_id = f"{attributes.get('id', name)}_known"
        attributes.update({"list": list_id, "autocomplete": "off", "class": "vTextField cms-tags"})
        if self.admin_site is not None:
            attributes["data-suggestions"] = reverse(f"{self.admin_site.name}:autocomplete")
        context["widget"]["list_id"] = list_id
        return context
