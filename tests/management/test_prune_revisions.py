from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from cms_news.models import Article, Revision
from cms_news.services import save_article
from tests.builders import make_article, make_data

pytestmark = pytest.mark.django_db


def make_old_history(count, *, days=1000, slug="a"):
    """Return an article with `count` revisions that are that many days old, the first one oldest."""
    article = make_article("n0", slug=slug)
    for number in range(1, count):
        save_article(make_data(f"n{number}", slug=slug), article=article)
    aged = timezone.now() - timedelta(days=days)
    Revision.objects.filter(article=article).update(saved_at=aged)
    return article


def prune(*args):
    out = StringIO()
    call_command("prune_revisions", *args, stdout=out, stderr=StringIO())
    return out.getvalue()


def versions(article):
    return sorted(Revision.objects.filter(article=article).values_list("version", flat=True))


def test_newest_of_each_article_stay():
    long, short = make_old_history(5), make_old_history(2, slug="b")
    assert prune("--keep", "3", "--older-than", "30") == "2 revisions of 1 articles deleted\n"
    assert versions(long) == [3, 4, 5]
    assert versions(short) == [1, 2]


def test_young_ones_stay():
    article = make_old_history(5, days=20)
    assert prune("--keep", "1", "--older-than", "30").startswith("0 revisions")
    Revision.objects.filter(version__lte=2).update(saved_at=F("saved_at") - timedelta(days=20))
    prune("--keep", "1", "--older-than", "30")
    assert versions(article) == [3, 4, 5]


def test_what_the_article_says_now_always_stays():
    article = make_old_history(3)
    prune("--keep", "1", "--older-than", "0")
    assert versions(article) == [Article.objects.get().version] == [3]
    with pytest.raises(CommandError, match="always stays"):
        prune("--keep", "0")


def test_settings_are_the_policy(settings):
    article = make_old_history(4)
    assert prune().startswith("0 revisions")
    settings.CMS_NEWS = {**settings.CMS_NEWS, "KEEP_REVISIONS": 2, "KEEP_REVISION_DAYS": 7}
    assert prune().startswith("2 revisions")
    assert versions(article) == [3, 4]


def test_dry_run_deletes_nothing():
    article = make_old_history(4)
    out = prune("--keep", "1", "--older-than", "0", "--dry-run")
    assert out == "3 revisions of 1 articles would be deleted\n"
    assert len(versions(article)) == 4


def test_bad_age_is_named():
    with pytest.raises(CommandError, match="--older-than"):
        prune("--older-than", "-1")


def test_edit_after_pruning_is_kept():
    article = make_old_history(3)
    prune("--keep", "1", "--older-than", "0")
    save_article(make_data("new", slug="a"), article=Article.objects.get())
    assert versions(article) == [3, 4]


@pytest.mark.parametrize("number", [1, 12])
def test_articles_cost_no_queries_of_their_own(number, django_assert_num_queries):
    for count in range(number):
        make_old_history(3, slug=f"s{count}")
    with django_assert_num_queries(5):
        prune("--keep", "1", "--older-than", "0", "--verbosity", "0")
    assert Revision.objects.count() == number
