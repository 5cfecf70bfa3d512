"""Filters of the article list. None of them lists what may be there ten thousand times."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q
from django.forms import ModelChoiceField, TextInput, Widget
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cms_news.models import Article, ArticleState, Author, Category, Tag

from .widgets import CATEGORY_FIELD, TAG_FIELD, CategorySelect, RowSelect, is_id


class StateFilter(admin.SimpleListFilter):
    """By state. What lies in the trash is shown only to those who ask for it."""

    title = _("state")
    parameter_name = "state"
    template = "admin/cms_news/state_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, str(state.label)) for state in ArticleState]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = {
            ArticleState.DRAFT: queryset.drafts,
            ArticleState.SCHEDULED: queryset.scheduled,
            ArticleState.PUBLIC: queryset.public,
            ArticleState.EXPIRED: queryset.expired,
            ArticleState.TRASHED: queryset.trashed,
        }
        value = self.value()
        if value is None:
            return queryset.alive()
        if value not in chosen:
            raise IncorrectLookupParameters
        return chosen[ArticleState(value)]()

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        counts = changelist.state_counts  # type: ignore[attr-defined]
        total = sum(counts.values()) - counts[ArticleState.TRASHED]
        first, *others = list(super().choices(changelist))
        yield {**first, "display": _("All but the trash"), "count": total}
        for choice, (state, _label) in zip(others, self.lookup_choices, strict=True):
            yield {**choice, "count": counts[state], "state": state}


class InputFilter(admin.SimpleListFilter):
    """A filter with an input instead of a list of links."""

    template = "admin/cms_news/input_filter.html"

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        self.admin_site = model_admin.admin_site

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return []

    def has_output(self) -> bool:
        return True

    def make_widget(self) -> Widget:
        """Return the input."""
        raise NotImplementedError

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Yield one choice: the input, and what else the address holds."""
        name = self.parameter_name or ""
        value = self.value() or ""
        label = {"aria-label": str(self.title), "id": f"cms-filter-{name}"}
        yield {
            "input": self.make_widget().render(name, value, attrs=label),
            "is_active": bool(value),
            "clear": changelist.get_query_string(remove=[name]),
            "others": [
                (key, item)
                for key, items in changelist.filter_params.items()
                for item in items
                if key != name
            ],
        }


class RelatedFilter(InputFilter):
    """By a row of another table, found by name."""

    related: type[Any]

    def has_output(self) -> bool:
        # Whoever may not see those rows would look for their names in vain.
        related_admin = self.admin_site._registry.get(self.related)
        return bool(related_admin and related_admin.has_view_permission(self.request))

    def chosen_id(self) -> int | None:
        """Return the id in the address, if any."""
        value = self.value()
        if not value:
            return None
        if not is_id(value):
            raise IncorrectLookupParameters
        return int(value)

    def autocomplete(self, relation: Any) -> Widget:
        """Return an input that finds rows of `related` by the search of their own screen."""
        widget = RowSelect(relation, self.admin_site)
        rows = self.related._default_manager.all()
        field: ModelChoiceField[Any] = ModelChoiceField(rows, required=False, widget=widget)
        made: Widget = field.widget
        return made


class AuthorFilter(RelatedFilter):
    title = _("author")
    parameter_name = "author"
    related = Author

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        author_id = self.chosen_id()
        return queryset if author_id is None else queryset.filter(author=author_id)

    def make_widget(self) -> Widget:
        return self.autocomplete(Article._meta.get_field("author"))


class CategoryFilter(RelatedFilter):
    """By category, those below it included."""

    title = _("category")
    parameter_name = "category"
    related = Category

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        category_id = self.chosen_id()
        if category_id is None:
            return queryset
        return queryset.in_category(Category(pk=category_id))

    def make_widget(self) -> Widget:
        return CategorySelect(CATEGORY_FIELD, self.admin_site)


class TagFilter(RelatedFilter):
    title = _("tag")
    parameter_name = "tag"
    related = Tag

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        tag_id = self.chosen_id()
        return queryset if tag_id is None else queryset.filter(tag_links__tag=tag_id)

    def make_widget(self) -> Widget:
        return self.autocomplete(TAG_FIELD)


class SourceFilter(InputFilter):
    """By where articles come from: the folder or archive of an import, or who published them first."""

    title = _("source")
    parameter_name = "source"

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = (self.value() or "").strip()
        if not value:
            return queryset
        return queryset.filter(Q(source=value) | Q(source_name__istartswith=value))

    def make_widget(self) -> Widget:
        return TextInput(attrs={"size": 10})


class LanguageFilter(InputFilter):
    """By language, typed: `zh` finds zh, zh-Hans and zh-CN."""

    title = _("language")
    parameter_name = "lang"

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = (self.value() or "").strip()
        if not value:
            return queryset
        return queryset.filter(Q(lang__iexact=value) | Q(lang__istartswith=f"{value}-"))

    def make_widget(self) -> Widget:
        return TextInput(attrs={"size": 10, "placeholder": "zh-Hans"})
