"""A file imported, edited in the admin, and exported: the diff is what was edited."""

import difflib
from pathlib import Path

import pytest
from django.core.management import call_command

from cms_news.models import Article
from cms_news.services.exporting import export_article
from tests.admin.submitting import change_url, submit
from tests.builders import make_editor

pytestmark = pytest.mark.django_db

SAMPLES = Path(__file__).resolve().parents[2] / "example_project" / "sample_articles"
EDITED = "Edited: a new title"


def changed_lines(before, after):
    diff = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in diff if line[0] in "+-"]


def test_title_edited_in_the_admin_is_one_line_of_each_sample(client):
    call_command("import_articles", str(SAMPLES), verbosity=0)
    client.force_login(make_editor())
    articles = list(Article.objects.exclude(front_matter="").exclude(front_matter="\ufeff"))
    assert len(articles) > 20
    for article in articles:
        original = (SAMPLES / article.source_path).read_bytes()
        response = submit(client, change_url(article), title=EDITED)
        assert response.status_code == 302, article.source_path
        exported = export_article(Article.objects.with_names().get(pk=article.pk))
        diff = changed_lines(
            original.decode(article.source_encoding), exported.decode(article.source_encoding)
        )
        removed = [line for line in diff if line.startswith("-")]
        added = [line for line in diff if line.startswith("+")]
        assert len(added) == 1, (article.source_path, diff)
        assert len(removed) <= 1, (article.source_path, diff)
        assert "new title" in added[0]


def test_saving_without_an_edit_changes_no_byte(client):
    call_command("import_articles", str(SAMPLES), verbosity=0)
    client.force_login(make_editor())
    for article in Article.objects.all():
        assert submit(client, change_url(article)).status_code == 302
        stored = Article.objects.with_names().get(pk=article.pk)
        assert export_article(stored) == (SAMPLES / stored.source_path).read_bytes()
        assert stored.version == 1
