"""Where the front end shows an article."""

from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote

from cms_news.conf import news_settings


def format_address(template: str, slug: str, pk: int | None, date: datetime) -> str:
    """Return `template` with its places filled in, the day in the newsroom's zone."""
    day = _day(date) if _names_a_day(template) else {}
    return template.format(slug=quote(slug), id=pk, **day)


def _day(date: datetime) -> dict[str, str]:
    # At either end of the calendar a zone may lead beyond it; the date before counts then.
    with suppress(OverflowError):
        date = date.astimezone(UTC)
        date = date.astimezone(news_settings.timezone)
    return {"year": f"{date.year:04}", "month": f"{date:%m}", "day": f"{date:%d}"}


@lru_cache(maxsize=8)
def _names_a_day(template: str) -> bool:
    return any(f"{{{name}" in template for name in ("year", "month", "day"))
