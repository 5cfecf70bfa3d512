"""The tables that an import written in an afternoon has: cms_news's columns as far as it would fill them."""

from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=100, unique=True)


class Category(models.Model):
    name = models.CharField(max_length=100)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT)

    class Meta:
        unique_together = ("parent", "name")


class Tag(models.Model):
    name = models.CharField(max_length=100, unique=True)


class Article(models.Model):
    title = models.CharField(max_length=300)
    slug = models.SlugField(max_length=100, unique=True, allow_unicode=True)
    author = models.ForeignKey(Author, on_delete=models.PROTECT)
    categories = models.ManyToManyField(Category)
    tags = models.ManyToManyField(Tag)
    headimg = models.CharField(max_length=2000, blank=True)
    thumbnail = models.CharField(max_length=2000, blank=True)
    comments = models.BooleanField(default=True)
    date = models.DateTimeField()
    published = models.BooleanField(default=True)
    body = models.TextField()
    body_html = models.TextField()
    extra = models.JSONField(default=dict)
    source_path = models.CharField(max_length=4096)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = (models.Index(fields=["-date", "-id"], name="naive_article_by_date"),)
