import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from cms_news.models import Article
from example_project.database import parse_database_url

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLES = ROOT / "example_project" / "sample_articles"


def test_sqlite_addresses():
    relative = parse_database_url("sqlite:///db.sqlite3", root=Path("/srv"))
    assert str(relative["NAME"]) == "/srv/db.sqlite3"
    assert relative["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "WAL" in relative["OPTIONS"]["init_command"]
    assert str(parse_database_url("sqlite:////x/a%20b", root=Path("/srv"))["NAME"]) == "/x/a b"
    assert parse_database_url("sqlite:///:memory:", root=Path("/srv"))["NAME"] == ":memory:"


def test_postgres_addresses():
    parsed = parse_database_url("postgres://me:p%40ss@db.example:5433/news", root=Path())
    assert parsed == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "news",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": 5433,
    }


def test_unknown_databases_are_refused():
    with pytest.raises(ValueError, match="mysql"):
        parse_database_url("mysql://localhost/x", root=Path())


def test_admin_begins_in_the_newsroom_and_has_every_screen():
    # In a process of its own: the site is chosen when Django starts.
    script = (
        "import django; django.setup(); from django.contrib import admin; "
        "print(type(admin.site._wrapped).__name__, *(m.__name__ for m in admin.site._registry))"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "example_project.settings"}
    printed = subprocess.check_output(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, text=True
    )
    site, *models = printed.split()
    assert site == "NewsroomSite"
    assert {"Article", "Newsroom", "ImportRecord", "User"} <= set(models)


@pytest.mark.django_db
def test_demo_editor_is_made_once_and_only_in_development(settings):
    with pytest.raises(CommandError):
        call_command("create_demo_editor")
    settings.DEBUG = True
    for expected in ("Created", "there already"):
        out = StringIO()
        call_command("create_demo_editor", stdout=out)
        assert expected in out.getvalue()
    assert User.objects.get().check_password("editor")


@pytest.mark.django_db
def test_sample_articles_are_imported_and_leave_as_they_came(tmp_path):
    call_command("import_articles", str(SAMPLES), verbosity=0)
    files = {path.relative_to(SAMPLES): path for path in SAMPLES.rglob("*") if path.is_file()}
    assert len(files) >= 24
    assert Article.objects.count() == len(files)
    for articles in (
        Article.objects.public(),
        Article.objects.drafts(),
        Article.objects.scheduled(),
        Article.objects.expired(),
    ):
        assert articles.exists()
    call_command("export_articles", str(tmp_path), verbosity=0)
    for name, path in files.items():
        assert (tmp_path / name).read_bytes() == path.read_bytes(), name
