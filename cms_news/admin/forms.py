"""The form of an article: what was typed, as the data that the services store."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cms_news.content.claims import SOURCE_FIELDS
from cms_news.content.document import ArticleData, AuthorName
from cms_news.content.fields import KNOWN_KEYS
from cms_news.content.slugs import fallback_slug, slugify_text
from cms_news.content.urls import MEDIA_SCHEMES, is_safe_url
from cms_news.errors import HtmlLimitError, NewsError, VersionConflictError
from cms_news.models import Article, Reason
from cms_news.models.article_state import find_state
from cms_news.services import Cause, describe_article, save_article
from cms_news.services.access import article_access

from .base import NewsForm
from .fields import CategoriesField, ExtraField, SourceField, TagsField, keep_line_ends
from .permissions import STATE_PERMISSIONS
from .widgets import CATEGORY_FIELD, CategorySelectMultiple

LARGEST_VERSION = 2**31 - 1
SOURCE_NAMES = frozenset(field.name for field in SOURCE_FIELDS)
RELEASE_NAMES = frozenset({"published", "date", "expires_at"})
CLAIMED_KEYS = frozenset(key.lower() for key in KNOWN_KEYS)


class ArticleForm(NewsForm):
    """Everything an editor may write. `save_article` stores it; Django's own `save` is not used."""

    admin_site: Any = None
    can_add_categories = False
    user: Any = None
    """Who writes."""
    release_permissions: frozenset[str] = frozenset()
    """Which of the permissions about what readers see the one who writes has."""

    categories = CategoriesField(
        required=False, label=_("Categories"), help_text=_("The first one counts as the main one.")
    )
    tags = TagsField(
        required=False, label=_("Tags"), help_text=_("Separated by commas, Latin or Chinese.")
    )
    version = forms.IntegerField(
        required=False, min_value=1, max_value=LARGEST_VERSION, widget=forms.HiddenInput
    )

    class Meta:
        model = Article
        fields = [
            "title",
            "slug",
            "author",
            "body",
            "markup",
            "published",
            "date",
            "updated",
            "expires_at",
            "lang",
            "headimg",
            "thumbnail",
            "excerpt",
            "comments",
            "permalink",
            "layout",
            "source_name",
            "source_url",
            "license",
            "extra",
        ]
        widgets = {
            "title": forms.TextInput(attrs={"class": "vTextField cms-wide"}),
            "headimg": forms.TextInput(attrs={"class": "vTextField cms-address"}),
            "thumbnail": forms.TextInput(attrs={"class": "vTextField cms-address"}),
            "permalink": forms.TextInput(attrs={"class": "vTextField cms-wide"}),
            "source_url": forms.TextInput(attrs={"class": "vTextField cms-wide"}),
            "body": forms.Textarea(attrs={"class": "vLargeTextField cms-source", "rows": 24}),
            "excerpt": forms.Textarea(attrs={"class": "vLargeTextField", "rows": 3}),
            "extra": forms.Textarea(
                attrs={"class": "vLargeTextField cms-source", "rows": 6, "spellcheck": "false"}
            ),
        }
        field_classes = {"body": SourceField, "excerpt": SourceField, "extra": ExtraField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_filing()
        exists = self.instance.pk is not None
        self.fields["version"].required = exists
        self.initial["version"] = self.instance.version if exists else None
        if isinstance(self.refusal, VersionConflictError):
            # What the editor compares with next is the version that is there now.
            newest = {self.add_prefix("version"): [str(self.instance.version)]}
            self.data = MultiValueDict({**dict(self.data.lists()), **newest})  # type: ignore[attr-defined]

    def _prepare_filing(self) -> None:
        article = self.instance
        names: list[str] = []
        if article.pk:
            names = [link.tag.name for link in _tag_links(article)]
            self.initial["categories"] = [category.pk for category in article.categories]
            self.initial["tags"] = names
        tags: Any = self.fields["tags"]
        tags.known = names
        tags.widget.admin_site = self.admin_site
        self.fields["categories"].widget = self._category_widget()

    def _category_widget(self) -> forms.Widget:
        widget = CategorySelectMultiple(CATEGORY_FIELD, self.admin_site)
        return RelatedFieldWidgetWrapper(
            widget,
            CATEGORY_FIELD.remote_field,
            self.admin_site,
            can_add_related=self.can_add_categories,
            can_change_related=False,
            can_delete_related=False,
            can_view_related=False,
        )

    def clean(self) -> dict[str, Any]:
        if "version" in self.errors:
            # The field is hidden, and so would its message be.
            self.add_error(
                None,
                _("This form is not whole; open the article again and copy your text into it."),
            )
        cleaned = super().clean()
        extra = cleaned.get("extra") or {}
        # What no field could hold stays under the name of one only as long as nobody fills that in.
        filled = {name for name in SOURCE_NAMES & set(self.changed_data) if cleaned.get(name)}
        if taken := filled & extra.keys():
            self.add_error("extra", _taken(taken))
        self._refuse_release(cleaned)
        self._refuse_desks(cleaned)
        return cleaned

    def _refuse_desks(self, cleaned: dict[str, Any]) -> None:
        """Refuse categories of other people's desks, unless the article is there already."""
        before = {str(key) for key in self.initial.get("categories", ())}
        new = [c for c in cleaned.get("categories") or () if str(c.pk) not in before]
        closed = article_access().closed_categories(self.user, new)
        if closed:
            names = ", ".join(" › ".join(category.path_names) for category in closed)
            message = _("You do not belong to the desk of: %(names)s")
            self.add_error(
                "categories", ValidationError(message, params={"names": names}, code="desk")
            )

    def _refuse_release(self, cleaned: dict[str, Any]) -> None:
        """Refuse what lets readers see the article, or takes it from them, to those who may not do that."""
        article = self.instance
        before = {
            name: self.get_initial_for_field(self.fields[name], name)
            if name in self.fields
            else getattr(article, name)
            for name in RELEASE_NAMES
        }
        after = {**before, **{name: cleaned[name] for name in RELEASE_NAMES if name in cleaned}}
        is_seen = (article.pk and before["published"]) or after["published"]
        if not is_seen or not (RELEASE_NAMES & set(self.changed_data) or article.pk is None):
            return
        now = timezone.now()
        state = find_state(
            at=now,
            date=after["date"] or now,
            published=bool(after["published"]),
            expires_at=after["expires_at"],
        )
        if STATE_PERMISSIONS[state] not in self.release_permissions:
            message = _("You may not bring articles into the state “%(state)s”.")
            error = ValidationError(message, params={"state": state.label}, code="release")
            self.add_error("published" if "published" in cleaned else None, error)

    def clean_body(self) -> str:
        return keep_line_ends(self.initial.get("body") or "", self.cleaned_data["body"])

    def clean_excerpt(self) -> str:
        return keep_line_ends(self.initial.get("excerpt") or "", self.cleaned_data["excerpt"])

    def clean_source_url(self) -> str:
        url: str = self.cleaned_data["source_url"]
        if (
            url
            and "source_url" in self.changed_data
            and not is_safe_url(url, schemes=MEDIA_SCHEMES)
        ):
            raise ValidationError(_("Write an address that begins with http:// or https://."))
        return url

    def clean_extra(self) -> dict[str, Any]:
        extra: dict[str, Any] = self.cleaned_data["extra"]
        before = self.initial.get("extra") or {}
        # In any case: files are read that way, and what is stored here is exported into one.
        taken = [key for key in extra if key.lower() in CLAIMED_KEYS and key not in before]
        if taken:
            raise _taken(taken)
        return extra

    def _get_validation_exclusions(self) -> set[str]:
        # An empty slug is made when the article is stored; the database's constraint comes after that.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded if self.cleaned_data.get("slug") else excluded | {"slug"}

    def add_refusal(self, refusal: NewsError) -> None:
        if isinstance(refusal, VersionConflictError):
            self.add_error(None, ValidationError(self._describe_conflict(), code="conflict"))
        elif isinstance(refusal, HtmlLimitError):
            self.add_error("body", gettext(refusal.template).format(**refusal.params))
        else:
            super().add_refusal(refusal)

    def _describe_conflict(self) -> str:
        """Return what happened and what to do about it."""
        labels = [
            str(self.fields[name].label)
            for name in self.changed_data
            if name in self.fields and name != "version"
        ]
        address = reverse(
            f"{self.admin_site.name}:cms_news_article_change", args=[self.instance.pk]
        )
        return format_html(
            '{} {} <a href="{}" target="_blank" rel="noopener">{}</a>',
            gettext(
                "Somebody else has saved this article since you opened it. Nothing of yours is stored yet, "
                "and nothing of theirs is lost."
            ),
            gettext("What stands below differs from the newest version in: {fields}.").format(
                fields=get_text_list(labels, gettext("and"))
            )
            if labels
            else "",
            address,
            gettext("Open the newest version in another tab, compare, and then save again here."),
        )

    def save_article(self, *, user: Any = None) -> Article:
        """Store what was typed and return the article. Raises NewsError."""
        if self.instance.pk is None:
            # Who may not publish has no field that says so.
            data = self._apply(ArticleData(title="", published=False), self.cleaned_data)
            return save_article(data, cause=Cause(Reason.CREATED, user))
        current = Article.objects.with_names().get(pk=self.instance.pk)
        changed = {name: self.cleaned_data[name] for name in self.changed_data}
        return save_article(
            self._apply(describe_article(current), changed),
            article=current,
            expected_version=self.cleaned_data["version"],
            cause=Cause(Reason.EDITED, user),
        )

    def _apply(self, data: ArticleData, values: dict[str, Any]) -> ArticleData:
        """Return `data` with `values`: what nobody touched stays what it is, to the last character."""
        changes = {name: value for name, value in values.items() if name != "version"}
        if "author" in changes:
            author = changes["author"]
            changes["author"] = AuthorName(author.name, author.url) if author else None
        if "categories" in changes:
            changes["categories"] = tuple(tuple(c.path_names) for c in changes["categories"])
        if "tags" in changes:
            changes["tags"] = tuple(changes["tags"])
        if "date" in changes:
            changes["date_source"] = "set in the admin"
        applied = replace(data, **changes)
        if not applied.slug and self.instance.pk is not None:
            slug = slugify_text(applied.title) or fallback_slug(applied.title)
            applied = replace(applied, slug=slug)
        return applied


def _taken(keys: Iterable[str]) -> ValidationError:
    return ValidationError(
        _("Use the fields of this form for: %(keys)s"), params={"keys": ", ".join(sorted(keys))}
    )


def _tag_links(article: Article) -> list[Any]:
    return sorted(article.tag_links.all(), key=lambda link: (link.position, link.pk))
