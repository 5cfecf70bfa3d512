"""The screen of categories: a tree."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cms_news.models import Category
from cms_news.services.merging import merge_categories

from .base import NewsForm
from .category_moves import MovingAdmin
from .columns import show_path
from .counting import CountedChangeList
from .widgets import CategorySelect


class CategoryForm(NewsForm):
    class Meta:
        model = Category
        fields = ["name", "slug", "parent", "desk_groups", "desk_users"]

    def _get_validation_exclusions(self) -> set[str]:
        # The parent can't be changed and is no field then, but names are unique below it all the same.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded - {"parent"}


class TreeChangeList(CountedChangeList):
    """Categories in the order of the tree, with the names above them."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = self.result_list.with_path_names()


class CategoryPathsView(AutocompleteJsonView):
    """Suggestions with the whole path: 2 queries more than Django's, whatever the number."""

    def process_request(self, request: HttpRequest) -> Any:
        found = super().process_request(request)
        if found[1].model is not Category:
            raise PermissionDenied
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {**context, "object_list": context["object_list"].with_path_names()}

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        return {"id": str(getattr(obj, to_field_name)), "text": show_path(obj)}


@admin.register(Category)
class CategoryAdmin(MovingAdmin):
    form = CategoryForm
    list_display = ["name_in_tree", "slug", "path_shown", "articles_shown", "public_shown"]
    list_display_links = ["name_in_tree"]
    readonly_fields = ["path_shown"]
    filter_horizontal = ["desk_groups", "desk_users"]
    ordering = ["tree_path"]
    sortable_by = []
    search_fields = ["name", "slug"]
    search_help_text = _("Name or slug")
    list_per_page = 200
    merge_names = staticmethod(merge_categories)
    article_link = "category_links__category"
    article_filter = "category"

    def get_urls(self) -> list[Any]:
        view = CategoryPathsView.as_view(admin_site=self.admin_site)
        name = "cms_news_category_paths"
        return [path("paths/", self.admin_site.admin_view(view), name=name), *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CountedChangeList]:
        return TreeChangeList

    def get_fieldsets(self, request: HttpRequest, obj: Category | None = None) -> Any:
        desk = (_("Desk"), {"classes": ["collapse"], "fields": ["desk_groups", "desk_users"]})
        if obj is None:
            return [(None, {"fields": ["name", "slug", "parent"]}), desk]
        return [(None, {"fields": ["name", "slug", "path_shown"]}), desk]

    def get_readonly_fields(self, request: HttpRequest, obj: Category | None = None) -> Any:
        fields = list(super().get_readonly_fields(request, obj))
        is_allowed = request.user.has_perm("cms_news.assign_desk")
        return fields if is_allowed else [*fields, "desk_groups", "desk_users"]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["may_move"] = self.has_move_permission(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def count_chosen(self, request: HttpRequest, chosen: QuerySet[Any]) -> list[Any]:
        rows = super().count_chosen(request, chosen)
        paths = Category.objects.filter(pk__in=[row.pk for row in rows]).with_path_names()
        names = {row.pk: row.path_names for row in paths}
        for row in rows:
            row.path_names = names[row.pk]
        return rows

    def label_row(self, row: Category) -> str:
        return show_path(row)

    def has_children(self, rows: Sequence[Category]) -> bool:
        return Category.objects.filter(parent__in=[row.pk for row in rows]).exists()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"slug": ["name"]}

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "parent":
            kwargs["widget"] = CategorySelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=_("name"))
    def name_in_tree(self, category: Category) -> SafeString:
        return format_html(
            '<span class="cms-branch cms-depth-{}">{}</span>', category.depth, category.name
        )

    @admin.display(description=_("path"))
    def path_shown(self, category: Category) -> str:
        return show_path(category)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return what goes too, as Django does; numbers where articles or categories stand in the way."""
        articles = self.count_referring(objs)
        below = Category.objects.filter(parent__in=[category.pk for category in objs]).count()
        reasons = [self.name_referring(articles)] if articles else []
        if below:
            reasons.append(
                ngettext("{count} category below it", "{count} categories below it", below).format(
                    count=below
                )
            )
        if reasons:
            return [], {}, set(), reasons
        return super().get_deleted_objects(objs, request)
