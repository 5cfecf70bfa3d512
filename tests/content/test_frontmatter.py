"""Fences, syntaxes, limits: text to Document and back."""

import json
import subprocess
import sys
import time
import tomllib

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cms_news.content.document import Document, Scalar
from cms_news.content.fields import FIELDS, FieldOptions, Origin, clean_document
from cms_news.content.frontmatter import format_document, parse_document, replace_body
from cms_news.content.heads import yaml_reader
from cms_news.content.heads.reading import MAX_BYTES, node_value
from cms_news.errors import DocumentError

MODEST = settings(deadline=None, max_examples=200)


def values(document):
    return {key: node_value(node) for key, node in document.entries.items()}


def parse(text):
    document = parse_document(text)
    assert format_document(document) == text
    return document


@pytest.mark.parametrize(
    ("text", "syntax", "entries", "body"),
    [
        pytest.param("\n---\ntitle: A\n---\n", "yaml", {"title": "A"}, "", id="leading line"),
        pytest.param(" \n\t\n---\nx: A\n---\n\nB", "yaml", {"x": "A"}, "\nB", id="blank lines"),
        pytest.param(
            "title: A\ndate: 2020-01-01\n---\nBody",
            "yaml",
            {"title": "A", "date": "2020-01-01"},
            "Body",
            id="no opening fence",
        ),
        pytest.param("\ntitle: A\n----\nB", "yaml", {"title": "A"}, "B", id="no fence, long close"),
        pytest.param("# Head\ntext\n---\nmore", "none", {}, "# Head\ntext\n---\nmore", id="rule"),
        pytest.param("Note: see\n---\nx", "none", {}, "Note: see\n---\nx", id="setext heading"),
        pytest.param("Just text", "none", {}, "Just text", id="no front matter"),
        pytest.param(
            '+++\ntitle = "A"\ndate = 2020-01-01\n[extra]\nx = 1\n+++\nB',
            "toml",
            {"title": "A", "date": "2020-01-01", "extra": {"x": 1}},
            "B",
            id="TOML",
        ),
        pytest.param(';;;\n"title": "A"\n;;;\nB', "json", {"title": "A"}, "B", id="JSON, bare"),
        pytest.param(';;;\n{"title": "A"}\n;;;\n', "json", {"title": "A"}, "", id="JSON"),
        pytest.param('"title": "A"\n;;;\nB', "json", {"title": "A"}, "B", id="JSON, no fence"),
        pytest.param('{"title": "A"}\n;;;;\nB', "json", {"title": "A"}, "B", id="braces, no fence"),
        pytest.param('"x": "A"\n;;;\nB', "none", {}, '"x": "A"\n;;;\nB', id="no known key"),
        pytest.param("title: A\n;;;\nB", "none", {}, "title: A\n;;;\nB", id="YAML before ;;;"),
        pytest.param("---\ntitle: A\n...\nBody", "yaml", {"title": "A"}, "Body", id="dots"),
        pytest.param("--- \ntitle: A\n---\t \nB", "yaml", {"title": "A"}, "B", id="spaces"),
        pytest.param(
            "---\ntitle: A\n---\n---\ntitle: B\n---",
            "yaml",
            {"title": "A"},
            "---\ntitle: B\n---",
            id="two heads",
        ),
        pytest.param("---\ntitle: A\n---", "yaml", {"title": "A"}, "", id="end after the fence"),
        pytest.param("---\n---\nBody", "yaml", {}, "Body", id="empty mapping"),
        pytest.param("---\n# only\n---\nB", "yaml", {}, "B", id="comment only"),
        pytest.param(";;;\n;;;\nBody", "json", {}, "Body", id="empty JSON"),
        pytest.param("+++\n+++\nBody", "toml", {}, "Body", id="empty TOML"),
        pytest.param("", "none", {}, "", id="empty file"),
        pytest.param("---", "none", {}, "---", id="fence only"),
        pytest.param("---\nBody", "none", {}, "---\nBody", id="rule, then text"),
        pytest.param("---\n\n---\n", "yaml", {}, "", id="empty line between fences"),
        pytest.param("-----\ntitle: A\n-----\nB", "yaml", {"title": "A"}, "B", id="long fence"),
        pytest.param("-- -\ntitle: A\n", "none", {}, "-- -\ntitle: A\n", id="no fence at all"),
        pytest.param("---\r\nx: A\r\n---\r\nB\r\n", "yaml", {"x": "A"}, "B\r\n", id="CRLF"),
        pytest.param("---\rx: A\rt: b\r---\rB", "yaml", {"x": "A", "t": "b"}, "B", id="lone CR"),
        pytest.param("---\r\nx: A\nt: b\r---\nB", "yaml", {"x": "A", "t": "b"}, "B", id="mixed"),
        pytest.param("+++\r\nx = '''\r\na'''\r\n+++\r\n", "toml", {"x": "a"}, "", id="TOML, CRLF"),
        pytest.param(';;;\r\n"x":\r\n1\r\n;;;\r\n', "json", {"x": 1}, "", id="JSON, CRLF"),
        pytest.param("\ufeff---\nx: A\n---\nB", "yaml", {"x": "A"}, "B", id="byte order mark"),
        pytest.param("\ufeff\n---\nx: A\n---\nB", "yaml", {"x": "A"}, "B", id="mark, empty line"),
        pytest.param("\ufeffText", "none", {}, "Text", id="mark without head"),
        pytest.param(
            "---\nx: a\u2028---\u2028b\x85c\n---\n",
            "yaml",
            {"x": "a\u2028---\u2028b\x85c"},
            "",
            id="other line separators",
        ),
    ],
)
def test_splits(text, syntax, entries, body):
    document = parse(text)
    assert (document.syntax, values(document), document.body) == (syntax, entries, body)


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("---\n- a\n- b\n---\nB", "a list or a text", 2),
        ("\n---\njust text\n---\nB", "a list or a text", 3),
        ("---\n* star\n* item\n---\nB", "no keys", 2),
        (";;;\n{title: 1}\n;;;\nB", "not valid JSON", 2),
        (';;;\n"title": "A",\n;;;\nB', "not valid JSON", 3),
        (";;;\n[1]\n;;;\nB", "not valid JSON", 2),
        (';;;\n"a": "\x08"\n;;;\n', "not valid JSON", 2),
        ("title: A\nno fence follows", "no --- ends it", 1),
    ],
)
def test_a_block_without_keys_is_body_and_told(text, reason, line):
    document = parse(text)
    assert (document.syntax, document.head, document.body) == ("none", "", text)
    assert reason in document.notices[0].message
    assert document.notices[0].line == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\ntitle: A\n\nBody", 1),
        ("\n\n--- \n# note\ntitle: A\nBody", 3),
        ("---\ntitle: A\n----\nBody", 1),
        ("+++\ntitle = 'A'\nBody", 1),
        (';;;\n"title": "A"\n', 1),
        ("---\r\ntitle:\r\n  x", 1),
    ],
)
def test_a_fence_that_is_never_closed_is_refused(text, line):
    with pytest.raises(DocumentError, match="never closed") as caught:
        parse_document(text)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("title = 'A'\nx = y", 3),
        ("title = 'A'\ntitle = 'B'", 3),
        ("d = 2020-02-30", 2),
        ("a = [1,\n2", 3),
        ("a.b = 1\na = 2", 3),
        ("x = '\\u0000'\ny = \"\\u0000\"", 3),
        ("x = " + "9" * 5000, 2),
        ("x = 0x" + "f" * 5000, 2),
    ],
)
def test_toml_errors_name_the_line(head, line):
    with pytest.raises(DocumentError) as caught:
        parse_document(f"+++\n{head}\n+++\n")
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ('"a": 1,\n"a": 2', 3),
        ('"b": {"c": 1,\n"c": 2}', 3),
        ('"a": "\\u0000"', 2),
        ('"a":\n"\\ud800"', 3),
        ('"a": ' + "[" * 20 + "]" * 20, 2),
    ],
)
def test_json_errors_that_are_refused(head, line):
    with pytest.raises(DocumentError) as caught:
        parse_document(f";;;\n{head}\n;;;\n")
    assert caught.value.line == line


