"""The newsroom's screens. Importing this package registers them with Django's admin."""

from .articles import ArticleAdmin
from .authors import AuthorAdmin
from .categories import CategoryAdmin
from .imports import ImportRecordAdmin
from .newsroom import NewsroomAdmin
from .tags import TagAdmin

__all__ = [
    "ArticleAdmin",
    "AuthorAdmin",
    "CategoryAdmin",
    "ImportRecordAdmin",
    "NewsroomAdmin",
    "TagAdmin",
]
