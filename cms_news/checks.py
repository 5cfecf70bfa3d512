"""System checks: a wrong setting is named with an id and a hint before anything runs."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.apps import AppConfig, apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from .conf import DEFAULTS
from .errors import SettingError
from .models.policy import current_policy


def register_checks() -> None:
    """Register the checks of this app; called once, when the apps are ready."""
    register(check_settings, Tags.compatibility)
    register(check_apps, Tags.compatibility)
    register(check_sqlite, Tags.database)


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
    if value is not None and (not isinstance(value, str) or value not in settings.CACHES):
        yield Error(
            f'CMS_NEWS["RESPONSE_CACHE"] is {value!r}, which is no cache of this project.',
            hint=f"Use one of {', '.join(sorted(settings.CACHES))}, the names in CACHES, or None.",
            id="cms_news.E016",
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
