"""The Content-Security-Policy of every page: what a browser may load and run here."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from cms_news.models.policy import current_policy


def build_policy() -> str:
    """Return the header's value.

    Article bodies may carry `style` attributes (the sanitiser checks their properties), hence
    style-src-attr; `<style>` and inline scripts stay forbidden everywhere, the admin included.
    Frames may show what the sanitiser lets through, and nothing else.
    """
    hosts = sorted(current_policy().embed_hosts)
    frames = " ".join(["'self'", *(f"https://{host}" for host in hosts)])
    return "; ".join(
        [
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
            "style-src-attr 'unsafe-inline'",
            "img-src 'self' https: data:",
            "media-src 'self' https:",
            f"frame-src {frames}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        ]
    )


class ContentSecurityPolicyMiddleware:
    """Adds the policy to every response that doesn't bring its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        return response
