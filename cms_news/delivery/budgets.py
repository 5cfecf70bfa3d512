"""How many queries each question to the API may cost: one promise for all archives, in one table.

Tests and `manage.py audit_api` ask all of it, and nothing may be asked that is not in it. Who adds an endpoint or a
parameter adds what it costs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl

from cms_news.models.orders import ARTICLE_ORDERS

STATE_ALONE = 1
"""What a 304 costs, and an answer that the response cache holds."""
EXAMPLE = "audited"
"""The slug of an article and of all that it is filed under; half of all articles are filed there."""
FORMER = "before-the-audit"
"""A slug that the article had."""


@dataclass(frozen=True, slots=True)
class Budget:
    """One question, and how many queries the answer may cost."""

    address: str
    """Below the mount. `{article}`, `{category}`, `{author}` and `{tag}` are ids of the example."""
    warm: int
    """For a process that knows the names and numbers of what is shown."""
    cold: int
    """For one that knows nothing yet, or nothing any more since somebody renamed or filed something."""
    status: int = 200
    then: tuple[str, ...] = ()
    """The links of the list to be followed first: the question is what the last of them leads to."""

    @property
    def title(self) -> str:
        """The address and the way from there."""
        return " → ".join((self.address, *self.then))


ONE_MORE = 1
"""A statement that not every answer takes."""
AGAIN = 1
"""The state once more, where an answer took more than one statement: is it of one moment?"""
NAMES_OF_A_PAGE = 3
"""Authors, categories and tags, a statement each."""
WARM = STATE_ALONE + ONE_MORE
COLD = WARM + NAMES_OF_A_PAGE + AGAIN
"""Of articles."""
COLD_NAMES = WARM + ONE_MORE + AGAIN
"""Of authors, categories and tags, whose articles are counted."""
COUNTED = ONE_MORE + AGAIN
"""What `count=true` adds to a warm answer; a cold one has looked at the state again already."""
ABOVE = ONE_MORE + AGAIN
"""What is added by categories that stand above those of a page."""
LOOKED_UP = ("category", "category__exact", "tag", "author")
"""Parameters whose slugs a cold process has to look up, a statement each."""

FILTERS = (
    f"category={EXAMPLE}",
    f"category__exact={EXAMPLE}",
    f"category={EXAMPLE},section-1",
    f"tag={EXAMPLE}",
    f"tag={EXAMPLE},tag-1",
    f"author={EXAMPLE}",
    "lang=zh-Hans",
    "date__gte=2001-01-01",
    "date__gt=2001-01-01T00:00:00Z",
    "date__lte=2100-01-01",
    "date__lt=2100-01-01",
    "has_headimg=true",
    "has_headimg=false",
    "id__in={article},1,2,3",
    f"slug__in={EXAMPLE},nothing",
    f"category={EXAMPLE}&tag={EXAMPLE}&author={EXAMPLE}&lang=zh-Hans&date__gte=2001-01-01",
    "tag=nothing-of-that-name",
)
SHAPES = (
    "",
    "page_size=100",
    "page_size=100&include=body_html",
    "fields=title,slug",
    "fields=-extra",
    "fields=title,tags&include=body_html",
)
WAYS = (("next",), ("next", "next", "previous"))
"""To a second page, and back to it."""


def _lists() -> Iterator[Budget]:
    orders = tuple(f"ordering={name}" for name in ARTICLE_ORDERS)
    for query in (*SHAPES, *FILTERS, *orders):
        yield Budget(f"articles/?{query}".removesuffix("?"), WARM, _cold(query))
    for query in FILTERS:
        yield Budget(f"articles/?{query}&count=true", WARM + COUNTED, _cold(query) + ONE_MORE)
    yield Budget("articles/?count=true", WARM + COUNTED, COLD + ONE_MORE)
    for query in (*orders, *(f"{order}&category={EXAMPLE}" for order in orders)):
        for way in WAYS:
            yield Budget(f"articles/?{query}&page_size=2", WARM, _cold(query), then=way)


def _cold(query: str) -> int:
    names = [name for name, _value in parse_qsl(query)]
    return COLD + sum(name in LOOKED_UP for name in names)


def _articles() -> Iterator[Budget]:
    for address in ("articles/{article}/", f"articles/slug/{EXAMPLE}/"):
        yield Budget(address, WARM, COLD)
        yield Budget(f"{address}?fields=title,author", WARM, COLD)
    yield Budget("articles/987654321/", WARM, WARM, status=404)
    # Who had that slug? Nobody: then it is absent.
    yield Budget(f"articles/slug/{FORMER}/", WARM + ONE_MORE, WARM + ONE_MORE, status=301)
    yield Budget("articles/slug/nothing/", WARM + ONE_MORE, WARM + ONE_MORE, status=404)


def _names() -> Iterator[Budget]:
    for kind, one in (("categories", "category"), ("authors", "author"), ("tags", "tag")):
        # A first page of the tree begins at its roots; nothing stands above it.
        above, cold = (ABOVE, ONE_MORE) if one == "category" else (0, 0)
        for query in ("", "?page_size=100"):
            yield Budget(f"{kind}/{query}", WARM, COLD_NAMES)
        yield Budget(f"{kind}/?count=true", WARM + COUNTED, COLD_NAMES + ONE_MORE)
        for way in WAYS:
            yield Budget(f"{kind}/?page_size=2", WARM + above, COLD_NAMES + cold, then=way)
        for address in (f"{kind}/{{{one}}}/", f"{kind}/slug/{EXAMPLE}/"):
            yield Budget(address, WARM + above, COLD_NAMES + cold)
        for address in (f"{kind}/987654321/", f"{kind}/slug/nothing/"):
            yield Budget(address, WARM, WARM, status=404)


BUDGETS: tuple[Budget, ...] = (
    *_lists(),
    *_articles(),
    *_names(),
    Budget("sanitizer/", STATE_ALONE, STATE_ALONE),
    Budget("schema/", 0, 0),
    Budget("docs/", 0, 0),
    Budget("nothing/", 0, 0, status=404),
    Budget("articles", 0, 0, status=301),
)
