"""Names of authors, categories and tags as ready pieces of JSON, remembered per process.

What is remembered hangs on `DeliveryState.names_generation`, which every write to a name renews. A process
reads that number once per request and never trusts what it remembers under another one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from rest_framework.serializers import ModelSerializer

from cms_news.models import Author, Category, Tag
from cms_news.models.names import NameModel

from .encoding import encode_json
from .own_part import References, parse_all_references
from .serializers import AuthorNameSerializer, CategoryNameSerializer, TagNameSerializer

Row = TypeVar("Row", bound=NameModel)
MAX_SPLICED = 20_000
"""Combinations of names that are remembered ready; a handful of pages for every category and tag."""


@dataclass(frozen=True, slots=True)
class Names:
    """Fragments by id. An empty fragment is a row that is gone."""

    generation: int
    authors: Mapping[int, str] = field(default_factory=dict)
    categories: Mapping[int, str] = field(default_factory=dict)
    tags: Mapping[int, str] = field(default_factory=dict)
    spliced: dict[tuple[str, Sequence[str]], list[str]] = field(default_factory=dict)
    """What `members` has returned, by stored references and wanted members: the fragments never change."""

    def members(self, references: References, wanted: Sequence[str]) -> list[str]:
        """Return the JSON members `wanted` among `author`, `categories` and `tags` of one article."""
        author = (self.authors[references.author] if references.author else "") or "null"
        categories = ",".join(filter(None, map(self.categories.__getitem__, references.categories)))
        tags = ",".join(filter(None, map(self.tags.__getitem__, references.tags)))
        if len(wanted) == len(References._fields):
            return [f'"author":{author},"categories":[{categories}],"tags":[{tags}]']
        texts = {"author": author, "categories": f"[{categories}]", "tags": f"[{tags}]"}
        return [f'"{name}":{texts[name]}' for name in wanted]


def splice_names(
    stored: Sequence[str], wanted: Sequence[str], *, generation: int, using: str
) -> list[list[str]]:
    """Return the JSON members `wanted` for each of the references that are `stored` with articles.

    3 queries at most, for names that this process does not know under that generation.
    """
    known = _remembered.get(using)
    if known is None or known.generation != generation:
        known = Names(generation)
    spliced = known.spliced
    found = [spliced.get((text, wanted)) for text in stored]
    if None not in found:
        return found  # type: ignore[return-value]
    references = parse_all_references(stored)
    names = names_for(references, generation=generation, using=using)
    made = [names.members(refers, wanted) for refers in references]
    if len(names.spliced) > MAX_SPLICED:
        names.spliced.clear()
    names.spliced.update(zip(((text, wanted) for text in stored), made, strict=True))
    return made


_remembered: dict[str, Names] = {}
"""The newest names by database alias. Replaced whole, never changed, so threads need no lock."""


def names_for(all_references: Iterable[References], *, generation: int, using: str) -> Names:
    """Return names that hold every id of `all_references`; loads the unknown ones, 3 queries at most."""
    known = _remembered.get(using)
    if known is None or known.generation != generation:
        known = Names(generation)
    wanted = list(all_references)
    complete = _with_authors(known, {item.author for item in wanted if item.author}, using)
    complete = _with_categories(complete, {pk for item in wanted for pk in item.categories}, using)
    complete = _with_tags(complete, {pk for item in wanted for pk in item.tags}, using)
    if complete is not _remembered.get(using):
        _remembered[using] = complete
    return complete


def _with_authors(names: Names, ids: set[int], using: str) -> Names:
    unknown = ids - names.authors.keys()
    if not unknown:
        return names
    rows = Author.objects.using(using).filter(pk__in=unknown)
    found = _fragments(rows, AuthorNameSerializer)
    return replace(names, authors={**names.authors, **dict.fromkeys(unknown, ""), **found})


def _with_tags(names: Names, ids: set[int], using: str) -> Names:
    unknown = ids - names.tags.keys()
    if not unknown:
        return names
    rows = Tag.objects.using(using).filter(pk__in=unknown)
    found = _fragments(rows, TagNameSerializer)
    return replace(names, tags={**names.tags, **dict.fromkeys(unknown, ""), **found})


def _with_categories(names: Names, ids: set[int], using: str) -> Names:
    # A path needs the names of all above, and there are few categories: one query brings the tree.
    unknown = ids - names.categories.keys()
    if not unknown:
        return names
    rows = Category.objects.using(using).with_path_names()
    found = _fragments(rows, CategoryNameSerializer)
    return replace(names, categories={**names.categories, **dict.fromkeys(unknown, ""), **found})


def _fragments(rows: Iterable[Row], serializer: type[ModelSerializer[Row]]) -> dict[int, str]:
    # One for all rows: to make its fields takes many times what they take to read a row.
    shape = serializer()
    return {row.pk: encode_json(shape.to_representation(row)) for row in rows}
