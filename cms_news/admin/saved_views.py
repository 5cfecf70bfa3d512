"""Views of the article list under names of their own: links above it, each with its number."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from cms_news.models.desk import count_some

from .days import end_of_week

PARAMETER = "view"
MAX_COUNT = 999
"""Nobody works through more; a larger number is shown as this one and a plus."""

Find = Callable[[Any, HttpRequest], Any]


@dataclass(frozen=True, slots=True)
class SavedView:
    """A way to look at the list."""

    title: Any
    find: Find
    """Returns the rows of a QuerySet that belong to the view of who asks."""
    parts: Callable[[Any], Sequence["QuerySet[Any]"]] | None = None
    """Returns the QuerySets that the view is the union of, if it is one."""
    is_part: bool = False
    """Whether it is one reason of the view before it."""

    def count_parts(self, rows: Any, request: HttpRequest) -> Sequence["QuerySet[Any]"]:
        return self.parts(rows) if self.parts else [self.find(rows, request)]


def _scheduled_this_week(rows: Any, request: HttpRequest) -> Any:
    now = timezone.now()
    return rows.scheduled_until(end_of_week(now), at=now)


VIEWS: Mapping[str, SavedView] = MappingProxyType(
    {
        "my_drafts": SavedView(_("My drafts"), lambda rows, request: rows.drafts_of(request.user)),
        "this_week": SavedView(_("Scheduled this week"), _scheduled_this_week),
        "attention": SavedView(
            _("Needs attention"),
            lambda rows, request: rows.needing_attention(),
            parts=lambda rows: rows.attention_parts(),
        ),
        "no_category": SavedView(
            _("No category"), lambda rows, request: rows.without_category(), is_part=True
        ),
        "no_picture": SavedView(
            _("No picture"), lambda rows, request: rows.without_picture(), is_part=True
        ),
        "removed": SavedView(
            _("Something removed"),
            lambda rows, request: rows.with_something_removed(),
            is_part=True,
        ),
    }
)


@dataclass(frozen=True, slots=True)
class ViewLink:
    """What the list's template shows of a view."""

    title: str
    query: str
    count: str
    is_empty: bool
    is_current: bool
    is_part: bool


def is_union(name: str | None) -> bool:
    """Return whether the view of that name is the union of others."""
    view = VIEWS.get(name or "")
    return view is not None and view.parts is not None


def count_views(rows: Any, request: HttpRequest) -> dict[str, int]:
    """Return how many of `rows` each view has; MAX_COUNT + 1 means more than MAX_COUNT. 1 query."""
    wanted = {name: view.count_parts(rows, request) for name, view in VIEWS.items()}
    return count_some(wanted, limit=MAX_COUNT, using=rows.db)


def show_count(count: int) -> str:
    """Return the number as it is shown."""
    return f"{MAX_COUNT}+" if count > MAX_COUNT else number_format(count)


def link_views(rows: Any, request: HttpRequest) -> list[ViewLink]:
    """Return the links above the list, with how many of `rows` each leads to. 1 query."""
    counts = count_views(rows, request)
    current = request.GET.get(PARAMETER)
    return [
        ViewLink(
            title=str(view.title),
            query=f"?{PARAMETER}={name}",
            count=show_count(counts[name]),
            is_empty=not counts[name],
            is_current=name == current,
            is_part=view.is_part,
        )
        for name, view in VIEWS.items()
    ]


class SavedViewFilter(admin.SimpleListFilter):
    """By a saved view. Its links stand above the list, so there is nothing of it among the filters."""

    title = _("view")
    parameter_name = PARAMETER
    template = "admin/cms_news/no_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, str(view.title)) for name, view in VIEWS.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        if value is None:
            return queryset
        if value not in VIEWS:
            raise IncorrectLookupParameters
        return VIEWS[value].find(queryset, request)
