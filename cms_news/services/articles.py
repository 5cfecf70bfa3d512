"""Saving articles: the one write path."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from cms_news.content.document import ArticleData
from cms_news.content.fields import dump_data
from cms_news.content.rendering import RenderedBody
from cms_news.content.slugs import fallback_slug, slug_from_name, slugify_text
from cms_news.delivery.own_part import (
    References,
    find_references,
    parse_references,
    render_own_part,
)
from cms_news.errors import VersionConflictError, gettext_noop
from cms_news.models import Article, FormerSlug, Reason
from cms_news.models.announcing import known_dates
from cms_news.models.article import SLUG_LENGTH
from cms_news.models.delivery_state import Changes
from cms_news.models.policy import current_policy
from cms_news.models.querysets import FILING_FIELDS, RELEASE_FIELDS

from .article_sources import Source
from .describing import COPIED_FIELDS, is_same_value
from .filing import create_links, file_article
from .naming import ResolvedNames, resolve_names
from .revisions import Cause, Kept, keep_found, pack_said, store_revisions
from .slugs import choose_slugs
from .storable import refuse_unstorable

DERIVED_COLUMNS = {"id", "version", "recorded_version", "created_at", "modified_at"}
EDITED = Cause()
CREATED = Cause(Reason.CREATED)


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article that is not stored yet."""

    data: ArticleData
    source: Source | None = None
    rendered: RenderedBody | None = None
    """What is derived from its body under the policy in force, where somebody has made it already."""
    names: ResolvedNames | None = None
    """What it refers to, where somebody has looked already; a row that is gone meanwhile is an IntegrityError."""


def save_article(
    data: ArticleData,
    *,
    article: Article | None = None,
    source: Source | None = None,
    rendered: RenderedBody | None = None,
    meant: ArticleData | None = None,
    expected_version: int | None = None,
    cause: Cause | None = None,
) -> Article:
    """Store `data` as a new article, or as the new state of `article`, and return it.

    Sanitises the body, files the article under its categories and tags, renders the own part, and keeps a
    revision that says by `cause` who did it and why. Writes nothing where nothing differs. `rendered` is what
    is derived from the body, if the caller has it; `meant` is what the file of `source` says, where the
    article is to say something else.
    `expected_version` is the version the writer saw (default: that of `article`). Raises
    VersionConflictError when another writer was faster, HtmlLimitError for a body beyond the policy's
    limits, and NewsError for a value that can't be stored.
    """
    if article is None:
        (created,) = create_articles([NewArticle(data, source, rendered)], cause=cause or CREATED)
        return created
    refuse_unstorable(data)
    with _restored_on_failure(article), transaction.atomic():
        change = _Change(article, data, source, rendered)
        if source is not None:
            article.imported = _what_was_meant(article, meant or data, change.names)
            is_as_file = meant is None or meant == data
            change.head = source.front_matter if is_as_file else None
        return change.store(expected_version or article.version, cause or EDITED)


@contextmanager
def _restored_on_failure(article: Article) -> Iterator[None]:
    """Give `article` back as it was when the block fails: the next try must start from what is stored."""
    before = article.__dict__.copy()
    try:
        yield
    except BaseException:
        article.__dict__.clear()
        article.__dict__.update(before)
        raise


def create_articles(items: Sequence[NewArticle], *, cause: Cause = CREATED) -> list[Article]:
    """Store new articles and return them in order, all or none; few queries, whatever their number.

    Raises as `save_article` does.
    """
    for item in items:
        refuse_unstorable(item.data)
    with transaction.atomic():
        resolved = _names_of(items)
        articles = [
            _fill_new(item, names, cause) for item, names in zip(items, resolved, strict=True)
        ]
        _insert_with_free_slugs(articles, [_wanted_slug(item) for item in items], items, resolved)
        create_links(articles, resolved)
        _keep_first_revisions(articles, items, resolved, cause)
    return articles


def _keep_first_revisions(
    articles: Sequence[Article],
    items: Sequence[NewArticle],
    resolved: Sequence[ResolvedNames],
    cause: Cause,
) -> None:
    kept = [
        Kept(
            article.pk,
            article.version,
            pack_said(
                article,
                item.data,
                names.references,
                head=item.source.front_matter if item.source else "",
            ),
            cause,
        )
        for article, item, names in zip(articles, items, resolved, strict=True)
    ]
    if kept:
        store_revisions(kept, using=articles[0]._state.db)


def _names_of(items: Sequence[NewArticle]) -> list[ResolvedNames]:
    known = [item.names for item in items if item.names is not None]
    return known if len(known) == len(items) else resolve_names([item.data for item in items])


def _fill_new(item: NewArticle, names: ResolvedNames, cause: Cause) -> Article:
    article = Article(author=names.author, created_by_id=cause.user_id)
    article.recorded_version = article.version
    _fill(article, item.data, item.source, item.rendered)
    return article


def _wanted_slug(item: NewArticle) -> str:
    data, source = item.data, item.source
    return (
        slugify_text(data.slug)
        or (slug_from_name(source.path) if source else "")
        or slugify_text(data.title, max_length=SLUG_LENGTH)
        or fallback_slug(data.title)
    )


def _insert_with_free_slugs(
    articles: Sequence[Article],
    wanted: Sequence[str],
    items: Sequence[NewArticle],
    resolved: Sequence[ResolvedNames],
) -> None:
    while True:
        chosen = choose_slugs(wanted)
        for article, slug, item, names in zip(articles, chosen.slugs, items, resolved, strict=True):
            article.slug = slug
            meant = _what_was_meant(article, item.data, names) if item.source else None
            article.imported = meant
            _apply_own_part(article, names.references)
        try:
            with transaction.atomic():
                Article.objects.insert(articles)
        except IntegrityError:
            # Another writer may have taken a slug since they were chosen; whatever else it is stays wrong.
            if not Article.objects.filter(slug__in=chosen.slugs).exists():
                raise
        else:
            if chosen.claimed:
                FormerSlug.objects.claim(chosen.claimed)
            return


