"""Merging names: the action of their lists, and the page that says first what will happen and asks which one stays."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cms_news.errors import NewsError
from cms_news.models import Article
from cms_news.services.access import article_access
from cms_news.services.category_tree import Refiled

from .base import translate_error
from .counting import CountedAdmin, count_articles

MAX_CHOSEN = 100
MAX_TITLES = 5


@admin.action(permissions=["merge"], description=gettext_lazy("Merge…"))
def merge_chosen(
    screen: "MergingAdmin", request: HttpRequest, chosen: QuerySet[Any]
) -> HttpResponse | None:
    """Ask which one stays, and come back with it."""
    rows = screen.count_chosen(request, chosen)
    if len(rows) < 2:
        screen.message_user(request, _("Tick two at least to merge them."), messages.WARNING)
        return None
    if len(rows) > MAX_CHOSEN:
        text = _("At most {limit} can be merged at once.").format(limit=MAX_CHOSEN)
        screen.message_user(request, text, messages.ERROR)
        return None
    stays = next((row for row in rows if str(row.pk) == request.POST.get("keep")), None)
    if "apply" in request.POST and stays is not None and screen.merge(request, rows, stays):
        return None
    return screen.ask_before_merging(request, rows, stays)


class MergingAdmin(CountedAdmin):
    """A screen of names that can be merged."""

    merge_names: ClassVar[Callable[..., Refiled]]
    """The service; called with the rows and `into`."""
    actions = [merge_chosen]

    def has_merge_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(f"cms_news.merge_{self.opts.model_name}"))

    def count_chosen(self, request: HttpRequest, chosen: QuerySet[Any]) -> list[Any]:
        """Return the chosen rows with numbers of articles, one more than can be chosen at most."""
        numbers = {
            "article_count": count_articles(self.article_link, request.user),
            "public_count": count_articles(self.article_link, request.user, is_public=True),
        }
        return list(chosen.annotate(**numbers)[: MAX_CHOSEN + 1])

    def label_row(self, row: Any) -> str:
        """Return what a row is called where several are shown."""
        return str(row)

    def merge(self, request: HttpRequest, rows: Sequence[Any], stays: Any) -> bool:
        """Merge and tell; return whether it was done."""
        gone = [row for row in rows if row.pk != stays.pk]
        labels = {row.pk: self.label_row(row) for row in rows}
        try:
            with transaction.atomic():
                done = type(self).merge_names(rows, into=stays)
                self._log(request, gone, stays, labels)
        except NewsError as error:
            self.message_user(request, translate_error(error), messages.ERROR)
            return False
        text = ngettext(
            "{count} name was merged into {link}. Filed anew: {articles}.",
            "{count} names were merged into {link}. Filed anew: {articles}.",
            done.names,
        )
        articles = ngettext("{count} article", "{count} articles", done.articles)
        filed = format_html(
            '<a href="{}">{}</a>',
            self.address_of_articles(stays),
            articles.format(count=done.articles),
        )
        link = format_html('<a href="{}">{}</a>', self.address_of(stays), labels[stays.pk])
        told = format_html(text, count=done.names, link=link, articles=filed)
        self.message_user(request, told, messages.SUCCESS)
        return True

    def _log(
        self, request: HttpRequest, gone: Sequence[Any], stays: Any, labels: dict[int, str]
    ) -> None:
        merged = ", ".join(labels[row.pk] for row in gone)
        notes = [
            ([stays], CHANGE, _("Merged into it: {names}").format(names=merged)),
            (gone, DELETION, _("Merged into: {name}").format(name=labels[stays.pk])),
        ]
        for rows, flag, note in notes:
            logged: Any = list(rows)
            LogEntry.objects.log_actions(
                user_id=request.user.pk or 0, queryset=logged, action_flag=flag, change_message=note
            )

    def ask_before_merging(
        self, request: HttpRequest, rows: Sequence[Any], stays: Any
    ) -> HttpResponse:
        """Return the page: numbers, examples, and what will happen."""
        articles, titles = self.sample_articles(request, rows)
        most = stays or max(rows, key=lambda row: row.article_count)
        return self.render_page(
            request,
            "merge.html",
            title=_("Merge"),
            action="merge_chosen",
            rows=[(row, self.label_row(row), self.address_of_articles(row)) for row in rows],
            stays=most,
            articles=articles,
            titles=titles,
            has_children=self.has_children(rows),
            chosen=[row.pk for row in rows],
            checkbox=ACTION_CHECKBOX_NAME,
        )

    def has_children(self, rows: Sequence[Any]) -> bool:
        """Return whether other names hang from `rows`."""
        return False

    def sample_articles(self, request: HttpRequest, rows: Sequence[Any]) -> tuple[int, list[str]]:
        """Return how many articles are filed under `rows`, the trash included, and titles of some to be seen."""
        keys = {f"{self.article_link}__in": [row.pk for row in rows]}
        filed = Article.objects.filter(
            pk__in=Article.objects.filter(**keys).order_by().values("pk")
        )
        visible = filed.filter(article_access().visible_to(request.user))
        newest = visible.newest_first().values_list("title", flat=True)[:MAX_TITLES]
        return filed.count(), list(newest)

    def address_of(self, row: Any) -> str:
        name = f"{self.admin_site.name}:cms_news_{self.opts.model_name}_change"
        return reverse(name, args=[row.pk])

    def render_page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        """Return a page of this app's own, with all that the admin's base template asks for."""
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"admin/cms_news/names/{template}", {**shared, **context})
