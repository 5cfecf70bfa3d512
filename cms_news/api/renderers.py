from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer

from cms_news.delivery.encoding import encode_json


class Spliced(str):
    """JSON that is ready to be sent."""

    __slots__ = ()


class NewsJSONRenderer(BaseRenderer):
    """JSON in UTF-8; what is ready is passed on as it is."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if data is None:
            return b""
        return (data if isinstance(data, Spliced) else encode_json(data)).encode()
