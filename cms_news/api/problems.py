"""Errors as RFC 9457 problem documents."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from cms_news.conf import news_settings

PROBLEM_MEDIA_TYPE = "application/problem+json"


class BadParameterError(exceptions.APIException):
    """A query parameter that is unknown or can't be used."""

    status_code = HTTPStatus.BAD_REQUEST
    default_code = "bad_parameter"

    def __init__(self, param: str, detail: str, *, code: str = "invalid") -> None:
        super().__init__(detail)
        self.errors = [{"param": param, "code": code, "detail": detail}]


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer to `error`; None leaves it to Django, which logs it and tells strangers nothing."""
    response = exception_handler(error, context)
    if response is None or news_settings.error_format == "drf":
        return response
    request = context["request"]
    response.data = describe_problem(
        error, status=response.status_code, instance=request.get_full_path()
    )
    response.content_type = PROBLEM_MEDIA_TYPE
    return response


def describe_problem(error: Exception, *, status: int, instance: str) -> dict[str, Any]:
    """Return the problem document for `error`: its type is a code that never changes."""
    code, detail = _code_and_detail(error)
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
        "errors": getattr(error, "errors", []),
    }


def _code_and_detail(error: Exception) -> tuple[str, str]:
    # Hidden and absent are answered alike, so nothing of the exception itself is told.
    if isinstance(error, Http404 | exceptions.NotFound):
        return "not_found", str(exceptions.NotFound.default_detail)
    if isinstance(error, PermissionDenied):
        return "permission_denied", str(exceptions.PermissionDenied.default_detail)
    if isinstance(error, BadParameterError):
        return error.default_code, str(error.detail)
    if isinstance(error, exceptions.APIException):
        return str(error.default_code), str(error.detail)
    return "error", ""
