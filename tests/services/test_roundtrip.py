"""Heads that nobody thought of: imported, exported, edited."""

import difflib
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms_news.content.frontmatter import NEWLINE
from cms_news.models import Article
from cms_news.services import describe_article, save_article
from cms_news.services.exporting import export_article, is_edited
from cms_news.services.import_results import ImportOptions, Outcome
from cms_news.services.importing import import_files
from cms_news.services.sources import SourceFile
from tests.corpus import BODIES, LINES

pytestmark = pytest.mark.django_db

MOMENT = datetime(2021, 12, 9, tzinfo=UTC)
HARD = "\"'#:-,[]{}&*!|>%@`?\\ \t～，：中文é🎉\u00a0\u3000"
LETTERS = st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])
WORDS = st.text(st.one_of(st.sampled_from(HARD), LETTERS), max_size=20)
KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).map(lambda key: f"x_{key}")


@dataclass(frozen=True)
class InMemory:
    """A container of one file."""

    content: bytes

    def read(self, path, *, max_bytes):
        return self.content, MOMENT

    def size(self, path):
        return len(self.content)

    def holds(self, path, *, beside=""):
        return False


def single_quoted(text):
    return "'" + text.replace("'", "''") + "'"


def double_quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'


VALUES = st.one_of(
    WORDS.map(single_quoted),
    WORDS.map(double_quoted),
    WORDS,  # plain, and often no YAML at all
    st.lists(WORDS.map(double_quoted), max_size=3).map(lambda items: f"[{', '.join(items)}]"),
    st.lists(WORDS.map(single_quoted), min_size=1, max_size=3).map(
        lambda items: "".join(f"\n  - {item}" for item in items)
    ),
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(str),
    st.just("|\n  one\n\n  two"),
    st.just(""),
)


def entry_of(key, value):
    return f"{key}:{value}" if value.startswith("\n") else f"{key}: {value}".rstrip(" ")


def key_of(line):
    return line.partition(":")[0].strip().lower()


@st.composite
def files(draw):
    """A file with a title on one line, and whatever else a head may hold."""
    title = draw(st.one_of(WORDS.map(single_quoted), WORDS.map(double_quoted)))
    others = draw(st.lists(st.sampled_from(LINES), max_size=4, unique_by=key_of))
    own = draw(st.lists(st.builds(entry_of, KEYS, VALUES), max_size=4, unique_by=key_of))
    noise = draw(st.lists(st.sampled_from(["", "# a comment", "   "]), max_size=2))
    entries = draw(st.permutations([f"title: {title}", *others, *own, *noise]))
    gap = draw(st.sampled_from(["", " ", "\t"]))
    start = draw(st.sampled_from(["", "\n", "\n\n"]))
    fence = draw(st.sampled_from(["---", "-----"]))
    body = draw(st.one_of(st.sampled_from(BODIES), WORDS))
    text = "\n".join([f"{start}{fence}{gap}", *entries, f"{fence}{gap}", body])
    newline = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    text = text.replace("\n", newline)
    mark, encoding = draw(
        st.sampled_from([("", "utf-8"), ("\ufeff", "utf-8"), ("\ufeff", "utf-16-le")])
    )
    return (mark + text).encode(encoding)


def import_bytes(content):
    file = SourceFile("made", "made.md", InMemory(content))
    (result,) = import_files([file], options=ImportOptions(zone=UTC))
    return result


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=files())
def test_any_head_that_comes_in_goes_out_and_is_edited_in_its_title_alone(content):
    with transaction.atomic():
        try:
            check_one(content)
        finally:
            transaction.set_rollback(True)


def check_one(content):
    result = import_bytes(content)
    assert result.outcome in {Outcome.CREATED, Outcome.FAILED}
    if result.outcome is Outcome.FAILED:
        assert result.reason
        return
    article = Article.objects.with_names().get(pk=result.article_id)
    assert export_article(article) == content
    assert not is_edited(article)
    assert import_bytes(content).outcome is Outcome.UNCHANGED
    meant = describe_article(article)
    edited = save_article(replace(meant, title="Another one"), article=article)
    exported = export_article(Article.objects.with_names().get(pk=edited.pk))
    old, new = (NEWLINE.split(raw.decode(article.source_encoding)) for raw in (content, exported))
    diff = [line for line in difflib.ndiff(old, new) if line[0] in "+-"]
    assert [line[0] for line in diff] == ["-", "+"], diff
    assert "Another one" in diff[1]
    # And what was exported says what the article says.
    Article.objects.all().delete()
    again = import_bytes(exported)
    assert again.outcome is Outcome.CREATED
    stored = Article.objects.with_names().get(pk=again.article_id)
    assert replace(describe_article(stored), slug="") == replace(
        meant, title="Another one", slug=""
    )
