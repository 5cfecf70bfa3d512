"""The schema and a live server, held against each other by schemathesis."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from cms_news.models import Article, Author, Category, Tag
from tests.api.schema.contract import fetch_document

ROOT = Path(__file__).resolve().parent.parent.parent.parent
SAMPLES = ROOT / "example_project" / "sample_articles"
EXAMPLES = 15

pytestmark = [pytest.mark.schemathesis, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def newspaper():
    """The example's articles, one of them under a new slug; return where something is to be found."""
    call_command("import_articles", str(SAMPLES), verbosity=0)
    moved = Article.objects.public().earliest("date")
    old, moved.slug = moved.slug, "moved"
    moved.save()
    articles = Article.objects.public()
    shown = {
        "articles": articles,
        "categories": Category.objects.filter(article_links__article__in=articles),
        "authors": Author.objects.filter(articles__in=articles),
        "tags": Tag.objects.filter(article_links__content_object__in=articles),
    }
    known = {
        kind: {name: sorted(set(rows.values_list(name, flat=True)))[:9] for name in ("id", "slug")}
        for kind, rows in shown.items()
    }
    known["articles"]["slug"].append(old)
    return known


def run_schemathesis(live_server, folder, document, known, *arguments):
    """Return what came of all checks, on requests that are to be taken and on those to be refused.

    The document is handed over as a file: of one that it fetches, schemathesis leaves out the address it came from.
    """
    (folder / "schema.json").write_text(json.dumps(document), encoding="utf-8")
    return subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", "schema.json"),
            *("--url", f"{live_server.url}/api/v1", "--checks", "all", "--mode", "all"),
            *("--max-examples", str(EXAMPLES), "--generation-deterministic", "--workers", "2"),
            *("--continue-on-failure", "--no-color"),
            *arguments,
        ],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.api.schema.hooks",
            "CMS_NEWS_KNOWN": json.dumps(known),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_schemathesis_finds_no_fault(live_server, newspaper, tmp_path, capsys):
    run = run_schemathesis(live_server, tmp_path, fetch_document(), newspaper)
    summary = run.stdout.rpartition("= SUMMARY =")[2]
    with capsys.disabled():
        print("\nschemathesis" + re.sub(r"\n+", "\n", summary))  # noqa: T201
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(r"Tested: 14$", summary, re.MULTILINE)


@pytest.mark.parametrize(
    ("limits", "fault"),
    [
        ({"maximum": 1000}, "Schema-valid request rejected"),
        ({"maximum": 50}, "Schema-violating request accepted"),
    ],
    ids=["too much is promised", "too little is promised"],
)
def test_schemathesis_finds_a_fault_that_is_there(live_server, newspaper, tmp_path, limits, fault):
    document = fetch_document()
    document["components"]["parameters"]["page_size"]["schema"].update(limits)
    run = run_schemathesis(live_server, tmp_path, document, {}, "--include-path", "/tags/")
    assert run.returncode == 1
    assert fault in run.stdout
