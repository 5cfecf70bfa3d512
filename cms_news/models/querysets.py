"""How articles are asked for, and what a write past `save()` leaves behind."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.utils import timezone

from cms_news.errors import NewsError, gettext_noop

from .announcing import announce, known_dates
from .bulk import can_return_ids, insert_rows
from .delivery_state import Changes
from .desk import DeskQueries
from .orders import NEWEST_FIRST

if TYPE_CHECKING:
    from .article import Article
    from .category import Category
    from .former_slug import FormerSlugQuerySet

BODY_FIELDS = frozenset({"body", "markup"})
RENDERED_FIELDS = {
    "body_html": "",
    "policy_fingerprint": "",
    "removed": [],
    "summary": "",
    "word_count": 0,
    "reading_minutes": 0,
}
"""What is derived from a body, and what it says while nobody has derived it."""
SERVED_FIELDS = frozenset({"own_card", "own_detail", "own_references", "own_format"})
RELEASE_FIELDS = frozenset({"published", "date", "expires_at", "trashed_at"})
"""What makes an article public, and when."""
RELEASED = Q(published=True, trashed_at__isnull=True)
"""What an index can know of being public: it has no clock."""
FILING_FIELDS = RELEASE_FIELDS | {"author", "author_id"}


class ArticleQuerySet(DeskQueries):
    """Articles; every method that takes `at` means the present when it gets none."""

    def alive(self) -> Self:
        """Return what is not in the trash."""
        return self.filter(trashed_at__isnull=True)

    def public(self, *, at: datetime | None = None) -> Self:
        """Return what everybody may see: the only definition of it."""
        moment = at or timezone.now()
        return self.alive().filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=moment),
            Q(date__lte_unindexed=moment),
            published=True,
        )

    def unreleased(self) -> Self:
        """Return drafts and what lies in the trash: they are few, and an index knows them."""
        return self.filter(~RELEASED)

    def drafts(self) -> Self:
        """Return what its editor has not released."""
        return self.alive().filter(published=False)

    def scheduled(self, *, at: datetime | None = None) -> Self:
        """Return what is released and becomes public by itself."""
        moment = at or timezone.now()
        return self.alive().filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=moment), published=True, date__gt=moment
        )

    def expired(self, *, at: datetime | None = None) -> Self:
        """Return what was released and whose time is over."""
        return self.alive().filter(published=True, expires_at__lte=at or timezone.now())

    def trashed(self) -> Self:
        """Return what lies in the trash."""
        return self.filter(trashed_at__isnull=False)

    def count_states(self, *, at: datetime | None = None) -> dict[str, int]:
        """Return how many of these articles are in each state, by its value. 1 query."""
        moment = at or timezone.now()
        alive = Q(trashed_at__isnull=True)
        released = alive & Q(published=True)
        lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=moment)
        states = {
            "draft": alive & Q(published=False),
            "scheduled": released & lasting & Q(date__gt=moment),
            "public": released & lasting & Q(date__lte=moment),
            "expired": released & Q(expires_at__lte=moment),
            "trashed": Q(trashed_at__isnull=False),
        }
        counts = {name: Count("pk", filter=condition) for name, condition in states.items()}
        counted: dict[str, int] = self.order_by().aggregate(**counts)
        return counted

    def in_category(self, category: "Category") -> Self:
        """Return what is filed under `category` or below it."""
        return self.filter(category_links__category=category)

    def next_change(self, *, after: datetime) -> datetime | None:
        """Return when the first of these articles comes or goes by itself, if any does."""
        released = self.alive().filter(published=True)
        moments = [
            released.filter(**{f"{name}__gt": after})
            .order_by(name)
            .values_list(name, flat=True)
            .first()
            for name in ("date", "expires_at")
        ]
        return min((moment for moment in moments if moment), default=None)

    def newest_first(self) -> Self:
        return NEWEST_FIRST.sort(self)

    def with_names(self) -> Self:
        """Return the articles with author, chosen categories and tags at hand: 3 queries more, whatever the number."""
        return self.select_related("author").prefetch_related(
            "category_links__category", "tag_links__tag"
        )

    def blank_own_parts(self) -> int:
        """Mark what is stored for serving as outdated; readers render it anew until a writer does."""
        return self.store(own_format="")

    def insert(self, articles: Sequence["Article"]) -> None:
        """Insert the rows as they are: for services, which made the derived columns themselves."""
        using = self._for_writing()
        with transaction.atomic(using=using, savepoint=False):
            if can_return_ids(using):
                self._insert_rows(articles)
            else:
                super().bulk_create(articles)
            announce_new(articles, using=using)
        for article in articles:
            article.remember_stored()

    insert.alters_data = True  # type: ignore[attr-defined]

    def _insert_rows(self, articles: Sequence["Article"]) -> None:
        if not articles:
            return
        fields = [f for f in self.model._meta.concrete_fields if not f.primary_key]
        rows = [[field.pre_save(article, True) for field in fields] for article in articles]  # noqa: FBT003
        names = [field.name for field in fields]
        ids = insert_rows(self.model, names, rows, using=self.db, returns_ids=True)
        for article, pk in zip(articles, ids, strict=True):
            article.pk = pk
            article._state.adding, article._state.db = False, self.db

    def store(self, *, changes: Changes | None = None, **values: Any) -> int:
        """Update the columns as given, and tell readers: for services, which made the derived ones themselves.

        `changes` is what the caller knows about them; without it, what the names of the columns give away.
        """
        using = self._for_writing()
        with transaction.atomic(using=using, savepoint=False):
            changed = super().update(**values)
            if changed:
                announce(changes or changes_of(values), using=using)
        return changed

    store.alters_data = True  # type: ignore[attr-defined]

    def update(self, **values: Any) -> int:
        """Update, blank what is derived from the columns concerned, and take the date to the link rows.

        A slug that an article loses is kept as its former one. Derived columns themselves are refused: a written
        `body_html` would be served as if it were clean.
        """
        refuse_derived(values)
        if not values.keys() - {"created_by", "created_by_id"}:
            # Whose it is no reader sees; Django writes it when a user is deleted.
            return super().update(**values)
        if not values.keys() & {"date", "slug"}:
            return self.store(**_with_blanks(values))
        with transaction.atomic(using=self._for_writing()):
            slugs = dict(self.values_list("pk", "slug"))
            chosen = self.model._default_manager.using(self.db).filter(pk__in=slugs)
            changed: int = chosen.store(**_with_blanks(values))
            if "date" in values:
                chosen.copy_date_to_links()
            if "slug" in values:
                chosen._keep_slugs(slugs)
        return changed

    update.alters_data = True  # type: ignore[attr-defined]

    def _keep_slugs(self, before: Mapping[int, str]) -> None:
        for pk, slug in self.values_list("pk", "slug"):
            if slug != before[pk]:
                former_slugs(self.db).rename(pk, old=before[pk], new=slug)

    def delete(self) -> tuple[int, dict[str, int]]:
        using = self._for_writing()
        with transaction.atomic(using=using):
            announce(Changes(filing=True), using=using)
            return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def _for_writing(self) -> str:
        """Return the database that this QuerySet writes to; reading is from there as well from now on."""
        self._for_write = True
        return self.db

    def copy_date_to_links(self) -> None:
        """Give the category and tag rows of these articles the articles' dates."""
        for name, key in (("ArticleCategory", "article_id"), ("ArticleTag", "content_object_id")):
            own_date = self.model._default_manager.filter(pk=OuterRef(key)).values("date")
            rows = apps.get_model("cms_news", name).objects.using(self.db).unguarded()
            rows.filter(**{f"{key}__in": self.values("pk")}).update(date=Subquery(own_date))

    def bulk_create(
        self,
        objs: Iterable["Article"],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,  # noqa: FBT001, FBT002
        update_conflicts: bool = False,  # noqa: FBT001, FBT002
        update_fields: Collection[str] | None = None,
        unique_fields: Collection[str] | None = None,
    ) -> list["Article"]:
        """Insert; derived columns stay empty and are made by whoever reads or refreshes first.

        What `update_conflicts` changes in rows that were there counts as an update.
        """
        articles = list(objs)
        for article in articles:
            for name, value in {**RENDERED_FIELDS, "own_format": ""}.items():
                setattr(article, name, value)
        names = set(update_fields or ())
        refuse_derived(names)
        rendered = RENDERED_FIELDS if BODY_FIELDS & names else {}
        using = self._for_writing()
        with transaction.atomic(using=using):
            stored = super().bulk_create(
                articles,
                batch_size=batch_size,
                ignore_conflicts=ignore_conflicts,
                update_conflicts=update_conflicts,
                update_fields=[*names, *rendered, "own_format"] if names else None,
                unique_fields=unique_fields,
            )
            former_slugs(self.db).forget_claimed()
            if update_conflicts:
                self._follow_up(stored, names)
                announce(Changes(filing=True, dates=None), using=using)
            else:
                announce_new(stored, using=using)
        return stored

    def _follow_up(self, articles: Iterable["Article"], names: Collection[str]) -> None:
        """Do what an insert can't do to the rows that it met: raise the version, date the link rows."""
        ids = [article.pk for article in articles]
        rows = self.model._default_manager.using(self.db).filter(pk__in=ids)
        rows.store(version=F("version") + 1)
        if "date" in names:
            rows.copy_date_to_links()

    def bulk_update(
        self, objs: Iterable["Article"], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        names = list(fields)
        refuse_derived(names)
        return super().bulk_update(objs, names, batch_size=batch_size)


def former_slugs(using: str | None) -> "FormerSlugQuerySet":
    """Return the slugs that articles gave up."""
    # Their model stands above this module.
    found: FormerSlugQuerySet = apps.get_model("cms_news", "FormerSlug").objects.using(using)
    return found


def announce_new(articles: Iterable["Article"], *, using: str) -> None:
    """Tell readers of new rows, if any of them is released."""
    dates = [
        date
        for article in articles
        if article.published and not article.trashed_at
        for date in (article.date, article.expires_at)
    ]
    if dates:
        announce(Changes(filing=True, dates=known_dates(dates)), using=using)


def changes_of(names: Collection[str]) -> Changes:
    """Return what a write of the columns `names` may change, where nobody knows the values."""
    return Changes(
        filing=not FILING_FIELDS.isdisjoint(names),
        dates=frozenset() if RELEASE_FIELDS.isdisjoint(names) else None,
    )


def refuse_derived(names: Iterable[str]) -> None:
    """Raise NewsError if a derived column is among `names`."""
    derived = sorted(name for name in names if name in RENDERED_FIELDS or name in SERVED_FIELDS)
    if derived:
        raise NewsError(
            gettext_noop(
                "{names}: derived from the body and never written by hand; write body instead"
            ),
            names=", ".join(derived),
        )


def _with_blanks(values: dict[str, Any]) -> dict[str, Any]:
    rendered = RENDERED_FIELDS if BODY_FIELDS & set(values) else {}
    return {"version": F("version") + 1, **values, **rendered, "own_format": ""}
