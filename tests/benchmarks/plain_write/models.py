"""An article as it would be written without cms_news: one row of the same columns, two many-to-many relations, taggit."""

from django.db import models
from taggit.managers import TaggableManager


class Author(models.Model):
    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=100, unique=True, allow_unicode=True)


class Category(models.Model):
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100, unique=True, allow_unicode=True)


class Article(models.Model):
    title = models.CharField(max_length=300)
    slug = models.SlugField(max_length=100, unique=True, allow_unicode=True)
    author = models.ForeignKey(Author, null=True, on_delete=models.PROTECT)
    categories = models.ManyToManyField(Category)
    tags = TaggableManager()
    headimg = models.CharField(max_length=2000, blank=True)
    thumbnail = models.CharField(max_length=2000, blank=True)
    comments = models.BooleanField(default=True)
    date = models.DateTimeField()
    updated = models.DateTimeField(null=True)
    published = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True)
    trashed_at = models.DateTimeField(null=True)
    body = models.TextField(blank=True)
    markup = models.CharField(max_length=8)
    excerpt = models.TextField(blank=True)
    permalink = models.CharField(max_length=2000, blank=True)
    lang = models.CharField(max_length=35, blank=True)
    layout = models.CharField(max_length=100, blank=True)
    extra = models.JSONField(default=dict)
    body_html = models.TextField(blank=True)
    policy_fingerprint = models.CharField(max_length=16, blank=True)
    removed = models.JSONField(default=list)
    summary = models.TextField(blank=True)
    word_count = models.PositiveIntegerField(default=0)
    reading_minutes = models.PositiveIntegerField(default=0)
    front_matter = models.TextField(blank=True)
    imported = models.JSONField(null=True)
    source = models.CharField(max_length=255, blank=True)
    source_path = models.CharField(max_length=4096, blank=True)
    source_hash = models.CharField(max_length=64, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-date", "-id")
        indexes = (
            models.Index(fields=["-date", "-id"], name="plain_article_by_date"),
            models.Index(fields=["source_hash"], name="plain_article_by_source"),
        )
