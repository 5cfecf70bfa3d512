"""The HTML policy in force: the default one with what CMS_NEWS changes about it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cms_news.conf import news_settings
from cms_news.content.policy import Policy
from cms_news.errors import SettingError, gettext_noop


def current_policy() -> Policy:
    """Return the policy that CMS_NEWS["POLICY"] and CMS_NEWS["SANITIZER"] make of the default one."""
    changes = tuple(sorted((name, _freeze(value)) for name, value in news_settings.policy.items()))
    return _build_policy(news_settings.sanitizer, changes)


def _freeze(value: Any) -> Any:
    """Return `value` in a form that can be compared and remembered."""
    if isinstance(value, Mapping):
        return tuple(sorted((key, _freeze(item)) for key, item in value.items()))
    if isinstance(value, list | tuple | set | frozenset):
        return frozenset(value)
    return value


@lru_cache(maxsize=16)
def _build_policy(engine: str, changes: tuple[tuple[str, Any], ...]) -> Policy:
    values: dict[str, Any] = {
        name: dict(value) if name == "attributes" else value for name, value in changes
    }
    try:
        return Policy(**{**values, "engine": engine})
    except (TypeError, ValueError) as error:
        raise SettingError(
            gettext_noop('CMS_NEWS["POLICY"] or ["SANITIZER"] can\'t be used: {reason}'),
            reason=str(error),
        ) from error
