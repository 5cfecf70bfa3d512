"""From names to rows: authors, categories and tags are found, or made when they are new."""

from collections.abc import Iterable, Sequence

from cms_news.content.document import AuthorName
from cms_news.content.folding import fold_name
from cms_news.models import Author, Category, Tag


def author_named(wanted: AuthorName) -> Author:
    """Return the author of that name; an address is taken over only where none is known."""
    author, _ = Author.objects.get_or_create(name=wanted.name, defaults={"url": wanted.url})
    if wanted.url and not author.url:
        author.url = wanted.url
        author.save(update_fields=["url"])
    return author


def categories_at(paths: Iterable[Sequence[str]]) -> list[Category]:
    """Return the last category of each path of names, once each, in order. 1 query when all exist."""
    wanted = [tuple(path) for path in paths if path]
    names = {name for path in wanted for name in path}
    if not names:
        return []
    known = {
        (category.parent_id, category.name): category
        for category in Category.objects.filter(name__in=names)
    }
    found = [_walk(path, known) for path in wanted]
    return list(dict.fromkeys(found))


def _walk(path: tuple[str, ...], known: dict[tuple[int | None, str], Category]) -> Category:
    parent: Category | None = None
    for name in path:
        key = (parent.pk if parent else None, name)
        if key not in known:
            known[key], _ = Category.objects.get_or_create(parent=parent, name=name)
        parent = known[key]
    if parent is None:
        raise ValueError("a path holds at least one name")
    return parent


def tags_named(names: Iterable[str]) -> list[Tag]:
    """Return the tags of those names, once each, in order. 1 query when all exist."""
    wanted = {fold_name(name): name for name in reversed(list(names))}
    if not wanted:
        return []
    known = {tag.folded: tag for tag in Tag.objects.filter(folded__in=wanted)}
    for folded, name in wanted.items():
        if folded not in known:
            known[folded], _ = Tag.objects.get_or_create(name=name)
    return [known[folded] for folded in reversed(wanted)]
