"""What each address of the API is for: the one table of what no code can tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cms_news.delivery.members import CARD_MEMBERS, DOCUMENT_MEMBERS

from . import examples

TAGS: Mapping[str, Promise] = MappingProxyType(
    {
        "articles": _("What readers may read now, as cards and whole."),
        "categories": _("The tree that articles are filed under."),
        "authors": _("Who wrote them."),
        "tags": _("What they are about."),
        "about": _("The API itself."),
    }
)


@dataclass(frozen=True, slots=True)
class Operation:
    """A GET at one address."""

    id: str
    tag: str
    summary: Promise
    found: Promise
    """What a 200 holds, in words."""
    shapes: tuple[str, ...] = ()
    """Components, one of which a 200 holds; none of them for the shape of the view's serializer."""
    members: tuple[str, ...] = ()
    """Those that `fields` chooses from."""
    example: Mapping[str, Any] = field(default_factory=dict)
    description: Promise | None = None
    may_move: bool = False
    is_dated: bool = True
    """Whether it tells when it last changed."""

    @property
    def is_list(self) -> bool:
        return self.id.startswith("list")


_CATEGORY = _("The category.")
_AUTHOR = _("The author.")
_TAG = _("The tag.")

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "/articles/": Operation(
            "listArticles",
            "articles",
            _("Articles as cards, newest first"),
            _("A page of cards."),
            shapes=("ArticleList",),
            members=CARD_MEMBERS,
            example=examples.page_of(examples.CARD, "articles/"),
            description=_(
                "Several values with commas are alternatives, several parameters all have to hold. A walk "
                "along `next` meets every article that stayed where it was exactly once, whatever comes, "
                "goes or moves meanwhile."
            ),
        ),
        "/articles/{id}/": Operation(
            "getArticle",
            "articles",
            _("An article whole"),
            _("The article."),
            shapes=("Document", "SomeOfDocument"),
            members=DOCUMENT_MEMBERS,
            example=examples.DOCUMENT,
        ),
        "/articles/slug/{slug}/": Operation(
            "getArticleBySlug",
            "articles",
            _("An article whole, by its slug"),
            _("The article."),
            shapes=("Document", "SomeOfDocument"),
            members=DOCUMENT_MEMBERS,
            example=examples.DOCUMENT,
            description=_("A slug that it had answers 301 to the one that it has."),
            may_move=True,
        ),
        "/categories/": Operation(
            "listCategories",
            "categories",
            _("The tree of categories, each right below the one it belongs to"),
            _("A page of categories."),
            shapes=("CategoryList",),
            example=examples.page_of(examples.CATEGORY, "categories/"),
        ),
        "/categories/{id}/": Operation(
            "getCategory", "categories", _("A category"), _CATEGORY, example=examples.CATEGORY
        ),
        "/categories/slug/{slug}/": Operation(
            "getCategoryBySlug",
            "categories",
            _("A category, by its slug"),
            _CATEGORY,
            example=examples.CATEGORY,
        ),
        "/authors/": Operation(
            "listAuthors",
            "authors",
            _("Authors by name"),
            _("A page of authors."),
            shapes=("AuthorList",),
            example=examples.page_of(examples.AUTHOR, "authors/"),
        ),
        "/authors/{id}/": Operation(
            "getAuthor", "authors", _("An author"), _AUTHOR, example=examples.AUTHOR
        ),
        "/authors/slug/{slug}/": Operation(
            "getAuthorBySlug",
            "authors",
            _("An author, by the slug"),
            _AUTHOR,
            example=examples.AUTHOR,
        ),
        "/tags/": Operation(
            "listTags",
            "tags",
            _("Tags by name"),
            _("A page of tags."),
            shapes=("TagList",),
            example=examples.page_of(examples.TAG, "tags/"),
        ),
        "/tags/{id}/": Operation("getTag", "tags", _("A tag"), _TAG, example=examples.TAG),
        "/tags/slug/{slug}/": Operation(
            "getTagBySlug", "tags", _("A tag, by its slug"), _TAG, example=examples.TAG
        ),
        "/sanitizer/": Operation(
            "getSanitizer",
            "about",
            _("The HTML policy in force"),
            _("What bodies may hold."),
        ),
        "/schema/": Operation(
            "getSchema",
            "about",
            _("This document, as JSON or YAML"),
            _("An OpenAPI document."),
            is_dated=False,
        ),
    }
)
"""By the path below the mount."""
