"""The one definition of every shape the world sees.

On save, an article's own part is rendered with `OwnCardSerializer` and `OwnDetailSerializer`; `CardSerializer`
and `DocumentSerializer` add what is spliced in on read, and describe the whole. What each
member means is told in `api/schema/members.py`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC
from functools import cached_property
from operator import attrgetter
from typing import Any

from django.utils.html import strip_tags
from rest_framework import serializers

from cms_news.content.urls import MEDIA_SCHEMES, safe_url
from cms_news.models import Article, Author, Category, Tag
from cms_news.models.policy import current_policy


class ImageSerializer(serializers.Serializer[str]):
    """A picture. Of one that lives elsewhere only the address is certain."""

    url = serializers.CharField()
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    alt = serializers.CharField()
    caption = serializers.CharField()
    credit = serializers.CharField()
    renditions = serializers.DictField()
    srcset = serializers.CharField()

    def to_representation(self, instance: str) -> Any:
        """Return the picture at the address `instance`, or None where the address is empty or unsafe."""
        url = safe_url(instance, schemes=MEDIA_SCHEMES)
        if not url:
            return None
        return {
            "url": url,
            "width": None,
            "height": None,
            "alt": "",
            "caption": "",
            "credit": "",
            "renditions": {},
            "srcset": "",
        }


class SafeUrlField(serializers.CharField):
    """An address somebody typed: served as it is when its scheme is allowed, else empty."""

    def to_representation(self, value: str) -> str:
        return safe_url(value, schemes=current_policy().url_schemes)


class AuthorNameSerializer(serializers.ModelSerializer[Author]):
    """An author inside an article."""

    url = SafeUrlField()

    class Meta:
        model = Author
        fields = ["id", "name", "slug", "url"]


class CategoryNameSerializer(serializers.ModelSerializer[Category]):
    """A category inside an article."""

    path = serializers.ListField(source="path_names", child=serializers.CharField())

    class Meta:
        model = Category
        fields = ["id", "name", "slug", "path"]


class TagNameSerializer(serializers.ModelSerializer[Tag]):
    """A tag inside an article."""

    class Meta:
        model = Tag
        fields = ["name", "slug"]


class AuthorSerializer(AuthorNameSerializer):
    bio = serializers.CharField()
    article_count = serializers.IntegerField()

    class Meta(AuthorNameSerializer.Meta):
        fields = [*AuthorNameSerializer.Meta.fields, "bio", "article_count"]


class CategorySerializer(CategoryNameSerializer):
    parent = serializers.IntegerField(source="parent_id", allow_null=True)  # type: ignore[assignment]
    article_count = serializers.IntegerField()

    class Meta(CategoryNameSerializer.Meta):
        fields = [*CategoryNameSerializer.Meta.fields, "parent", "article_count"]


class TagSerializer(TagNameSerializer):
    id = serializers.IntegerField()
    article_count = serializers.IntegerField()

    class Meta(TagNameSerializer.Meta):
        fields = ["id", *TagNameSerializer.Meta.fields, "article_count"]


class _OwnRowSerializer(serializers.ModelSerializer[Article]):
    """Reads plain attributes of an article. It is made once and asked for every article that is saved."""

    def to_representation(self, instance: Article) -> Any:
        """Return what REST framework's own method does, in half its time."""
        return {name: read(instance) for name, read in self._readers}

    @cached_property
    def _readers(self) -> list[tuple[str, Callable[[Article], Any]]]:
        return [(str(field.field_name), _reader(field)) for field in self._readable_fields]


def _reader(field: Any) -> Callable[[Article], Any]:
    """Return what reads the value of `field`, whose source is one attribute, a method or the article itself."""
    represent = field.to_representation
    if field.source == "*":
        return represent  # type: ignore[no-any-return]
    get = attrgetter(field.source)

    def read(article: Article) -> Any:
        value = get(article)
        return None if value is None else represent(value)

    return read


def _excerpt(article: Article) -> str:
    return " ".join(strip_tags(article.excerpt).split()) or article.summary


