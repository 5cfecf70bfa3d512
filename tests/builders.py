"""Things that tests need, with defaults: say only what the test is about."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Permission, User

from cms_news.content.document import ArticleData, AuthorName
from cms_news.models import Article, Author, Category
from cms_news.services import save_article
from cms_news.services.naming import categories_at

DATE = datetime(2021, 12, 9, 18, 14, tzinfo=UTC)


def make_data(title: str = "晨报", **values: Any) -> ArticleData:
    author = values.pop("author", None)
    if isinstance(author, str):
        author = AuthorName(author)
    return ArticleData(title=title, **{"date": DATE, "author": author, **values})


def make_article(title: str = "晨报", **values: Any) -> Article:
    """Save an article, public unless `published=False` or another date says otherwise."""
    return save_article(make_data(title, **values))


def make_author(name: str = "记者站", **values: Any) -> Author:
    return Author.objects.create(name=name, **values)


def make_category(*path: str) -> Category:
    """Return the category at the end of `path`, made with all above it."""
    chosen = path or ("财经",)
    return categories_at([chosen])[chosen]


def make_editor(
    username: str = "editor",
    *,
    permissions: tuple[str, ...] | None = None,
    sees_others: bool = True,
) -> User:
    """Return a staff user: a superuser, or one with the named permissions of cms_news alone.

    To those belongs that of working on articles of others, unless `sees_others` says otherwise.
    """
    if permissions and sees_others:
        permissions = (*permissions, "work_on_others")
    user = User.objects.create_user(
        username, password="editor", is_staff=True, is_superuser=permissions is None
    )
    if permissions:
        chosen = Permission.objects.filter(
            content_type__app_label="cms_news", codename__in=permissions
        )
        assert chosen.count() == len(permissions)
        user.user_permissions.set(chosen)
    return user
