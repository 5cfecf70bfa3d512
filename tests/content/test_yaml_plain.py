"""The short way through YAML says what the parser says, or nothing."""

import time

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cms_news.content.heads.reading import NotAMappingError
from cms_news.content.heads.yaml_plain import read_plainly
from cms_news.content.heads.yaml_reader import read_events
from cms_news.errors import DocumentError

SEED_SHAPE = """title: '晨报：渡轮'
categories:\x20
 - 财经
 - 集市日志
headimg: 'https://images.example/400/300?random=1'
author: 记者站
comments: false
date: Thu, 09 Dec 2021 18:14:00 GMT
thumbnail: "https://images.example/1"
tags:
- 5G
- Ferry, 渡轮
"""


def parse(text):
    """What the parser makes of `text`; None where it takes it for anything else than keys with values."""
    try:
        return read_events(text, 7)
    except (DocumentError, NotAMappingError, yaml.YAMLError):
        return None


def test_common_head_takes_the_short_way():
    reading = read_plainly(SEED_SHAPE, 7)
    assert reading is not None
    assert list(reading.entries) == [
        "title",
        "categories",
        "headimg",
        "author",
        "comments",
        "date",
        "thumbnail",
        "tags",
    ]
    assert reading == parse(SEED_SHAPE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "a: 1 # one",
        "a: 1\n# one\nb: 2",
        "a: 'it''s'",
        'a: "\\u0041"',
        "a: 1\n  2",
        "a: 1\n\nb: 2",
        "a:\nb: 2",
        "a:",
        "a: &b 1",
        "a: [1]",
        "a: |\n  1",
        "a: 1\na: 2",
        "a:\n - 1\n  - 2",
        "a:\n - b: 1",
        "a:\n - 1\n 2",
        "a: b: c",
        "a: b:",
        "<<: 1",
        "a:b",
        "a: -",
        "- a",
        "a: 1\n---\nb: 2",
        "a:\t1",
        "a: 1\x852",
        " a: 1",
        "? a",
    ],
)
def test_what_may_mean_more_is_left_to_the_parser(text):
    assert read_plainly(text, 7) is None


VALUES = st.one_of(
    st.sampled_from(
        [
            *(
                "",
                "1",
                "true",
                "~",
                "null",
                "=",
                "<<",
                "12:30",
                "http://a.b/c?d=1#e",
                "a: b",
                "a:",
                "a :b",
            ),
            *(
                "'a'",
                "'a' ",
                "''",
                "'it''s'",
                "'a'b",
                '"a"',
                '"a\\"b"',
                '"',
                "'",
                "- a",
                "-a",
                "? a",
                "?a",
            ),
            *(
                "[a]",
                "{a}",
                "a[b]{c},d",
                "a # b",
                "a#b",
                "#",
                "&a",
                "*a",
                "!a",
                "|",
                ">",
                "%a",
                "@a",
                "`a",
            ),
            *(
                "a & b | c > d ! e",
                "渡轮：晨报",
                "　晨报　",
                "\xa0a\xa0",
                "😀",
                "a  b",
                "a ",
                "---",
                "...",
                "--- a",
            ),
            *(
                "a\tb",
                "a\x85b",
                "a\u2028b",
                "\ufeffa",
                "it's",
                'say "a"',
                "a,b",
                "a\\b",
                "2021-12-09 18:14:00",
            ),
        ]
    ),
    st.text(alphabet=" :-#'\"[]{},&*!|>%@`?=~\\ab1中。\n", max_size=12),
)
LINES = st.one_of(
    st.builds(
        "{}:{}{}".format,
        st.sampled_from(["a", "b", "c-d", "é", "1", "a b", "'q'"]),
        st.sampled_from([" ", "  ", ""]),
        VALUES,
    ),
    st.builds(
        "{}-{}{}".format, st.sampled_from(["", " ", "  "]), st.sampled_from([" ", "  ", ""]), VALUES
    ),
    st.sampled_from(["", " ", "---", "...", "# c", "  more", "a:", "b: "]),
)


@given(st.lists(LINES, max_size=8).map("\n".join), st.sampled_from(["", "\n", "\n\n", " "]))
@settings(max_examples=600)
@example("a: 1\n- b", "")
@example("a:\n - 1\nb:\n- 2", "\n")
@example("a: 中 ", "")
@example("a:\n - 1\n- 2", "")
def test_short_way_says_what_the_parser_says(text, end):
    reading = read_plainly(text + end, 7)
    if reading is not None:
        assert reading == parse(text + end)


@pytest.mark.parametrize(
    "text", ["a: x{}y", "a: 'x'{}y", "a: {}", "a:{}", "a:\n -{}b", "{}- a", "a: x{}: y"]
)
@pytest.mark.parametrize("filling", [" ", ":", "'", "-"])
@pytest.mark.timed
def test_long_lines_take_linear_time(text, filling):
    read_plainly("a: x", 1)
    started = time.process_time()
    read_plainly(text.format(filling * 30_000), 1)
    assert time.process_time() - started < 0.5
