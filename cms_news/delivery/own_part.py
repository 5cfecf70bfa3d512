"""What is stored with an article for serving: its own words, and the ids of what it refers to.

The names behind the ids are another row's words and are spliced in on read; a stored name would be wrong
from the moment somebody renames it.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from cms_news.conf import news_settings
from cms_news.errors import HtmlLimitError
from cms_news.models import Article

from .encoding import encode_json
from .serializers import OwnCardSerializer, OwnDetailSerializer

SHAPE_VERSION = 4
"""Raise it when a serializer of an own part changes: every stored part is then rendered again."""


class References(NamedTuple):
    """Ids of the rows whose names an article shows, in the order of showing."""

    author: int | None
    categories: Sequence[int]
    tags: Sequence[int]


@dataclass(frozen=True, slots=True)
class OwnPart:
    """The columns `own_card`, `own_detail`, `own_references` and `own_format` of an article."""

    card: str
    detail: str
    references: str
    format: str

    def as_columns(self) -> dict[str, str]:
        return {
            "own_card": self.card,
            "own_detail": self.detail,
            "own_references": self.references,
            "own_format": self.format,
        }


BLANK = OwnPart("", "", "", "")
"""Readers render it; see `ensure_rendered`."""


def current_format() -> str:
    """Return the mark of own parts rendered as they would be now; any other is outdated."""
    return _digest(SHAPE_VERSION, news_settings.article_url, str(news_settings.timezone))


@lru_cache(maxsize=8)
def _digest(*made_of: Any) -> str:
    return hashlib.sha256(repr(made_of).encode()).hexdigest()[:16]


def render_own_part(article: Article, references: References) -> OwnPart:
    """Return what to store with `article`; reads no other row.

    Blank while the article's address waits for an id that the database has yet to give.
    """
    is_new = article._state.adding
    if is_new and "{id}" in news_settings.article_url:
        return BLANK
    card, detail = _serializers()
    return OwnPart(
        card=encode_json(card.to_representation(article)),
        detail=encode_json(detail.to_representation(article)),
        references=encode_json(references),
        format=current_format(),
    )


@lru_cache(maxsize=1)
def _serializers() -> tuple[OwnCardSerializer, OwnDetailSerializer]:
    """Made once: a serializer copies all its fields, which takes longer than rendering with them."""
    return OwnCardSerializer(), OwnDetailSerializer()


def ensure_rendered(article: Article) -> None:
    """Clean, in memory, a body that a bulk write left uncleaned; one beyond the limits stays empty."""
    if not article.policy_fingerprint:
        with suppress(HtmlLimitError):
            article.apply(article.render())


def parse_references(text: str) -> References:
    """Return the ids that `OwnPart.references` holds."""
    return References(*json.loads(text))


def parse_all_references(texts: Iterable[str]) -> list[References]:
    """Return what `parse_references` makes of each of `texts`, read at once."""
    return [References(*found) for found in json.loads(f"[{','.join(texts)}]")]


def find_references(article: Article) -> References:
    """Return the ids by the link rows; without queries where these are prefetched."""
    category_links = sorted(article.category_links.all(), key=lambda link: (link.position, link.pk))
    tag_links = sorted(article.tag_links.all(), key=lambda link: (link.position, link.pk))
    return References(
        author=article.author_id,
        categories=[link.category_id for link in category_links if link.direct],
        tags=[link.tag_id for link in tag_links],
    )
