"""Errors as RFC 9457 problem documents."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Literal, get_args

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404
from django.http.multipartparser import MultiPartParserError
from django.urls import resolve, reverse
from django.utils.log import log_response
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from cms_news.conf import news_settings

PROBLEM_MEDIA_TYPE = "application/problem+json"
PROBLEMS: Mapping[str, HTTPStatus] = MappingProxyType(
    {
        "bad_parameter": HTTPStatus.BAD_REQUEST,
        "bad_request": HTTPStatus.BAD_REQUEST,
        "parse_error": HTTPStatus.BAD_REQUEST,
        "authentication_failed": HTTPStatus.UNAUTHORIZED,
        "not_authenticated": HTTPStatus.UNAUTHORIZED,
        "permission_denied": HTTPStatus.FORBIDDEN,
        "not_found": HTTPStatus.NOT_FOUND,
        "method_not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
        "not_acceptable": HTTPStatus.NOT_ACCEPTABLE,
        "unsupported_media_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "throttled": HTTPStatus.TOO_MANY_REQUESTS,
        "server_error": HTTPStatus.INTERNAL_SERVER_ERROR,
    }
)
"""Every `code` with its status. Programs go by them: none is ever renamed or given another meaning."""

ParameterCode = Literal[
    "unknown",
    "repeated",
    "invalid",
    "mixed",
    "out_of_range",
    "not_a_date",
    "too_long",
    "too_many",
]
PARAMETER_CODES: tuple[ParameterCode, ...] = get_args(ParameterCode)
"""Every `code` of a parameter at fault; none of them is ever renamed, either."""


class BadParameterError(exceptions.APIException):
    """A query parameter that is unknown or can't be used."""

    status_code = HTTPStatus.BAD_REQUEST
    default_code = "bad_parameter"

    def __init__(self, param: str, detail: str, *, code: ParameterCode = "invalid") -> None:
        super().__init__(detail)
        self.errors = [{"param": param, "code": code, "detail": detail}]


class MovedError(Exception):
    """Not an error of anybody: the thing asked for is called `slug` now."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer to `error`; None leaves it to Django."""
    request = context["request"]
    if isinstance(error, MovedError):
        return _send_on(error, request)
    response = exception_handler(error, context)
    if news_settings.error_format == "drf":
        return response
    if response is not None:
        return _make_problem(response, error, request)
    if isinstance(error, SuspiciousOperation | BadRequest | MultiPartParserError):
        return _refuse(error, request)
    if settings.DEBUG or settings.DEBUG_PROPAGATE_EXCEPTIONS:
        return None  # whoever develops is better off with Django's own page
    return _report_failure(error, request)


def _send_on(moved: MovedError, request: Request) -> Response:
    """Return the redirect to the same address with the slug of today."""
    urlconf = getattr(request, "urlconf", None)
    match = resolve(request.path_info, urlconf)
    address = reverse(
        match.view_name,
        kwargs={**match.kwargs, "slug": moved.slug},
        urlconf=urlconf,
        current_app=match.namespace,
    )
    query = request.META.get("QUERY_STRING", "")
    headers = {
        "Location": f"{address}?{query}" if query else address,
        # Browsers remember a bare 301 for good, and the slug may come back.
        "Cache-Control": "no-cache",
    }
    return Response(status=HTTPStatus.MOVED_PERMANENTLY, headers=headers)


def _refuse(error: Exception, request: Request) -> Response:
    """Return what strangers are told of a request that Django found fault with, and log it as Django does."""
    refusal = exceptions.ParseError(_("The request can't be understood."), code="bad_request")
    set_rollback()
    response = _make_problem(Response(status=refusal.status_code), refusal, request)
    is_suspicious = isinstance(error, SuspiciousOperation)
    name = f"django.security.{type(error).__name__}" if is_suspicious else "django.request"
    log_response(
        "%s: %s",
        str(error),
        request.path,
        response=response,
        request=request._request,
        logger=logging.getLogger(name),
        level="error" if is_suspicious else "warning",
        exception=error,
    )
    return response


def _report_failure(error: Exception, request: Request) -> Response:
    """Return what strangers are told of an exception that nobody expected.

    Everybody else learns of it as Django would have told them: by its signal, and by its logger with the
    traceback.
    """
    got_request_exception.send(sender=None, request=request._request)
    failure = exceptions.APIException(_("Something went wrong here. It has been recorded."))
    set_rollback()
    response = _make_problem(Response(status=failure.status_code), failure, request)
    log_response(
        "%s: %s",
        response.status_text,
        request.path,
        response=response,
        request=request._request,
        exception=error,
    )
    return response


def _make_problem(response: Response, error: Exception, request: Request) -> Response:
    response.data = describe_problem(
        error, status=response.status_code, instance=request.get_full_path()
    )
    response.content_type = PROBLEM_MEDIA_TYPE
    return response


def describe_problem(error: Exception, *, status: int, instance: str) -> dict[str, Any]:
    """Return the problem document for `error`. Its type says no more than the status; its code does."""
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
    if isinstance(error, exceptions.APIException):
        return _code_of(error), str(error.detail)
    return "server_error", ""


def _code_of(error: exceptions.APIException) -> str:
    """Return its code if that is one of ours, or else what its status comes to."""
    for code in (error.get_codes(), error.default_code):
        if isinstance(code, str) and code in PROBLEMS:
            return code
    is_ours = error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
    return "server_error" if is_ours else "bad_request"
