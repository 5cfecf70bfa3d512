"""Who may do what to articles, besides Django's own four permissions."""

from django.http import HttpRequest

from cms_news.models import Article, ArticleQuerySet, ArticleState, Reason
from cms_news.services.access import article_access, may_change

from .base import NewsAdmin

_KNOWN = "_cms_news_changeable"

REASON_PERMISSIONS = {
    Reason.PUBLISHED: "publish_article",
    Reason.SCHEDULED: "schedule_article",
    Reason.UNPUBLISHED: "unpublish_article",
    Reason.TRASHED: "trash_article",
    Reason.RETRIEVED: "retrieve_article",
}
"""What moves an article from state to state, and who may do it. Who may, may also take it back."""

STATE_PERMISSIONS = {
    ArticleState.PUBLIC: "publish_article",
    ArticleState.SCHEDULED: "schedule_article",
    ArticleState.DRAFT: "unpublish_article",
    ArticleState.EXPIRED: "unpublish_article",
}
"""Who may bring an article into a state by writing its fields."""

RELEASE_PERMISSIONS = frozenset(STATE_PERMISSIONS.values())


def has_permission(request: HttpRequest, codename: str) -> bool:
    """Return whether the user has that permission of this app."""
    return bool(request.user.has_perm(f"cms_news.{codename}"))


def may(request: HttpRequest, reason: Reason) -> bool:
    """Return whether the user may move articles for that reason, and take it back."""
    return has_permission(request, REASON_PERMISSIONS[reason])


def release_permissions(request: HttpRequest) -> frozenset[str]:
    """Return which of the permissions about what readers see the user has."""
    return frozenset(name for name in RELEASE_PERMISSIONS if has_permission(request, name))


def may_release(request: HttpRequest) -> bool:
    """Return whether the user may decide in every way whether and when readers see an article."""
    return release_permissions(request) == RELEASE_PERMISSIONS


def may_change_article(request: HttpRequest, article: Article) -> bool:
    """Return whether the rules about own articles and desks let the user write this one; asked once a request."""
    known: dict[int, bool] = vars(request).setdefault(_KNOWN, {})
    if article.pk not in known:
        known[article.pk] = may_change(request.user, article)
    return known[article.pk]


def divide_articles(
    request: HttpRequest, articles: ArticleQuerySet
) -> tuple[ArticleQuerySet, list[str]]:
    """Return those of `articles` that the user may change, and the titles of the others."""
    condition = article_access().changeable_by(request.user)
    if not condition:
        return articles, []
    allowed = Article.objects.filter(condition, pk__in=articles.values("pk"))
    ids = set(allowed.values_list("pk", flat=True))
    rows = articles.order_by("pk").values_list("pk", "title").distinct()
    return articles.filter(pk__in=ids), [title for pk, title in rows if pk not in ids]


class StatePermissions(NewsAdmin):
    """What Django asks for actions: each has a permission of its own."""

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return may(request, Reason.PUBLISHED)

    def has_schedule_permission(self, request: HttpRequest) -> bool:
        return may(request, Reason.SCHEDULED)

    def has_unpublish_permission(self, request: HttpRequest) -> bool:
        return may(request, Reason.UNPUBLISHED)

    def has_trash_permission(self, request: HttpRequest) -> bool:
        return may(request, Reason.TRASHED)

    def has_retrieve_permission(self, request: HttpRequest) -> bool:
        return may(request, Reason.RETRIEVED)

    def has_empty_trash_permission(self, request: HttpRequest) -> bool:
        return has_permission(request, "empty_trash")
