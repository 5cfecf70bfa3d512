"""Heads as they are found in the wild: each is read as its author meant it, or refused with line and advice."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from cms_news.content.document import AuthorName, Scalar
from cms_news.content.fields import FieldOptions, Origin, clean_document
from cms_news.content.frontmatter import parse_document
from cms_news.errors import DocumentError

OPTIONS = FieldOptions()
NBSP = "\N{NO-BREAK SPACE}"


def clean(text, *, path="name.md", options=OPTIONS, modified=None):
    origin = Origin(path=path, modified=modified)
    return clean_document(parse_document(text), options=options, origin=origin)


def clean_head(head, **kwargs):
    return clean(f"---\n{head}\n---\nBody", **kwargs)


def messages(data):
    return " / ".join(notice.message for notice in data.notices)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "date"),
    [
        pytest.param("date: 2022-09-04 09:08:58", utc(2022, 9, 4, 9, 8, 58), id="local, seconds"),
        pytest.param("date: 2022-09-04", utc(2022, 9, 4), id="date only"),
        pytest.param("date: 2022-09-04 09:08", utc(2022, 9, 4, 9, 8), id="no seconds"),
        pytest.param("date: 2022-09-04 09:08:58 +0800", utc(2022, 9, 4, 1, 8, 58), id="offset"),
        pytest.param("date: 2022-09-04 09:08:58 +08:00", utc(2022, 9, 4, 1, 8, 58), id="colon"),
        pytest.param("date: 2022/09/04 09:08:58", utc(2022, 9, 4, 9, 8, 58), id="slashes"),
        pytest.param("date: 2022-9-4 9:08:58", utc(2022, 9, 4, 9, 8, 58), id="one digit"),
        pytest.param("date: 2022-09-04T09:08", utc(2022, 9, 4, 9, 8), id="T without seconds"),
        pytest.param(
            "date: Thu, 09 Dec 2021 18:14:00 GMT", utc(2021, 12, 9, 18, 14), id="RFC 2822"
        ),
        pytest.param("date: '2022-09-04'", utc(2022, 9, 4), id="quoted"),
    ],
)
def test_dates_are_read(head, date):
    assert clean_head(f"title: A\n{head}").date == date


@pytest.mark.parametrize("value", ["2022-02-30", "2022-13-01 00:00:00", "soon"])
@pytest.mark.parametrize("key", ["date", "updated", "lastmod", "expires_at", "publishDate"])
def test_impossible_dates_are_refused_with_line_and_key(key, value):
    with pytest.raises(DocumentError) as caught:
        clean_head(f"title: A\n{key}: {value}")
    assert (caught.value.line, caught.value.key) == (3, key)
    assert value in str(caught.value)


@pytest.mark.parametrize("key", ["publishDate", "publishdate", "PublishDate"])
def test_nothing_is_dated_before_its_publish_date(key):
    data = clean_head(f"title: A\ndate: 2020-01-01\n{key}: 2099-01-01")
    assert data.date == utc(2099, 1, 1)
    assert "later than the date" in messages(data)
    assert [(notice.key, notice.line) for notice in data.notices] == [(key, 4)]
    assert data.extra == {}


@pytest.mark.parametrize("value", ["2019-12-31", "2020-01-01", "", "~", "''"])
def test_a_publish_date_that_is_not_later_changes_nothing(value):
    data = clean_head(f"title: A\ndate: 2020-01-01\npublishDate: {value}")
    assert (data.date, data.notices) == (utc(2020, 1, 1), ())


def test_a_publish_date_alone_is_the_date():
    data = clean_head("title: A\npublishDate: 2021-01-01", path="2020-01-01-a.md")
    assert data.date == utc(2021, 1, 1)


def test_the_latest_of_several_publish_dates_counts():
    head = "title: A\npublishDate: 2022-01-01\npublishdate: 2023-01-01\nPUBLISHDATE: 2021-01-01"
    assert clean_head(head).date == utc(2023, 1, 1)


def test_naive_dates_are_read_in_the_zone_of_the_options():
    shanghai = FieldOptions(zone=timezone(timedelta(hours=8)))
    data = clean_head("title: A\ndate: 2022-09-04 09:08:58", options=shanghai)
    assert data.date == utc(2022, 9, 4, 1, 8, 58)
    assert "no offset" in data.date_source


@pytest.mark.parametrize(
    ("line", "title"),
    [
        pytest.param('title: "It\'s Gamma"', "It's Gamma", id="double quotes, apostrophe"),
        pytest.param("title: 'Delta\n epsilon'", "Delta epsilon", id="folded over two lines"),
        pytest.param("title: Alpha:beta", "Alpha:beta", id="colon without space"),
        pytest.param("title: Alpha：beta", "Alpha：beta", id="fullwidth colon"),
        pytest.param("title: 404", "404", id="numeric"),
        pytest.param("title: 1.10", "1.10", id="float"),
        pytest.param("title: 3.9.1", "3.9.1", id="dotted version"),
        pytest.param("title: 12:30", "12:30", id="sexagesimal"),
        pytest.param("title: No", "No", id="no"),
        pytest.param("title: true", "true", id="true"),
        pytest.param("title: 2020-01-01", "2020-01-01", id="date"),
        pytest.param("title: 0x1f", "0x1f", id="hex"),
        pytest.param("title: 'null'", "null", id="quoted null"),
        pytest.param("title:\tAlpha", "Alpha", id="tab after the colon"),
        pytest.param("title:  Alpha  ", "Alpha", id="outer spaces"),
        pytest.param("title: '  Alpha  '", "Alpha", id="outer spaces in quotes"),
        pytest.param("title: |\n  one\n  two", "one two", id="block scalar"),
        pytest.param("title: A &amp; B &#21271; &lt;b&gt;", "A & B 北 <b>", id="entities"),
        pytest.param("title: '&amp;amp;'", "&amp;", id="entities once"),
        pytest.param("title: AT&T; R&D, &copyleft", "AT&T; R&D, &copyleft", id="no entities"),
        pytest.param("title: 🐈 emoji 🎉", "🐈 emoji 🎉", id="emoji"),
        pytest.param("title: a\u2028b", "a b", id="line separator is no line end"),
        pytest.param("\ufefftitle: a", "a", id="byte order mark inside"),
        pytest.param("? title\n: a", "a", id="explicit key"),
        pytest.param("{title: a, tags: [x]}", "a", id="flow mapping"),
    ],
)
def test_titles_keep_their_raw_text(line, title):
    data = clean_head(line)
    assert data.title == title
    assert data.notices == ()


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        pytest.param('title: """"\'Beta released\'""""', "quotes", id="piled quotes"),
        pytest.param('title: "a "b" it\'s"', "quotes", id="double quotes inside double"),
        pytest.param("headimg: 'https://x.example/o'k.png'", "quotes", id="apostrophe in URL"),
        pytest.param("title: Alpha: beta", "in quotes", id="colon and space"),
        pytest.param("title: Alpha:", "in quotes", id="trailing colon"),
        pytest.param("title: @Value note", "in quotes", id="@"),
        pytest.param("title: `ls` note", "in quotes", id="backtick"),
        pytest.param("title: %d note", "in quotes", id="%"),
        pytest.param("title: *bold* note", "in quotes", id="*"),
        pytest.param("title: *bold", "in quotes", id="alias"),
        pytest.param("title: &amp note", "in quotes", id="&"),
        pytest.param("title: !important note", "in quotes", id="!"),
        pytest.param("title: [Draft] note", "in quotes", id="["),
        pytest.param("title: {{ name }}", "in quotes", id="braces"),
        pytest.param("title: - dash", "in quotes", id="-"),
        pytest.param('title: "Alpha" beta', "quotes", id="quoted then text"),
        pytest.param('title: "Alpha', "quotes", id="open quote"),
        pytest.param("title: a\ntitle: b", "first on line 3", id="duplicate key"),
        pytest.param("title:abc", "no space after the colon", id="no space after colon"),
        pytest.param("title:abc\ndate: 2020-01-01", "no space", id="no space, more keys"),
        pytest.param("title: a\x08b", "U+0008", id="control character"),
        pytest.param("title: a\x00b", "U+0000", id="NUL"),
        pytest.param(f"tags:\n{NBSP}- a", "no-break", id="no-break space"),
        pytest.param("title：abc\nlang: en", "ordinary colon", id="fullwidth colon as colon"),
        pytest.param("x: !!python/object/apply:os.system ['true']", "tags", id="python tag"),
        pytest.param("x: !!str a", "tags", id="standard tag"),
        pytest.param("a: &a [x,x]\nb: [*a,*a]", "anchors", id="anchor bomb"),
        pytest.param("a: 1\n<<: {b: 2}", "merge keys", id="merge key"),
        pytest.param("? [a, b]\n: c", "not read", id="list as key"),
        pytest.param('title: "\\0"', "U+0000", id="escaped NUL"),
    ],
)
def test_yaml_errors_name_line_and_way_out(line, hint):
    with pytest.raises(DocumentError) as caught:
        clean(f"\n---\nauthor: 'Somebody''s'\n{line}\n---\nBody")
    expected = [4 + index for index in range(line.count("\n") + 1)]
    if "first on line" in hint:
        hint, expected = "first on line 4", [5]
    assert caught.value.line in expected
    assert hint in str(caught.value)


def test_the_error_of_a_value_names_key_and_line():
    with pytest.raises(DocumentError) as caught:
        clean("---\r\nauthor: X\r\ntitle: Alpha: beta\r\n---\r\n")
    assert str(caught.value).startswith("line 3: title: ")
    assert "Alpha: beta" in str(caught.value)


def test_a_line_of_prose_in_the_head_does_not_accuse_the_line_before():
    with pytest.raises(DocumentError) as caught:
        clean_head('title: "sound"\nsome prose')
    assert caught.value.line == 3
    assert "quotes" not in str(caught.value)


@pytest.mark.parametrize("line", ["password: a: tulip", "password:tulip", "password: *tulip"])
def test_errors_never_show_a_password(line):
    with pytest.raises(DocumentError) as caught:
        clean_head(f"title: A\n{line}")
    assert caught.value.line == 3
    assert "tulip" not in str(caught.value)


def test_a_list_that_a_comment_cuts_open_is_named():
    with pytest.raises(DocumentError, match="not closed") as caught:
        clean_head("tags: [a, #b]\nlang: en")
    assert caught.value.line == 2


def test_a_second_document_is_refused():
    with pytest.raises(DocumentError, match="second YAML document") as caught:
        clean("----\ntitle: a\n---\ntitle: b\n----\n")
    assert caught.value.line == 3


def test_a_comment_that_truncates_is_told():
    data = clean_head("title: Issue #12 of C# news")
    assert data.title == "Issue"
    assert "#12 of C# news" in messages(data)
    assert data.notices[0].line == 2


def test_a_value_that_is_a_comment_is_told():
    data = clean_head("title: A\ntags:\n - #one\n - two")
    assert data.tags == ("two",)
    assert data.notices[0].line == 4


def test_comments_behind_switches_are_no_news():
    assert clean_head("title: A\ncomments: false # for now\nupdated: # none\n# x").notices == ()


@pytest.mark.parametrize("value", ["null", "~", "", "''", '" "'])
def test_an_empty_title_is_taken_from_the_name(value):
    data = clean_head(f"title: {value}", path="news/2021-12-09-hello_big-world.md")
    assert data.title == "hello big world"
    assert "name of the file" in messages(data)


@pytest.mark.parametrize(
    ("text", "extra"),
    [
        pytest.param("abbrlink: 0123", {"abbrlink": "0123"}, id="leading zero"),
        pytest.param("abbrlink: 4e10", {"abbrlink": "4e10"}, id="exponent"),
        pytest.param("abbrlink: 3995512051", {"abbrlink": 3995512051}, id="big int"),
        pytest.param("a: 9007199254740993", {"a": "9007199254740993"}, id="beyond 53 bits"),
        pytest.param("a: " + "9" * 9000, {"a": "9" * 9000}, id="huge int"),
        pytest.param("abbrlink: 0x1f", {"abbrlink": "0x1f"}, id="0x"),
        pytest.param("type:\tarchives", {"type": "archives"}, id="tab after colon"),
        pytest.param("a: [true, null, 1, 1.5, 1.10]", {"a": [True, None, 1, 1.5, "1.10"]}),
        pytest.param("a: no\nb: 12:30\nc: '1'", {"a": "no", "b": "12:30", "c": "1"}, id="text"),
        pytest.param("description: |\n  one\n  two", {"description": "one\ntwo\n"}, id="block"),
        pytest.param("Extra:\n  B: {c: [1]}\n  A: x", {"Extra": {"B": {"c": [1]}, "A": "x"}}),
        pytest.param("keywords: a, b", {"keywords": "a, b"}, id="keywords are unknown"),
    ],
)
def test_unknown_keys_are_kept(text, extra):
    data = clean_head(f"title: A\n{text}")
    assert data.extra == extra
    assert list(data.extra) == list(extra)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        pytest.param("categories: \n - 金融\n - 中证网\n - 资讯", [["金融", "中证网", "资讯"]]),
        pytest.param("categories:\n - [A, B]\n - [C]", [["A", "B"], ["C"]], id="nested"),
        pytest.param("categories:\n  - - A\n    - B\n  - - C", [["A", "B"], ["C"]], id="dash-dash"),
        pytest.param(
            "categories: \n    - A\n    - B\n\nauthor: X - Y", [["A", "B"]], id="four-space"
        ),
        pytest.param("categories: Big News", [["Big News"]], id="a text is one"),
        pytest.param("category: A", [["A"]], id="alias"),
        pytest.param("categories:", [], id="nothing"),
        pytest.param("categories: []", [], id="empty list"),
        pytest.param("categories: [null]", [], id="list of null"),
        pytest.param("categories: [[A, B], C, D]", [["A", "B"], ["C"], ["D"]], id="mixed"),
        pytest.param("categories: [' A&amp;B ', null, 12]", [["A&B", "12"]], id="trimmed"),
        pytest.param("categories: [[A, B], [A, B]]", [["A", "B"]], id="twice the same"),
    ],
)
def test_categories_are_paths(text, paths):
    data = clean_head(f"title: A\n{text}")
    assert [list(path) for path in data.categories] == paths


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("categories: [A, B]", [["A"], ["B"]]),
        ("categories: [[A, B], C]", [["A", "B"], ["C"]]),
        ("categories: A", [["A"]]),
        ("categories: [null]", []),
    ],
)
def test_flat_categories_are_roots(text, paths):
    data = clean_head(f"title: A\n{text}", options=FieldOptions(categories="flat"))
    assert [list(path) for path in data.categories] == paths


@pytest.mark.parametrize(
    ("text", "hint", "line"),
    [
        pytest.param("categories:\n - A: B", "list from root to leaf", 3, id="mapping in list"),
        pytest.param("categories: {A: B}", "list from root to leaf", 3, id="mapping"),
        pytest.param("categories: [[A, [B]]]", "list of lists", 3, id="three levels of list"),
        pytest.param(f"categories: [{'a, ' * 17}]", "17 categories", 3, id="too deep"),
    ],
)
def test_categories_that_are_no_paths_are_refused(text, hint, line):
    with pytest.raises(DocumentError, match=hint) as caught:
        clean_head(f"title: A\n{text}")
    assert (caught.value.line, caught.value.key) == (line, "categories")


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        pytest.param("tags: [a, b]", ["a", "b"], id="list"),
        pytest.param("tags:\n\t- a\n\t- b", ["a", "b"], id="tab list"),
        pytest.param("tags:\n -\ta\n -\tb", ["a", "b"], id="tab after dash"),
        pytest.param("tags:\n - php\n - ", ["php"], id="null tag"),
        pytest.param("tags: [2021, 1.0, yes]", ["2021", "1.0", "yes"], id="int tag"),
        pytest.param("tags: a, b，c、d;e；f", ["a", "b", "c", "d", "e", "f"], id="separators"),
        pytest.param("tags: 'AT&amp;T; x'", ["AT&T", "x"], id="entity in a text"),
        pytest.param("tags: ['a, b', 'c；d']", ["a, b", "c；d"], id="items are not split"),
        pytest.param("tags: [Java, java, ＪＡＶＡ, c++]", ["Java", "c++"], id="case and width"),
        pytest.param("tag: one", ["one"], id="alias"),
        pytest.param("tags:", [], id="null"),
        pytest.param("tags: []", [], id="empty"),
        pytest.param("tags: ['', ' ']", [], id="blank"),
        pytest.param("tags: [C#/.NET, a & b, x.y+z]", ["C#/.NET", "a & b", "x.y+z"], id="signs"),
    ],
)
def test_tags(text, tags):
    assert list(clean_head(f"title: A\n{text}").tags) == tags


def test_tag_separators_are_an_option():
    options = FieldOptions(tag_separators="|")
    assert clean_head("title: A\ntags: a, b|c", options=options).tags == ("a, b", "c")
    assert clean_head("tags: a, b", options=FieldOptions(tag_separators="")).tags == ("a, b",)


@pytest.mark.parametrize("text", ["tags: {a: b}", "tags:\n - [a]", "tags:\n - a: b"])
def test_tags_of_another_shape_are_refused(text):
    with pytest.raises(DocumentError, match="is not a tag") as caught:
        clean_head(f"title: A\n{text}")
    assert caught.value.key == "tags"
    assert caught.value.line == 3


@pytest.mark.parametrize(
    ("text", "author"),
    [
        pytest.param("author: X - Y", AuthorName("X - Y"), id="text"),
        pytest.param("author: 42", AuthorName("42"), id="number"),
        pytest.param(
            "author: {nick: A, link: 'https://a.example'}", AuthorName("A", "https://a.example")
        ),
        pytest.param("author: {name: A, uri: /a, email: b}", AuthorName("A", "/a"), id="mapping"),
        pytest.param("authors: [A]", AuthorName("A"), id="list of one"),
        pytest.param("authors: [null, A]", AuthorName("A"), id="null in list"),
        pytest.param("author:", None, id="null"),
        pytest.param("author: ''", None, id="empty"),
        pytest.param("author: []", None, id="empty list"),
    ],
)
def test_authors(text, author):
    data = clean_head(f"title: A\n{text}")
    assert data.author == author
    assert data.notices == ()
    assert data.extra == {}


def test_of_several_authors_the_first_counts_and_all_are_kept():
    data = clean_head("title: A\nauthors: [A, {name: B, url: /b}]")
    assert data.author == AuthorName("A")
    assert data.extra == {"authors": ["A", {"name": "B", "url": "/b"}]}
    assert "several authors" in messages(data)


@pytest.mark.parametrize("value", ["{link: /x}", "[[A]]", "{name: [A]}", "{name: ''}"])
def test_authors_without_name_are_refused(value):
    with pytest.raises(DocumentError) as caught:
        clean_head(f"title: A\nauthor: {value}")
    assert (caught.value.key, caught.value.line) == ("author", 3)


@pytest.mark.parametrize(
    ("text", "headimg"),
    [
        ("headimg: /a.png", "/a.png"),
        ("cover: https://x.example/a.png?b=1&amp;c=2", "https://x.example/a.png?b=1&amp;c=2"),
        ("top_img: a.png", "a.png"),
        ("headimg:", ""),
        ("cover: false", ""),
        ("top_img: null", ""),
        ("headimg: ''", ""),
        ("headimg: /a.png\ncover: /b.png", "/a.png"),
        ("headimg:\ncover: /b.png", ""),
    ],
)
def test_pictures(text, headimg):
    data = clean_head(f"title: A\n{text}")
    assert data.headimg == headimg
    assert data.notices == ()


def test_a_picture_that_is_true_is_none_and_told():
    data = clean_head("title: A\nthumbnail: true")
    assert data.thumbnail == ""
    assert "no picture" in messages(data)


def test_an_alias_beside_the_main_key_is_an_unknown_key():
    assert clean_head("headimg: /a.png\ncover: /b.png").extra == {"cover": "/b.png"}


@pytest.mark.parametrize(
    ("value", "comments"),
    [
        *((text, False) for text in ("false", "off", "no", "0", "False", "'false'", '"off"')),
        *((text, True) for text in ("true", "on", "YES", "1", "'true'", "", "null")),
    ],
)
def test_comments_switch(value, comments):
    assert clean_head(f"title: A\ncomments: {value}").comments is comments


@pytest.mark.parametrize("key", ["comments", "published", "draft", "hidden"])
@pytest.mark.parametrize("value", ["maybe", "2", "[true]", "{a: b}"])
def test_switches_that_are_neither_are_refused(key, value):
    with pytest.raises(DocumentError) as caught:
        clean_head(f"title: A\n{key}: {value}")
    assert (caught.value.line, caught.value.key) == (3, key)


@pytest.mark.parametrize(
    "text",
    [
        "published: false",
        "published: 'off'",
        "draft: true",
        "draft: 'yes'",
        "Draft: true",
        "password: x",
        "Password: [a]",
        "password: 0",
        "hidden: true",
        "published: true\ndraft: true",
        "published: true\nPublished: false",
    ],
)
def test_what_is_held_back_is_not_published(text):
    data = clean_head(f"title: A\n{text}")
    assert data.published is False
    assert not {"password", "Password", "hidden", "draft", "Draft"} & data.extra.keys()
    if "ublished: " not in text:
        assert "not published" in messages(data)


@pytest.mark.parametrize(
    "text",
    "published: true|published:|draft: false|draft:|password:|password: ''|hidden: false|"
    "password: false|lang: en".split("|"),
)
def test_what_is_not_held_back_is_published(text):
    data = clean_head(f"title: A\n{text}")
    assert data.published is True
    assert data.extra == {}


@pytest.mark.parametrize("path", ["_drafts/a.md", "news/_drafts/deep/a.md"])
def test_a_draft_folder_holds_back(path):
    data = clean_head("title: A\npublished: true", path=path)
    assert data.published is False
    assert "_drafts" in messages(data)


def test_a_folder_named_for_import_may_be_the_draft_folder():
    document = parse_document("---\ntitle: A\npublished: true\n---\n")
    origin = Origin(path="a.md", is_draft_folder=True)
    data = clean_document(document, options=OPTIONS, origin=origin)
    assert data.published is False
    assert "_drafts" in messages(data)


def test_a_file_named_drafts_is_no_draft_folder():
    assert clean_head("title: A", path="news/_drafts.md").published is True


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("a.md", "a"),
        ("x/2021-1-2-hello-world.md", "hello world"),
        ("x/2021-01-02.md", "2021-01-02"),
        ("2021-99-02-x.md", "2021 99 02 x"),
        ("post/big_news/index.md", "big news"),
        ("post/2021-01-02-big/_index.md", "big"),
        ("index.md", "index"),
        ("【A】b, c #1.md", "【A】b, c #1"),
        ("v1.2.3 notes.md", "v1.2.3 notes"),
        ("---.md", "---"),
    ],
)
def test_titles_from_names(path, title):
    assert clean("Just text", path=path).title == title


def test_without_title_and_name_there_is_an_error():
    with pytest.raises(DocumentError, match="title: missing"):
        clean("Just text", path="")


def test_dates_from_names_and_files():
    modified = utc(2023, 1, 2)
    assert clean("x", path="2021-01-02-a.md", modified=modified).date == utc(2021, 1, 2)
    assert clean("x", path="2021-01-02-a/index.md").date_source == "file name"
    data = clean("x", path="a.md", modified=modified)
    assert data.date == modified
    assert "last change" in messages(data)
    assert clean("x", path="a.md").date is None
    assert clean_head("date:", path="2021-01-02-a.md").date == utc(2021, 1, 2)


def test_null_dates_are_absent():
    data = clean_head("title: A\nupdated:\nexpires_at: ~")
    assert (data.updated, data.expires_at) == (None, None)


@pytest.mark.parametrize("key", ["updated", "lastmod", "last_modified_at"])
def test_updated(key):
    assert clean_head(f"title: A\n{key}: 2022-09-04T09:08").updated == utc(2022, 9, 4, 9, 8)


def test_texts():
    data = clean_head(
        "title: A\nslug: a-b\nexcerpt: |\n  <b>one</b>\n  two\npermalink: /a/\nlanguage: zh-CN\n"
        "layout: post\nmarkup: md"
    )
    assert (data.slug, data.permalink, data.lang) == ("a-b", "/a/", "zh-CN")
    assert (data.layout, data.markup, data.excerpt) == ("post", "markdown", "<b>one</b>\ntwo")
    assert data.extra == {}


def test_an_empty_excerpt_is_none():
    assert clean_head("title: A\nexcerpt:").excerpt == ""


def test_an_unknown_markup_is_refused():
    with pytest.raises(DocumentError, match="html, markdown or auto"):
        clean_head("title: A\nmarkup: asciidoc")


@pytest.mark.parametrize("key", ["title", "slug", "headimg", "date", "excerpt", "lang", "markup"])
@pytest.mark.parametrize("value", ["[a]", "{a: b}"])
def test_a_list_or_mapping_where_text_belongs_is_refused(key, value):
    with pytest.raises(DocumentError) as caught:
        clean_head(f"author: A\n{key}: {value}")
    assert (caught.value.key, caught.value.line) == (key, 3)


def test_long_names_are_cut_with_a_notice():
    data = clean_head(
        f"title: {'t' * 301}\ntags: [{'a' * 101}]\ncategories: {'c' * 101}\nauthor: {'d' * 101}"
    )
    assert (len(data.title), len(data.tags[0]), len(data.categories[0][0])) == (300, 100, 100)
    assert len(data.author.name) == 100
    assert [notice.key for notice in data.notices] == ["title", "categories", "tags", "author"]


@pytest.mark.parametrize(
    ("key", "limit"), [("headimg", 2000), ("permalink", 2000), ("slug", 100), ("lang", 35)]
)
def test_long_addresses_are_refused(key, limit):
    assert getattr(clean_head(f"title: A\n{key}: {'x' * limit}"), key)
    with pytest.raises(DocumentError, match=f"at most {limit}"):
        clean_head(f"title: A\n{key}: {'x' * (limit + 1)}")


@pytest.mark.parametrize("head", ["Title: A\nTAGS: [x]", "title: A\ntags: [x]"])
def test_known_keys_may_be_capitalised(head):
    data = clean_head(head)
    assert (data.title, data.tags, data.extra) == ("A", ("x",), {})


def test_the_kind_of_file_that_this_is_for():
    text = (
        "\n---\ntitle: '某地新桥通车'\ncategories: \n - 城市\n - 交通\n - 桥梁\n"
        "headimg: 'https://pics.example/400?x=1'\nauthor: 某报\ncomments: false\n"
        "date: Thu, 09 Dec 2021 18:14:00 GMT\nthumbnail: 'https://pics.example/400?x=1'\n---\n\n"
        "<div>   \n<p>　　正文</p>  \n</div>\n            "
    )
    data = clean(text)
    assert data.title == "某地新桥通车"
    assert data.categories == (("城市", "交通", "桥梁"),)
    assert data.date == utc(2021, 12, 9, 18, 14)
    assert data.date_source == "RFC 2822"
    assert data.headimg == data.thumbnail == "https://pics.example/400?x=1"
    assert (data.author, data.comments) == (AuthorName("某报"), False)
    assert data.body.startswith("\n<div>   \n")
    assert (data.extra, data.notices) == ({}, ())


def test_scalars_know_their_line():
    document = parse_document("\ufeff\n\n---\ntitle: A\ntags:\n - x\n - 'y'\n---\n")
    assert document.lines == {"title": 4, "tags": 5}
    assert document.entries["tags"] == (Scalar("x", plain=True, line=6), Scalar("y", False, 7))
