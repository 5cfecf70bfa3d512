"""Document to ArticleData and back: the table, the snapshot, and files written from data."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cms_news.content.document import ArticleData, AuthorName
from cms_news.content.fields import (
    FIELDS,
    FieldOptions,
    Origin,
    clean_document,
    compose_document,
    dump_data,
    load_data,
)
from cms_news.content.folding import fold_name
from cms_news.content.frontmatter import format_document, parse_document
from cms_news.errors import DocumentError

OPTIONS = FieldOptions()
FLAT = FieldOptions(categories="flat")


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def read(text, *, options=OPTIONS, path="name.md"):
    return clean_document(parse_document(text), options=options, origin=Origin(path))


def edit(text, *, options=OPTIONS, path="name.md", **changes):
    """Return the text of a file after an edit, which must mean what was asked for."""
    base = parse_document(text)
    was = clean_document(base, options=options, origin=Origin(path))
    data = replace(was, **changes)
    result = format_document(compose_document(data, base=base, was=was, options=options))
    assert meaning(read(result, options=options, path=path)) == meaning(data)
    return result


def meaning(data):
    return replace(data, notices=(), date_source="", date_text="")


def write(data, options=OPTIONS):
    return format_document(compose_document(data, options=options))


def test_the_table_covers_every_attribute():
    told = {"body", "extra", "date_source", "date_text", "notices"}
    attributes = set(ArticleData.__dataclass_fields__) - told
    assert {field.name for field in FIELDS if field.kind not in ("effect", "source")} == attributes
    defaults = ArticleData(title="")
    for field in FIELDS:
        if field.kind not in ("effect", "source"):
            assert getattr(defaults, field.name) == field.default
        assert field.help


def test_a_fresh_head_is_in_the_order_of_the_table_and_without_defaults():
    data = ArticleData(
        title="某地: 新桥",
        date=utc(2021, 12, 9, 18, 14),
        categories=(("城市", "桥梁"),),
        tags=("C#", "a, b"),
        author=AuthorName("某报", "https://x.example"),
        comments=False,
        excerpt="one\ntwo",
        extra={"abbrlink": 12, "top": None, "code": "0123", "nested": {"b": [True], "a": "no"}},
        body="\n<p>x</p>",
    )
    assert write(data) == (
        "---\n"
        "title: '某地: 新桥'\n"
        "categories:\n  - 城市\n  - 桥梁\n"
        "tags:\n  - C#\n  - a, b\n"
        "author:\n  name: 某报\n  url: https://x.example\n"
        "comments: false\n"
        "date: 2021-12-09 18:14:00 +00:00\n"
        "excerpt: |-\n  one\n  two\n"
        "abbrlink: 12\ntop: null\ncode: '0123'\nnested:\n  b:\n    - true\n  a: 'no'\n"
        "---\n\n<p>x</p>"
    )


def test_only_a_title():
    assert write(ArticleData(title="404")) == "---\ntitle: '404'\n---\n"


@pytest.mark.parametrize(
    ("categories", "path_text", "flat_text"),
    [
        ((("A", "B"),), "\n  - A\n  - B\n", "\n  - [A, B]\n"),
        ((("A",), ("B",)), "\n  - [A]\n  - [B]\n", "\n  - A\n  - B\n"),
        ((("A", "B"), ("C",)), "\n  - [A, B]\n  - [C]\n", "\n  - [A, B]\n  - C\n"),
        ((("A",),), "\n  - A\n", "\n  - A\n"),
    ],
)
def test_categories_are_written_by_mode(categories, path_text, flat_text):
    data = ArticleData(title="A", categories=categories)
    for options, text in ((OPTIONS, path_text), (FLAT, flat_text)):
        written = write(data, options)
        assert f"categories:{text}---" in written
        assert read(written, options=options).categories == categories


HEXO = (
    "\n---\ntitle: 'A'\ncategories: \n - X\n - Y\ncover: /1.png\nauthors:\n  nick: N\n  email: e\n"
    "date: Thu, 09 Dec 2021 18:14:00 GMT\nlastmod: 2022-01-01 10:00:00 +0800\ntag: one\nx: {a: 0x1f}\n"
    "comments: yes\n---\nBody"
)


@pytest.mark.parametrize(
    ("changes", "old", "new"),
    [
        ({"title": "B & C &amp;"}, "'A'", "'B & C &amp;amp;'"),
        ({"headimg": "/2.png"}, "/1.png", "/2.png"),
        ({"headimg": ""}, "cover: /1.png\n", ""),
        (
            {"author": AuthorName("M", "/m")},
            "  nick: N\n  email: e\n",
            "  nick: M\n  email: e\n  url: /m\n",
        ),
        ({"author": None}, "authors:\n  nick: N\n  email: e\n", ""),
        ({"date": utc(2021, 12, 10)}, "Thu, 09 Dec 2021 18:14:00", "Fri, 10 Dec 2021 00:00:00"),
        ({"updated": utc(2022, 1, 2)}, "2022-01-01 10:00:00 +0800", "2022-01-02 08:00:00 +08:00"),
        ({"tags": ("two",)}, "tag: one", "tag: two"),
        ({"tags": ("two", "x")}, "tag: one", "tag:\n  - two\n  - x"),
        ({"tags": ("a;b",)}, "tag: one", "tag:\n  - a;b"),
        ({"tags": ()}, "tag: one\n", ""),
        ({"comments": False}, "yes", "false"),
        ({"categories": (("X", "Z"),)}, "categories: \n - X\n - Y", "categories:\n - X\n - Z"),
        ({"extra": {}}, "x: {a: 0x1f}\n", ""),
        ({"extra": {"x": None}}, "x: {a: 0x1f}", "x: null"),
        ({"extra": {"x": {"a": "0x1f"}, "m": 1}}, "yes\n", "yes\nm: 1\n"),
        ({"published": False}, "yes\n", "yes\npublished: false\n"),
        ({"slug": "s"}, "yes\n", "yes\nslug: s\n"),
        ({"body": "New"}, "Body", "New"),
        ({"body": ""}, "Body", ""),
        (
            {"headimg": "/2.png", "extra": {"x": {"a": "0x1f"}, "cover": "z"}},
            "cover: /1.png",
            "cover: z",
        ),
    ],
)
def test_an_edit_changes_only_its_own_lines(changes, old, new):
    expected = HEXO.replace(old, new, 1)
    if "cover" in changes.get("extra", {}):
        expected = expected.replace("yes\n", "yes\nheadimg: /2.png\n")
    assert edit(HEXO, **changes) == expected


@pytest.mark.parametrize(
    ("head", "published", "expected"),
    [
        ("draft: true", True, "draft: false"),
        ("draft: false", False, "draft: true"),
        ("published: false", True, "published: true"),
        ("published: true", False, "published: false"),
        ("published: true\ndraft: false", False, "published: false\ndraft: false"),
        ("published: false\ndraft: true", True, "published: true\ndraft: false"),
        ("Published: off\nDRAFT: on", True, "Published: true\nDRAFT: false"),
        ("x: 1", False, "x: 1\npublished: false"),
    ],
)
def test_publishing_uses_the_switch_that_the_file_has(head, published, expected):
    result = edit(f"---\ntitle: A\n{head}\n---\n", published=published)
    assert result == f"---\ntitle: A\n{expected}\n---\n"


@pytest.mark.parametrize("head", ["password: x", "hidden: true", "password: x\nhidden: true"])
def test_a_release_leaves_password_and_hidden_and_is_held_back_at_the_next_import(head):
    text = f"---\ntitle: A\n{head}\n---\n"
    base = parse_document(text)
    was = read(text)
    data = replace(was, published=True)
    result = format_document(compose_document(data, base=base, was=was, options=OPTIONS))
    assert result == f"---\ntitle: A\n{head}\npublished: true\n---\n"
    assert read(result).published is False


def test_a_file_without_head_gets_one_only_when_edited():
    text = "\r\nJust text\r\n"
    assert edit(text) == text
    assert edit(text, body="other") == "other"
    assert edit(text, title="A") == "---\r\ntitle: A\r\n---\r\n\r\nJust text\r\n"


def test_a_head_at_the_end_of_a_file_is_closed_before_a_body():
    assert edit("---\ntitle: A\n---", body="B") == "---\ntitle: A\n---\nB"


SEVERAL = "---\ntitle: A\n{key}: [N, {{name: M}}]\n---\n"


@pytest.mark.parametrize("key", ["author", "authors"])
@pytest.mark.parametrize(
    "changes",
    [
        {"author": AuthorName("P")},
        {"author": None},
        {"extra": {}},
        {"extra": {"authors": ["N"]}},
        {"author": AuthorName("P"), "extra": {"authors": ["P", "Q"]}},
        {"author": None, "extra": {}},
        {"extra": {"authors": None}},
        {"author": AuthorName("P"), "extra": {"authors": None}},
    ],
)
def test_several_authors_are_parted_when_one_changes(key, changes):
    text = SEVERAL.format(key=key)
    assert edit(text) == text
    assert edit(text, title="B") == text.replace("A", "B", 1)
    edit(text, **changes)


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("headimg: /1\ncover: /2", {"headimg": ""}),
        ("headimg: /1\ntop_img: x\ncover: /2", {"headimg": "", "title": "B"}),
        ("tags: [a]\ntag: b", {"tags": ()}),
        ("updated: 2020-01-01\nlastmod: 2020-01-02", {"updated": None}),
        ("author: N\nauthors: [A, B]", {"author": None}),
        ("authors: N", {"extra": {"authors": "M"}}),
        ("x: 1", {"extra": {"x": 1, "cover": "y"}}),
        ("x: 1", {"extra": {"x": 1, "Cover": "y", "TAG": ["z"]}}),
        ("Title: T", {"title": "U"}),
        ("title: A\nTitle: T", {"title": "U"}),
    ],
)
def test_an_alias_among_the_unknown_keys_is_never_taken_for_the_field(text, changes):
    head = text if "itle" in text else f"title: A\n{text}"
    edit(f"---\n{head}\n---\n", **changes)


@pytest.mark.parametrize(
    "key", ["title", "password", "Draft", "tags", "publishDate", "publishdate"]
)
def test_extra_cannot_hold_known_keys(key):
    with pytest.raises(DocumentError, match=key):
        write(ArticleData(title="A", extra={key: "x"}))


def test_a_base_needs_what_it_meant():
    with pytest.raises(ValueError, match="was"):
        compose_document(ArticleData(title="A"), base=parse_document(""), options=OPTIONS)


@pytest.mark.parametrize(
    "text",
    [
        "+++\ntitle = 'A'\ntags = ['a']\ndate = 2020-01-01\n[extra]\nx = 1\n+++\nB",
        ';;;\n"title": "A",\n"tags": "a, b",\n"date": "2020-01-01"\n;;;\nB',
        "title: A\ntags: [a]\ndate: 2020-01-01\n---\nB",
    ],
)
def test_other_syntaxes_are_edited_in_place(text):
    result = edit(
        text,
        title="B'\"",
        tags=("x", "y"),
        date=utc(2021, 2, 3, 4, 5),
        comments=False,
        author=AuthorName("N", "/n"),
        categories=(("K", "L"), ("M",)),
        published=False,
    )
    assert parse_document(result).syntax == parse_document(text).syntax
    assert edit(result, published=True, comments=True, author=None, categories=(), tags=())


def test_the_snapshot_is_json_and_comes_back():
    data = read(HEXO)
    dumped = dump_data(data)
    assert dumped["date"] == "2021-12-09T18:14:00+00:00"
    assert dumped["categories"] == [["X", "Y"]]
    assert dumped["author"] == {"name": "N", "url": ""}
    assert not {"body", "notices"} & dumped.keys()
    assert load_data(dumped) == replace(data, body="", notices=())


def test_the_snapshot_shares_nothing_with_the_data():
    extra = {"a": [1]}
    dumped = dump_data(ArticleData(title="A", extra=extra))
    extra["a"].append(2)
    assert dumped["extra"] == {"a": [1]}


def test_a_snapshot_of_an_older_version_has_defaults():
    assert load_data({"title": "A", "gone": 1}) == ArticleData(title="A")


CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029")
NASTY = st.text("ab:#-'\"[]{},&;*!|>%@`?~ 0123=.，amp", min_size=1, max_size=14)
WORDS = st.sampled_from(["null", "true", "No", "12:30", "2020-01-01", "&amp;", "&#38;", "---", "y"])
NAMES = (
    st.one_of(st.text(CHARACTERS, min_size=1, max_size=14), NASTY, WORDS)
    .map(str.strip)
    .filter(bool)
)
ADDRESSES = NAMES.filter(lambda text: text.lower() not in ("true", "false")) | st.just("")
LONG = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
TEXTS = (LONG | NASTY | NASTY.map(lambda text: f"{text}\n{text}")).map(str.strip)
MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2200, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=4,
)
TAKEN = {field.name.lower() for field in FIELDS}
EXTRA_KEYS = (NAMES | st.sampled_from(["cover", "tag", "Language", "authors", "expires"])).filter(
    lambda key: key.lower() not in TAKEN
)
# What a head may say of its source and this app may not understand; and what it would understand.
SOURCE_EXTRAS = st.dictionaries(
    st.sampled_from(["source", "Source", "License", "SOURCE_NAME", "sourceUrl", "post_link"]),
    st.sampled_from(
        ["N", "https://n.example/", "/path", "", {"name": "N"}, {"url": "u", "license": "L"}]
    )
    | JSON,
    max_size=2,
)
SOURCE_LINES = st.just("") | NAMES | st.sampled_from(["https://n.example/?a=1&amp;b", "//n", "no"])


@st.composite
def articles(draw):
    tags = draw(st.lists(NAMES, max_size=3, unique_by=fold_name))
    paths = st.lists(st.lists(NAMES, min_size=1, max_size=3).map(tuple), max_size=3, unique=True)
    return ArticleData(
        title=draw(NAMES),
        body=draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=20)),
        slug=draw(TEXTS),
        date=draw(st.none() | MOMENTS),
        updated=draw(st.none() | MOMENTS),
        expires_at=draw(st.none() | MOMENTS),
        published=draw(st.booleans()),
        author=draw(st.none() | st.builds(AuthorName, NAMES, TEXTS)),
        categories=tuple(draw(paths)),
        tags=tuple(tags),
        headimg=draw(ADDRESSES),
        thumbnail=draw(ADDRESSES),
        comments=draw(st.booleans()),
        excerpt=draw(TEXTS),
        permalink=draw(TEXTS),
        lang=draw(TEXTS),
        layout=draw(TEXTS),
        markup=draw(st.sampled_from(["auto", "html", "markdown"])),
        source_name=draw(SOURCE_LINES),
        source_url=draw(SOURCE_LINES),
        license=draw(SOURCE_LINES),
        extra=draw(st.dictionaries(EXTRA_KEYS, JSON, max_size=3)) | draw(SOURCE_EXTRAS),
    )


@settings(deadline=None, max_examples=150)
@given(articles(), st.sampled_from([OPTIONS, FLAT]))
def test_what_is_composed_is_read_back(data, options):
    assert meaning(read(write(data, options), options=options)) == data


@settings(deadline=None, max_examples=100)
@given(articles())
def test_snapshots_come_back(data):
    assert load_data(dump_data(data)) == replace(data, body="")


STARTS = st.sampled_from(
    [
        "",
        "\ufeff",
        HEXO,
        SEVERAL.format(key="authors"),
        "---\ntitle: A\ndraft: true\n---\n",
        ';;;\n"title": "A",\n"cover": null\n;;;\n',
        "title: A\ncategory: x\n---\nB",
        "---\r\nTags: x\r\n---",
        "---\ntitle: A\nsource: N\npost_link: https://n.example/\nlicense: false\n---\n",
        "---\ntitle: A\nsource:\n  name: 'N' # x\n\n  link: \"u\"\nlicense: [a]\nSource_Name: {}\n---\n",
        "---\r\ntitle: A\r\nsource: {name: N, url: u, license: L}\r\nsource_name: ~\r\n---\r\n",
    ]
)


@settings(deadline=None, max_examples=150)
@given(STARTS, st.lists(articles(), min_size=1, max_size=2), st.sampled_from([OPTIONS, FLAT]))
def test_edits_of_a_file_are_read_back(start, versions, options):
    text = start
    for data in versions:
        assert edit(text, options=options) == text
        wanted = {name: getattr(data, name) for name in ArticleData.__dataclass_fields__}
        # Without a date in the file, that is the answer of the caller; without one anywhere, None.
        wanted.pop("notices")
        text = edit(text, options=options, **wanted)


def test_a_null_beside_several_authors_is_kept_and_can_go():
    text = "---\ntitle: A\nauthor: [Ann, Bo]\nauthors: null\n---\n"
    assert read(text).extra == {"authors": None}
    assert edit(text, extra={}) == "---\ntitle: A\nauthor: Ann\n---\n"


SCHEDULED = "---\ntitle: A\ndate: 2020-01-01\npublishDate: 2030-01-01 10:00:00 +08:00\n---\n"


@pytest.mark.parametrize(
    ("changes", "old", "new"),
    [
        ({"title": "B"}, "title: A", "title: B"),
        ({"date": utc(2031, 1, 1)}, "2020-01-01", "2031-01-01 00:00:00 +00:00"),
        ({"date": None}, "date: 2020-01-01\npublishDate: 2030-01-01 10:00:00 +08:00\n", ""),
        (
            {"date": utc(2025, 1, 1)},
            "2020-01-01\npublishDate: 2030-01-01 10:00:00 +08:00",
            "2025-01-01 00:00:00 +00:00\npublishDate: 2025-01-01 08:00:00 +08:00",
        ),
    ],
)
def test_a_publish_date_stays_in_the_head_and_never_wins_over_an_edit(changes, old, new):
    assert edit(SCHEDULED) == SCHEDULED
    assert edit(SCHEDULED, **changes) == SCHEDULED.replace(old, new, 1)


@pytest.mark.parametrize(
    "text",
    [
        ';;;\n"title": "A",\n"publishDate": "2030-01-01"\n;;;\n',
        "+++\ntitle = 'A'\npublishDate = 2030-01-01\n+++\n",
        "title: A\npublishdate: 2030-01-01\n---\n",
    ],
)
@pytest.mark.parametrize("date", [None, utc(2025, 1, 1), utc(2035, 1, 1)])
def test_a_publish_date_in_any_syntax_follows_an_edit(text, date):
    edit(text, date=date)


def test_the_help_of_password_promises_no_more_than_is_kept():
    (row,) = (field for field in FIELDS if field.name == "password")
    assert row.help == "Holds the article back; never served."


def test_offsets_of_zones_are_kept_on_export():
    zone = timezone(timedelta(hours=8))
    options = FieldOptions(zone=zone)
    text = "---\ntitle: A\ndate: 2022-09-04 09:08:58\n---\n"
    assert edit(text, options=options) == text
    result = edit(text, options=options, date=utc(2022, 9, 5))
    assert read(result).date == utc(2022, 9, 5)