def test_toml_and_json_values_keep_their_text():
    toml = parse_document("+++\na = 1.10\nb = 07:30:00\nc = inf\nd = true\ne = 'true'\n+++\n")
    assert {key: node.text for key, node in toml.entries.items()} == {
        "a": "1.10",
        "b": "07:30:00",
        "c": "inf",
        "d": "true",
        "e": "true",
    }
    assert [node.plain for node in toml.entries.values()] == [True, True, True, True, False]
    text = parse_document(';;;\n"a": 1.10,\n"b": 12345678901234567890\n;;;\n')
    assert values(text) == {"a": "1.10", "b": "12345678901234567890"}


def test_toml_lines():
    head = 'a = 1\n"b c" = """\nx = 2\n"""\n# d = 1\ne = [\n"]", # ]\n]\n[f]\na = 2\n[[g]]\n'
    document = parse_document(f"\n+++\n{head}+++\n")
    assert document.lines == {"a": 3, "b c": 4, "e": 8, "f": 11, "g": 13}


def _bombs():
    alias = "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join(['*' + old] * 8)}]\n"
        for old, new in zip("abcde", "bcdef", strict=True)
    )
    merge = "a: &a {k: 1}\n" + "".join(
        f"k{number}: &k{number}\n  <<: [{', '.join(['*a'] * 20)}]\n" for number in range(300)
    )
    yield "alias bomb", f"---\n{alias}---\n"
    yield "merge bomb", f"---\n{merge}---\n"
    for count in (30_000, 32_000, 16_000, 400):
        for bracket in ("[", "{", "- ", "? ", "[ ", "!a ["):
            yield f"{count} {bracket}", f"---\na: {bracket * count}\n---\n"
            yield f"{count} lines {bracket}", "---\na:\n" + f" {bracket}\n" * (count // 4) + "---\n"
    yield "60 KB", "---\na: " + "[" * 60_000 + "\n---\n"
    yield "indented", "---\n" + "".join(" " * n + "a:\n" for n in range(240)) + "---\n"
    yield "unfenced", "title: " + "[" * 30_000 + "\n---\n"
    yield "JSON", ';;;\n"a": ' + "[" * 30_000 + "\n;;;\n"
    yield "JSON braces", ";;;\n" + '{"a":' * 6_000 + "\n;;;\n"
    yield "TOML", "+++\na = " + "[" * 30_000 + "\n+++\n"
    yield "TOML dots", "+++\n" + "a." * 15_000 + "a = 1\n+++\n"
    yield "TOML quoted dots", "+++\n" + '"a" . ' * 5_000 + "a = 1\n+++\n"
    yield "TOML tables", "+++\n[" + "a." * 15_000 + "a]\n+++\n"
    yield "TOML quotes", "+++\na = " + '"""\\' * 8_000 + "\n+++\n"
    yield "python tag", "---\na: !!python/object/apply:os.system ['true']\n---\n"
    yield "huge int", "---\na: " + "9" * 32_000 + "\n---\n"
    yield "TOML huge int", "+++\na = " + "9" * 32_000 + "\n+++\n"
    yield "JSON huge int", ';;;\n"a": ' + "9" * 32_000 + "\n;;;\n"
    yield "keys", "---\n" + "".join(f"{number}:\n" for number in range(5_200)) + "---\n"
    yield "10,000 keys", "---\n" + "".join(f"k{number}:\n" for number in range(10_000)) + "---\n"
    yield "JSON keys", ";;;\n" + ",".join(f'"{n}":0' for n in range(3_500)) + "\n;;;\n"
    yield "TOML keys", "+++\n" + "".join(f"{n}=0\n" for n in range(4_000)) + "+++\n"
    yield "tabs", "---\na:" + "\t" * 32_000 + "x: y\n---\n"
    yield "tab lines", "---\n" + "\t- [\n" * 6_000 + "---\n"
    yield "quotes", "---\na: " + "'\"" * 16_000 + "\n---\n"
    yield "colons", "---\na" + ": " * 16_000 + "\n---\n"
    yield "dashes", "-" * 1_000_000
    yield "rules", "---\n" + "---- \n" * 100_000
    yield "no fence", "title: x\n" + "a: b\n" * 100_000
    yield "spaces", " " * 1_000_000 + "---"
    yield "entities", "---\ntitle: " + "&amp" * 8_000 + "\n---\n"


BOMBS = dict(_bombs())


@pytest.mark.timed
@pytest.mark.parametrize("loader", ["C", "Python"])
@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_or_read_quickly(name, loader, monkeypatch):
    if loader == "Python":
        monkeypatch.setattr(yaml_reader, "_LOADER", yaml.SafeLoader)
    start = time.process_time()
    try:
        document = parse(BOMBS[name])
        clean_document(document, options=FieldOptions(), origin=Origin("a.md"))
    except DocumentError as error:
        assert str(error)
    assert time.process_time() - start < 0.5


def test_the_worst_bombs_do_not_kill_the_process():
    code = (
        "from cms_news.content.frontmatter import parse_document\n"
        "for text in ('---\\na: ' + '[' * 30_000 + '\\n---\\n', '---\\na: ' + '[' * 32_000 + '\\n---\\n'):\n"
        "    try: parse_document(text)\n"
        "    except Exception as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.count("16 levels") == 2


def test_the_size_of_a_head_is_limited():
    filler = "x" * (MAX_BYTES - 4)
    assert parse(f"---\na: {filler}\n---\n").syntax == "yaml"
    with pytest.raises(DocumentError, match="32769 bytes"):
        parse_document(f"---\na: {filler}x\n---\n")


def test_sixteen_levels_are_read():
    deep = "[" * 15 + "x" + "]" * 15
    assert parse(f"---\na: {deep}\n---\n").entries
    with pytest.raises(DocumentError, match="16 levels"):
        parse_document(f"---\na: [{deep}]\n---\n")


def test_the_loader_in_python_reads_the_same(monkeypatch):
    texts = [
        "---\ntitle: A # b\ntags:\n\t- a\n\t- b\ntype:\tx\n---\n",
        "---\nd: |\n  a\n   b\ne: >-\n  c\n  d\nf: [a, {b: c}]\n---\n",
    ]
    with_c = [parse_document(text) for text in texts]
    monkeypatch.setattr(yaml_reader, "_LOADER", yaml.SafeLoader)
    assert [parse_document(text) for text in texts] == with_c


def test_bodies_are_replaced():
    document = parse("---\r\ntitle: A\r\n---")
    assert format_document(replace_body(document, "B")) == "---\r\ntitle: A\r\n---\r\nB"
    assert replace_body(document, "") == document
    assert format_document(replace_body(parse("Old"), "New")) == "New"


@pytest.mark.parametrize(
    "body", ["---\ntitle: B\n---\n", "title: B\n---\n", "---\ntitle: open", "\ufeffx"]
)
def test_a_body_that_looks_like_a_head_stays_body(body):
    document = replace_body(Document("", "old"), body)
    again = parse(format_document(document))
    assert (again.body, values(again)) == (body, {})


def test_known_keys_are_unique():
    names = [name for field in FIELDS for name in (field.name, *field.aliases)]
    assert len(set(names)) == len(names)


SIGNS = "\n\r\t :=[]{}'\"#!|>%@\ufeff\x85\0\u2028\xa0\\,，x\ud800"
WORDS = "--- +++ ;;; ... title date &a *a - 2020-01-01 true null 1e5".split()
PIECES = st.sampled_from([*SIGNS, *WORDS, "\r\n", ": ", "- "])
NEAR_HEADS = st.builds(
    lambda start, pieces, end: start + "".join(pieces) + end,
    st.sampled_from(["", "---\n", "+++\n", ";;;\n", "title: ", "---\ntitle: ", "\ufeff\n---\r\n"]),
    st.lists(PIECES, max_size=30),
    st.sampled_from(["", "\n---\n", "\n+++\n", "\n;;;\n", "\n...\nBody", "\r---\rBody"]),
)


@settings(deadline=None, max_examples=600)
@given(st.one_of(NEAR_HEADS, st.text()))
def test_any_text_is_split_without_loss_or_refused(text):
    try:
        document = parse_document(text)
        assert document.head + document.body == text
        clean_document(document, options=FieldOptions(), origin=Origin("a.md"))
    except DocumentError as error:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
        assert str(error)
        assert error.line is None or 1 <= error.line <= lines


JSON_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**53), 2**53),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text("aäb:c\"' \\", max_size=5), inner, max_size=3),
    ),
    max_leaves=10,
)


