"""Saving an article: the one write path."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from cms_news.content.document import ArticleData, AuthorName
from cms_news.content.fields import dump_data
from cms_news.content.folding import fold_name
from cms_news.content.slugs import slug_from_name, slugify_text
from cms_news.delivery.own_part import (
    References,
    find_references,
    parse_references,
    render_own_part,
)
from cms_news.errors import NewsError, VersionConflictError, gettext_noop
from cms_news.models import Article
from cms_news.models.delivery_state import renewing_names_last
from cms_news.models.policy import current_policy

from .filing import file_article
from .naming import author_named, categories_at, tags_named


@dataclass(frozen=True, slots=True)
class Source:
    """The file an article comes from."""

    name: str
    """Which folder of files: two of them may hold the same paths."""
    path: str
    """Relative, with forward slashes."""
    content_hash: str
    """SHA-256 of the bytes, in hexadecimal."""
    encoding: str
    front_matter: str
    """Everything before the body, as it was."""

    @property
    def key(self) -> str:
        """What finds the article of this file again, of one length however long the path is."""
        return source_key(self.name, self.path)

    def as_columns(self) -> dict[str, str]:
        return {
            "source": self.name,
            "source_path": self.path,
            "source_key": self.key,
            "source_hash": self.content_hash,
            "source_encoding": self.encoding,
            "front_matter": self.front_matter,
        }


def source_key(name: str, path: str) -> str:
    """Return the identity of the file at `path` of the source `name`."""
    return hashlib.sha256(f"{name}\n{path}".encode()).hexdigest()


def save_article(
    data: ArticleData,
    *,
    article: Article | None = None,
    source: Source | None = None,
    expected_version: int | None = None,
) -> Article:
    """Store `data` as a new article, or as the new state of `article`, and return it.

    Sanitises the body, files the article under its categories and tags, and renders the own part. Writes
    nothing where nothing differs. `expected_version` is the version the writer saw (default: that of
    `article`). Raises VersionConflictError when another writer was faster, HtmlLimitError for a body
    beyond the policy's limits, and NewsError for a value that can't be stored.
    """
    refuse_unstorable(data)
    with renewing_names_last():
        if article is None:
            return _create(data, source)
        return _change(article, data, source, expected_version or article.version)


def _create(data: ArticleData, source: Source | None) -> Article:
    article = Article()
    _fill(article, data, source)
    references = _resolve(article, data)
    wanted = slugify_text(data.slug) or (slug_from_name(source.path) if source else "")
    _remember_import(article, data, source)
    _insert_with_free_slug(article, wanted)
    if article.imported is not None:
        article.imported["slug"] = article.slug
    file_article(article, references, before=None)
    _store(article, {"imported": article.imported}, references)
    return article


def _insert_with_free_slug(article: Article, wanted: str) -> None:
    while True:
        article.slug = article.choose_slug(wanted)
        try:
            with transaction.atomic():
                article.store(force_insert=True)
        except IntegrityError:
            article.pk = None
            # Another writer may have taken the slug since it was chosen; whatever else it is stays wrong.
            if not Article.objects.filter(slug=article.slug).exists():
                raise
        else:
            return


def _change(
    article: Article, data: ArticleData, source: Source | None, expected_version: int
) -> Article:
    before_columns = _columns(article)
    before = _stored_references(article)
    _fill(article, data, source)
    references = _resolve(article, data)
    wanted = slugify_text(data.slug)
    if wanted and wanted != article.slug:
        article.slug = article.choose_slug(wanted)
    _remember_import(article, data, source)
    columns = _columns(article)
    changes = {name: value for name, value in columns.items() if value != before_columns[name]}
    if not changes and references == before:
        return article
    article.version = expected_version + 1
    article.modified_at = timezone.now()
    changes |= {"version": article.version, "modified_at": article.modified_at}
    # First the row, which lets one writer of a version through, and then the links, which can't be in
    # another writer's way any more.
    _store(article, changes, references, expected_version=expected_version)
    is_moved = article.date != before_columns["date"]
    file_article(article, references, before=None if is_moved else before)
    return article


def _store(
    article: Article,
    changes: Mapping[str, Any],
    references: References,
    *,
    expected_version: int | None = None,
) -> None:
    """Write `changes` and the own part in one statement; refuse if the version moved on."""
    own_part = render_own_part(article, references).as_columns()
    rows = Article.objects.filter(pk=article.pk)
    if expected_version is not None:
        rows = rows.filter(version=expected_version)
    if not rows.store(**changes, **own_part):
        raise VersionConflictError(
            gettext_noop('"{title}" was changed by somebody else since version {version}'),
            title=article.title,
            version=expected_version,
        )
    for name, value in own_part.items():
        setattr(article, name, value)
    article._remember_loaded()


def _fill(article: Article, data: ArticleData, source: Source | None) -> None:
    """Take over what stands in the article's own row, rendering the body if it has to be."""
    for name in COPIED_FIELDS:
        setattr(article, name, getattr(data, name))
    article.extra = dict(data.extra)
    article.date = data.date or article.date
    article.date_source = data.date_source or article.date_source
    if source is not None:
        for name, value in source.as_columns().items():
            setattr(article, name, value)
    outdated = article.policy_fingerprint != current_policy().fingerprint
    if outdated or article._body_is_touched(None):
        article.apply(article.render())


