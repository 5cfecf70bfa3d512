"""System checks: a wrong setting is named with an id and a hint before anything runs."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.apps import AppConfig, apps
from django.conf import settings
from django.core import checks
from django.core.cache import InvalidCacheBackendError, caches
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.utils.module_loading import import_string
from rest_framework.settings import api_settings

from .conf import DEFAULTS, news_settings
from .errors import SettingError
from .models.policy import current_policy
from .services.access import ArticleAccess


def register_checks() -> None:
    """Register the checks of this app; called once, when the apps are ready."""
    register(check_settings, Tags.compatibility)
    register(check_apps, Tags.compatibility)
    register(check_sqlite, Tags.database)
    register(check_throttling, Tags.caches, deploy=True)


def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Return what is wrong with CMS_NEWS."""
    configured = getattr(settings, "CMS_NEWS", {})
    if not isinstance(configured, dict):
        return [
            Error("CMS_NEWS is not a dictionary.", hint="Write CMS_NEWS = {…}.", id="cms_news.E001")
        ]
    return [
        *_unknown_keys(configured),
        *(message for rule in RULES for message in rule(configured)),
    ]


def _unknown_keys(configured: dict[str, Any]) -> Iterator[CheckMessage]:
    for name in sorted(set(map(str, configured)) - set(DEFAULTS)):
        yield checks.Warning(
            f'CMS_NEWS["{name}"] is not a setting of cms_news and has no effect.',
            hint=f"Known are {', '.join(sorted(DEFAULTS))}.",
            id="cms_news.W001",
        )


def _one_of(name: str, choices: Sequence[str], check_id: str) -> Callable[..., Iterator[Error]]:
    def rule(configured: dict[str, Any]) -> Iterator[Error]:
        value = configured.get(name, DEFAULTS[name])
        if value not in choices:
            yield Error(
                f'CMS_NEWS["{name}"] is {value!r}.',
                hint=f"Use one of {', '.join(choices)}.",
                id=check_id,
            )

    return rule


def _number(name: str, low: int, high: int, check_id: str) -> Callable[..., Iterator[Error]]:
    def rule(configured: dict[str, Any]) -> Iterator[Error]:
        value = configured.get(name, DEFAULTS[name])
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            yield Error(
                f'CMS_NEWS["{name}"] is {value!r}.',
                hint=f"Use a whole number from {low} to {high}.",
                id=check_id,
            )

    return rule


def _check_timezone(configured: dict[str, Any]) -> Iterator[Error]:
    value = configured.get("TIMEZONE")
    try:
        if value is not None:
            ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        yield Error(
            f'CMS_NEWS["TIMEZONE"] is {value!r}, which names no time zone.',
            hint='Write a name of the IANA database, such as "Asia/Shanghai", or None for TIME_ZONE.',
            id="cms_news.E004",
        )


def _check_article_url(configured: dict[str, Any]) -> Iterator[Error]:
    value = configured.get("ARTICLE_URL", DEFAULTS["ARTICLE_URL"])
    places = {"slug": "a", "id": 1, "year": "2021", "month": "12", "day": "09"}
    try:
        made = value.format(**places)
        distinct = made != value.format(**{**places, "slug": "b", "id": 2})
    except (AttributeError, KeyError, IndexError, ValueError):
        distinct = False
    if not distinct:
        yield Error(
            f'CMS_NEWS["ARTICLE_URL"] is {value!r}, which does not tell articles apart.',
            hint="Use {slug} or {id}, and {year}, {month}, {day} if you like, and nothing else in braces.",
            id="cms_news.E005",
        )


def _check_suffixes(configured: dict[str, Any]) -> Iterator[Error]:
    value = configured.get("IMPORT_SUFFIXES", DEFAULTS["IMPORT_SUFFIXES"])
    if not isinstance(value, list | tuple) or not all(
        isinstance(suffix, str) and suffix.startswith(".") for suffix in value
    ):
        yield Error(
            f'CMS_NEWS["IMPORT_SUFFIXES"] is {value!r}.',
            hint='Write a list of endings with their dots: (".md", ".html").',
            id="cms_news.E009",
        )