@MODEST
@given(st.dictionaries(st.text('ab"\\n中', max_size=5), JSON_VALUES, max_size=5), st.booleans())
def test_json_is_read_as_by_the_standard_library(mapping, is_indented):
    text = json.dumps(mapping, indent=2 if is_indented else None)
    document = parse_document(f";;;\n{text}\n;;;\n")
    assert values(document) == mapping
    bare = parse_document(f";;;\n{text[1:-1]}\n;;;\n")
    assert values(bare) == mapping


@MODEST
@given(st.lists(st.text('{}[],:"\\ 01-.eEtrunl\n', max_size=20), max_size=3))
def test_what_is_no_json_for_the_standard_library_is_none_here(parts):
    text = "{" + "".join(parts) + "}"
    try:
        expected = json.loads(text)
    except ValueError:
        expected = None
    try:
        document = parse_document(f";;;\n{text}\n;;;\n")
    except DocumentError as error:
        assert "twice" in str(error)
        return
    assert (document.syntax == "json") == (expected is not None)


@MODEST
@given(st.text("ab=.[]{}\"'#\n 12\\,", max_size=34))
def test_toml_is_read_as_by_the_standard_library(text):
    try:
        expected = tomllib.loads(text)
    except ValueError:
        with pytest.raises(DocumentError):
            parse_document(f"+++\n{text}\n+++\n")
        return
    document = parse_document(f"+++\n{text}\n+++\n")
    assert list(document.entries) == list(expected)


@MODEST
@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.text(max_size=20), max_size=5))
def test_strings_are_read_as_by_a_yaml_loader(mapping):
    text = yaml.safe_dump(mapping, allow_unicode=False, default_flow_style=False)
    try:
        entries = parse_document(f"---\n{text}---\n").entries
    except DocumentError as error:
        assert "stored" in str(error)
        return
    assert {key: node.text for key, node in entries.items()} == mapping
    assert all(isinstance(node, Scalar) for node in entries.values())