class OwnCardSerializer(_OwnRowSerializer):
    """What a card says out of the article's own row. No other row's word may come in here.

    The id is left to the reader, so that a new article can be stored with its own part in one statement.
    """

    url = serializers.SerializerMethodField()
    excerpt = serializers.SerializerMethodField()
    date = serializers.DateTimeField(default_timezone=UTC)
    updated = serializers.DateTimeField(default_timezone=UTC, allow_null=True)
    lang = serializers.SerializerMethodField()
    headimg = ImageSerializer(allow_null=True)
    thumbnail = ImageSerializer(allow_null=True)
    extra = serializers.SerializerMethodField()

    class Meta:
        model = Article
        fields = [
            "slug",
            "url",
            "title",
            "excerpt",
            "date",
            "updated",
            "lang",
            "headimg",
            "thumbnail",
            "comments",
            "reading_minutes",
            "extra",
        ]

    def get_url(self, article: Article) -> str:
        return article.get_absolute_url()

    def get_excerpt(self, article: Article) -> str:
        return _excerpt(article)

    def get_extra(self, article: Article) -> dict[str, Any]:
        # Bulk writes check nothing: what is no mapping is none at all.
        return article.extra if isinstance(article.extra, dict) else {}

    def get_lang(self, article: Article) -> str | None:
        return article.lang or None


class SourceSerializer(_OwnRowSerializer):
    """Where the article came from: who published it first, and its file here.

    What an import found out besides, such as the hash of the file, is for editors.
    """

    name = serializers.CharField(source="source_name")
    url = serializers.SerializerMethodField()
    path = serializers.CharField(source="source_path")

    class Meta:
        model = Article
        fields = ["name", "url", "license", "path", "markup"]

    def get_url(self, article: Article) -> str:
        # Not the schemes of the policy: stored parts would outlive a change of it.
        return safe_url(article.source_url, schemes=MEDIA_SCHEMES)


class SeoSerializer(_OwnRowSerializer):
    """What goes into the head of a page."""

    description = serializers.SerializerMethodField()
    canonical_url = serializers.SerializerMethodField()
    image = serializers.SerializerMethodField(allow_null=True)

    class Meta:
        model = Article
        fields = ["title", "description", "canonical_url", "image"]

    def get_canonical_url(self, article: Article) -> str:
        return article.get_absolute_url()

    def get_description(self, article: Article) -> str:
        extra = article.extra if isinstance(article.extra, Mapping) else {}
        described = extra.get("description")
        if isinstance(described, str) and described.strip():
            return described.strip()
        return _excerpt(article)

    def get_image(self, article: Article) -> str | None:
        return safe_url(article.headimg or article.thumbnail, schemes=MEDIA_SCHEMES) or None


class OwnDetailSerializer(_OwnRowSerializer):
    """What the document says beyond the card, without its text."""

    permalink = SafeUrlField()
    source = SourceSerializer(source="*")  # type: ignore[assignment]
    seo = SeoSerializer(source="*")

    class Meta:
        model = Article
        fields = ["permalink", "layout", "source", "seo"]


class OrderedTagsField(serializers.ListField):
    """The tags of an article as they were given."""

    child = TagNameSerializer()

    def to_representation(self, data: Any) -> list[Any]:
        """Return the tags of the article `data`."""
        links = sorted(data.tag_links.all(), key=lambda link: (link.position, link.pk))
        return super().to_representation([link.tag for link in links])


class CardSerializer(OwnCardSerializer):
    """An article in a list."""

    author = AuthorNameSerializer(allow_null=True)
    categories = CategoryNameSerializer(many=True)
    tags = OrderedTagsField(source="*")

    class Meta(OwnCardSerializer.Meta):
        fields = ["id", *OwnCardSerializer.Meta.fields, "author", "categories", "tags"]


class DocumentSerializer(CardSerializer):
    """An article whole. `body_html` is sanitised; the source is never served."""

    permalink = SafeUrlField()
    source = SourceSerializer(source="*")  # type: ignore[assignment]
    seo = SeoSerializer(source="*")

    class Meta(CardSerializer.Meta):
        fields = [*CardSerializer.Meta.fields, *OwnDetailSerializer.Meta.fields, "body_html"]


class NamesField(serializers.ListField):
    child = serializers.CharField()


class PolicySerializer(serializers.Serializer[Mapping[str, Any]]):
    """What HTML may be. Equal policies have equal fingerprints."""

    fingerprint = serializers.CharField()
    format = serializers.IntegerField()
    engine = serializers.CharField()
    tags = NamesField()
    attributes = serializers.DictField(child=NamesField())
    css_properties = NamesField()
    url_schemes = NamesField()
    embed_hosts = NamesField()
    id_pattern = serializers.CharField()
    class_pattern = serializers.CharField()
    max_chars = serializers.IntegerField()
    max_depth = serializers.IntegerField()
    max_attributes = serializers.IntegerField()
    max_ampersands = serializers.IntegerField()
    max_tags = serializers.IntegerField()
