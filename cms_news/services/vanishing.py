"""Files that were imported once and are gone."""

from collections.abc import Iterator, Set

from cms_news.models import Article

from .import_results import FileResult, Outcome
from .sources import Place
from .trash import trash_articles

CHUNK_SIZE = 500


def find_vanished(
    place: Place, seen: Set[str], *, renamed: Set[int] = frozenset(), prunes: bool = False
) -> Iterator[FileResult]:
    """Yield a result for each file of `place` that was imported once and is not among the keys `seen`.

    With `prunes` its article moves to the trash. Articles whose ids are `renamed` have been found elsewhere.
    """
    if place.prefix is None:
        return
    rows = Article.objects.alive().filter(source=place.source).order_by("pk")
    known = rows.values_list("pk", "source_key", "source_path").iterator(chunk_size=CHUNK_SIZE)
    gone = [
        (pk, path)
        for pk, key, path in known
        if key not in seen and pk not in renamed and path.startswith(place.prefix)
    ]
    for start in range(0, len(gone), CHUNK_SIZE):
        chunk = gone[start : start + CHUNK_SIZE]
        if prunes:
            trash_articles(Article.objects.filter(pk__in=[pk for pk, _path in chunk]))
        for pk, path in chunk:
            outcome = Outcome.PRUNED if prunes else Outcome.VANISHED
            yield FileResult(path, outcome, article_id=pk)
