"""The app's settings: one dictionary, CMS_NEWS, read live so that tests and hosts may override it."""

from collections.abc import Mapping
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.conf import settings as django_settings

DEFAULTS: dict[str, Any] = {
    "ARTICLE_ACCESS": "cms_news.services.access.ArticleAccess",
    "ARTICLE_URL": "/articles/{slug}/",
    "CATEGORIES": "path",
    "ERROR_FORMAT": "problem",
    "IMPORT_SUFFIXES": (".md", ".markdown", ".html", ".htm"),
    "KEEP_REVISIONS": 50,
    "KEEP_REVISION_DAYS": 365,
    "MAX_AGE_SECONDS": 60,
    "MAX_FILE_BYTES": 5_000_000,
    "MAX_UPLOAD_BYTES": 50_000_000,
    "PAGE_SIZE": 20,
    "POLICY": {},
    "RESPONSE_CACHE": None,
    "SANITIZER": "chain",
    "STALE_SECONDS": 300,
    "SUMMARY_CHARACTERS": 140,
    "TAG_SEPARATORS": ",，、;；",
    "THROTTLE_CACHE": "default",
    "THROTTLE_RATES": {
        "details": "600/min",
        "lists": "300/min",
        "names": "300/min",
        "other": "120/min",
    },
    "TIMEZONE": None,
}
"""Every key with its default; the README's table is tested against it."""


class NewsSettings:
    """A typed view of CMS_NEWS; a missing key reads as its default."""

    def _get(self, name: str) -> Any:
        configured: Mapping[str, Any] = getattr(django_settings, "CMS_NEWS", {})
        return configured.get(name, DEFAULTS[name])

    @property
    def article_access(self) -> str:
        """The class, by its dotted path, that says whose articles are whose."""
        return str(self._get("ARTICLE_ACCESS"))

    @property
    def article_url(self) -> str:
        """Where the front end shows an article; `{slug}`, `{id}`, `{year}`, `{month}` and `{day}` are filled in."""
        return str(self._get("ARTICLE_URL"))

    @property
    def categories(self) -> Literal["path", "flat"]:
        """How a flat list of categories is read: one path from root to leaf, or each a root of its own."""
        return "flat" if self._get("CATEGORIES") == "flat" else "path"

    @property
    def error_format(self) -> Literal["problem", "drf"]:
        """RFC 9457 problem documents, or what Django REST framework answers by itself."""
        return "drf" if self._get("ERROR_FORMAT") == "drf" else "problem"

    @property
    def import_suffixes(self) -> tuple[str, ...]:
        """Endings, lower case, of the files an import of a folder picks up."""
        return tuple(str(suffix).lower() for suffix in self._get("IMPORT_SUFFIXES"))

    @property
    def keep_revisions(self) -> int:
        """How many revisions of each article `prune_revisions` leaves in any case."""
        return int(self._get("KEEP_REVISIONS"))

    @property
    def keep_revision_days(self) -> int:
        """Revisions that are younger are left by `prune_revisions` as well."""
        return int(self._get("KEEP_REVISION_DAYS"))

    @property
    def max_age_seconds(self) -> int:
        """How long browsers and caches may keep an answer without asking."""
        return int(self._get("MAX_AGE_SECONDS"))

    @property
    def max_file_bytes(self) -> int:
        """A larger file is not imported."""
        return int(self._get("MAX_FILE_BYTES"))

    @property
    def max_upload_bytes(self) -> int:
        """All files of one import in the admin together; more is not taken."""
        return int(self._get("MAX_UPLOAD_BYTES"))

    @property
    def page_size(self) -> int:
        """Items in a list of the API that names no page_size."""
        return int(self._get("PAGE_SIZE"))

    @property
    def policy(self) -> Mapping[str, Any]:
        """Fields of content.policy.Policy that differ from the default policy."""
        policy: Mapping[str, Any] = self._get("POLICY")
        return policy

    @property
    def response_cache(self) -> str | None:
        """The cache, by its alias in CACHES, that keeps answers of the API; None for none."""
        alias: str | None = self._get("RESPONSE_CACHE")
        return alias

    @property
    def sanitizer(self) -> str:
        """Which engines clean HTML: "chain" (nh3, then bleach), "nh3" or "bleach"."""
        return str(self._get("SANITIZER"))

    @property
    def stale_seconds(self) -> int:
        """How long after that a cache may go on serving an answer while it asks for the next."""
        return int(self._get("STALE_SECONDS"))

    @property
    def summary_characters(self) -> int:
        """Length of the excerpt that is made for an article without one."""
        return int(self._get("SUMMARY_CHARACTERS"))

    @property
    def tag_separators(self) -> str:
        """Characters at which tags written as one string are split; "" never splits."""
        return str(self._get("TAG_SEPARATORS"))

    @property
    def throttle_cache(self) -> str:
        """The cache, by its alias in CACHES, in which requests are counted."""
        return str(self._get("THROTTLE_CACHE"))

    @property
    def throttle_rates(self) -> Mapping[str, str | None]:
        """How often one client may ask, by scope; what is missing or None is free."""
        rates: Mapping[str, str | None] | None = self._get("THROTTLE_RATES")
        return {} if rates is None else {**DEFAULTS["THROTTLE_RATES"], **rates}

    @property
    def timezone(self) -> ZoneInfo:
        """The zone of dates without offset; Django's TIME_ZONE unless named."""
        return ZoneInfo(self._get("TIMEZONE") or django_settings.TIME_ZONE)


news_settings = NewsSettings()
