"""Small pieces of HTML that lists and forms are made of. Everything in them is escaped."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cms_news.content.urls import MEDIA_SCHEMES, safe_url
from cms_news.models import Article, ArticleState, Category
from cms_news.models.policy import current_policy

PATH_SEPARATOR = " › "
KIND_NAMES = {
    "element": lambda: _("Element"),
    "attribute": lambda: _("Attribute"),
    "style": lambda: _("Style"),
    "comment": lambda: _("Comment"),
}


def show_picture(url: str, *, size: str = "small") -> SafeString:
    """Return a box of fixed size with the picture at `url`; an empty one where the address is unsafe."""
    # A picture is not fetched from mailto: or tel:, which links may use.
    safe = safe_url(url, schemes=current_policy().url_schemes & MEDIA_SCHEMES)
    if not safe:
        return format_html('<span class="cms-picture cms-picture-{} cms-no-picture"></span>', size)
    return format_html(
        '<span class="cms-picture cms-picture-{}">'
        '<img src="{}" alt="" loading="lazy" decoding="async" referrerpolicy="no-referrer"></span>',
        size,
        safe,
    )


def show_state(article: Article) -> SafeString:
    """Return the state as a coloured label, with the moment it ends by itself or began."""
    state = article.state()
    moments = {
        ArticleState.SCHEDULED: article.date,
        ArticleState.PUBLIC: article.expires_at,
        ArticleState.EXPIRED: article.expires_at,
        ArticleState.TRASHED: article.trashed_at,
    }
    moment = moments.get(state)
    label = format_html('<span class="cms-state cms-state-{}">{}</span>', state.value, state.label)
    if moment is None:
        return label
    text = date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
    if state is ArticleState.PUBLIC:
        text = _("until {moment}").format(moment=text)
    return format_html('{} <span class="cms-moment">{}</span>', label, text)


def show_moment(moment: datetime) -> SafeString:
    """Return the day, and the time below it."""
    local = timezone.localtime(moment)
    return format_html(
        '{} <span class="cms-moment">{}</span>',
        date_format(local, "SHORT_DATE_FORMAT"),
        date_format(local, "TIME_FORMAT"),
    )


def show_path(category: Category) -> str:
    """Return the names from the root to `category`."""
    return PATH_SEPARATOR.join(category.path_names)


def show_first_path(categories: Sequence[Category]) -> SafeString | str:
    """Return the first path, and how many there are besides."""
    if not categories:
        return ""
    path = show_path(categories[0])
    if len(categories) == 1:
        return path
    others = "\n".join(show_path(category) for category in categories[1:])
    return format_html(
        '{} <span class="cms-more" title="{}">+{}</span>', path, others, len(categories) - 1
    )


def show_lines(lines: Iterable[str]) -> SafeString:
    """Return each of `lines` on a line of its own."""
    return format_html_join("", '<span class="cms-line">{}</span>', ((line,) for line in lines))


def show_removed(removed: Iterable[Mapping[str, Any]]) -> SafeString:
    """Return a table of what the sanitiser took out; a sentence where it took nothing."""
    rows = list(removed)
    if not rows:
        return format_html('<p class="cms-quiet">{}</p>', _("Nothing had to be removed."))
    cells = (
        (_kind_name(row), row.get("name"), row.get("count"), row.get("sample")) for row in rows
    )
    body = format_html_join(
        "",
        '<tr><td>{}</td><td><code>{}</code></td><td class="cms-number">{}</td><td><code>{}</code></td></tr>',
        cells,
    )
    return format_html(
        '<table class="cms-removed"><thead><tr><th>{}</th><th>{}</th><th class="cms-number">{}</th>'
        "<th>{}</th></tr></thead><tbody>{}</tbody></table>",
        _("Kind"),
        _("Name"),
        _("Count"),
        _("First one"),
        body,
    )


def _kind_name(row: Mapping[str, Any]) -> str:
    kind = str(row.get("kind"))
    return KIND_NAMES[kind]() if kind in KIND_NAMES else kind


def name_removed(removed: Sequence[Mapping[str, Any]], *, limit: int = 5) -> str:
    """Return in one line what was removed, such as `script, onclick (3)`. Not escaped."""
    shown = [
        f"{str(row['name'])[:40]} ({row['count']})" if row["count"] > 1 else str(row["name"])[:40]
        for row in removed[:limit]
    ]
    if len(removed) > limit:
        shown.append("…")
    return ", ".join(shown)
