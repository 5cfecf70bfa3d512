"""How often a client may ask: REST framework's throttle, with our rates, in a cache of the host's.

It keeps order among honest programs. Requests at the same moment may be counted as one, so against a flood it is
no more than a first step; that is for what stands before Django.
"""

from functools import cached_property, lru_cache
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from typing import Any

from django.core.cache import BaseCache, caches
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from cms_news.conf import news_settings
from cms_news.delivery.cache_failures import forgiving, is_resting

HOST_BITS = 64
"""Of an IPv6 address: whoever has one has all that differ in these."""


class NewsThrottle(ScopedRateThrottle):
    """Counts by the scope of the view and by address, whoever it is. Nothing of the host's rates changes it."""

    cache_format = "cms_news:throttle:%(scope)s:%(ident)s"
    num_requests: int
    duration: int

    @cached_property
    def cache(self) -> BaseCache:  # type: ignore[override]
        return caches[news_settings.throttle_cache]

    def get_rate(self) -> str | None:
        return news_settings.throttle_rates.get(str(self.scope))

    def allow_request(self, request: Request, view: APIView) -> bool:
        alias = news_settings.throttle_cache
        if not is_resting(alias):
            with forgiving(alias):
                if not super().allow_request(request, view):
                    return False
        return True  # Also where nobody counts: better too many answers than none.

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        if is_proxy_unknown(request):
            return None  # All readers behind it would share one rate.
        client = name_client(self.get_ident(request))
        return self.cache_format % {"scope": self.scope, "ident": client}

    def get_ident(self, request: Request) -> str:
        """Return the address of the client, as far as anybody vouches for it.

        Without NUM_PROXIES REST framework takes X-Forwarded-For for it, which clients write as they like.
        """
        if api_settings.NUM_PROXIES is None:
            return request.META.get("REMOTE_ADDR") or ""
        return super().get_ident(request) or ""

    def wait(self) -> float:
        """Return the seconds until there is room for one more: until the oldest that stands in its way is past.

        REST framework knows none where there are more than the rate allows, as when it was lowered meanwhile.
        """
        passed: float = self.now - self.history[self.num_requests - 1]
        return min(self.duration, self.duration - passed)


def is_proxy_unknown(request: Request) -> bool:
    """Return whether a proxy of the host's own network asks for somebody, and nobody has said that it may be believed.

    A stranger can't come from such an address, and so can't have it thought.
    """
    return (
        api_settings.NUM_PROXIES is None
        and "HTTP_X_FORWARDED_FOR" in request.META
        and is_inside(request.META.get("REMOTE_ADDR") or "")
    )


@lru_cache(maxsize=1024)
def is_inside(address: str) -> bool:
    """Return whether `address` is of this machine or of a private network; no address, as of a socket file, is."""
    try:
        return ip_address(address or "127.0.0.1").is_private
    except ValueError:
        return False


@lru_cache(maxsize=1024)
def name_client(ident: str) -> str:
    """Return what stands for the client at that address in the key of any cache."""
    try:
        address = ip_address(ident)
    except ValueError:
        return blake2b(ident.encode(errors="replace"), digest_size=16).hexdigest()
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or f"{int(address) >> HOST_BITS:x}")
    return str(address)
