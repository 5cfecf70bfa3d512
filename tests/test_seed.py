"""The file that this app is made for, where it is at hand. Its text is not ours and not in this repository."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command

from cms_news.delivery.cards import read_document
from cms_news.delivery.state import read_moment
from cms_news.models import Article

SEED = Path(
    os.environ.get(
        "CMS_NEWS_SEED", Path(__file__).resolve().parents[2] / "shared" / "seed" / "article.md"
    )
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SEED.is_file(), reason="the seed file is not here"),
]


@pytest.fixture
def article():
    call_command("import_articles", str(SEED), verbosity=0)
    return Article.objects.get()


def test_seven_fields(article):
    picture = "https://picsum.photos/400/300?random=9953"
    assert f"title: '{article.title}'" in SEED.read_text("utf-8").splitlines()
    assert [category.path_names for category in article.categories] == [["金融", "中证网", "资讯"]]
    assert str(article.author) == "中证网"
    assert article.comments is False
    assert article.date == datetime(2021, 12, 9, 18, 14, tzinfo=UTC)
    assert (article.headimg, article.thumbnail) == (picture, picture)
    assert article.extra == {}


def test_seven_paragraphs_are_served(article, client):
    answer = client.get(f"/api/v1/articles/{article.pk}/").json()
    assert answer["body_html"].count("<p>") == 7
    assert article.removed == []
    source = SEED.read_text("utf-8")
    for paragraph in answer["body_html"].split("<p>")[1:]:
        assert paragraph.split("</p>")[0] in source
    assert read_document(Article.objects.public(), read_moment())


def test_exported_again_it_is_identical(article, tmp_path):
    call_command("export_articles", str(tmp_path), verbosity=0)
    result = subprocess.run(
        ["cmp", str(SEED), str(tmp_path / "article.md")], capture_output=True, check=False
    )
    assert result.returncode == 0, result.stdout
