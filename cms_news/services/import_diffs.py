"""How a file differs from what an export of its article makes."""

import difflib
from typing import Any

from cms_news.content.document import Notice
from cms_news.content.heads.reading import iter_lines
from cms_news.errors import NewsError, gettext_noop
from cms_news.models import Article

from .exporting import explain_failure, export_article

MAX_DIFF_LINES = 3_000
"""Comparing takes time by the square of the lines."""


def add_diff(details: dict[str, Any], article: Article, *, text: str, path: str) -> None:
    """Add the diff to what is told of the file at `path`, or a notice that says why there is none."""
    try:
        details["diff"] = _diff(article, text, path)
    except NewsError as error:
        details["notices"] = (*details["notices"], Notice(error.template, error.params))


def _diff(article: Article, text: str, path: str) -> str:
    """Return how the file differs from what an export of the article makes. Raises NewsError if it can't be told."""
    before = _exported(article).decode(article.source_encoding)
    old, new = list(iter_lines(before)), list(iter_lines(text))
    longest = max(len(old), len(new))
    if longest > MAX_DIFF_LINES:
        raise NewsError(
            gettext_noop("no diff: {count} lines, at most {limit} are compared"),
            count=longest,
            limit=MAX_DIFF_LINES,
        )
    names = (f"article/{article.source_path}", f"file/{path}")
    one, other = (name if name.isprintable() else ascii(name)[1:-1] for name in names)
    return "".join(_end_line(line) for line in difflib.unified_diff(old, new, one, other))


def _end_line(line: str) -> str:
    """Return a line of a diff with an end that every reader knows: some files have none but CR."""
    if line.endswith("\r"):
        return f"{line}\n"
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end\n"


def _exported(article: Article) -> bytes:
    try:
        return export_article(article)
    except (NewsError, UnicodeEncodeError) as error:
        raise NewsError(
            gettext_noop("no diff: the article can't be exported: {reason}"),
            reason=explain_failure(error),
        ) from error
