"""Moving categories: the action of the list, and the page that asks where to."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cms_news.errors import NewsError
from cms_news.models import Category
from cms_news.services.category_tree import Refiled, move_categories

from .base import translate_error
from .columns import show_path
from .merging import MAX_CHOSEN, MergingAdmin, merge_chosen
from .widgets import CategorySelect

PARENT_FIELD = Category._meta.get_field("parent")


class MoveForm(forms.Form):
    """Where to."""

    parent = forms.ModelChoiceField(
        Category.objects.all(),
        required=False,
        label=gettext_lazy("Move below"),
        help_text=gettext_lazy("Left empty, it stands at the top, below no other category."),
    )

    def __init__(self, *args: Any, admin_site: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["parent"]
        widget = CategorySelect(PARENT_FIELD, admin_site)
        widget.is_required = False
        widget.choices = field.choices  # type: ignore[attr-defined]
        field.widget = widget


@admin.action(permissions=["move"], description=gettext_lazy("Move…"))
def move_chosen(screen: Any, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
    """Ask where to, and come back with it."""
    rows = screen.count_chosen(request, chosen)
    if len(rows) > MAX_CHOSEN:
        text = _("At most {limit} can be moved at once.").format(limit=MAX_CHOSEN)
        screen.message_user(request, text, messages.ERROR)
        return None
    ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
    page: HttpResponse | None = screen.move(request, rows, ticked=ticked)
    return page


class MovingAdmin(MergingAdmin):
    """The screen of categories, which can be moved."""

    actions = [merge_chosen, move_chosen]

    def has_move_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("cms_news.move_category"))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.move_view)
        return [
            path("<path:object_id>/move/", view, name="cms_news_category_move"),
            *super().get_urls(),
        ]

    def move_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Move one category, from the link of its form."""
        if not self.has_move_permission(request) or not self.has_view_or_change_permission(request):
            raise PermissionDenied
        category = self.get_object(request, unquote(object_id))
        if category is None:
            raise Http404
        rows = self.count_chosen(request, Category.objects.filter(pk=category.pk))
        return self.move(request, rows) or HttpResponseRedirect(self.address_of(category))

    def move(
        self, request: HttpRequest, rows: list[Category], ticked: list[str] | None = None
    ) -> HttpResponse | None:
        """Return the page that asks; None when it is done."""
        is_answered = "apply" in request.POST
        form = MoveForm(request.POST if is_answered else None, admin_site=self.admin_site)
        if is_answered and form.is_valid():
            try:
                self._move(request, rows, form.cleaned_data["parent"])
            except NewsError as error:
                form.add_error("parent", translate_error(error))
            else:
                return None
        articles, titles = self.sample_articles(request, rows)
        below = Category.objects.filter(parent__in=rows).count()
        return self.render_page(
            request,
            "move.html",
            title=_("Move"),
            action="move_chosen",
            form=form,
            media=self.media + form.media,
            rows=[show_path(row) for row in rows],
            single=rows[0] if ticked is None else None,
            articles=articles,
            titles=titles,
            has_children=bool(below),
            chosen=ticked or [],
            checkbox=ACTION_CHECKBOX_NAME,
        )

    def _move(self, request: HttpRequest, rows: list[Category], parent: Category | None) -> None:
        with transaction.atomic():
            done = move_categories(rows, parent)
            where = show_path(parent) if parent else _("the top")
            logged: Any = rows
            LogEntry.objects.log_actions(
                user_id=request.user.pk or 0,
                queryset=logged,
                action_flag=CHANGE,
                change_message=_("Moved to {place}").format(place=where),
            )
        self._tell_move(request, done, parent)

    def _tell_move(self, request: HttpRequest, done: Refiled, parent: Category | None) -> None:
        if not done.names:
            self.message_user(request, _("They stand there already."), messages.INFO)
            return
        text = ngettext(
            "{count} category was moved to {link}, with {articles}.",
            "{count} categories were moved to {link}, with {articles}.",
            done.names,
        )
        number = ngettext("{count} article", "{count} articles", done.articles)
        names = f"{self.admin_site.name}:cms_news_category"
        address = self.address_of(parent) if parent else reverse(f"{names}_changelist")
        link = format_html(
            '<a href="{}">{}</a>', address, show_path(parent) if parent else _("the top")
        )
        articles = number.format(count=done.articles)
        told = format_html(text, count=done.names, link=link, articles=articles)
        self.message_user(request, told, messages.SUCCESS)
