"""Articles that are filed anew because what they are filed under was moved or merged.

All in one transaction: the articles are locked first, in the order of their ids, then the names, and readers are told
at its end. The work itself goes in batches.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import models
from django.utils import timezone

from cms_news.delivery.encoding import encode_json
from cms_news.delivery.own_part import References, parse_references
from cms_news.models import Article, ArticleQuerySet

from .locking import in_locking_order
from .relinking import relink_categories, relink_tags, replace_ids

BATCH_SIZE = 500
REWRITTEN = ("own_references", "imported", "version", "modified_at")

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Replaced:
    """Ids that give way to others."""

    authors: Mapping[int, int] = field(default_factory=dict)
    categories: Mapping[int, int] = field(default_factory=dict)
    tags: Mapping[int, int] = field(default_factory=dict)

    @property
    def kinds(self) -> list[str]:
        """What kinds of an article's references they are."""
        found = {"author": self.authors, "categories": self.categories, "tags": self.tags}
        return [kind for kind, replaced in found.items() if replaced]

    def apply(self, references: References) -> References:
        """Return what an article refers to afterwards: each once, in the order there was."""
        author = references.author
        return References(
            author=self.authors.get(author, author) if author else author,
            categories=replace_ids(references.categories, self.categories),
            tags=replace_ids(references.tags, self.tags),
        )


def lock_filed(
    articles: Callable[[], ArticleQuerySet], names: models.QuerySet[Row]
) -> tuple[list[int], list[Row]]:
    """Lock `articles` and then `names`, and return the ids of the ones and the rows of the others.

    Whoever files an article under a locked name waits; what was filed before that is among the ids.
    """
    _lock(articles())
    rows = list(names.order_by("pk").select_for_update())
    return _lock(articles()), rows


def _lock(articles: ArticleQuerySet) -> list[int]:
    # By a subquery: a row can't be locked that DISTINCT has made of several.
    ids = articles.order_by().values("pk")
    locked = in_locking_order(Article.objects.filter(pk__in=ids))
    return list(locked.values_list("pk", flat=True))


def batches_of(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH_SIZE):
        yield ids[start : start + BATCH_SIZE]


def refile(ids: Sequence[int], replaced: Replaced) -> None:
    """Bring link rows and stored references of the articles in line with `replaced` and with the tree as it is.

    The articles are locked already. Where nothing is replaced their own rows stay as they are.
    """
    for batch in batches_of(ids):
        if not replaced.authors and not replaced.tags:
            relink_categories(batch, replaced.categories)
        if replaced.tags:
            relink_tags(batch, replaced.tags)
        if replaced.authors or replaced.categories or replaced.tags:
            _rewrite_articles(batch, replaced)


def _rewrite_articles(ids: Sequence[int], replaced: Replaced) -> None:
    """Write the ids that the articles and the records of their import hold, and raise their versions."""
    names = ["author"] if replaced.authors else []
    articles = list(Article.objects.filter(pk__in=ids).only("pk", *REWRITTEN, *names))
    now = timezone.now()
    for article in articles:
        _rewrite(article, replaced)
        article.version += 1
        article.modified_at = now
    # Django's own: nothing but references changes, and the readers are told by whoever changed the names.
    rows: models.QuerySet[Article] = models.QuerySet(Article)
    rows.bulk_update(articles, [*REWRITTEN, *names], batch_size=BATCH_SIZE)


def _rewrite(article: Article, replaced: Replaced) -> None:
    if replaced.authors and article.author_id:
        article.author_id = replaced.authors.get(article.author_id, article.author_id)
    if article.own_references:
        shown = replaced.apply(parse_references(article.own_references))
        article.own_references = encode_json(shown)
    if article.imported and article.imported.get("references"):
        # What the file says goes on meaning the same: the name that was merged into another is that one.
        meant = replaced.apply(References(**article.imported["references"]))
        former = sorted({*article.imported.get("former", ()), *replaced.kinds})
        article.imported = {
            **article.imported,
            "references": meant._asdict(),
            "former": former,
        }
