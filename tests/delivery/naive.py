"""What the API has to say, computed the slow way: every row is looked at, nothing is remembered."""

import json
from collections import Counter

from cms_news.delivery.own_part import ensure_rendered
from cms_news.delivery.serializers import CardSerializer, DocumentSerializer
from cms_news.models import Article


def public_articles(at):
    """Return what readers may see at that time, newest first."""
    shown = [
        article
        for article in Article.objects.all()
        if article.published
        and article.trashed_at is None
        and article.date <= at
        and (article.expires_at is None or article.expires_at > at)
    ]
    for article in shown:
        ensure_rendered(article)
    return sorted(shown, key=lambda article: (article.date, article.pk), reverse=True)


def cards(at):
    return [_plain(CardSerializer(article).data) for article in public_articles(at)]


def documents(at):
    return {article.pk: _plain(DocumentSerializer(article).data) for article in public_articles(at)}


def numbers(at):
    """Return how many public articles each author, category and tag has, by kind and id; never 0."""
    shown = public_articles(at)
    return {
        "authors": Counter(article.author_id for article in shown if article.author_id),
        "categories": Counter(
            link.category_id for article in shown for link in article.category_links.all()
        ),
        "tags": Counter(link.tag_id for article in shown for link in article.tag_links.all()),
    }


def _plain(data):
    return json.loads(json.dumps(data))
