"""Who may do what to articles, besides Django's own four permissions."""

from django.http import HttpRequest

RELEASE_PERMISSIONS = (
    "cms_news.publish_article",
    "cms_news.schedule_article",
    "cms_news.unpublish_article",
)


def may_release(request: HttpRequest) -> bool:
    """Return whether the user may decide in every way whether and when readers see an article."""
    return bool(request.user.has_perms(RELEASE_PERMISSIONS))
