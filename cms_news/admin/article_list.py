"""The list of articles."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import QuerySet
from django.http import HttpRequest
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
from .filters import AuthorFilter, CategoryFilter, LanguageFilter, StateFilter, TagFilter
from .permissions import StatePermissions

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


class ArticleChangeList(ChangeList):
    """Articles with what their rows show: 2 queries besides the list's own, whatever the number."""

    @property
    def date_links(self) -> dict[str, Any]:
        """What the list's template shows in place of Django's date hierarchy."""
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


class ArticleList(StatePermissions):
    """The list: its columns, filters and actions."""

    list_display = ["picture", "headline", "author", "filed_under", "state_shown", "date_shown"]
    list_display_links = ["headline"]
    list_filter = [StateFilter, CategoryFilter, AuthorFilter, TagFilter, LanguageFilter, "markup"]
    list_per_page = 50
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
