"""Where an article comes from: which keys say so, which only look like it, and how they are written back."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cms_news.content.document import ArticleData
from cms_news.content.fields import (
    FieldOptions,
    Origin,
    clean_document,
    compose_document,
    dump_data,
    load_data,
)
from cms_news.content.frontmatter import format_document, parse_document
from cms_news.errors import DocumentError

OPTIONS = FieldOptions()
URL = "https://wire.example/a?b=1&amp;c"


def head(lines):
    return f"---\ntitle: T\n{lines}\nz: 1\n---\nBody\n"


def read(text):
    return clean_document(parse_document(text), options=OPTIONS, origin=Origin("name.md"))


def source_of(data):
    return data.source_name, data.source_url, data.license


def edit(text, **changes):
    """Return the text after an edit, which must be read back as what was asked for."""
    base, was = parse_document(text), read(text)
    data = replace(was, **changes)
    result = format_document(compose_document(data, base=base, was=was, options=OPTIONS))
    again = read(result)
    assert (source_of(again), again.extra) == (source_of(data), data.extra)
    return result


@pytest.mark.parametrize(
    ("lines", "source"),
    [
        pytest.param("source: 新华社", ("新华社", "", ""), id="name"),
        pytest.param("source: 'AT&amp;T Wire '", ("AT&T Wire", "", ""), id="entities"),
        pytest.param("source: true.example", ("true.example", "", ""), id="bare domain is a name"),
        pytest.param("source: 163", ("163", "", ""), id="number"),
        pytest.param(f"source: {URL}", ("", URL, ""), id="address"),
        pytest.param("source: //wire.example/a", ("", "//wire.example/a", ""), id="no scheme"),
        pytest.param(f"source: {{name: N, url: '{URL}'}}", ("N", URL, ""), id="mapping"),
        pytest.param("source:\n  name: N\n  link: /a\n  license: L", ("N", "/a", "L"), id="all"),
        pytest.param("source: {name: N, uri: ~}", ("N", "", ""), id="null part"),
        pytest.param(f"source_name: N\nsource_url: {URL}", ("N", URL, ""), id="own names"),
        pytest.param("source: N\nsourceUrl: u\nlicense: L", ("N", "u", "L"), id="together"),
        pytest.param("Source: N\nLICENSE: L", ("N", "", "L"), id="any case"),
        pytest.param("original_url: u", ("", "u", ""), id="original_url"),
        pytest.param("originalURL: u", ("", "u", ""), id="originalURL"),
        pytest.param("original_link: u", ("", "u", ""), id="original_link"),
        pytest.param("post_link: u", ("", "u", ""), id="post_link"),
        pytest.param('license: "CC BY-NC-SA 4.0"', ("", "", "CC BY-NC-SA 4.0"), id="license"),
        pytest.param("license: no", ("", "", "no"), id="a switch only in YAML 1.1"),
        pytest.param('license: "true"', ("", "", "true"), id="quoted word is a text"),
        pytest.param("source:\nlicense: ~", ("", "", ""), id="nulls"),
    ],
)
def test_what_is_clearly_meant_is_the_source(lines, source):
    data = read(head(lines))
    assert source_of(data) == source
    assert data.extra == {"z": 1}
    assert load_data(dump_data(data)) == replace(data, body="", notices=())


@pytest.mark.parametrize(
    ("lines", "extra"),
    [
        pytest.param("license: false", {"license": False}, id="switch of a theme"),
        pytest.param("license: TRUE", {"license": True}, id="switch in capitals"),
        pytest.param("source: [a, b]", {"source": ["a", "b"]}, id="list"),
        pytest.param("source: {}", {"source": {}}, id="empty mapping"),
        pytest.param(
            "source: {name: N, post_id: 7}", {"source": {"name": "N", "post_id": 7}}, id="more"
        ),
        pytest.param(
            "source: {url: u, link: v}", {"source": {"url": "u", "link": "v"}}, id="twice"
        ),
        pytest.param("source: {license: L}", {"source": {"license": "L"}}, id="no source in it"),
        pytest.param("source: {name: [N]}", {"source": {"name": ["N"]}}, id="list in it"),
        pytest.param("source: ../posts/a.md", {"source": "../posts/a.md"}, id="path"),
        pytest.param("source: file:///home/x", {"source": "file:///home/x"}, id="other scheme"),
        pytest.param('source: "[[note]]"', {"source": "[[note]]"}, id="wiki link"),
        pytest.param("source: |-\n  a\n  b", {"source": "a\nb"}, id="several lines"),
        pytest.param(f"source: {'x' * 301}", {"source": "x" * 301}, id="too long"),
        pytest.param("copyright: true", {"copyright": True}, id="copyright"),
        pytest.param("via: v\nfrom: f\norigin: o", {"via": "v", "from": "f", "origin": "o"}),
        pytest.param("canonical_url: u\nlink: l", {"canonical_url": "u", "link": "l"}),
    ],
)
def test_what_is_not_clearly_meant_stays_an_unknown_key(lines, extra):
    data = read(head(lines))
    assert data.extra == {**extra, "z": 1}
    assert (data.source_name, data.source_url) == ("", "")
    text = head(lines)
    assert edit(text) == text
    assert edit(text, title="U") == text.replace("title: T", "title: U")


def test_a_source_that_another_key_names_as_well_is_an_unknown_key():
    data = read(head("source: {name: N, url: u}\nsource_name: M"))
    assert source_of(data) == ("M", "", "")
    assert data.extra["source"] == {"name": "N", "url": "u"}


BLOCK = "source: # who\n  name: '新华社'   # first\n\n  link: \"https://wire.example/\"\n  license: L\nx:  y"


@pytest.mark.parametrize(
    ("lines", "changes", "old", "new"),
    [
        ("source: '甲'", {"source_name": "乙"}, "'甲'", "'乙'"),
        ("source: 甲", {"source_url": URL}, "z: 1", f"z: 1\nsource_url: {URL}"),
        ("source: 甲", {"source_name": ""}, "source: 甲\n", ""),
        ("source: 甲", {"source_name": "R & D &lt;"}, "甲", "R & D &amp;lt;"),
        ("source: //a", {"source_url": URL}, "//a", URL),
        ("source: //a", {"source_name": "甲"}, "z: 1", "z: 1\nsource_name: 甲"),
        ("post_link: u\nlicense: L", {"source_url": "v"}, "post_link: u", "post_link: v"),
        ("post_link: u\nlicense: L", {"license": ""}, "license: L\n", ""),
        ("source:", {"source_name": "甲"}, "source:", "source: 甲"),
        (BLOCK, {"source_url": "https://b.example/"}, "wire.example", "b.example"),
        (BLOCK, {"license": "M"}, "license: L", "license: M"),
        (BLOCK, {"license": ""}, "  license: L\n", ""),
        (BLOCK, {"source_name": "乙"}, "'新华社'   # first", "'乙'"),
        ("source: {name: A}", {"license": "L"}, "{name: A}", "{name: A, license: L}"),
        ("license: false", {"license": "L", "extra": {"z": 1}}, "false", "L"),
    ],
)
def test_an_edit_changes_only_its_own_lines(lines, changes, old, new):
    text = head(lines)
    assert edit(text) == text
    assert edit(text, **changes) == text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("lines", "changes", "expected"),
    [
        pytest.param(
            "source: 甲",
            {"source_name": "https://n"},
            "z: 1\nsource_name: https://n",
            id="a name that looks like an address",
        ),
        pytest.param(
            "source: {name: A, license: L}",
            {"source_name": ""},
            "z: 1\nlicense: L",
            id="what is left is no source",
        ),
        pytest.param(
            "source: A\nsource_name: B",
            {"source_name": ""},
            "source: A\nsource_name: ''\nz: 1",
            id="an empty name keeps another key from being taken for it",
        ),
    ],
)
def test_what_a_key_can_not_hold_is_written_under_its_own_name(lines, changes, expected):
    assert edit(head(lines), **changes) == f"---\ntitle: T\n{expected}\n---\nBody\n"


@pytest.mark.parametrize(
    "text",
    [
        '+++\ntitle = "T"\nsource = { name = "A", url = "u" }\n+++\nB',
        ';;;\n"title": "T",\n"source": {"name": "A", "url": "u"}\n;;;\nB',
        "title: T\nsource: {name: A, url: u}\n---\nB",
    ],
)
def test_other_syntaxes_are_edited_in_place(text):
    assert source_of(read(text)) == ("A", "u", "")
    result = edit(text, source_name="B'\"", license="L")
    assert parse_document(result).syntax == parse_document(text).syntax
    edit(result, source_name="", source_url="", license="")


def test_a_fresh_head_has_the_own_names_last():
    data = ArticleData(title="T", source_name="甲", source_url="u", license="L", extra={"x": 1})
    assert format_document(compose_document(data, options=OPTIONS)) == (
        "---\ntitle: T\nsource_name: 甲\nsource_url: u\nlicense: L\nx: 1\n---\n"
    )


@pytest.mark.parametrize(
    "data",
    [
        ArticleData(title="T", extra={"license": "L"}),
        ArticleData(title="T", extra={"source_url": None}),
        ArticleData(title="T", license="L", extra={"license": False}),
    ],
)
def test_extra_can_not_hold_what_a_field_says(data):
    with pytest.raises(DocumentError, match="field of its own"):
        compose_document(data, options=OPTIONS)


def test_what_no_head_can_say_is_refused():
    data = ArticleData(title="T", extra={"source_name": [1], "source": "N"})
    with pytest.raises(DocumentError, match="source_name: this key has a field of its own"):
        compose_document(data, options=OPTIONS)


KEYS = st.sampled_from(["source", "source_name", "source_url", "post_link", "license"])
VALUES = st.sampled_from(
    [
        *("", "~", "N", "'N'", "no", "true", "7", "1.5", "[a]", "{}", "{x: y}", "{name: N}"),
        *("{name: N, url: ~}", "{url: u, license: true}", "{name: N, license: L}"),
        *("//a", "https://a.example/", "../a", "'  '", "x" * 301),
    ]
)


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, min_size=1), KEYS, st.sampled_from(["", "M", "//b"]))
def test_any_head_is_kept_and_any_edit_is_read_back(values, key, value):
    text = head("\n".join(f"{key}: {said}" for key, said in values.items()))
    assert edit(text) == text
    field = key if key in ("source_url", "license") else "source_name"
    kept = {name: said for name, said in read(text).extra.items() if name != field}
    try:
        edit(text, **{field: value, "extra": kept})
    except DocumentError:
        # Where an odd value has the name that a field would need, there may be no way of saying it.
        assert kept.keys() & {"source_name", "source_url", "license"}


@pytest.mark.parametrize(
    "text",
    [
        "Source: the agency\n\n---\n\nA text with a rule.",
        "license: MIT\n---\nText",
        "---\n* source:x\n* license:y\n---\nText",
    ],
)
def test_a_text_that_begins_with_its_source_is_no_head(text):
    document = parse_document(text)
    assert (document.syntax, document.body) == ("none", text)
