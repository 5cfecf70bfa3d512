"""The nouns of the newsroom, as Django knows them."""

from .article import Article
from .article_state import ArticleState
from .author import Author
from .category import Category
from .delivery_state import DeliveryState
from .exported_file import ExportedFile
from .former_name import FormerName
from .former_slug import FormerSlug
from .import_record import ImportRecord
from .links import ArticleCategory, ArticleTag
from .newsroom import Newsroom
from .querysets import ArticleQuerySet
from .revision import Reason, Revision
from .tag import Tag

__all__ = [
    "Article",
    "ArticleCategory",
    "ArticleQuerySet",
    "ArticleState",
    "ArticleTag",
    "Author",
    "Category",
    "DeliveryState",
    "ExportedFile",
    "FormerName",
    "FormerSlug",
    "ImportRecord",
    "Newsroom",
    "Reason",
    "Revision",
    "Tag",
]
