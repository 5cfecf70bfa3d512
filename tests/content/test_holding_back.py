"""Heads that could not be read, and what they say against being published."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cms_news.content.fields import FieldOptions, Origin, clean_document, compose_document
from cms_news.content.frontmatter import format_document, parse_document
from cms_news.content.holding_back import MAX_LINES, Hold, find_hold
from cms_news.errors import DocumentError

OPTIONS = FieldOptions()
HEAD = "title: A\ndraft: true\n---\nbody"


def read(text):
    return clean_document(parse_document(text), options=OPTIONS, origin=Origin("name.md"))


def edit(text, **changes):
    base = parse_document(text)
    was = clean_document(base, options=OPTIONS, origin=Origin("name.md"))
    data = replace(was, **changes)
    return format_document(compose_document(data, base=base, was=was, options=OPTIONS))


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        pytest.param(f" ---\n{HEAD}", "draft", 3, id="space before the fence"),
        pytest.param(f"\u200b---\n{HEAD}", "draft", 3, id="invisible before the fence"),
        pytest.param(f"---\u00a0\n{HEAD}", "draft", 3, id="no-break space behind the fence"),
        pytest.param(f"--- # head\n{HEAD}", "draft", 3, id="comment behind the fence"),
        pytest.param(f"<!-- c -->\n---\n{HEAD}", "draft", 4, id="comment before the fence"),
        pytest.param(f"---yaml\n{HEAD}", "draft", 3, id="name behind the fence"),
        pytest.param(f"# A\n\n---\n{HEAD}", "draft", 5, id="heading before the fence"),
        pytest.param("title: A\ndraft: true\n\nbody", "draft", 2, id="no fence"),
        pytest.param('{"title": "A", "draft": true}\n\nbody', "draft", 1, id="JSON, no fence"),
        pytest.param('{\n  "draft": true\n}\n\nbody', "draft", 2, id="JSON on lines"),
        pytest.param('"title": "A", "Hidden": "yes",\n\nbody', "hidden", 1, id="no braces"),
        pytest.param("--- {title: A, draft: true}\nbody", "draft", 1, id="flow mapping"),
        pytest.param("---\n- draft: true\n---\nbody", "draft", 2, id="list"),
        pytest.param("---\nDraft:true\n---\nbody", "draft", 2, id="no space"),
        pytest.param("draft：true\n\nbody", "draft", 1, id="fullwidth colon"),
        pytest.param("title = 'A'\ndraft = true\n\nbody", "draft", 2, id="TOML, no fence"),
        pytest.param(" +++\npublished = false\n+++\n", "published", 2, id="TOML"),
        pytest.param("<!--\nPublished: 'Off' # now\n-->\n", "published", 2, id="HTML comment"),
        pytest.param("<!-- draft: true -->\nbody", "draft", 1, id="HTML comment on a line"),
        pytest.param("\r\n\r\n ---\r\rpassword: x\r---", "password", 5, id="CR"),
        pytest.param("title: A\npassword: [a]\n", "password", 2, id="password of any shape"),
        pytest.param("Title A\n\u201cdraft\u201d: \u201ctrue\u201d\n", "draft", 2, id="quotes"),
        pytest.param("``` x``` y\ndraft: true\n", "draft", 2, id="inline code is no fence"),
        pytest.param("```\na\n```\ndraft: true\n", "draft", 4, id="behind code"),
        pytest.param(f"draft:{' ' * 999}true", "draft", 1, id="far away"),
    ],
)
def test_an_unreadable_head_that_holds_back_is_not_published(text, key, line):
    data = read(text)
    assert data.published is False
    assert data.body == text
    (notice,) = (notice for notice in data.notices if "not published" in notice.message)
    assert (notice.key, notice.line) == (key, line)
    assert "could not be read" in notice.message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (';;;\n{"title": "A", "draft": true,}\n;;;\nbody', 2),
        (';;;\n"title": "A",\n"password": "hunter2",\n;;;\nbody', 4),
        (";;;\n{title: 'A',\nhidden: true}\n;;;\n", 2),
    ],
)
def test_broken_json_between_its_fences_that_holds_back_is_refused(text, line):
    with pytest.raises(DocumentError, match="not valid JSON") as caught:
        read(text)
    assert caught.value.line == line
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "Title: A\nPassword: hunter2\n---\nbody",
        "TITLE: A\nDraft: true\n---\nbody",
        '{"Title": "A", "DRAFT": true}\n;;;\nbody',
        "Published: no\n---\nbody",
    ],
)
def test_a_head_without_opening_fence_knows_its_keys_in_any_case(text):
    document = parse_document(text)
    assert document.body == "body"
    assert read(text).published is False


PROSE = "\n\npassword: x is no password\n\ndraft: true\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"---\ntitle: A\n---{PROSE}", id="YAML"),
        pytest.param(f"title: A\n---{PROSE}", id="no opening fence"),
        pytest.param(f"+++\ntitle = 'A'\n+++{PROSE}", id="TOML"),
        pytest.param(f';;;\n"title": "A"\n;;;{PROSE}', id="JSON"),
        pytest.param(f"---\n---{PROSE}", id="empty head"),
        pytest.param("A\n\nThe password: keep it. A draft: true or not?", id="inside a line"),
        pytest.param("**Draft: true**\n\n> draft: true\n\n* hidden: yes", id="Markdown"),
        pytest.param("Draft: a first look\nHidden = the story\nPublished: 2020-01-01", id="values"),
        pytest.param("draft: true story\nhidden: yes-men\npublished: no.\ndraft: 10", id="longer"),
        pytest.param("draft: false\npublished: true\npassword:\npassword: ''\nhidden: 0", id="off"),
        pytest.param('password: null\npassword: false # c\n"password": "",\n', id="none"),
        pytest.param("drafts: true\nmy-draft: true\nunpublished: false", id="other keys"),
        pytest.param("```yaml\ndraft: true\n```\n~~~\npassword: x\n```\nhidden: 1\n", id="code"),
        pytest.param("<p\n aria-hidden=true data-draft='true'>x</p>\n", id="attributes"),
        pytest.param("<script>var x = {hidden: true};</script>", id="script"),
        pytest.param("a\n" * MAX_LINES + "draft: true\n", id="far down"),
        pytest.param("a" * 33_000 + "\ndraft: true\n", id="far behind"),
        pytest.param("", id="nothing"),
    ],
)
def test_prose_stays_public(text):
    data = read(text)
    assert data.published is True
    assert "not published" not in " ".join(notice.message for notice in data.notices)


def test_the_last_line_that_counts():
    assert find_hold("a\n" * (MAX_LINES - 1) + "draft: true", first_line=5) == Hold("draft", 64)


HELD = f" ---\n{HEAD}"


def test_an_edit_keeps_a_held_file_held():
    assert edit(HELD) == HELD
    edited = edit(HELD, title="B")
    assert edited == f"---\ntitle: B\npublished: false\n---\n{HELD}"
    assert read(edited).published is False
    assert read(edit(HELD, body="---\nx: 1\n---\n")).published is False
    assert edit(HELD, body="body") == "---\npublished: false\n---\nbody"


def test_a_release_writes_a_head_that_decides():
    released = edit(HELD, published=True)
    assert released == f"---\npublished: true\n---\n{HELD}"
    assert read(released).published is True


def test_a_public_body_edited_to_look_like_a_head_stays_public():
    edited = edit("Just text", body="draft: true\n\nbody")
    assert edited == "---\n---\ndraft: true\n\nbody"
    assert read(edited).published is True


PIECES = ["draft", "password", "published", ": ", "=", "true", "false", "{", ",", '"', "\u200b"]
PIECES += [" ", "\n", "\r\n", "-", "---", "```", "~~~", "<!--", ";", "+", "x", "'", "#", "\ufeff"]


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.integers(1, 9))
def test_what_is_found_is_on_its_line(text, first):
    found = find_hold(text, first_line=first)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if found is not None:
        assert found.key in lines[found.line - first].lower()


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.sampled_from(PIECES), max_size=25).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=25).map("".join),
    st.booleans(),
)
def test_edits_of_any_file_are_as_public_as_they_should_be(text, body, published):
    try:
        was = read(text)
    except DocumentError:
        return
    result = edit(text, body=body, published=published)
    # What a head of its own holds back is not released by an edit.
    assert read(result).published is (published and "password" not in parse_document(text).entries)
    assert edit(text) == text or not was.published


HOSTILE = {
    "members": "{draft:" * 100_000,
    "commas": '{"a"' + "," * 700_000,
    "spaces": "{" + ", " * 300_000 + " " * 100_000,
    "blank lines": "\n" * 1_000_000,
    "spaces behind keys": ("draft" + " " * 1000) * 700,
    "quotes": "'" * 900_000,
    "openings": "<!--" * 200_000,
    "fences": "```" * 300_000,
    "lines of fences": "```\n" * 200_000,
    "many spaces": " " * 900_000 + "x",
    "no end": "draft:" + " " * 900_000,
}


@pytest.mark.timed
@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_takes_long(name):
    began = time.process_time()
    find_hold(HOSTILE[name])
    assert time.process_time() - began < 0.5
