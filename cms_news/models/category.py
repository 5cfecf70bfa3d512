from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from cms_news.errors import NewsError, gettext_noop

from .names import SLUG_LENGTH, NameModel, NameQuerySet, choose_slug

MAX_DEPTH = 16
ID_DIGITS = 10


class CategoryQuerySet(NameQuerySet["Category"]):
    def in_tree_order(self) -> "CategoryQuerySet":
        """Return the categories so that each stands right below the one it belongs to."""
        return self.order_by("tree_path")

    def at_or_below(self, category: "Category") -> "CategoryQuerySet":
        """Return `category` and everything that hangs from it."""
        return self.filter(tree_path__startswith=category.tree_path)

    def with_path_names(self) -> list["Category"]:
        """Return the categories with `path_names` at hand: one query more where some stand above them."""
        categories = list(self)
        names = {category.pk: category.name for category in categories}
        missing = {pk for category in categories for pk in category.lineage_ids} - names.keys()
        if missing:
            above = Category.objects.using(self.db).filter(pk__in=missing)
            names.update(above.values_list("pk", "name"))
        for category in categories:
            category.path_names = [names[pk] for pk in category.lineage_ids]
        return categories


class Category(NameModel):
    """A place in the tree of sections: 金融 › 中证网 › 资讯."""

    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(
        _("slug"),
        max_length=SLUG_LENGTH,
        unique=True,
        allow_unicode=True,
        blank=True,
        help_text=_("The name in addresses. Left empty, it is made from the name."),
    )
    parent = models.ForeignKey(
        "self",
        verbose_name=_("belongs to"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
    )
    tree_path = models.CharField(
        max_length=MAX_DEPTH * (ID_DIGITS + 1),
        editable=False,
        db_index=True,
        help_text=_(
            "Ids from the root to here, of one width each: sorts as a tree, holds no names."
        ),
    )

    desk_groups = models.ManyToManyField(
        "auth.Group",
        verbose_name=_("groups"),
        blank=True,
        related_name="+",
        help_text=_("Where a desk is named, only its people change articles here and below."),
    )
    desk_users = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("people"),
        blank=True,
        related_name="+",
        help_text=_("They belong to the desk as the groups do."),
    )

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["tree_path"]
        permissions = [
            ("move_category", _("Can move categories to another place")),
            ("merge_category", _("Can merge categories")),
            ("assign_desk", _("Can say who the desk of a category is")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "name"],
                name="cms_news_category_name_in_parent",
                violation_error_message=_("There is a category of this name here already."),
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(parent__isnull=True),
                name="cms_news_category_root_name",
                violation_error_message=_("There is a category of this name here already."),
            ),
            models.CheckConstraint(
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("pk")),
                name="cms_news_category_not_its_own_parent",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ancestor_ids(self) -> list[int]:
        """Ids from the root down to and without this category."""
        return self.lineage_ids[:-1]

    @property
    def lineage_ids(self) -> list[int]:
        """Ids from the root down to and with this category."""
        return [int(part) for part in self.tree_path.split("/") if part]

    @property
    def depth(self) -> int:
        """0 for a root."""
        return max(0, self.tree_path.count("/") - 1)

    @cached_property
    def path_names(self) -> list[str]:
        """Names from the root down to and with this category; a query unless `with_path_names` got it."""
        if not self.ancestor_ids:
            return [self.name]
        above = Category.objects.in_bulk(self.ancestor_ids)
        return [*(above[pk].name for pk in self.ancestor_ids), self.name]

    def save(self, **kwargs: Any) -> None:
        self._refuse_bad_place()
        if not self.slug:
            parent_slug = self.parent.slug if self.parent else ""
            others = Category.objects.exclude(pk=self.pk)
            self.slug = choose_slug(others, self.name, parent_slug=parent_slug)
        with transaction.atomic(using=kwargs.get("using")):
            super().save(**kwargs)
            self._store_tree_path()

    def _refuse_bad_place(self) -> None:
        if self.parent and self.parent.depth + 1 >= MAX_DEPTH:
            raise NewsError(
                gettext_noop("{name}: categories go {depth} levels deep and no deeper"),
                name=self.name,
                depth=MAX_DEPTH,
            )
        if self.tree_path and self.tree_path != self._expected_tree_path():
            raise NewsError(
                gettext_noop(
                    "{name}: a category that has a place keeps it in a plain save; move it with move_categories"
                ),
                name=self.name,
            )

    def _expected_tree_path(self) -> str:
        above = self.parent.tree_path if self.parent else ""
        return f"{above}{self.pk:0{ID_DIGITS}d}/"

    def _store_tree_path(self) -> None:
        # The path holds the row's own id, which exists only after the insert. By then nobody can move what
        # stands above any more, but somebody may have until then.
        if not self.tree_path:
            if self.parent:
                self.parent.refresh_from_db(using=self._state.db, fields=["tree_path"])
            self.tree_path = self._expected_tree_path()
            models.QuerySet(Category, using=self._state.db).filter(pk=self.pk).update(
                tree_path=self.tree_path
            )
