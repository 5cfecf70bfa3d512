"""Articles as the files of one zip archive."""

import re
import zipfile
from datetime import UTC, datetime
from typing import IO

from cms_news.errors import NewsError, gettext_noop
from cms_news.models import Article, ArticleQuerySet

from .archives import SMALL_BYTES
from .export_paths import ExportPaths, wanted_path
from .exporting import (
    ExportOutcome,
    ExportResult,
    explain_failure,
    export_article,
    ordered_ids,
    read_chunks,
)

MAX_ARTICLES = 5000
FIRST_MOMENT = datetime(1980, 1, 1, tzinfo=UTC)
LAST_MOMENT = datetime(2107, 12, 31, tzinfo=UTC)
"""What the time of an entry can say."""
UNSAFE = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")
DRIVE = re.compile(r"(?<=^.):")
REGULAR_FILE = 0o100644 << 16


def write_archive(articles: ArticleQuerySet, stream: IO[bytes]) -> list[ExportResult]:
    """Write `articles` to `stream` as a zip archive and return a result for each.

    Imported ones lie under the path they came from, others under `slug.md`; of two that want one path the later
    gets a number. One that can't be written costs only itself. Raises NewsError for more than MAX_ARTICLES.
    """
    ids = ordered_ids(articles)
    if len(ids) > MAX_ARTICLES:
        raise NewsError(
            gettext_noop(
                "{count} articles, at most {limit} are exported at once; choose fewer, or use export_articles "
                "on the command line"
            ),
            count=len(ids),
            limit=MAX_ARTICLES,
        )
    paths = ExportPaths()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        chunks = read_chunks(ids, among=Article.objects.all())
        return [_add(archive, article, paths) for chunk in chunks for article in chunk]


def _add(archive: zipfile.ZipFile, article: Article, paths: ExportPaths) -> ExportResult:
    path = paths.choose(_safe_name(article), is_given=bool(article.source_path))
    try:
        content = export_article(article)
        archive.writestr(_entry(path, article, len(content)), content)
    except (NewsError, UnicodeEncodeError) as error:
        return ExportResult(path, ExportOutcome.FAILED, article.pk, explain_failure(error))
    return ExportResult(path, ExportOutcome.WRITTEN, article.pk)


def _entry(path: str, article: Article, size: int) -> zipfile.ZipInfo:
    # A file that names no date has that of its entry, should it be imported again.
    moment = min(max(article.date.astimezone(UTC), FIRST_MOMENT), LAST_MOMENT)
    entry = zipfile.ZipInfo(path, moment.timetuple()[:6])
    # A long one might pack so well that an import would distrust it.
    entry.compress_type = zipfile.ZIP_DEFLATED if size <= SMALL_BYTES else zipfile.ZIP_STORED
    entry.external_attr = REGULAR_FILE
    return entry


def _safe_name(article: Article) -> str:
    """Return a path that stays inside of wherever the archive is unpacked, on any system."""
    path = UNSAFE.sub("_", wanted_path(article)[0])
    parts = [part for part in path.split("/") if part not in {"", ".", ".."}]
    safe = "/".join(parts) or f"{article.pk}.md"
    return DRIVE.sub("_", safe)
