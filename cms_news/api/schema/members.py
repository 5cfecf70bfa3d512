"""What the members of every served object mean, for people who read the schema."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cms_news.delivery import serializers as served

Descriptions = Mapping[str, Promise]

_ID: Descriptions = {"id": _("Never changes.")}
_NAME: Descriptions = {
    "name": _("As readers see it."),
    "slug": _("The name in addresses; an editor may change it."),
}

MEMBERS: Mapping[type[Any], Descriptions] = MappingProxyType(
    {
        served.ImageSerializer: {
            "url": _("Where the picture is."),
            "width": _("In pixels; null of a picture that lives elsewhere."),
            "height": _("In pixels; null of a picture that lives elsewhere."),
            "alt": _("What is in it, for those who don't see it."),
            "caption": _("What to write below it."),
            "credit": _("Who made it."),
            "renditions": _("The same picture in other sizes, by name."),
            "srcset": _("For the attribute of that name; may be empty."),
        },
        served.AuthorNameSerializer: {
            **_ID,
            **_NAME,
            "url": _("The author's own page; may be empty."),
        },
        served.CategoryNameSerializer: {**_ID, **_NAME, "path": _("Names from the root to here.")},
        served.TagNameSerializer: _NAME,
        served.AuthorSerializer: {
            "bio": _("About the author, as plain text."),
            "article_count": _("Public articles."),
        },
        served.CategorySerializer: {
            "parent": _("Id of the category that it belongs to; null at a root."),
            "article_count": _("Public articles, here and below."),
        },
        served.TagSerializer: {**_ID, "article_count": _("Public articles.")},
        served.OwnCardSerializer: {
            "slug": _("The name in addresses. An article answers to those that it had as well."),
            "url": _("Where the front end shows the article."),
            "title": _("The headline, as plain text."),
            "excerpt": _("Plain text."),
            "date": _("The dateline, which lists go by."),
            "updated": _("When the text last changed, for readers."),
            "lang": _("Language tag, or null where nobody said."),
            "headimg": _("The picture above the text."),
            "thumbnail": _("The small picture for lists."),
            "comments": _("Whether readers may comment on it."),
            "reading_minutes": _("How long it takes to read, in minutes."),
            "extra": _("Front-matter keys that have no meaning of their own here."),
        },
        served.SourceSerializer: {
            "name": _("Who published it first."),
            "url": _("Where it was published first; empty unless it is safe to follow."),
            "license": _("The terms of its use."),
            "path": _("Of the file; empty without one."),
            "markup": _("How the file writes the text."),
        },
        served.SeoSerializer: {
            "title": _("For the title of the page."),
            "description": _("For the description of the page, as plain text."),
            "canonical_url": _("The address of the article among all that it has."),
            "image": _("Address of a picture, or null."),
        },
        served.CardSerializer: {
            **_ID,
            "author": _("Null where nobody is named."),
            "categories": _("Those it was filed under, without what is above them."),
            "tags": _("In the order in which they were given."),
        },
        served.DocumentSerializer: {
            "permalink": _("The address that the file asks for; may be empty."),
            "layout": _("How the file wants to be shown; may be empty."),
            "source": _("Where the article came from."),
            "seo": _("What goes into the head of a page."),
            "body_html": _("The text, sanitised by the policy that `sanitizer/` tells."),
        },
        served.PolicySerializer: {
            "fingerprint": _("Equal policies have equal fingerprints."),
            "format": _("Raised when the same policy means something new."),
            "engine": _("`chain` is nh3 and then bleach."),
            "tags": _("Elements that may stand."),
            "attributes": _("By element; those of `*` may stand on every one."),
            "css_properties": _("Allowed in `style`."),
            "url_schemes": _("Of links."),
            "embed_hosts": _("That a frame may show."),
            "id_pattern": _("What an `id` may be."),
            "class_pattern": _("What a name in `class` may be."),
            "max_chars": _("A longer body is refused."),
            "max_depth": _("Levels of nesting; a deeper body is refused."),
            "max_attributes": _("Of one element; a body with more is refused."),
            "max_ampersands": _("A body with more `&` is refused."),
            "max_tags": _("A body with more is refused."),
        },
    }
)
"""By the serializer that brings a member in; those that inherit it say the same."""

SHAPES: Mapping[type[Any], Promise] = MappingProxyType(
    {
        served.ImageSerializer: _("A picture. Of one that lives elsewhere only `url` is certain."),
        served.AuthorNameSerializer: _("An author, as an article names one."),
        served.CategoryNameSerializer: _("A category, as an article names one."),
        served.TagNameSerializer: _("A tag, as an article names one."),
        served.AuthorSerializer: _("An author with public articles."),
        served.CategorySerializer: _("A category with public articles, here or below."),
        served.TagSerializer: _("A tag with public articles."),
        served.SourceSerializer: _(
            "Where the article came from: who published it first, and its file here."
        ),
        served.SeoSerializer: _("What goes into the head of a page."),
        served.CardSerializer: _("An article in a list."),
        served.DocumentSerializer: _("An article whole."),
        served.PolicySerializer: _("What HTML may be."),
    }
)
"""By the serializer that makes it."""


def describe_shape(serializer: type[Any]) -> Promise:
    """Return what is said of all that `serializer` serves. Raises KeyError where nothing is."""
    return SHAPES[serializer]


def describe_member(serializer: type[Any], name: str) -> Promise | None:
    """Return what is said of that member of what `serializer` serves."""
    for kind in serializer.__mro__:
        found = MEMBERS.get(kind, {}).get(name)
        if found is not None:
            return found
    return None