class _Change:
    """An article on its way from what it says to what `data` says."""

    def __init__(
        self,
        article: Article,
        data: ArticleData,
        source: Source | None,
        rendered: RenderedBody | None,
    ) -> None:
        self.article = article
        self.data = data
        self.head: str | None = None
        """The front matter of the file that says just this, if there is one."""
        self.found = keep_found(article)
        self.columns_before = _columns(article)
        self.references_before = _stored_references(article)
        (self.names,) = resolve_names([data])
        article.author = self.names.author
        _fill(article, data, source, rendered)
        wanted = slugify_text(data.slug)
        if wanted and wanted != article.slug:
            article.slug = article.choose_slug(wanted)

    def store(self, expected_version: int, cause: Cause) -> Article:
        article = self.article
        changes = {
            name: value
            for name, value in _columns(article).items()
            if not is_same_value(value, self.columns_before[name])
        }
        if not changes and self.names.references == self.references_before:
            return article
        if not RELEASE_FIELDS.isdisjoint(changes):
            # Written together, so that the dates that readers are told are those of the row.
            changes |= {
                name: getattr(article, name) for name in ("published", "date", "expires_at")
            }
        article.version = article.recorded_version = expected_version + 1
        article.modified_at = timezone.now()
        changes |= {
            "version": article.version,
            "recorded_version": article.version,
            "modified_at": article.modified_at,
        }
        # First the row, which lets one writer of a version through, and then the links, which can't be in
        # another writer's way any more.
        self._update(changes, expected_version)
        if "slug" in changes:
            FormerSlug.objects.rename(article.pk, old=self.columns_before["slug"], new=article.slug)
        is_moved = article.date != self.columns_before["date"]
        file_article(article, self.names, before=None if is_moved else self.references_before)
        self._keep_revision(cause)
        return article

    def _keep_revision(self, cause: Cause) -> None:
        article = self.article
        document = pack_said(article, self.data, self.names.references, head=self.head)
        kept = Kept(article.pk, article.version, document, cause, article.modified_at)
        store_revisions([*self.found, kept], using=article._state.db)

    def _update(self, changes: Mapping[str, Any], expected_version: int) -> None:
        own_part = _apply_own_part(self.article, self.names.references)
        rows = Article.objects.filter(pk=self.article.pk, version=expected_version)
        if not rows.store(changes=self._told(changes), **changes, **own_part):
            raise VersionConflictError(
                gettext_noop('"{title}" was changed by somebody else since version {version}'),
                title=self.article.title,
                version=expected_version,
            )
        self.article.remember_stored()

    def _told(self, changes: Mapping[str, Any]) -> Changes:
        """Return what readers have to know of `changes`."""
        article = self.article
        is_refiled = self.names.references != self.references_before
        is_released = "published" in changes and article.published
        dates = [article.date, article.expires_at] if is_released else []
        return Changes(
            filing=is_refiled or not FILING_FIELDS.isdisjoint(changes), dates=known_dates(dates)
        )


def _apply_own_part(article: Article, references: References) -> dict[str, str]:
    columns = render_own_part(article, references).as_columns()
    for name, value in columns.items():
        setattr(article, name, value)
    return columns


def _fill(
    article: Article, data: ArticleData, source: Source | None, rendered: RenderedBody | None
) -> None:
    """Take over what stands in the article's own row, rendering the body if it has to be."""
    for name in COPIED_FIELDS:
        setattr(article, name, getattr(data, name))
    article.extra = dict(data.extra)
    article.date = data.date or article.date
    article.date_source = data.date_source or article.date_source
    article.date_text = data.date_text or article.date_text
    if source is not None:
        for name, value in source.as_columns().items():
            setattr(article, name, value)
    fingerprint = current_policy().fingerprint
    if rendered is not None and rendered.policy_fingerprint == fingerprint:
        article.apply(rendered)
    elif article.policy_fingerprint != fingerprint or article.body_is_touched():
        article.apply(article.render())


def _stored_references(article: Article) -> References:
    # A blank own part may stand for links that somebody changed by hand: look at the rows then.
    if article.own_format and article.own_references:
        return parse_references(article.own_references)
    return find_references(article)


def _what_was_meant(article: Article, data: ArticleData, names: ResolvedNames) -> dict[str, Any]:
    """Return what the article's file says, so that an export knows what was edited since.

    Where the article took something else, as a slug that was free, that counts as what the file says.
    """
    slug_is_edited = article.imported is not None and article.imported["slug"] != article.slug
    slug = data.slug if slug_is_edited and data.slug else article.slug
    meant = dump_data(data)
    meant["slug"], meant["date"] = slug, (data.date or article.date).isoformat()
    # By these an edit is told from a name that somebody changed for all articles at once.
    meant["references"] = names.references._asdict()
    if former := names.former | _still_former(article, meant):
        # Names that mean others now: to be left in the file.
        meant["former"] = sorted(former)
    return meant


def _still_former(article: Article, meant: Mapping[str, Any]) -> set[str]:
    """Return the kinds of merged names that the file went on using."""
    before = article.imported or {}
    return {kind for kind in before.get("former", ()) if is_same_value(meant[kind], before[kind])}


def _columns(article: Article) -> dict[str, Any]:
    fields = [f for f in Article._meta.concrete_fields if f.attname not in DERIVED_COLUMNS]
    return {
        field.attname: getattr(article, field.attname)
        for field in fields
        if not field.attname.startswith("own_")
    }
