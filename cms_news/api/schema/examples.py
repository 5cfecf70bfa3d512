"""Examples that the schema shows. A test holds each to the shape that it is an example of."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

_AUTHOR = {"id": 3, "name": "记者站", "slug": "记者站", "url": ""}
_CATEGORY = {"id": 8, "name": "快讯", "slug": "快讯", "path": ["财经", "快讯"]}
_TAG = {"name": "港口", "slug": "港口"}
_PICTURE = "https://pictures.example/harbour.jpg"

CARD: Mapping[str, Any] = {
    "id": 42,
    "slug": "晨报",
    "url": "/articles/%E6%99%A8%E6%8A%A5/",
    "title": "晨报",
    "excerpt": "港口今晨恢复通航。",
    "date": "2021-12-09T18:14:00Z",
    "updated": None,
    "lang": "zh-Hans",
    "headimg": {
        "url": _PICTURE,
        "width": None,
        "height": None,
        "alt": "",
        "caption": "",
        "credit": "",
        "renditions": {},
        "srcset": "",
    },
    "thumbnail": None,
    "comments": True,
    "reading_minutes": 1,
    "extra": {},
    "author": _AUTHOR,
    "categories": [_CATEGORY],
    "tags": [_TAG],
}
DOCUMENT: Mapping[str, Any] = {
    **CARD,
    "permalink": "",
    "layout": "post",
    "source": {
        "name": "晨报社",
        "url": "https://wire.example/morning",
        "license": "CC BY 4.0",
        "path": "posts/morning.md",
        "markup": "markdown",
    },
    "seo": {
        "title": "晨报",
        "description": "港口今晨恢复通航。",
        "canonical_url": "/articles/%E6%99%A8%E6%8A%A5/",
        "image": _PICTURE,
    },
    "body_html": "<p>港口今晨恢复通航。</p>",
}
AUTHOR: Mapping[str, Any] = {**_AUTHOR, "bio": "", "article_count": 12}
CATEGORY: Mapping[str, Any] = {**_CATEGORY, "parent": 7, "article_count": 5}
TAG: Mapping[str, Any] = {"id": 5, **_TAG, "article_count": 2}


def page_of(item: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return a first page of a list with more."""
    return {
        "count": None,
        "next": f"https://news.example/api/v1/{path}?cursor=WzAsNDIsMTYzOTA3MzY0MF0.c2lnbmVk",
        "previous": None,
        "results": [dict(item)],
    }


def _problem(
    status: HTTPStatus, code: str, detail: str, instance: str, *errors: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
        "instance": f"/api/v1/{instance}",
        "code": code,
        "errors": [dict(error) for error in errors],
    }


_UNKNOWN = "unknown parameter; known here: count, cursor, page_size"
_TOO_LARGE = '"500" is not a number from 1 to 100'

PROBLEM_EXAMPLES: Mapping[int, Mapping[str, dict[str, Any]]] = MappingProxyType(
    {
        400: {
            "unknown": _problem(
                HTTPStatus.BAD_REQUEST,
                "bad_parameter",
                _UNKNOWN,
                "tags/?limit=5",
                {"param": "limit", "code": "unknown", "detail": _UNKNOWN},
            ),
            "out_of_range": _problem(
                HTTPStatus.BAD_REQUEST,
                "bad_parameter",
                _TOO_LARGE,
                "tags/?page_size=500",
                {"param": "page_size", "code": "out_of_range", "detail": _TOO_LARGE},
            ),
        },
        404: {
            "not_found": _problem(
                HTTPStatus.NOT_FOUND, "not_found", "Not found.", "articles/987654/"
            )
        },
        405: {
            "method_not_allowed": _problem(
                HTTPStatus.METHOD_NOT_ALLOWED,
                "method_not_allowed",
                'Method "POST" not allowed.',
                "articles/",
            )
        },
        406: {
            "not_acceptable": _problem(
                HTTPStatus.NOT_ACCEPTABLE,
                "not_acceptable",
                "Could not satisfy the request Accept header.",
                "articles/",
            )
        },
        429: {
            "throttled": _problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                "throttled",
                "Request was throttled. Expected available in 12 seconds.",
                "articles/",
            )
        },
        500: {
            "server_error": _problem(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                "server_error",
                "Something went wrong here. It has been recorded.",
                "articles/",
            )
        },
    }
)
