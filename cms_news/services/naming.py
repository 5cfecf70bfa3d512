"""From names to rows: authors, categories and tags are found, or made when they are new."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db import transaction

from cms_news.content.document import ArticleData, AuthorName
from cms_news.content.folding import fold_name
from cms_news.delivery.own_part import References
from cms_news.models import Author, Category, FormerName, Tag


@dataclass(frozen=True, slots=True)
class ResolvedNames:
    """The rows that one article refers to."""

    author: Author | None
    categories: Sequence[Category]
    """The chosen ones, once each, in order."""
    tags: Sequence[Tag]
    former: frozenset[str] = frozenset()
    """Of which kinds the article uses a name that was merged into another, or an old place in the tree."""

    @property
    def references(self) -> References:
        return References(
            author=self.author.pk if self.author else None,
            categories=[category.pk for category in self.categories],
            tags=[tag.pk for tag in self.tags],
        )


def resolve_names(articles: Sequence[ArticleData]) -> list[ResolvedNames]:
    """Return the rows that each of `articles` refers to. 3 queries for all of them where none is new."""
    authors = authors_named([data.author for data in articles if data.author])
    categories = categories_at(path for data in articles for path in data.categories)
    tags = tags_named(tag for data in articles for tag in data.tags)
    return [
        ResolvedNames(
            author=authors[data.author.name] if data.author else None,
            categories=list(dict.fromkeys(categories[tuple(path)] for path in data.categories)),
            tags=list(dict.fromkeys(tags[fold_name(tag)] for tag in data.tags)),
            former=_former_kinds(data, authors, categories, tags),
        )
        for data in articles
    ]


def _former_kinds(
    data: ArticleData,
    authors: Mapping[str, Author],
    categories: "FoundCategories",
    tags: Mapping[str, Tag],
) -> frozenset[str]:
    kinds = {
        "author": bool(data.author and authors[data.author.name].name != data.author.name),
        "categories": any(tuple(path) in categories.former for path in data.categories),
        "tags": any(tags[folded].folded != folded for folded in map(fold_name, data.tags)),
    }
    return frozenset(kind for kind, is_former in kinds.items() if is_former)


def make_names(articles: Sequence[ArticleData]) -> list[ResolvedNames]:
    """Return what `resolve_names` does, having made what is new in a short transaction of its own.

    A long one would keep every other writer of a new name waiting until its end.
    """
    with transaction.atomic():
        return resolve_names(articles)


def authors_named(wanted: Sequence[AuthorName]) -> dict[str, Author]:
    """Return the authors by name; an address is taken over only where none is known."""
    names = {author.name for author in wanted}
    found = {author.name: author for author in Author.objects.filter(name__in=names).order_by()}
    if missing := names - found.keys():
        found |= FormerName.objects.find_authors(missing)
    urls = {author.name: author.url for author in reversed(wanted)}
    # New rows are made in one order by everybody, so that no two writers wait for each other.
    for name, url in sorted(urls.items()):
        if name not in found:
            found[name], _ = Author.objects.get_or_create(name=name, defaults={"url": url})
    for name, url in {author.name: author.url for author in wanted if author.url}.items():
        if not found[name].url:
            found[name].url = url
            found[name].save(update_fields=["url"])
    return found


class FoundCategories(dict[tuple[str, ...], Category]):
    """The last category of each path of names, by path."""

    former: Collection[tuple[str, ...]] = ()
    """The paths that lead over a place where a category stood once."""


def categories_at(paths: Iterable[Sequence[str]]) -> FoundCategories:
    """Return the last category of each path of names; what is new is made."""
    wanted = sorted({tuple(path) for path in paths})
    names = {name for path in wanted for name in path}
    known = {
        (category.parent_id, category.name): category
        for category in Category.objects.filter(name__in=names).order_by()
    }
    former = _FormerPlaces(names)
    found = FoundCategories((path, _walk(path, known, former)) for path in wanted)
    found.former = former.used
    return found


class _FormerPlaces:
    """Where categories stood that were moved or merged; looked up when one is missing."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._keys: set[tuple[int | None, str]] = set()
        self.used: set[tuple[str, ...]] = set()

    @cached_property
    def _found(self) -> dict[tuple[int | None, str], Category]:
        return FormerName.objects.find_categories(self._names)

    def find(self, key: tuple[int | None, str]) -> Category | None:
        found = self._found.get(key)
        if found:
            self._keys.add(key)
        return found

    def note(self, path: tuple[str, ...], key: tuple[int | None, str]) -> None:
        """Take note that `path` leads over `key`, which may be a former place."""
        if key in self._keys:
            self.used.add(path)


def _walk(
    path: tuple[str, ...],
    known: dict[tuple[int | None, str], Category],
    former: _FormerPlaces,
) -> Category:
    parent: Category | None = None
    for name in path:
        key = (parent.pk if parent else None, name)
        if key not in known:
            known[key] = former.find(key) or _make_category(parent, name)
        former.note(path, key)
        parent = known[key]
    if parent is None:
        raise ValueError("a path holds at least one name")
    return parent


def _make_category(parent: Category | None, name: str) -> Category:
    made, _ = Category.objects.get_or_create(parent=parent, name=name)
    return made


def tags_named(names: Iterable[str]) -> dict[str, Tag]:
    """Return the tags of those names, by folded name; a new one is written as it is met first."""
    wanted: dict[str, str] = {}
    for name in names:
        wanted.setdefault(fold_name(name), name)
    found = {tag.folded: tag for tag in Tag.objects.filter(folded__in=wanted).order_by()}
    if missing := wanted.keys() - found.keys():
        found |= FormerName.objects.find_tags(missing)
    for folded, name in sorted(wanted.items()):
        if folded not in found:
            found[folded], _ = Tag.objects.get_or_create(name=name)
    return found
