"""Files that were imported once and are gone."""

from collections.abc import Collection, Iterator, Set

from cms_news.models import Article

from .import_results import FileResult, Outcome
from .trash import trash_articles

CHUNK_SIZE = 500


def find_vanished(
    source: str,
    prefixes: Collection[str],
    seen: Set[bytes],
    *,
    unread: Set[str] = frozenset(),
    renamed: Set[int] = frozenset(),
    prunes: bool = False,
    is_dry_run: bool = False,
) -> Iterator[FileResult]:
    """Yield a result for each file of `source` that was imported once and is not among the short keys `seen`.

    Only of files whose path begins with one of `prefixes`, and with none of `unread`: what could not be looked
    into is not gone. With `prunes` its article moves to the trash. Articles whose ids are `renamed` have been
    found elsewhere.
    """
    rows = Article.objects.alive().filter(source=source).order_by("pk")
    known = rows.values_list("pk", "source_key", "source_path").iterator(chunk_size=CHUNK_SIZE)
    gone = [
        (pk, path)
        for pk, key, path in known
        if (key is None or short_key(key) not in seen)
        and pk not in renamed
        and path.startswith(tuple(prefixes))
        and not path.startswith(tuple(unread))
    ]
    for start in range(0, len(gone), CHUNK_SIZE):
        chunk = gone[start : start + CHUNK_SIZE]
        if prunes and not is_dry_run:
            trash_articles(Article.objects.filter(pk__in=[pk for pk, _path in chunk]))
        for pk, path in chunk:
            outcome = Outcome.PRUNED if prunes else Outcome.VANISHED
            yield FileResult(path, outcome, article_id=pk)


def short_key(key: str) -> bytes:
    """Return the first half of the source key `key`, to be kept of every file of an import: 16 bytes tell as much."""
    return bytes.fromhex(key[:32])
