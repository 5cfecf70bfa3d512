"""Caches of the host's that fail: they cost time, not answers."""

import logging
import pickle
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.cache import InvalidCacheBackendError
from django.db import DatabaseError

logger = logging.getLogger(__name__)

REST_SECONDS = 10
"""A cache that failed is left alone for so long: to wait for it on every request would be worse than none."""
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


def is_resting(alias: str) -> bool:
    """Return whether that cache failed a moment ago."""
    return _resting_until.get(alias, 0) > time.monotonic()


@contextmanager
def forgiving(alias: str) -> Iterator[None]:
    """Let the block end where that cache fails, and the cache be left alone from then on."""
    try:
        yield
    except _cache_errors() as error:
        _resting_until[alias] = time.monotonic() + REST_SECONDS
        logger.warning("The cache %r is left alone for %s seconds: %r", alias, REST_SECONDS, error)


def _cache_errors() -> tuple[type[Exception], ...]:
    loaded: list[Any] = [
        getattr(sys.modules.get(module), name, None) for module, name in LIBRARY_ERRORS
    ]
    return (*CACHE_ERRORS, *(error for error in loaded if error is not None))
