from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models, router, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager

from cms_news.conf import news_settings
from cms_news.content.slugs import fallback_slug, free_slug, slugify_text

from .addresses import format_address
from .announcing import announce, known_dates
from .article_state import ArticleState, find_state
from .author import Author
from .delivery_state import Changes
from .desk import MAY_BE_UNFILED, NO_PICTURE, SOMETHING_REMOVED
from .expressions import UnindexedLessThanOrEqual
from .names import numbered_prefix
from .orders import last_change
from .querysets import (
    RELEASE_FIELDS,
    RELEASED,
    RENDERED_FIELDS,
    ArticleQuerySet,
    changes_of,
    former_slugs,
)
from .rendered import RenderedModel

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from .category import Category
    from .exported_file import ExportedFile
    from .links import ArticleCategory, ArticleTag
    from .revision import Revision

TITLE_LENGTH = 300
SLUG_LENGTH = 100


def validate_mapping(value: Any) -> None:
    """Raise ValidationError unless `value` is an object of keys and values."""
    if not isinstance(value, Mapping):
        raise ValidationError(_("Write keys and their values in braces."), code="no_mapping")


class Article(RenderedModel):
    """One article: what its front matter says, its body, and what is derived from both.

    Write through `cms_news.services.save_article`. A plain `save()` is safe as well: it sanitises the body
    again and leaves the stored own part to be rendered by readers until `refresh_cards` runs.
    """

    class MarkupChoice(models.TextChoices):
        AUTO = "auto", _("Recognise")
        HTML = "html", _("HTML")
        MARKDOWN = "markdown", _("Markdown")

    title = models.CharField(_("title"), max_length=TITLE_LENGTH)
    slug = models.SlugField(
        _("slug"),
        max_length=SLUG_LENGTH,
        unique=True,
        allow_unicode=True,
        blank=True,
        help_text=_("The name in addresses. Left empty, it is made from the title."),
    )
    author = models.ForeignKey(
        Author,
        verbose_name=_("author"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="articles",
        db_index=False,  # cms_news_article_by_author begins with it
    )
    tags = TaggableManager(
        through="cms_news.ArticleTag",
        blank=True,
        ordering=["article_links__position", "article_links__pk"],
        verbose_name=_("tags"),
        help_text=_("Separated by commas, Latin or Chinese."),
    )
    headimg = models.CharField(
        _("head image"),
        max_length=2000,
        blank=True,
        help_text=_("Address of the picture above the text."),
    )
    thumbnail = models.CharField(
        _("thumbnail"),
        max_length=2000,
        blank=True,
        help_text=_("Address of the small picture shown in lists."),
    )
    comments = models.BooleanField(
        _("comments"), default=True, help_text=_("Whether readers may comment on it.")
    )

    date = models.DateTimeField(
        _("date"),
        default=timezone.now,
        help_text=_("The dateline. In the future: the article becomes public at that moment."),
    )
    updated = models.DateTimeField(
        _("updated"), null=True, blank=True, help_text=_("When the text last changed, for readers.")
    )
    published = models.BooleanField(
        _("published"), default=False, help_text=_("Off: a draft that only editors see.")
    )
    expires_at = models.DateTimeField(
        _("expires"), null=True, blank=True, help_text=_("From then on it is no longer public.")
    )
    trashed_at = models.DateTimeField(
        _("moved to the trash"), null=True, blank=True, editable=False
    )

    body = models.TextField(_("body"), blank=True, help_text=_("HTML or Markdown."))
    markup = models.CharField(
        _("markup"), max_length=8, choices=MarkupChoice.choices, default=MarkupChoice.AUTO
    )
    excerpt = models.TextField(
        _("excerpt"), blank=True, help_text=_("Left empty, it is taken from the text.")
    )
    permalink = models.CharField(_("permalink"), max_length=2000, blank=True)
    lang = models.CharField(
        _("language"), max_length=35, blank=True, help_text=_("As in zh-Hans or en.")
    )
    layout = models.CharField(_("layout"), max_length=100, blank=True)
    source_name = models.CharField(
        _("source"), max_length=300, blank=True, help_text=_("Who published the article first.")
    )
    source_url = models.CharField(
        _("address at the source"),
        max_length=2000,
        blank=True,
        help_text=_("Where it was published first. Readers get addresses of http and https."),
    )
    license = models.CharField(
        _("license"), max_length=300, blank=True, help_text=_("As in CC BY 4.0.")
    )
    extra = models.JSONField(
        _("other keys"),
        default=dict,
        blank=True,
        validators=[validate_mapping],
        help_text=_("Front-matter keys that this app gives no meaning of its own."),
    )

    front_matter = models.TextField(
        editable=False,
        blank=True,
        help_text=_("Everything before the body in the file it came from, as it was."),
    )
    imported = models.JSONField(
        editable=False,
        null=True,
        blank=True,
        help_text=_("What the file meant when it was imported."),
    )
    source = models.CharField(max_length=255, editable=False, blank=True)
    source_path = models.CharField(max_length=4096, editable=False, blank=True)
    source_key = models.CharField(max_length=64, editable=False, null=True, unique=True)  # noqa: DJ001
    source_hash = models.CharField(max_length=64, editable=False, blank=True)
    imported_at = models.DateTimeField(_("imported"), null=True, blank=True, editable=False)
    source_encoding = models.CharField(max_length=20, editable=False, default="utf-8")
    date_source = models.CharField(max_length=200, editable=False, blank=True)
    date_text = models.CharField(
        max_length=100, editable=False, blank=True, help_text=_("The date as the file writes it.")
    )

    own_card = models.TextField(editable=False, blank=True)
    own_detail = models.TextField(editable=False, blank=True)
    own_references = models.TextField(editable=False, blank=True)
    own_format = models.CharField(max_length=16, editable=False, blank=True, db_index=False)

    version = models.PositiveIntegerField(
        editable=False, default=1, validators=[MinValueValidator(1)]
    )
    recorded_version = models.PositiveIntegerField(
        editable=False,
        default=0,
        help_text=_("The newest version of which a revision was kept."),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("made by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Whose article it is; nobody's where it was imported by a command."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    modified_at = models.DateTimeField(_("modified"), auto_now=True)

    objects = ArticleQuerySet.as_manager()

    category_links: "RelatedManager[ArticleCategory]"
    tag_links: "RelatedManager[ArticleTag]"
    exported_files: "RelatedManager[ExportedFile]"
    revisions: "RelatedManager[Revision]"

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["-date", "-pk"]
        # Related managers add through this one; a plain one would outdate nothing.
        base_manager_name = "objects"
        permissions = [
            ("publish_article", _("Can publish articles")),
            ("schedule_article", _("Can schedule articles")),
            ("unpublish_article", _("Can make drafts of published articles")),
            ("trash_article", _("Can move articles to the trash")),
            ("retrieve_article", _("Can take articles out of the trash")),
            ("work_on_others", _("Can see and work on articles of others")),
            ("work_on_all_desks", _("Can work on articles of every desk")),
            ("empty_trash", _("Can delete for good what lies in the trash")),
        ]
        indexes = [
            models.Index(fields=["-date", "-id"], name="cms_news_article_by_date"),
            models.Index(
                fields=["-date", "-id"], condition=MAY_BE_UNFILED, name="cms_news_article_unfiled"
            ),
            models.Index(
                fields=["-date", "-id"], condition=NO_PICTURE, name="cms_news_article_no_picture"
            ),
            models.Index(
                fields=["-date", "-id"],
                condition=SOMETHING_REMOVED,
                name="cms_news_article_removed",
            ),
            models.Index(
                fields=["-date", "-id"],
                condition=RELEASED,
                name="cms_news_article_released",
            ),
            models.Index(fields=["source_hash"], name="cms_news_article_by_source"),
            models.Index(fields=["author", "-date", "-id"], name="cms_news_article_by_author"),
            models.Index(
                fields=["lang", "-date", "-id"], condition=RELEASED, name="cms_news_article_in_lang"
            ),
            models.Index(
                fields=["title", "id"], condition=RELEASED, name="cms_news_article_by_title"
            ),
            models.Index(
                last_change(), F("id"), condition=RELEASED, name="cms_news_article_by_change"
            ),
            models.Index(fields=["id"], condition=~RELEASED, name="cms_news_article_unreleased"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(expires_at__isnull=False),
                name="cms_news_article_expiry",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(title=""), name="cms_news_article_has_title"
            ),
            models.CheckConstraint(condition=~models.Q(slug=""), name="cms_news_article_has_slug"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, **kwargs: Any) -> None:
        """Store the article with its body sanitised again and its link rows carrying its date."""
        names = kwargs.get("update_fields")
        touched = set(names) if names is not None else None
        self.own_format = ""
        extra = {"version", "own_format", "modified_at"}
        if self._writes_body(touched):
            if self.body_is_touched():
                self.apply(self.render())
            extra |= set(RENDERED_FIELDS)
        if not self.slug:
            self.slug = self.choose_slug()
            extra.add("slug")
        if touched is not None:
            kwargs["update_fields"] = touched | extra
        with transaction.atomic(using=kwargs.get("using")):
            before = self._raise_version(kwargs)
            self.store(**kwargs)
            self._follow_up(before, touched)

    def get_absolute_url(self) -> str:
        """Return where the front end shows the article, by CMS_NEWS["ARTICLE_URL"]."""
        return format_address(news_settings.article_url, self.slug, self.pk, self.date)

    @classmethod
    def from_db(
        cls,
        db: str | None,
        field_names: Collection[str],
        values: Collection[Any],
        **options: Any,
    ) -> Self:
        # The options are those of newer Djangos: fetch_mode since 6.1.
        article = super().from_db(db, field_names, values, **options)
        article.remember_stored()
        return article

    def state(self, *, at: datetime | None = None) -> ArticleState:
        """Return what the QuerySet methods of the same names would find it to be."""
        return find_state(
            at=at or timezone.now(),
            date=self.date,
            published=self.published,
            expires_at=self.expires_at,
            is_trashed=self.trashed_at is not None,
        )

    @property
    def categories(self) -> "list[Category]":
        """The categories that were chosen, in their order; those above them are left out."""
        links = sorted(self.category_links.all(), key=lambda link: (link.position, link.pk))
        linked = {link.category_id: link.category for link in links}
        chosen = [link.category for link in links if link.direct]
        for category in chosen:
            # All that stand above a chosen one are linked too, so their names are at hand.
            category.path_names = [linked[pk].name for pk in category.lineage_ids]
        return chosen

    def _follow_up(self, before: Mapping[str, Any], touched: set[str] | None) -> None:
        """Do what a written date or slug asks for in other tables."""
        using = self._state.db
        written = {
            name: self.__dict__[name]
            for name in ("date", "slug")
            if (touched is None or name in touched) and name in self.__dict__
        }
        if "date" in before and written.get("date", before["date"]) != before["date"]:
            Article.objects.using(using).filter(pk=self.pk).copy_date_to_links()
        if not before:
            former_slugs(using).claim([self.slug])
        elif written.get("slug", before["slug"]) != before["slug"]:
            former_slugs(using).rename(self.pk, old=before["slug"], new=self.slug)

    def _raise_version(self, options: Mapping[str, Any]) -> Mapping[str, Any]:
        """Count on from the version in the database, and return date and slug there; nothing for a new row.

        Counted by the database, as this instance may be older than the row; and before the row is written,
        so that receivers of signals meet a number.
        """
        using = options.get("using") or router.db_for_write(Article, instance=self)
        row = Article.objects.using(using).filter(pk=self.pk)
        is_new = self.pk is None or options.get("force_insert")
        if is_new or not row.store(version=F("version") + 1):
            return {}
        stored = row.values("version", "date", "slug").get()
        self.version = stored["version"]
        return stored

    def store(self, **kwargs: Any) -> None:
        """Write the columns as they are, and tell readers: for services, which made the derived ones themselves."""
        names = kwargs.get("update_fields")
        using = kwargs.get("using") or router.db_for_write(Article, instance=self)
        with transaction.atomic(using=using, savepoint=False):
            super().save(**kwargs)
            announce(self.changes() if names is None else changes_of(names), using=using)
        self.remember_stored(names)

    def delete(self, **kwargs: Any) -> tuple[int, dict[str, int]]:  # type: ignore[override]
        using = kwargs.get("using") or router.db_for_write(Article, instance=self)
        with transaction.atomic(using=using):
            announce(Changes(filing=True), using=using)
            return super().delete(**kwargs)

    def changes(self) -> Changes:
        """Return what storing the article whole may change for readers."""
        if not self.__dict__.keys() >= RELEASE_FIELDS:
            return Changes(filing=True, dates=None)
        if self.published is False or isinstance(self.trashed_at, datetime):
            return Changes(filing=True)
        return Changes(filing=True, dates=known_dates([self.date, self.expires_at]))

    def choose_slug(self, wanted: str = "") -> str:
        """Return a free slug: `wanted`, or else the title's, numbered if it is taken."""
        base = (
            wanted or slugify_text(self.title, max_length=SLUG_LENGTH) or fallback_slug(self.title)
        )
        others = Article.objects.exclude(pk=self.pk).filter(
            slug__startswith=numbered_prefix(base, max_length=SLUG_LENGTH)
        )
        return free_slug(base, set(others.values_list("slug", flat=True)), max_length=SLUG_LENGTH)


Article._meta.get_field("date").register_lookup(UnindexedLessThanOrEqual)
