"""What readers would be served, shown where it can't touch the admin."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from cms_news.delivery.own_part import ensure_rendered
from cms_news.errors import NewsError
from cms_news.models import Article
from cms_news.models.policy import current_policy

from .base import translate_error
from .columns import show_removed

CONTENT_POLICY = "; ".join(
    [
        "default-src 'none'",
        "img-src http: https: data:",
        "media-src http: https:",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "sandbox",
    ]
)
"""Nothing runs, nothing is sent, and the page belongs to no site: whatever it holds can only be looked at."""


def preview_stored(request: HttpRequest, article: Article) -> HttpResponse:
    """Return the page of `article` as it is stored."""
    ensure_rendered(article)
    return _respond(request, title=article.title, lang=article.lang, body_html=article.body_html)


def preview_typed(request: HttpRequest, *, path: str = "") -> HttpResponse:
    """Return the page of the text in the request, and what the sanitiser takes out of it.

    Nothing is stored. `path` is the file the article came from: its ending helps to recognise the markup.
    """
    article = Article(
        title=request.POST.get("title", ""),
        body=request.POST.get("body", ""),
        markup=request.POST.get("markup", ""),
        lang=request.POST.get("lang", ""),
        source_path=path,
    )
    if article.markup not in Article.MarkupChoice.values:
        article.markup = Article.MarkupChoice.AUTO
    return preview_text(request, article)


def preview_text(
    request: HttpRequest, article: Article, *, lang: str | None = None
) -> HttpResponse:
    """Return the page of an article that is not stored, and what the sanitiser takes out of it."""
    limit = current_policy().max_chars
    if len(article.body) > limit:
        problem = _("The text has more than {limit} characters; shorten it.").format(limit=limit)
        return _respond(request, title=article.title, problem=problem)
    try:
        article.apply(article.render())
    except NewsError as error:
        return _respond(request, title=article.title, problem=translate_error(error))
    return _respond(
        request,
        title=article.title,
        lang=article.lang,
        body_html=article.body_html,
        removed=article.removed,
    )


def _respond(
    request: HttpRequest,
    *,
    title: str,
    lang: str = "",
    body_html: str = "",
    problem: str = "",
    removed: Sequence[Mapping[str, Any]] | None = None,
) -> HttpResponse:
    context = {
        "title": title,
        "lang": lang,
        "body_html": body_html,
        "problem": problem,
        "removed": None if removed is None else show_removed(removed),
    }
    response = render(request, "admin/cms_news/article/preview.html", context)
    response.headers["Content-Security-Policy"] = _content_policy()
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    add_never_cache_headers(response)
    return response


def _content_policy() -> str:
    # The style sheet may be served from another host.
    static = settings.STATIC_URL or ""
    if "//" not in static:
        return CONTENT_POLICY
    return CONTENT_POLICY.replace("style-src 'self'", f"style-src 'self' {static}", 1)
