"""The screen of tags."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cms_news.content.folding import fold_name
from cms_news.models import Tag
from cms_news.services.merging import merge_tags

from .base import NewsForm
from .counting import MANY
from .merging import MergingAdmin


class TagForm(NewsForm):
    slug = forms.SlugField(
        label=_("slug"),
        max_length=100,
        allow_unicode=True,
        required=False,
        help_text=_("The name in addresses. Left empty, it is made from the name."),
    )

    class Meta:
        model = Tag
        fields = ["name", "slug"]

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        folded = fold_name(name)
        if len(folded) > self._meta.model._meta.get_field("folded").max_length:
            raise ValidationError(_("This name is too long; shorten it."))
        same = Tag.objects.filter(folded=folded).exclude(pk=self.instance.pk).first()
        if same:
            raise ValidationError(
                _("This tag is there already, written “%(name)s”."), params={"name": same.name}
            )
        return name


@admin.register(Tag)
class TagAdmin(MergingAdmin):
    form = TagForm
    fields = ["name", "slug"]
    list_display = ["name", "slug", "articles_shown", "public_shown"]
    search_fields = ["name", "slug"]
    search_help_text = _("Name or slug")
    merge_names = staticmethod(merge_tags)
    article_link = "tag_links__tag"
    article_filter = "tag"

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"slug": ["name"]}

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return what goes too, as Django does; a number in place of very many links."""
        count = self.count_referring(objs)
        if count <= MANY:
            return super().get_deleted_objects(objs, request)
        lacking = set() if self.has_delete_permission(request) else {self.opts.verbose_name}
        named = [*map(str, objs), self.name_referring(count)]
        return named, {self.opts.verbose_name_plural: len(objs)}, lacking, []
