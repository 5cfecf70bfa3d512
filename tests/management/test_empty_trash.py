from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from cms_news.models import Article
from cms_news.services.trash import trash_articles
from tests.builders import make_article

pytestmark = pytest.mark.django_db


def empty(*args):
    out = StringIO()
    call_command("empty_trash", *args, stdout=out, stderr=StringIO())
    return out.getvalue()


def make_trashed(title, *, days):
    article = make_article(title)
    trash_articles(Article.objects.filter(pk=article.pk))
    Article.objects.filter(pk=article.pk).update(trashed_at=timezone.now() - timedelta(days=days))
    return article


def test_what_has_lain_there_for_a_month_goes():
    make_trashed("old", days=31)
    make_trashed("young", days=29)
    make_article("here")
    assert empty() == "1 articles deleted for good\n"
    assert {article.title for article in Article.objects.all()} == {"young", "here"}
    assert empty("--older-than", "7") == "1 articles deleted for good\n"
    assert empty("--older-than", "0") == "0 articles deleted for good\n"


def test_dry_run_names_what_would_go():
    article = make_trashed("旧\x1b[31m闻", days=31)
    out = empty("--dry-run")
    assert out == f"{article.pk} 旧\\x1b[31m闻\n1 articles would be deleted for good\n"
    assert Article.objects.count() == 1


def test_bad_age_is_named():
    with pytest.raises(CommandError, match="--older-than"):
        empty("--older-than", "-1")
