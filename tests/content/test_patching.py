"""Heads changed in place: the keys that were asked for, and no other byte."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cms_news.content.document import Document
from cms_news.content.frontmatter import format_document, parse_document
from cms_news.content.heads.reading import node_value
from cms_news.content.patching import NULL, patch_document
from cms_news.errors import DocumentError

HEXO = (
    "\n---\ntitle: '某地新桥通车'\ncategories: \n - 城市\n - 交通\n\n# pictures\nheadimg: 'https://x.example/1'\n"
    "author: 某报   # who\ncomments:   false\ndate: Thu, 09 Dec 2021 18:14:00 GMT\n# end\n---\n\nBody\n"
)


def patch(text, **changes):
    return patch_mapping(text, changes)


def patch_mapping(text, changes):
    result = format_document(patch_document(parse_document(text), changes))
    again = parse_document(result)
    for key, value in changes.items():
        if value is None:
            assert key not in again.entries
    return result


NESTED = (
    "---\ntitle: T\nauthor: # who\n  name: 'N'   # first\n\n  # where\n  url:   \"u\"\n  more:\n   a: 0x1f\n   b: 'c'\n"
    "\nz: 1\n---\nB"
)


@pytest.mark.parametrize(
    ("changes", "old", "new"),
    [
        pytest.param({"url": "v"}, '"u"', '"v"', id="one part"),
        pytest.param({"name": "M", "url": "v"}, "", "", id="two parts"),
        pytest.param({"more": {"a": "0x1f", "b": "d"}}, "b: 'c'", "b: 'd'", id="deeper"),
        pytest.param({"new": [1]}, "   b: 'c'\n", "   b: 'c'\n  new:\n    - 1\n", id="added"),
    ],
)
def test_only_the_parts_of_a_mapping_that_differ_are_written(changes, old, new):
    value = {"name": "N", "url": "u", "more": {"a": "0x1f", "b": "c"}} | changes
    expected = NESTED.replace(old, new, 1)
    if "name" in changes:
        expected = NESTED.replace("'N'   # first", "'M'").replace('"u"', '"v"')
    assert patch(NESTED, author=value) == expected


def test_a_part_of_a_mapping_goes_alone():
    value = {"name": "N", "more": {"a": "0x1f", "b": "c"}}
    assert patch(NESTED, author=value) == NESTED.replace('  url:   "u"\n', "")


def test_a_mapping_in_another_order_is_written_anew():
    value = {"url": "u", "name": "N"}
    result = patch(NESTED, author=value)
    assert "author:\n  url: u\n  name: 'N'\n\nz: 1" in result


def test_nothing_to_change_is_the_same_document():
    document = parse_document(HEXO)
    assert patch_document(document, {}) is document
    assert patch_document(document, {"absent": None}) is document


@pytest.mark.parametrize(
    ("changes", "old", "new"),
    [
        pytest.param({"title": "新"}, "'某地新桥通车'", "'新'", id="single quotes stay"),
        pytest.param({"title": "it's"}, "'某地新桥通车'", "'it''s'", id="apostrophe"),
        pytest.param({"title": "a\tb"}, "'某地新桥通车'", '"a\\tb"', id="needs escapes"),
        pytest.param({"title": 12}, "'某地新桥通车'", "12", id="number"),
        pytest.param({"author": "A: B"}, "某报   # who", "'A: B'", id="plain needs quotes"),
        pytest.param({"author": "B"}, "某报   # who", "B", id="plain stays plain"),
        pytest.param({"author": "404"}, "某报   # who", "'404'", id="text like a number"),
        pytest.param({"comments": True}, "comments:   false", "comments:   true", id="spaces stay"),
        pytest.param(
            {"categories": ["金融", "a, b"]},
            " - 城市\n - 交通\n",
            " - 金融\n - a, b\n",
            id="dashes",
        ),
        pytest.param(
            {"categories": [["A", "B"], ["C"]]},
            " - 城市\n - 交通\n",
            " - [A, B]\n - [C]\n",
            id="list of lists",
        ),
        pytest.param(
            {"date": datetime(2022, 1, 2, 3, 4, tzinfo=UTC)},
            "Thu, 09 Dec 2021 18:14:00 GMT",
            "Sun, 02 Jan 2022 03:04:00 GMT",
            id="date in its own spelling",
        ),
        pytest.param({"author": None}, "author: 某报   # who\n", "", id="removed"),
        pytest.param({"comments": NULL}, "comments:   false", "comments:   null", id="null"),
        pytest.param({"tags": ["x"]}, "# end\n---", "# end\ntags:\n  - x\n---", id="new list"),
        pytest.param(
            {"b": 1, "a": "yes"}, "# end\n---", "# end\nb: 1\na: 'yes'\n---", id="order of changes"
        ),
        pytest.param(
            {"x": {"k": {"l": [1, {"m": None}]}, "e": {}}},
            "# end\n---",
            "# end\nx:\n  k:\n    l:\n      - 1\n      - {m: null}\n  e: {}\n---",
            id="nested",
        ),
        pytest.param(
            {"excerpt": "one\n\n  two"},
            "# end\n---",
            "# end\nexcerpt: |-\n  one\n\n    two\n---",
            id="several lines",
        ),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_yaml_changes_only_what_was_asked(changes, old, new, newline):
    old, new, text = (part.replace("\n", newline) for part in (old, new, HEXO))
    assert old in text
    expected = text.replace(old, new, 1)
    if "categories" in changes:
        expected = expected.replace("categories: ", "categories:")
    assert patch_mapping(text, changes) == expected


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        pytest.param(
            "title: A\n---\nB", {"title": "C", "x": 1}, "title: C\nx: 1\n---\nB", id="no fence"
        ),
        pytest.param(
            "title: A\nx: 1\n---\nB", {"title": None}, "---\nx: 1\n---\nB", id="needs its fence"
        ),
        pytest.param("title: A\n---\nB", {"title": None}, "---\n---\nB", id="nothing is left"),
        pytest.param("---\n---\nB", {"a": "b"}, "---\na: b\n---\nB", id="empty head"),
        pytest.param("---\n# c\n---", {"a": "b"}, "---\n# c\na: b\n---", id="comment only"),
        pytest.param("---\na: |\n  x\n\n\nb: 1\n---\n", {"a": "z"}, "---\na: z\n\n\nb: 1\n---\n"),
        pytest.param(
            "---\na: |\n  x\nb: 1\n---\n", {"a": "y\nz\n"}, "---\na: |\n  y\n  z\nb: 1\n---\n"
        ),
        pytest.param('---\na: "x"\n---\n', {"a": 'y"\u2028'}, '---\na: "y\\"\\u2028"\n---\n'),
        pytest.param(
            '---\n"a b": 1\n---\n', {"a b": 2}, '---\n"a b": 2\n---\n', id="key in quotes"
        ),
        pytest.param("---\na: [x, y]\n---\n", {"a": ["z", "1"]}, "---\na: [z, '1']\n---\n"),
        pytest.param("---\na: [x,\n  y]\nb: 1\n---\n", {"a": None}, "---\nb: 1\n---\n", id="lines"),
        pytest.param("---\n? a\n: b\nc: d\n---\n", {"a": "x"}, "---\na: x\nc: d\n---\n"),
        pytest.param(
            "---\n  a: b\n  c: d\n---\n", {"a": "x", "e": "f"}, "---\n  a: x\n  c: d\n  e: f\n---\n"
        ),
        pytest.param(
            "---\n{a: b, c: [1, 0x1f], 'd': '1'}\n---\n",
            {"a": None, "e": "1"},
            "---\nc:\n  - 1\n  - 0x1f\nd: '1'\ne: '1'\n---\n",
            id="flow mapping",
        ),
        pytest.param(
            "---\ntags:\n\t- a\n\t- b\n---\n", {"tags": ["c"]}, "---\ntags:\n  - c\n---\n"
        ),
        pytest.param(
            "---\n---\n", {"": "x", "a: b": "z"}, "---\n'': x\n'a: b': z\n---\n", id="odd keys"
        ),
        pytest.param("B\r\n", {"title": "A"}, "---\r\ntitle: A\r\n---\r\nB\r\n", id="no head"),
        pytest.param("\ufeffB", {"title": "A"}, "\ufeff---\ntitle: A\n---\nB", id="no head, mark"),
        pytest.param("---\ntitle: A\n...\nB", {"title": "C"}, "---\ntitle: C\n...\nB", id="dots"),
    ],
)
def test_yaml_of_other_shapes(text, changes, expected):
    assert patch_mapping(text, changes) == expected


TOML = (
    "+++\n# head\ntitle = 'A' # c\ntags = [\n  \"a\", # one\n  'b]',\n]\ndate = 2020-01-02T03:04:05+08:00\n"
    'text = """\n[x]\n"""\ndraft=true\n\n# table\n[extra]\ntitle = "inner"\n+++\nB'
)


@pytest.mark.parametrize(
    ("changes", "old", "new"),
    [
        pytest.param({"title": "B"}, "title = 'A' # c", "title = 'B'", id="literal"),
        pytest.param({"title": "it's"}, "title = 'A' # c", 'title = "it\'s"', id="apostrophe"),
        pytest.param({"draft": False}, "draft=true", "draft=false", id="gap stays"),
        pytest.param(
            {"tags": ["x", 'y"\x7f']},
            "tags = [\n  \"a\", # one\n  'b]',\n]",
            'tags = ["x", "y\\"\\u007f"]',
            id="list",
        ),
        pytest.param({"text": None}, 'text = """\n[x]\n"""\n', "", id="removed"),
        pytest.param(
            {"date": datetime(2021, 1, 1, tzinfo=UTC)},
            "2020-01-02T03:04:05+08:00",
            "2021-01-01 08:00:00+08:00",
            id="date",
        ),
        pytest.param(
            {"new": {"a b": 1.5}, "x": 2},
            "draft=true\n",
            'draft=true\nnew = { "a b" = 1.5 }\nx = 2\n',
            id="new keys before the first table",
        ),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_toml_changes_only_what_was_asked(changes, old, new, newline):
    old, new, text = (part.replace("\n", newline) for part in (old, new, TOML))
    assert old in text
    assert patch_mapping(text, changes) == text.replace(old, new, 1)


def test_toml_without_top_level_keys():
    assert patch("+++\n[a]\nb = 1\n+++\n", x="y") == '+++\nx = "y"\n[a]\nb = 1\n+++\n'


@pytest.mark.parametrize(
    "changes", [{"extra": None}, {"title": NULL}, {"x": [None]}, {"a.b": 1, "a": 2}]
)
def test_what_toml_cannot_hold_or_change_is_refused(changes):
    text = TOML.replace("draft=true", "draft=true\na.b = 1") if "a" in changes else TOML
    with pytest.raises(DocumentError):
        patch_mapping(text, changes)


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        (
            ';;;\n"title": "A",\n  "b" : 1\n;;;\nB',
            {"title": "中\n", "c": [None, True]},
            ';;;\n"title": "中\\n",\n  "b" : 1,\n  "c": [null, true]\n;;;\nB',
        ),
        (';;;\n{"a": 1, "b": 2}\n;;;\n', {"a": None, "c": 3}, ';;;\n{"b": 2, "c": 3}\n;;;\n'),
        (';;;\n{"a": 1, "b": 2}\n;;;\n', {"b": NULL}, ';;;\n{"a": 1, "b": null}\n;;;\n'),
        (';;;\n{"a": 1}\n;;;\n', {"a": None}, ";;;\n{}\n;;;\n"),
        (";;;\n{}\n;;;\n", {"a": 1}, ';;;\n{"a": 1}\n;;;\n'),
        (";;;\n;;;\n", {"a": 1, "b": 2}, ';;;\n"a": 1,\n"b": 2\n;;;\n'),
        (';;;\r\n"a": 1\r\n;;;\r\n', {"b": 2}, ';;;\r\n"a": 1,\r\n"b": 2\r\n;;;\r\n'),
        (';;;\n{\n  "a": 1,\n  "b": 2\n}\n;;;\n', {"b": None}, ';;;\n{\n  "a": 1\n}\n;;;\n'),
        (';;;\n{\n  "a": 1\n}\n;;;\n', {"b": 2}, ';;;\n{\n  "a": 1,\n  "b": 2\n}\n;;;\n'),
        ('"title": 1,\n"x": 2\n;;;\nB', {"title": None}, ';;;\n"x": 2\n;;;\nB'),
    ],
)
def test_json_changes_only_what_was_asked(text, changes, expected):
    assert patch_mapping(text, changes) == expected


@pytest.mark.parametrize(
    "value",
    [2**60, 10**5000, float("nan"), {"a": float("inf")}, "a\0b", "\ud800", object()],
    ids=["int", "huge int", "nan", "inf", "NUL", "surrogate", "object"],
)
@pytest.mark.parametrize("text", ["---\na: b\n---\n", ";;;\n;;;\n", "+++\n+++\n"])
def test_values_that_do_not_read_back_are_refused(text, value):
    with pytest.raises(DocumentError):
        patch(text, x=value)


@pytest.mark.parametrize("text", ["---\na: b\n---\n", ";;;\n;;;\n", "+++\n+++\n"])
def test_values_beyond_the_limits_are_refused(text):
    deep = "x"
    for _ in range(2000):
        deep = [deep]
    for value in (deep[0], {"a": deep}, "x" * 40_000, list(range(3000))):
        with pytest.raises(DocumentError):
            patch(text, x=value)


def test_dates_keep_offset_and_quotes():
    moment = datetime(2022, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    assert patch("---\nd: '2020-01-01 10:00:00 +0800'\n---\n", d=moment) == (
        "---\nd: '2022-01-02 06:00:00 +08:00'\n---\n"
    )
    assert patch("---\n---\n", d=moment) == "---\nd: 2022-01-01 22:00:00 +00:00\n---\n"


def test_the_result_is_a_document_like_a_parsed_one():
    result = patch_document(parse_document(HEXO), {"title": "x"})
    assert result == parse_document(format_document(result))


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**53), 2**53),
    TEXTS,
    st.text("ab:#-'\"[]{},&*!|>%@`?~ \n\t0123=.", max_size=12),
    st.sampled_from(
        ["null", "true", "No", "~", "0x1f", "1e3", "12:30", "2020-01-01", "<<", "=", "---"]
    ),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
KEYS = st.sampled_from(["title", "a", "b c", "中", "x"]) | TEXTS.filter(bool)


def floats_are_exact(value):
    """Whether every float in `value` is one in JSON text as well: `1e-05` is written by nobody."""
    if isinstance(value, float):
        return repr(value).count("e") == 0
    if isinstance(value, dict):
        return all(map(floats_are_exact, value.values()))
    return all(map(floats_are_exact, value)) if isinstance(value, list) else True


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(
        ["", "---\n---\n", "\ufeff\n--- \r\ntitle: 'a'\r\n---\r\n", ";;;\n;;;\n", "+++\n+++\n"]
    ),
    st.lists(st.dictionaries(KEYS, VALUES, max_size=4), min_size=1, max_size=3),
)
def test_what_is_written_reads_back(start, rounds):
    assume(all(floats_are_exact(changes) for changes in rounds))
    document = parse_document(start + "Body")
    expected = {key: node_value(node) for key, node in document.entries.items()}
    for changes in rounds:
        document = patch_document(document, changes)
        expected |= changes
        again = parse_document(format_document(document))
        assert {key: node_value(node) for key, node in again.entries.items()} == expected
        assert again.body == "Body"
    for key in list(expected):
        document = patch_document(document, {key: None})
        del expected[key]
        assert list(document.entries) == list(expected)


LINES = {
    "title": ["title: A", "title:   'a'  # c", 'title: "b"', "title: >-\n  folded\n  text"],
    "tags": [
        "tags: [a, b]",
        "tags:\n- a\n- b",
        "tags: \n  - a\n  # in\n  - b",
        "tags: [\n a,\n b]",
    ],
    "date": ["date: 2020-01-01", "date: 2020-01-01 10:00 +0800"],
    "extra": ["extra:\n  a: 1\n  b:\n    - x", "extra: {a: 1}", "extra:"],
    "text": ["text: |\n  a\n\n  b", "text: |+\n  a\n\n", "text: 'a\n\n  b'"],
}
FILLERS = st.sampled_from(["", "\n", "# note\n", "  # note\n", "\n\n# a\n"])


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_yaml_keeps_every_other_line(data):
    keys = data.draw(st.permutations(list(LINES)))[: data.draw(st.integers(1, 5))]
    newline = data.draw(st.sampled_from(["\n", "\r\n"]))
    parts = []
    for key in keys:
        line = data.draw(st.sampled_from(LINES[key])) + "\n"
        filler = data.draw(FILLERS)
        is_text = "|+" in line or (filler.startswith(" ") and ("|" in line or ">" in line))
        parts.append((key, line, "" if is_text else filler))
    changed = data.draw(st.sampled_from(keys))
    text = "---\n" + "".join(line + filler for _, line, filler in parts) + "---\nBody\n"
    value = data.draw(st.sampled_from([None, "x", ["y"], True]))
    result = patch_mapping(text.replace("\n", newline), {changed: value})
    assert "\n" not in result.replace(newline, "")
    rest = result.replace(newline, "\n")
    start, end = "---\n", "---\nBody\n"
    for key, line, filler in parts:
        if key == changed:
            break
        start += line + filler
    for key, line, filler in reversed(parts):
        if key == changed:
            # An indented comment is part of a value that goes, and may be of none that comes.
            is_kept = value is None and "|+" in start.rpartition("\n  a\n")[0][-12:]
            rest_of = filler.removeprefix("  # note\n") if value is None else filler
            end = (rest_of.lstrip("\n") if is_kept and start.endswith("\n\n") else rest_of) + end
            break
        end = line + filler + end
    assert rest.startswith(start)
    assert rest.endswith(end)


def test_an_indented_comment_is_not_swallowed_by_the_text_before():
    text = "---\na: |\n  x\nb:\n  - 1\n  # in b\n# on c\nc: 1\n---\n"
    assert patch(text, b=None) == "---\na: |\n  x\n# on c\nc: 1\n---\n"
    assert patch(text, b="1\n2") == "---\na: |\n  x\nb: |-\n  1\n  2\n# on c\nc: 1\n---\n"
    assert patch(text, b=[2]) == text.replace("- 1", "- 2")


def test_a_document_made_by_hand_gets_a_head():
    document = patch_document(Document("", "Body"), {"title": "A"})
    assert format_document(document) == "---\ntitle: A\n---\nBody"


def test_empty_lines_behind_a_removed_key_are_not_taken_in_by_the_text_above():
    text = "---\ntext: |+\n  a\n\ntags: [a]\n\ndate: 2020-01-01\n---\nBody\n"
    assert patch_mapping(text, {"tags": None}) == (
        "---\ntext: |+\n  a\n\ndate: 2020-01-01\n---\nBody\n"
    )
