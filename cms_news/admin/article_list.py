"""The list of articles."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from cms_news.models import Article, ArticleState

from .actions import (
    delete_for_good,
    export_as_files,
    make_draft,
    move_to_trash,
    publish,
    schedule,
    take_out_of_trash,
)
from .columns import show_first_path, show_moment, show_picture, show_state
from .date_links import date_links
from .filters import (
    AuthorFilter,
    CategoryFilter,
    LanguageFilter,
    SourceFilter,
    StateFilter,
    TagFilter,
)
from .permissions import StatePermissions
from .saved_views import SavedViewFilter, ViewLink, is_union, link_views

LIST_COLUMNS = [
    "pk",
    "title",
    "slug",
    "author__name",
    "headimg",
    "thumbnail",
    "date",
    "published",
    "expires_at",
    "trashed_at",
]
"""What a row of the list shows: bodies and stored JSON stay in the database."""


IN_SIGHT = {"publish", "schedule", "make_draft", "move_to_trash"}
IN_TRASH = {"take_out_of_trash", "delete_for_good"}
"""Actions that are offered for what is not in the trash, and for what is."""
YEARS = range(2, 9998)


if TYPE_CHECKING:
    ArticlePaginator = Paginator[Article]
else:
    ArticlePaginator = Paginator


class KnownPaginator(ArticlePaginator):
    """Pages of what was counted already."""

    @cached_property
    def count(self) -> int:
        known: int | None = getattr(self.object_list, "known_count", None)
        return super().count if known is None else known


class ArticleChangeList(ChangeList):
    """Articles with what their rows show: 2 queries besides the list's own, whatever the number."""

    state_counts: dict[str, int]
    """The numbers of articles by state, all filters applied but that by state."""
    view_links: list[ViewLink]

    @property
    def date_links(self) -> dict[str, Any]:
        """What the list's template shows in place of Django's date hierarchy."""
        if is_union(self.params.get(SavedViewFilter.parameter_name)):
            # It would be put together anew for each year, and is worked off rather than browsed.
            return {"show": False}
        return date_links(self)

    def get_filters(self, request: HttpRequest) -> Any:
        year = self.params.get("date__year", "2000")
        if not year.isascii() or not year.isdecimal() or int(year[:5]) not in YEARS:
            # Django adds a year and a time zone to it and fails beyond what a datetime holds.
            raise IncorrectLookupParameters
        return super().get_filters(request)

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        rows = super().get_queryset(request, *args, **kwargs)
        shown = rows.prefetch_related(None).prefetch_related("category_links__category")
        return shown.select_related("author").only(*LIST_COLUMNS)

    def get_results(self, request: HttpRequest) -> None:
        """Count once for the pages, for the links to the states and for the sum."""
        self.state_counts = self._count_states(request)
        self.queryset.known_count = self._count_shown()
        self.view_links = link_views(self.root_queryset, request)
        super().get_results(request)

    def _count_states(self, request: HttpRequest) -> dict[str, int]:
        state = StateFilter.parameter_name
        rows: Any = self.get_queryset(request, exclude_parameters=[state])
        is_narrowed = bool(self.query) or bool(self.get_filters_params().keys() - {state})
        counts: dict[str, int] = (
            rows.count_states() if is_narrowed else rows.count_states_by_index()
        )
        return counts

    def _count_shown(self) -> int:
        state = self.params.get(StateFilter.parameter_name)
        if state:
            return self.state_counts[state]
        return sum(self.state_counts.values()) - self.state_counts[ArticleState.TRASHED]


class ArticleList(StatePermissions):
    """The list: its columns, filters and actions."""

    list_display = ["picture", "headline", "author", "filed_under", "state_shown", "date_shown"]
    list_display_links = ["headline"]
    list_filter = [
        SavedViewFilter,
        StateFilter,
        CategoryFilter,
        AuthorFilter,
        TagFilter,
        LanguageFilter,
        SourceFilter,
        "markup",
    ]
    list_per_page = 50
    paginator = KnownPaginator
    show_full_result_count = False
    date_hierarchy = "date"
    search_fields = ["title", "slug", "author__name"]
    search_help_text = _("Title, slug or author")
    show_facets = admin.ShowFacets.NEVER
    actions = [
        publish,
        schedule,
        make_draft,
        export_as_files,
        move_to_trash,
        take_out_of_trash,
        delete_for_good,
    ]

    @property
    def media(self) -> forms.Media:
        # The filters hold autocompletes, of which Django's list knows nothing.
        autocomplete = AutocompleteSelect(Article._meta.get_field("author"), self.admin_site)
        own = forms.Media(js=["cms_news/admin/article.js"])
        return super().media + autocomplete.media + own

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ArticleChangeList

    @admin.display(description=_("picture"))
    def picture(self, article: Article) -> SafeString:
        return show_picture(article.thumbnail or article.headimg)

    @admin.display(description=_("title"), ordering="title")
    def headline(self, article: Article) -> SafeString:
        return format_html(
            '<span class="cms-title">{}</span> <span class="cms-slug">{}</span>',
            article.title,
            article.slug,
        )

    @admin.display(description=_("categories"))
    def filed_under(self, article: Article) -> SafeString | str:
        return show_first_path(article.categories)

    @admin.display(description=_("state"))
    def state_shown(self, article: Article) -> SafeString:
        return show_state(article)

    @admin.display(description=_("date"), ordering="date")
    def date_shown(self, article: Article) -> SafeString:
        return show_moment(article.date)

    def get_actions(self, request: HttpRequest, action_location: Any = None) -> dict[str, Any]:
        # Django 6.1 asks for the actions of a place; older ones know no places.
        place = {} if action_location is None else {"action_location": action_location}
        actions = super().get_actions(request, **place)
        in_trash = request.GET.get(StateFilter.parameter_name) == ArticleState.TRASHED
        unwanted = (IN_SIGHT if in_trash else IN_TRASH) | {"delete_selected"}
        return {name: action for name, action in actions.items() if name not in unwanted}
