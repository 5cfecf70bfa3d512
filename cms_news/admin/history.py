"""Pages of an article's revisions: who saved what and why, what differs, and the way back."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.translation import gettext as _

from cms_news.errors import NewsError, VersionConflictError
from cms_news.models import Article, Reason, Revision
from cms_news.models.revision import NOTE_LENGTH
from cms_news.services import Cause
from cms_news.services.restoring import restore_revision
from cms_news.services.revisions import FOUND, pack_found, read_revision

from .article_pages import ArticlePages
from .base import translate_error
from .compare_columns import show_inline, show_side_by_side
from .permissions import may_release
from .preview import preview_text

PAGE_SIZE = 50
LARGEST_VERSION = 2**31 - 1


class VersionField(forms.IntegerField):
    """The version of a revision."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_VERSION, **kwargs)


class CompareForm(forms.Form):
    """Which two revisions are compared, and how."""

    old = VersionField()
    new = VersionField()
    view = forms.ChoiceField(choices=[("side", ""), ("inline", "")], required=False)


class EarlierForm(forms.Form):
    """Where a page of the list begins."""

    before = VersionField(required=False)


class RestoreForm(forms.Form):
    """What is to be restored, seen from which version."""

    version = VersionField()
    note = forms.CharField(max_length=NOTE_LENGTH, required=False)
    release = forms.BooleanField(required=False)


class HistoryPages(ArticlePages):
    """The history; each page asks for its permission before it looks for the article."""

    class Media:
        css = {"all": ["cms_news/admin/history.css"]}

    def get_urls(self) -> list[Any]:
        at = self.page_at
        return [
            at("<path:object_id>/history/compare/", self.compare_view, "compare"),
            at("<path:object_id>/history/<int:version>/", self.revision_view, "revision"),
            at(
                "<path:object_id>/history/<int:version>/preview/",
                self.revision_preview_view,
                "revision_preview",
            ),
            at(
                "<path:object_id>/history/<int:version>/restore/",
                self.revision_restore_view,
                "revision_restore",
            ),
            *super().get_urls(),
        ]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """List the revisions, newest first; below them Django's own log."""
        article = self._find_to_see(request, object_id)
        form = EarlierForm(request.GET)
        before = form.cleaned_data["before"] if form.is_valid() else None
        rows = Revision.objects.of(article.pk).newest_first().without_documents()
        shown = list((rows.filter(version__lt=before) if before else rows)[: PAGE_SIZE + 1])
        has_more = len(shown) > PAGE_SIZE
        shown = shown[:PAGE_SIZE]
        if not before and article.recorded_version != article.version:
            shown.insert(0, _found_revision(article))
        context = {
            "article": article,
            "revisions": shown,
            "before": shown[-1].version if has_more else None,
            "is_later_page": before is not None,
            "chosen_new": shown[0].version if shown else None,
            "chosen_old": shown[1].version if len(shown) > 1 else None,
            "media": self.media,
        }
        return super().history_view(request, object_id, {**context, **(extra_context or {})})

    def compare_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what differs between two revisions, side by side or in one text."""
        article = self._find_to_see(request, object_id)
        form = CompareForm(request.GET)
        if not form.is_valid():
            return self.redirect(request, "history", article.pk)
        old, new = (_find_revision(article, form.cleaned_data[name]) for name in ("old", "new"))
        was, now = read_revision(old), read_revision(new)
        is_inline = form.cleaned_data["view"] == "inline"
        show = show_inline if is_inline else show_side_by_side
        return self._render(
            request,
            "compare.html",
            article,
            title=_("What differs"),
            old=old,
            new=new,
            is_inline=is_inline,
            head=show(was.head, now.head),
            body=show(was.body, now.body),
            is_same=was.head == now.head and was.body == now.body,
            restorable=old,
        )

    def revision_view(self, request: HttpRequest, object_id: str, version: int) -> HttpResponse:
        """Show one revision: what it says, and what readers would have seen."""
        article = self._find_to_see(request, object_id)
        revision = _find_revision(article, version)
        earlier = Revision.objects.of(article.pk).filter(version__lt=version).newest_first()
        return self._render(
            request,
            "revision.html",
            article,
            title=_("Version {version}").format(version=version),
            revision=revision,
            saved=read_revision(revision),
            earlier=earlier.values_list("version", flat=True).first(),
            restorable=revision,
        )

    def revision_preview_view(
        self, request: HttpRequest, object_id: str, version: int
    ) -> HttpResponse:
        """Answer with the body of one revision, cleaned under today's policy."""
        article = self._find_to_see(request, object_id)
        data = read_revision(_find_revision(article, version)).data
        shown = Article(
            title=data.title,
            body=data.body,
            markup=data.markup,
            lang=data.lang,
            source_path=article.source_path,
        )
        return preview_text(request, shown)

    def revision_restore_view(
        self, request: HttpRequest, object_id: str, version: int
    ) -> HttpResponse:
        """Let the article say again what it said then, and return to its form."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        article = self.find_to_change(request, object_id)
        form = RestoreForm(request.POST)
        if not form.is_valid():
            self.message_user(request, _("This page is not whole; open it again."), messages.ERROR)
            return self.redirect(request, "history", article.pk)
        if form.cleaned_data["release"] and not may_release(request):
            raise PermissionDenied
        revision = _find_revision(article, version)
        try:
            restored = restore_revision(
                revision,
                expected_version=form.cleaned_data["version"],
                with_release=form.cleaned_data["release"],
                cause=Cause(Reason.RESTORED, request.user, form.cleaned_data["note"]),
            )
        except NewsError as error:
            self.message_user(request, _describe_refusal(error), messages.ERROR)
            return self.redirect(request, "history", article.pk)
        self._tell_restored(request, article, restored, version)
        return self.redirect(request, "change", article.pk)

    def _tell_restored(
        self, request: HttpRequest, before: Article, restored: Article, version: int
    ) -> None:
        if restored.version == before.version:
            text = _("The article says just what it said in version {version}; nothing was saved.")
            self.message_user(request, text.format(version=version), messages.INFO)
            return
        text = _("Version {version} was restored.").format(version=version)
        self.log_change(request, restored, text)
        self.message_user(request, text, messages.SUCCESS)

    def _find_to_see(self, request: HttpRequest, object_id: str) -> Article:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        article = self.find(request, object_id)
        if not self.has_view_or_change_permission(request, article):
            raise PermissionDenied
        return article

    def _render(
        self, request: HttpRequest, template: str, article: Article, **context: Any
    ) -> HttpResponse:
        return self.render_page(
            request,
            template,
            article=article,
            may_restore=self.has_change_permission(request, article),
            may_release=may_release(request),
            note_length=NOTE_LENGTH,
            **context,
        )


def _find_revision(article: Article, version: int) -> Revision:
    """Return the revision of that version; of the newest one also where none was kept yet."""
    if version == article.version != article.recorded_version:
        return _found_revision(article)
    revision = Revision.objects.of(article.pk).filter(version=version).first()
    if revision is None:
        raise Http404
    return revision


def _found_revision(article: Article) -> Revision:
    """Return what will be kept of the article with the next save."""
    return Revision(
        article=article,
        version=article.version,
        reason=FOUND.reason,
        saved_at=article.modified_at,
        document=pack_found(article),
    )


def _describe_refusal(error: NewsError) -> str:
    if isinstance(error, VersionConflictError):
        return _(
            "Somebody else has saved this article since you opened that page; nothing was restored. Look at "
            "what they changed, and restore then."
        )
    return translate_error(error)
