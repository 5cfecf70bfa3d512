"""The tables of cms_news as an ordinary application would declare them: nothing but the columns that it uses."""

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone


class Author(models.Model):
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100, allow_unicode=True)
    url = models.CharField(max_length=2000)

    class Meta:
        managed = False
        db_table = "cms_news_author"


class Category(models.Model):
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100, allow_unicode=True)
    tree_path = models.CharField(max_length=176)

    class Meta:
        managed = False
        db_table = "cms_news_category"


class Tag(models.Model):
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100, allow_unicode=True)

    class Meta:
        managed = False
        db_table = "cms_news_tag"


class ArticleQuerySet(models.QuerySet["Article"]):
    def public(self) -> "QuerySet[Article]":
        now = timezone.now()
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=now),
            published=True,
            trashed_at__isnull=True,
            date__lte=now,
        )


class Article(models.Model):
    title = models.CharField(max_length=300)
    slug = models.SlugField(max_length=100, allow_unicode=True)
    author = models.ForeignKey(Author, null=True, on_delete=models.DO_NOTHING, related_name="+")
    headimg = models.CharField(max_length=2000)
    thumbnail = models.CharField(max_length=2000)
    comments = models.BooleanField()
    date = models.DateTimeField()
    updated = models.DateTimeField(null=True)
    published = models.BooleanField()
    expires_at = models.DateTimeField(null=True)
    trashed_at = models.DateTimeField(null=True)
    body = models.TextField()
    body_html = models.TextField()
    markup = models.CharField(max_length=8)
    excerpt = models.TextField()
    summary = models.TextField()
    permalink = models.CharField(max_length=2000)
    lang = models.CharField(max_length=35)
    layout = models.CharField(max_length=100)
    extra = models.JSONField()
    reading_minutes = models.PositiveIntegerField()
    source_path = models.CharField(max_length=4096)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "cms_news_article"
        ordering = ("-date", "-id")


class CategoryLink(models.Model):
    """One for the chosen category and one for each above it: the filter by category needs no tree."""

    article = models.ForeignKey(Article, models.DO_NOTHING, related_name="category_links")
    category = models.ForeignKey(Category, models.DO_NOTHING, related_name="article_links")
    direct = models.BooleanField()
    position = models.PositiveSmallIntegerField()

    class Meta:
        managed = False
        db_table = "cms_news_articlecategory"


class TagLink(models.Model):
    content_object = models.ForeignKey(Article, models.DO_NOTHING, related_name="tag_links")
    tag = models.ForeignKey(Tag, models.DO_NOTHING, related_name="article_links")
    position = models.PositiveSmallIntegerField()

    class Meta:
        managed = False
        db_table = "cms_news_articletag"
