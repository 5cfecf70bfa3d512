"""The verbs of the newsroom. Every write of an article goes through `save_article`."""

from .articles import Source, describe_article, save_article

__all__ = ["Source", "describe_article", "save_article"]