def _check_separators(configured: dict[str, Any]) -> Iterator[Error]:
    value = configured.get("TAG_SEPARATORS", DEFAULTS["TAG_SEPARATORS"])
    if not isinstance(value, str):
        yield Error(
            f'CMS_NEWS["TAG_SEPARATORS"] is {value!r}.',
            hint='Write the characters one after the other in a string, or "" to split nowhere.',
            id="cms_news.E010",
        )


def _check_policy(configured: dict[str, Any]) -> Iterator[Error]:
    if not isinstance(configured.get("POLICY", {}), dict):
        yield Error(
            'CMS_NEWS["POLICY"] is not a dictionary.',
            hint='Write the fields of the policy that differ: {"embed_hosts": ["video.example.com"]}.',
            id="cms_news.E011",
        )
        return
    try:
        current_policy()
    except SettingError as error:
        yield Error(
            str(error),
            hint="The fields of cms_news.content.policy.Policy can be set.",
            id="cms_news.E012",
        )


def _check_response_cache(configured: dict[str, Any]) -> Iterator[Error]:
    value = configured.get("RESPONSE_CACHE")
    if value is not None and not _is_cache(value):
        yield Error(
            f'CMS_NEWS["RESPONSE_CACHE"] is {value!r}, which is no cache of this project.',
            hint=f"Use one of {', '.join(sorted(settings.CACHES))}, the names in CACHES, or None.",
            id="cms_news.E016",
        )


def _is_cache(value: Any) -> bool:
    return isinstance(value, str) and value in settings.CACHES


def _check_throttle_cache(configured: dict[str, Any]) -> Iterator[Error]:
    value = configured.get("THROTTLE_CACHE", DEFAULTS["THROTTLE_CACHE"])
    if not _is_cache(value):
        yield Error(
            f'CMS_NEWS["THROTTLE_CACHE"] is {value!r}, which is no cache of this project.',
            hint=f"Use one of {', '.join(sorted(settings.CACHES))}, the names in CACHES.",
            id="cms_news.E019",
        )


RATE = re.compile(r"(\d{1,5})/(s|sec|m|min|h|hour|d|day)", re.ASCII)
MAX_REQUESTS = 10_000
"""The time of each of them is kept, and read on every request."""


def _check_throttle_rates(configured: dict[str, Any]) -> Iterator[Error]:
    value = configured.get("THROTTLE_RATES", {})
    scopes = DEFAULTS["THROTTLE_RATES"]
    if value is None:
        return
    if not isinstance(value, dict) or not value.keys() <= scopes.keys():
        yield Error(
            f'CMS_NEWS["THROTTLE_RATES"] is {value!r}.',
            hint=f"Write a dictionary with some of {', '.join(sorted(scopes))}, or None for no limits.",
            id="cms_news.E020",
        )
        return
    for scope in sorted(value):
        if value[scope] is not None and not _is_rate(value[scope]):
            yield Error(
                f'CMS_NEWS["THROTTLE_RATES"]["{scope}"] is {value[scope]!r}.',
                hint=f'Write "300/min": from 1 to {MAX_REQUESTS} requests in a s, min, hour or day; '
                "or None for no limit.",
                id="cms_news.E021",
            )


def _is_rate(value: Any) -> bool:
    form = RATE.fullmatch(value) if isinstance(value, str) else None
    return form is not None and 1 <= int(form[1]) <= MAX_REQUESTS


def _check_access(configured: dict[str, Any]) -> Iterator[Error]:
    value = configured.get("ARTICLE_ACCESS", DEFAULTS["ARTICLE_ACCESS"])
    try:
        is_fit = issubclass(import_string(value), ArticleAccess)
    except (ImportError, TypeError, AttributeError):
        is_fit = False
    if not is_fit:
        yield Error(
            f'CMS_NEWS["ARTICLE_ACCESS"] is {value!r}.',
            hint="Write the dotted path of a subclass of cms_news.services.access.ArticleAccess.",
            id="cms_news.E024",
        )


