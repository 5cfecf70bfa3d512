"""The document itself, and a page to try the API with."""

import hashlib
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from django.apps import apps
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import path
from django.utils.encoding import escape_uri_path
from django.utils.translation import get_language
from drf_spectacular.renderers import OpenApiYamlRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from cms_news.api.base import NewsView
from cms_news.api.conditional import PRIVATE, Validators, is_anonymous
from cms_news.api.endpoints import read_endpoints
from cms_news.api.renderers import NewsJSONRenderer, Spliced
from cms_news.conf import news_settings
from cms_news.delivery.encoding import encode_json

from .document import describe_api

SIDECAR = "drf_spectacular_sidecar"
"""The Django app that brings the files of Swagger UI."""
PLACE = "mount-of-this-api"
"""Stands in a written document for the path that a request finds the API below."""


class OpenApiJSONRenderer(NewsJSONRenderer):
    media_type = "application/vnd.oai.openapi+json"


class YAMLRenderer(NewsJSONRenderer):
    """Of documents alone, which are ready: problems stay JSON."""

    media_type = "application/yaml"
    format = "yaml"


class OpenApiYAMLRenderer(YAMLRenderer):
    media_type = "application/vnd.oai.openapi"


class PageRenderer(NewsJSONRenderer):
    """Of pages alone, which are ready: problems stay JSON."""

    media_type = "text/html"
    format = "html"
    charset = "utf-8"  # type: ignore[assignment]


class AboutView(NewsView):
    """What tells of the API, in the reader's language. Nothing of the database is in it."""

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {**super().default_response_headers, "Vary": "Accept, Accept-Language"}

    def serve(self, request: Request, text: str) -> Response:
        """Return `text` with what caches need to know of it, or a 304."""
        language = {"Content-Language": _language()}
        if not is_anonymous(request):
            return Response(Spliced(text), headers={**language, "Cache-Control": PRIVATE})
        key = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        validators = Validators(key, last_modified=None)
        kept = {
            "Cache-Control": f"public, max-age={news_settings.max_age_seconds}",
            **validators.headers,
        }
        if validators.are_matched_by(request):
            return Response(status=HTTPStatus.NOT_MODIFIED, headers=kept)
        return Response(Spliced(text), headers={**language, **kept})


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


class SchemaView(AboutView):
    """The API as an OpenAPI document, in JSON or YAML."""

    renderer_classes = [NewsJSONRenderer, OpenApiJSONRenderer, YAMLRenderer, OpenApiYAMLRenderer]

    def get(self, request: Request, **lookup: Any) -> Response:
        # What the document depends on beside its mount.
        variety = get_language(), news_settings.page_size, news_settings.error_format
        kind = request.accepted_renderer.format
        mount = escape_uri_path(request.path).removesuffix("/schema/") or "/"
        return self.serve(request, _write_document(kind, *variety).replace(PLACE, mount))


@lru_cache(maxsize=32)
def _write_document(kind: str, *_variety: Any) -> str:
    document = describe_api([*read_endpoints, *described_endpoints], mount=PLACE)
    if kind == "yaml":
        text: str = OpenApiYamlRenderer().render(document).decode()
        return text.replace(f"url: {PLACE}", f'url: "{PLACE}"')
    return encode_json(document)


class DocsView(AboutView):
    """A page that shows the document and tries the API; all that it loads comes from this very site.

    Without the files of Swagger UI it leads to the document.
    """

    renderer_classes = [PageRenderer]

    def get(self, request: Request, **lookup: Any) -> Response:
        context = {
            "language": _language(),
            "is_installed": apps.is_installed(SIDECAR),
            "is_developed": settings.DEBUG,
        }
        return self.serve(request, render_to_string("cms_news/api/docs.html", context))


described_endpoints = [path("schema/", SchemaView.as_view(), name="schema")]
"""Those that stand in the document themselves."""
endpoints = [*described_endpoints, path("docs/", DocsView.as_view(), name="docs")]
