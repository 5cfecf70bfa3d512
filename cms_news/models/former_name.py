from collections.abc import Collection

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .author import Author
from .category import Category
from .tag import Tag

NAME_LENGTH = 400


class FormerNameQuerySet(models.QuerySet["FormerName"]):
    def find_authors(self, names: Collection[str]) -> dict[str, Author]:
        """Return who is meant by names of authors that were merged into others. 1 query."""
        rows = self.filter(author__isnull=False, name__in=names).select_related("author")
        return {row.name: row.author for row in rows if row.author}

    def find_tags(self, folded: Collection[str]) -> dict[str, Tag]:
        """Return what is meant by folded names of tags that were merged into others. 1 query."""
        rows = self.filter(tag__isnull=False, name__in=folded).select_related("tag")
        return {row.name: row.tag for row in rows if row.tag}

    def find_categories(self, names: Collection[str]) -> dict[tuple[int | None, str], Category]:
        """Return the categories that once stood in a place, by parent and name. 1 query."""
        rows = self.filter(category__isnull=False, name__in=names).select_related("category")
        return {(row.parent_id, row.name): row.category for row in rows if row.category}

    def remember_author(self, author: Author, *, into: Author) -> None:
        """Let the name of `author`, and what it meant besides, mean `into` from now on."""
        self.filter(author=author).update(author=into)
        self.filter(author__isnull=False, name__in=[author.name, into.name]).delete()
        self.create(name=author.name, author=into)

    def remember_tag(self, tag: Tag, *, into: Tag) -> None:
        """Let the name of `tag`, and what it meant besides, mean `into` from now on."""
        self.filter(tag=tag).update(tag=into)
        self.filter(tag__isnull=False, name__in=[tag.folded, into.folded]).delete()
        self.create(name=tag.folded, tag=into)

    def remember_place(self, parent_id: int | None, name: str, *, category: Category) -> None:
        """Let the place below that parent mean `category` from now on, as long as nobody else stands there."""
        self._at(parent_id).filter(name=name).delete()
        self.create(parent_id=parent_id, name=name, category=category)

    def merge_places(self, category: Category, *, into: Category) -> None:
        """Let all that `category` was, and all that was below it, be `into` and what is below that."""
        self.filter(category=category).update(category=into)
        known = self._at(into.pk).values("name")
        rows = self._at(category.pk)
        rows.filter(name__in=list(known.values_list("name", flat=True))).delete()
        rows.update(parent=into)

    def _at(self, parent_id: int | None) -> "FormerNameQuerySet":
        at = Q(parent__isnull=True) if parent_id is None else Q(parent=parent_id)
        return self.filter(at, category__isnull=False)


class FormerName(models.Model):
    """What files may still call an author, a category or a tag that was merged into another one, or moved.

    An existing row of the name always comes first; this is looked at before a new one is made.
    """

    name = models.CharField(_("name"), max_length=NAME_LENGTH, help_text=_("Of a tag: folded."))
    parent = models.ForeignKey(
        Category,
        verbose_name=_("belonged to"),
        null=True,
        on_delete=models.CASCADE,
        related_name="former_children",
    )
    author = models.ForeignKey(
        Author,
        verbose_name=_("author"),
        null=True,
        on_delete=models.CASCADE,
        related_name="former_names",
    )
    category = models.ForeignKey(
        Category,
        verbose_name=_("category"),
        null=True,
        on_delete=models.CASCADE,
        related_name="former_names",
    )
    tag = models.ForeignKey(
        Tag, verbose_name=_("tag"), null=True, on_delete=models.CASCADE, related_name="former_names"
    )
    retired_at = models.DateTimeField(_("given up"), auto_now_add=True)

    objects = FormerNameQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("former name")
        verbose_name_plural = _("former names")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(author__isnull=False),
                name="cms_news_former_author_once",
            ),
            models.UniqueConstraint(
                fields=["name"], condition=Q(tag__isnull=False), name="cms_news_former_tag_once"
            ),
            models.UniqueConstraint(
                fields=["parent", "name"],
                condition=Q(category__isnull=False),
                name="cms_news_former_place_once",
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(category__isnull=False, parent__isnull=True),
                name="cms_news_former_root_once",
            ),
            models.CheckConstraint(
                condition=(
                    Q(author__isnull=False, category__isnull=True, tag__isnull=True, parent=None)
                    | Q(author__isnull=True, category__isnull=False, tag__isnull=True)
                    | Q(author__isnull=True, category__isnull=True, tag__isnull=False, parent=None)
                ),
                name="cms_news_former_name_means_one",
            ),
        ]

    def __str__(self) -> str:
        return self.name