RULES: tuple[Callable[[dict[str, Any]], Iterator[Error]], ...] = (
    _one_of("CATEGORIES", ("path", "flat"), "cms_news.E002"),
    _one_of("ERROR_FORMAT", ("problem", "drf"), "cms_news.E003"),
    _check_timezone,
    _check_article_url,
    _one_of("SANITIZER", ("chain", "nh3", "bleach"), "cms_news.E006"),
    _number("PAGE_SIZE", 1, 100, "cms_news.E007"),
    _number("MAX_FILE_BYTES", 1, 1_000_000_000, "cms_news.E008"),
    _check_suffixes,
    _check_separators,
    _check_policy,
    _number("SUMMARY_CHARACTERS", 20, 10_000, "cms_news.E013"),
    _number("MAX_UPLOAD_BYTES", 1, 1_000_000_000, "cms_news.E015"),
    _check_response_cache,
    _number("MAX_AGE_SECONDS", 0, 31_536_000, "cms_news.E017"),
    _number("STALE_SECONDS", 0, 31_536_000, "cms_news.E018"),
    _check_throttle_cache,
    _check_throttle_rates,
    _number("KEEP_REVISIONS", 1, 1_000_000, "cms_news.E022"),
    _number("KEEP_REVISION_DAYS", 0, 36_500, "cms_news.E023"),
    _check_access,
)


def check_apps(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Return what is missing from INSTALLED_APPS."""
    if apps.is_installed("rest_framework"):
        return []
    return [
        Error(
            '"rest_framework" is not in INSTALLED_APPS.',
            hint='Add it beside "cms_news".',
            id="cms_news.E014",
        )
    ]


def check_sqlite(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Return a warning for each SQLite database on which two writers would meet with an error."""
    return [
        checks.Warning(
            f'The SQLite database "{alias}" does not begin its transactions with IMMEDIATE.',
            hint='Set OPTIONS = {"transaction_mode": "IMMEDIATE", "timeout": 20}; '
            "two editors saving at once meet with “database is locked” otherwise.",
            id="cms_news.W002",
        )
        for alias in databases or []
        if connections[alias].vendor == "sqlite"
        and str(connections[alias].settings_dict["OPTIONS"].get("transaction_mode")).upper()
        != "IMMEDIATE"
    ]


def check_throttling(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Return what keeps the API from telling clients apart, or from counting their requests together."""
    if any(message.is_serious() for message in check_settings(None)):
        return []  # What is wrong there comes first.
    if not any(news_settings.throttle_rates.values()):
        return []
    return [*_cache_of_throttle(news_settings.throttle_cache), *_proxies_of_throttle()]


def _cache_of_throttle(alias: str) -> Iterator[CheckMessage]:
    try:
        cache = caches[alias]
    except InvalidCacheBackendError:
        return
    if isinstance(cache, LocMemCache | DummyCache):
        yield checks.Warning(
            f'Requests to the API are counted in the cache "{alias}", which no other process sees.',
            hint='Name one that all share, such as Redis, in CMS_NEWS["THROTTLE_CACHE"]; otherwise each '
            "process grants the whole rate, or silence this if there is but one.",
            id="cms_news.W003",
        )
    if isinstance(cache, DatabaseCache):
        yield checks.Warning(
            f'Requests to the API are counted in the cache "{alias}", which is in the database.',
            hint='Name another in CMS_NEWS["THROTTLE_CACHE"]: counting costs more than answering here.',
            id="cms_news.W004",
        )


def _proxies_of_throttle() -> Iterator[CheckMessage]:
    if api_settings.NUM_PROXIES is None:
        yield checks.Warning(
            "The API does not know how many proxies stand before it.",
            hint='Set REST_FRAMEWORK["NUM_PROXIES"], to 0 if there is none. Until then nothing is counted that comes '
            "from one on a private address, and all clients behind another share its rate.",
            id="cms_news.W005",
        )
