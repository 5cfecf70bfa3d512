"""Answers that one process made and all may serve, in a cache of the host's.

Keys hold the generation, so an entry is never wrong, only out of use. A cache that fails costs time, not answers.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

from django.core.cache import caches

from cms_news.conf import news_settings

from .cache_failures import forgiving, is_resting

KEEP_SECONDS = 600
"""Entries of past generations are in the way for so long at most."""
MAX_CHARACTERS = 300_000
"""A longer answer is made anew each time; memcached takes no more than a million bytes."""
WAIT_SECONDS = 5
PREFIX = "cms_news:"

Entry = tuple[str, dict[str, str]]
"""A body, and the headers that belong to it."""

_locks = tuple(Lock() for _ in range(64))


def recall(key: str) -> Entry | None:
    """Return what was remembered under `key`, if anything."""
    alias = _usable_alias()
    if alias is None:
        return None
    entry = None
    with forgiving(alias):
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
        with forgiving(alias):
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
    return None if alias is None or is_resting(alias) else alias