COPIED_FIELDS = (
    "title",
    "body",
    "updated",
    "expires_at",
    "published",
    "headimg",
    "thumbnail",
    "comments",
    "excerpt",
    "permalink",
    "lang",
    "layout",
    "markup",
)


def _resolve(article: Article, data: ArticleData) -> References:
    """Return the ids of author, categories and tags, creating those that do not exist yet."""
    article.author = author_named(data.author) if data.author else None
    categories = categories_at(data.categories)
    tags = tags_named(data.tags)
    return References(
        article.author_id, [category.pk for category in categories], [tag.pk for tag in tags]
    )


def _stored_references(article: Article) -> References:
    # A blank own part may stand for links that somebody changed by hand: look at the rows then.
    if article.own_format and article.own_references:
        return parse_references(article.own_references)
    return find_references(article)


def _remember_import(article: Article, data: ArticleData, source: Source | None) -> None:
    """Keep what the file meant, as the article took it, so that an export knows what was edited since."""
    if source is not None:
        taken = replace(data, slug=article.slug, date=article.date, date_source=article.date_source)
        article.imported = dump_data(taken)


def _columns(article: Article) -> dict[str, Any]:
    left_out = {"id", "version", "created_at", "modified_at"}
    fields = [field for field in Article._meta.concrete_fields if field.attname not in left_out]
    return {
        field.attname: getattr(article, field.attname)
        for field in fields
        if not field.attname.startswith("own_")
    }


def describe_article(article: Article, *, spelling: ArticleData | None = None) -> ArticleData:
    """Return what `article` says now, as data; `with_names()` saves queries.

    Names are shared between articles, so one of them may be written in another way than in this article's
    file. Where a name is the same but for case or width, the way of `spelling` is kept.
    """
    author = article.author
    links = sorted(article.tag_links.all(), key=lambda link: (link.position, link.pk))
    tags = tuple(link.tag.name for link in links)
    categories = article.categories
    data = ArticleData(
        slug=article.slug,
        date=article.date,
        author=AuthorName(author.name, author.url) if author else None,
        categories=tuple(tuple(category.path_names) for category in categories),
        tags=tags,
        extra=article.extra,
        date_source=article.date_source,
        **{name: getattr(article, name) for name in COPIED_FIELDS},
    )
    return _respell(data, spelling) if spelling else data


def _respell(data: ArticleData, spelling: ArticleData) -> ArticleData:
    known = {fold_name(tag): tag for tag in spelling.tags}
    tags = tuple(known.get(fold_name(tag), tag) for tag in data.tags)
    author = data.author
    if author and spelling.author and spelling.author.name == author.name:
        author = spelling.author
    return replace(data, tags=tags, author=author)


def refuse_unstorable(data: ArticleData) -> None:
    """Raise NewsError for what no database takes: text too long for its column, NUL, lone surrogates."""
    if not data.title:
        raise NewsError(gettext_noop("title: missing; every article needs one"))
    for name in (*COPIED_FIELDS, "slug"):
        value = getattr(data, name)
        if isinstance(value, str):
            _refuse_text(name, value, Article._meta.get_field(name))
    for value in _texts(data.extra):
        _refuse_text("extra", value, None)
    for value in (*data.tags, *(name for path in data.categories for name in path)):
        _refuse_text("categories or tags", value, None)


def _refuse_text(name: str, value: str, field: object) -> None:
    limit = getattr(field, "max_length", None)
    if limit and len(value) > limit:
        raise NewsError(
            gettext_noop("{name}: {length} characters, at most {limit} are stored; shorten it"),
            name=name,
            length=len(value),
            limit=limit,
        )
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise NewsError(
            gettext_noop("{name}: holds a NUL or half a surrogate pair; remove it"), name=name
        )


def _texts(value: Any) -> "list[str]":
    """Every string inside a JSON value, keys included."""
    found: list[str] = []
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, Mapping):
            waiting.extend((*item.keys(), *item.values()))
        elif isinstance(item, list | tuple):
            waiting.extend(item)
    return found
