"""The verbs of the newsroom. Every write of an article goes through `save_article`."""

from .article_sources import Source
from .articles import NewArticle, create_articles, save_article
from .describing import describe_article
from .revisions import Cause

__all__ = ["Cause", "NewArticle", "Source", "create_articles", "describe_article", "save_article"]
