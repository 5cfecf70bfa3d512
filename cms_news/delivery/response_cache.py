"""Answers that one process made and all may serve, in a cache of the host's.

Keys hold the generation, so an entry is never wrong, only out of use. A cache that fails costs time, not answers.
"""

import logging
import pickle
import sys
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any

from django.core.cache import InvalidCacheBackendError, caches
from django.db import DatabaseError

from cms_news.conf import news_settings

logger = logging.getLogger(__name__)

KEEP_SECONDS = 600
"""Entries of past generations are in the way for so long at most."""
MAX_CHARACTERS = 300_000
"""A longer answer is made anew each time; memcached takes no more than a million bytes."""
REST_SECONDS = 10
"""A cache that failed is left alone for so long: to wait for it on every request would be worse than none."""
WAIT_SECONDS = 5
PREFIX = "cms_news:"

Entry = tuple[str, dict[str, str]]
"""A body, and the headers that belong to it."""

CACHE_ERRORS: tuple[type[Exception], ...] = (
    OSError,
    DatabaseError,
    ImportError,
    InvalidCacheBackendError,
    pickle.PickleError,
    zlib.error,
    AttributeError,  # of a pickle whose class is gone
    EOFError,
    ValueError,
)
LIBRARY_ERRORS = (
    ("redis.exceptions", "RedisError"),
    ("valkey.exceptions", "ValkeyError"),
    ("django_redis.exceptions", "ConnectionInterrupted"),
    ("pymemcache.exceptions", "MemcacheError"),
    ("pylibmc", "Error"),
)
"""What the libraries behind Django's caches raise; only one that is loaded can raise anything."""

_resting_until: dict[str, float] = {}
"""When a cache that failed is tried again, by alias, on the monotonic clock."""
_locks = tuple(Lock() for _ in range(64))


def recall(key: str) -> Entry | None:
    """Return what was remembered under `key`, if anything."""
    alias = _usable_alias()
    if alias is None:
        return None
    entry = None
    with _forgiving(alias):
        entry = caches[alias].get(PREFIX + key)
    match entry:
        case (str(body), dict(headers)):
            return body, headers
        case _:
            return None


def remember(key: str, body: str, headers: Mapping[str, str]) -> None:
    """Keep an answer, if there is a cache and the answer is not too long for one."""
    alias = _usable_alias()
    if alias is not None and len(body) <= MAX_CHARACTERS:
        with _forgiving(alias):
            caches[alias].set(PREFIX + key, (body, dict(headers)), KEEP_SECONDS)


@contextmanager
def one_at_a_time(key: str) -> Iterator[None]:
    """Let one thread of this process at a time make the answer of `key`; the others find it remembered.

    Who waits too long goes on nevertheless. Without a cache nobody waits.
    """
    lock = _locks[int(key[:8], 16) % len(_locks)]
    is_mine = _usable_alias() is not None and lock.acquire(timeout=WAIT_SECONDS)
    try:
        yield
    finally:
        if is_mine:
            lock.release()


def _usable_alias() -> str | None:
    alias = news_settings.response_cache
    if alias is None or _resting_until.get(alias, 0) > time.monotonic():
        return None
    return alias


@contextmanager
def _forgiving(alias: str) -> Iterator[None]:
    try:
        yield
    except _cache_errors() as error:
        _resting_until[alias] = time.monotonic() + REST_SECONDS
        logger.warning(
            "The response cache %r is left alone for %s seconds: %r", alias, REST_SECONDS, error
        )


def _cache_errors() -> tuple[type[Exception], ...]:
    loaded: list[Any] = [
        getattr(sys.modules.get(module), name, None) for module, name in LIBRARY_ERRORS
    ]
    return (*CACHE_ERRORS, *(error for error in loaded if error is not None))
