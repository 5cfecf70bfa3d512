"""The screens of articles; the form is here, list and other pages beside it."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cms_news.delivery.own_part import ensure_rendered
from cms_news.models import Article, ArticleState, Category
from cms_news.services.access import article_access

from .article_list import ArticleList
from .columns import name_removed, show_lines, show_path, show_picture, show_removed
from .forms import ArticleForm
from .history import HistoryPages
from .permissions import may_change_article, release_permissions
from .state_buttons import state_buttons
from .widgets import RowSelect

FILE_FIELDS = (
    "file_shown",
    "hash_shown",
    "imported_at",
    "date_text_shown",
    "date_source_shown",
    "front_matter_shown",
)
"""The record of an import, for editors to see."""


@admin.register(Article)
class ArticleAdmin(ArticleList, HistoryPages):
    form = ArticleForm
    autocomplete_fields = ["author"]
    readonly_fields = [
        "state_shown",
        "created_by",
        "headimg_shown",
        "thumbnail_shown",
        "preview",
        "removed_shown",
        *FILE_FIELDS,
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        articles: Any = super().get_queryset(request)
        visible = articles.filter(article_access().visible_to(request.user))
        rows: QuerySet[Article] = visible.with_names()
        return rows

    def has_change_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        allowed: bool = super().has_change_permission(request, obj)
        return allowed and (obj is None or may_change_article(request, obj))

    def get_form(
        self,
        request: HttpRequest,
        obj: Article | None = None,
        change: bool = False,  # noqa: FBT001, FBT002
        **kwargs: Any,
    ) -> Any:
        # The form has a field "version" of its own; the model's is nobody's to edit.
        names = kwargs.get("fields") or flatten_fieldsets(self.get_fieldsets(request, obj))
        kwargs["fields"] = [name for name in names if name != "version"]
        form = super().get_form(request, obj, change=change, **kwargs)
        form.admin_site = self.admin_site
        form.user = request.user
        form.release_permissions = release_permissions(request)
        category_admin = self.admin_site._registry.get(Category)
        form.can_add_categories = bool(
            category_admin and category_admin.has_add_permission(request)
        )
        return form

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "author":
            kwargs["widget"] = RowSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"slug": ["title"]}

    def get_fieldsets(self, request: HttpRequest, obj: Article | None = None) -> Any:
        may_write = obj is None or self.has_change_permission(request, obj)
        head = ["title", "slug", "author", "body", "markup"]
        filing = ["categories", "tags"] if may_write else ["paths_shown", "tags_shown"]
        state = [] if obj is None else ["state_shown", "created_by"]
        if obj is not None and may_write:
            head.append("version")
        cleaned = ["preview"] if obj is None else ["preview", "removed_shown"]
        fieldsets: list[Any] = [
            (_("Article"), {"fields": head}),
            (_("Cleaned text"), {"fields": cleaned}),
            (
                _("Publishing"),
                {"fields": [*state, "published", "date", ("updated", "expires_at")]},
            ),
            (_("Filing"), {"fields": [*filing, "lang"]}),
            (
                _("Pictures"),
                {"fields": [("headimg", "headimg_shown"), ("thumbnail", "thumbnail_shown")]},
            ),
            (_("For readers"), {"fields": ["excerpt", "comments", "permalink", "layout", "extra"]}),
            (_("Source"), {"fields": ["source_name", "source_url", "license"]}),
        ]
        if obj is not None and obj.source_key:
            fieldsets.append((_("File"), {"classes": ["collapse"], "fields": FILE_FIELDS}))
        return fieldsets

    @admin.display(description=gettext_lazy("categories"))
    def paths_shown(self, article: Article) -> SafeString:
        return show_lines(show_path(category) for category in article.categories)

    @admin.display(description=gettext_lazy("tags"))
    def tags_shown(self, article: Article) -> str:
        return ", ".join(link.tag.name for link in article.tag_links.all())

    @admin.display(description=gettext_lazy("as readers see it"))
    def headimg_shown(self, article: Article) -> SafeString:
        return show_picture(article.headimg, size="large")

    @admin.display(description=gettext_lazy("as readers see it"))
    def thumbnail_shown(self, article: Article) -> SafeString:
        return show_picture(article.thumbnail, size="large")

    @admin.display(description=gettext_lazy("preview"))
    def preview(self, article: Article) -> SafeString:
        """Return a frame with what readers are served, and a button that shows what was typed instead."""
        names = f"{self.admin_site.name}:cms_news_article"
        stored = reverse(f"{names}_preview", args=[article.pk]) if article.pk else "about:blank"
        typed = stored if article.pk else reverse(f"{names}_preview_new")
        return format_html(
            '<div class="cms-preview"><button type="button" class="button" hidden '
            'data-preview="{}">{}</button> <span class="cms-quiet">{}</span>'
            '<iframe name="cms-news-preview" title="{}" sandbox src="{}" loading="lazy"></iframe></div>',
            typed,
            _("Preview the text above"),
            self._length(article),
            _("Preview"),
            stored,
        )

    def _length(self, article: Article) -> str:
        if not article.pk:
            return ""
        return ngettext("{count} word", "{count} words", article.word_count).format(
            count=article.word_count
        )

    @admin.display(description=gettext_lazy("removed"))
    def removed_shown(self, article: Article) -> SafeString:
        ensure_rendered(article)
        return show_removed(article.removed)

    @admin.display(description=gettext_lazy("file"))
    def file_shown(self, article: Article) -> SafeString:
        return format_html("<code>{}</code> ({})", article.source_path, article.source)

    @admin.display(description=gettext_lazy("SHA-256 of the file"))
    def hash_shown(self, article: Article) -> SafeString:
        return format_html("<code>{}</code>", article.source_hash)

    @admin.display(description=gettext_lazy("date in the file"))
    def date_text_shown(self, article: Article) -> SafeString | str:
        return format_html("<code>{}</code>", article.date_text) if article.date_text else "-"

    @admin.display(description=gettext_lazy("where the date is from"))
    def date_source_shown(self, article: Article) -> str:
        return article.date_source or "-"

    @admin.display(description=gettext_lazy("front matter"))
    def front_matter_shown(self, article: Article) -> SafeString:
        return format_html('<pre class="cms-source">{}</pre>', article.front_matter)

    def view_on_site(self, article: Article) -> str | None:
        """Return where readers find the article; None while they do not."""
        return article.get_absolute_url() if article.state() is ArticleState.PUBLIC else None

    def save_model(self, request: HttpRequest, obj: Article, form: Any, change: bool) -> None:  # noqa: FBT001
        saved = form.save_article(user=request.user)
        # Django goes on with the object of the form: for the log, the answer, and inlines a host may add.
        vars(obj).update(vars(saved))
        if saved.removed and {"body", "markup"} & set(form.changed_data):
            self.message_user(
                request,
                _("The cleaner took out of the text: {names}.").format(
                    names=name_removed(saved.removed)
                ),
                messages.WARNING,
            )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        # Tags and categories are stored with the article; Django would write the tags a second time.
        for formset in formsets:
            self.save_formset(request, form, formset, change=change)

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        """Whether the user may delete for good: only what lies in the trash. Anything else moves there first."""
        allowed = self.has_empty_trash_permission(request)
        if obj is None:
            return allowed
        return allowed and obj.trashed_at is not None and may_change_article(request, obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        article = kwargs.get("obj")
        if article and not context.get("is_popup") and may_change_article(request, article):
            context["state_buttons"] = state_buttons(
                article, request, site_name=self.admin_site.name
            )
        return super().render_change_form(request, context, *args, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Article | None = None) -> Any:
        fields = list(super().get_readonly_fields(request, obj))
        return fields if release_permissions(request) else [*fields, "published"]
