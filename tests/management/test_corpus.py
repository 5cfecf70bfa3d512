"""The whole corpus through the commands: every file that comes in goes out as it was."""

import difflib
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cms_news.content.frontmatter import NEWLINE, parse_document
from cms_news.models import Article
from cms_news.services.exporting import export_article
from tests.admin.submitting import change_url, submit
from tests.builders import make_editor
from tests.corpus import good_files, refused_files

pytestmark = pytest.mark.django_db

EDITED = "Edited: “a new title”"


def call(*arguments, **options):
    out, err = StringIO(), StringIO()
    try:
        call_command(*map(str, arguments), stdout=out, stderr=err, **options)
    except CommandError as error:
        err.write(str(error))
    return out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus") / "corpus"
    for path, content in (*good_files(), *refused_files()):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def test_every_file_that_comes_in_goes_out_as_it_was(corpus, tmp_path):
    good, refused = dict(good_files()), dict(refused_files())
    out, err = call("import_articles", corpus, verbosity=1)
    failed = set(re.findall(r"^(\S+?)(?::\d+)?: failed: ", err, re.MULTILINE))
    assert failed == set(refused)
    assert f"{len(good)} created" in out
    call("export_articles", tmp_path / "out")
    exported = {
        path.relative_to(tmp_path / "out").as_posix(): path.read_bytes()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert {path for path in good if exported.get(path) != good[path]} == set()
    assert set(exported) == set(good)
    assert f"{len(good)} unchanged" in call("export_articles", tmp_path / "out", "--check")[0]
    assert f"{len(good)} unchanged" in call("import_articles", corpus)[0]


def test_figure_of_the_round_trip(corpus):
    good, refused = dict(good_files()), dict(refused_files())
    out, _err = call("check_roundtrip", corpus, verbosity=0)
    said = f"{len(good)} of {len(good)} files came back byte for byte; {len(refused)} could not"
    assert said in out
    assert not Article.objects.exists()


def test_title_edited_in_the_admin_is_one_line_of_every_file(corpus, client):
    call("import_articles", corpus)
    client.force_login(make_editor())
    checked = 0
    for article in Article.objects.exclude(front_matter__in=["", "\ufeff"]):
        folder, _slash, name = article.source_path.partition("/")
        if folder not in {"lf", "cr"}:
            continue  # the same heads, which the round trip has seen in their other dresses
        if name == "flow-head.md":
            continue  # written anew, as a block that can be changed line by line
        original = (corpus / article.source_path).read_bytes().decode(article.source_encoding)
        answer = submit(client, change_url(article), title=EDITED)
        assert answer.status_code == 302, (article.source_path, answer.context["errors"])
        stored = Article.objects.with_names().get(pk=article.pk)
        edited = export_article(stored).decode(article.source_encoding)
        gone, added = changed_lines(original, edited)
        assert len(added) == 1, (article.source_path, gone, added)
        assert "new title" in added[0]
        assert len(gone) == lines_of_title(original), (article.source_path, gone)
        checked += 1
    assert checked > 200


def changed_lines(before, after):
    diff = list(difflib.ndiff(NEWLINE.split(before), NEWLINE.split(after)))
    return [[line for line in diff if line[0] == sign] for sign in "-+"]


def lines_of_title(text):
    """Return on how many lines the title of `text` stands; 0 where it has none."""
    if "title" not in {key.lower() for key in parse_document(text).entries}:
        return 0
    several = {"title: 'Delta": 2, "title: >-": 3, "title: |": 2}
    return next((count for start, count in several.items() if start in text), 1)
