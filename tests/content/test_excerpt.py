import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cms_news.content import excerpt
from cms_news.content.excerpt import (
    CJK_CHARACTERS_PER_MINUTE,
    WORDS_PER_MINUTE,
    count_words,
    plain_text,
    reading_minutes,
    split_more,
    summarize,
)

few = settings(deadline=None, max_examples=150)


@pytest.mark.parametrize(
    "marker",
    [
        "<!-- more -->",
        "<!--more-->",
        "<!--More -->",
        "<!--  MORE\t-->",
        "<!--- more --->",
        "<!--\nmore\n-->",
    ],
)
def test_split_more_takes_every_spelling(marker: str) -> None:
    assert split_more(f"a\n{marker}\nb") == ("a\n", "a\n\nb")


@pytest.mark.parametrize(
    "body", ["", "text", "<!-- moreover -->", "<!-- more", "< !-- more -->", "<!-- no more -->"]
)
def test_split_more_without_a_marker(body: str) -> None:
    assert split_more(body) == (None, body)


def test_split_more_leaves_further_markers_alone() -> None:
    assert split_more("a<!--more-->b<!-- more -->c") == ("a", "ab<!-- more -->c")


def test_split_more_at_the_beginning_gives_an_empty_teaser() -> None:
    assert split_more("<!-- more -->rest") == ("", "rest")


@pytest.mark.parametrize(
    "code",
    [
        "```\n<!-- more -->\n```",
        "~~~~ html\r\n<!-- more -->\r\n~~~\r\n~~~~",
        "- item\n\n      ```html\n      <!-- more -->\n      ```",
        "write `<!-- more -->` there",
        "write `` <!-- more --> `` there",
    ],
)
def test_split_more_takes_no_marker_that_is_shown_as_code(code: str) -> None:
    assert split_more(code) == (None, code)
    assert split_more(f"{code}\n<!-- more -->b") == (f"{code}\n", f"{code}\nb")


def test_split_more_is_not_fooled_by_inline_code_at_the_start_of_a_line() -> None:
    assert split_more("``` code ``` first\n<!-- more -->b")[0] == "``` code ``` first\n"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("<div>   \n<p>　　中文……</p>\n<p>　　第二段</p>  \n</div>", "中文……\n第二段"),
        ("<p>a\n   b&nbsp;c</p>", "a b c"),
        ("a<br>b<br />c", "a\nb\nc"),
        ("<b>bo</b>ld <em>text</em>", "bold text"),
        ("<p>1 &lt; 2 &amp;amp; &#20013;&hellip;</p>", "1 < 2 &amp; 中…"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("<table><tr><th>a</th><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ('<p>x<img src="a.png" alt="picture > text">y</p>', "xy"),
        ("<pre><code>if a:\n    b  \n\nc</code></pre><p>d</p>", "if a:\n    b\nc\nd"),
        ("<p>run <code>ls  -l</code></p>", "run ls -l"),
        ("a<script>evil()</script>b<STYLE>p{}</STYLE >c<iframe>d</iframe>e", "abce"),
        ("a<!-- hidden > -->b<!DOCTYPE html>c", "abc"),
        ("a <b title='x>y'>c</b>", "a c"),
        ("1 < 2 <中文", "1 < 2 <中文"),
        ("text <b", "text"),
        ("a<script>never closed", "a"),
        ("a<!-- never closed", "a"),
        ("&#" + "1" * 5000 + ";x", "\ufffdx"),
        ("", ""),
    ],
)
def test_plain_text(source: str, text: str) -> None:
    assert plain_text(source) == text


def test_summaries_end_with_a_sentence_near_the_limit() -> None:
    text = "央行宣布降准。市场反应积极，多家机构上调预期。后续措施将陆续公布。"
    assert summarize(text, max_chars=25) == "央行宣布降准。市场反应积极，多家机构上调预期。"
    assert summarize("It is 3.5 percent. “Really?” More follows here.", max_chars=30) == (
        "It is 3.5 percent. “Really?”"
    )


def test_summaries_do_not_end_within_a_number_or_an_address() -> None:
    assert summarize("The rate rose to 12.345 percent today", max_chars=20) == "The rate rose to…"
    assert summarize("look at example.org/a?b=c and more", max_chars=26).endswith("…")


def test_summaries_end_with_a_whole_word_otherwise() -> None:
    assert summarize("The quick brown fox jumps", max_chars=14) == "The quick…"
    assert summarize("The quick, brown fox", max_chars=12) == "The quick…"
    assert summarize("Nobody says don't here", max_chars=17) == "Nobody says…"
    assert summarize("一二三四五六七八九十", max_chars=6) == "一二三四五…"
    assert summarize("x" * 50, max_chars=10) == "x" * 9 + "…"


def test_short_texts_come_back_whole_on_one_line() -> None:
    assert summarize("　　One\n\ntwo　three ", max_chars=13) == "One two three"
    assert summarize("") == ""


@pytest.mark.parametrize(
    "character",
    [
        "e\u0301",
        "👩‍👩‍👧‍👦",
        "👍🏽",
        "🇨🇳",
        "क्षि",
        "ก็",
        "1\ufe0f\u20e3",
        "\ud83d\ude00",
        "\u1112\u1161\u11ab",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ],
)
def test_summaries_never_cut_a_character(character: str) -> None:
    for limit in range(5, 30):
        summary = summarize(character * 40, max_chars=limit)
        assert len(summary) <= limit
        kept = summary.removesuffix("…")
        assert kept == character * (len(kept) // len(character))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("Hello, world!", 2),
        ("央行 2024 年报告", 6),
        ("ひらがなカナ々", 7),
        ("한국어 뉴스를 읽다", 3),
        ("C++ and C#", 3),
        ("don't do it’s", 3),
        ("state-of-the-art snake_case", 2),
        ("3.14 1,000 12.5%", 3),
        ("end.Next", 2),
        ("GPT模型v2", 4),
        ("हिन्दी समाचार", 2),
        ("Новости café e\u0301te\u0301", 3),
        ("……——！？ -- __ 🎉👩‍👧", 0),
        ("𠮷野家", 3),
    ],
)
def test_count_words(text: str, words: int) -> None:
    assert count_words(text) == words


def test_reading_minutes() -> None:
    assert reading_minutes("") == 0
    assert reading_minutes(" \n　") == 0
    assert reading_minutes("🎉") == 1
    assert reading_minutes("字") == 1
    assert reading_minutes("字" * CJK_CHARACTERS_PER_MINUTE * 3) == 3
    assert reading_minutes("word " * WORDS_PER_MINUTE * 4) == 4
    mixed = "字" * CJK_CHARACTERS_PER_MINUTE + " word" * WORDS_PER_MINUTE
    assert reading_minutes(mixed) == 2


@pytest.mark.timed
@pytest.mark.parametrize(
    "hostile",
    [
        "<!--" * 50_000,
        "<!--more" * 25_000,
        "<!--" + " " * 200_000,
        "<!--more" + "-" * 200_000,
        "`<!--more-->`" * 15_000,
        " " * 200_000,
        "```\n" * 50_000,
        "<a " * 70_000,
        '<a "' * 50_000,
        "<script></script" * 12_000,
        "</script" * 25_000,
        "<" * 200_000,
        "&" * 200_000,
        "&#" * 100_000,
        "🇨" * 200_000,
        "e" + "\u0301" * 200_000,
        "a-" * 100_000,
        "1." * 100_000,
        "<pre>" * 40_000,
    ],
)
def test_hostile_texts_take_no_long_time(hostile: str) -> None:
    began = time.process_time()
    split_more(hostile)
    plain_text(hostile)
    summarize(hostile)
    count_words(hostile)
    assert time.process_time() - began < 2


fragments = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<pre>",
            "</pre>",
            "<b x='>'>",
            "<script>",
            "</script>",
            "<!--",
            "-->",
            "more",
            "&amp;",
            "<",
            "`",
            "```\n",
            "中",
            "　",
            "e\u0301",
            "\n",
            "a b.",
        ]
    )
    | st.text(max_size=5)
).map("".join)


@few
@given(body=fragments)
@example(body="<!--more-->")
def test_split_more_only_takes_the_marker_out(body: str) -> None:
    teaser, rest = split_more(body)
    if teaser is None:
        assert rest == body
    else:
        assert rest.startswith(teaser)
        marker = body[len(teaser) : len(teaser) + len(body) - len(rest)]
        assert marker.startswith("<!--")
        assert marker.endswith("-->")
        assert body == teaser + marker + rest[len(teaser) :]


@few
@given(words=st.lists(st.text(st.characters(categories=("L", "N", "Z")), max_size=12)))
def test_plain_text_folds_like_split(words: list[str]) -> None:
    source = " ".join(words)
    assert plain_text(source) == " ".join(source.split())


@few
@given(source=fragments, limit=st.integers(0, 40))
def test_texts_never_fail_and_summaries_fit(source: str, limit: int) -> None:
    text = plain_text(source)
    assert all(line.strip() for line in text.split("\n") if text)
    summary = summarize(text, max_chars=limit)
    assert len(summary) <= limit
    assert "\n" not in summary
    assert " ".join(text.split()).startswith(summary.removesuffix("…"))
    assert (reading_minutes(text) > 0) == bool(text.strip())
    assert count_words(text) >= 0


COMMON = st.text(
    alphabet=st.sampled_from("aZ09 '’-‐_.,\n\t中文龥，。！？：；“”‘’（）《》【】、…—·　％～＠é年k2")
    | st.characters(min_codepoint=0x20, max_codepoint=0xFF60, exclude_categories=["Cs"]),
    max_size=40,
)


@given(COMMON)
@example("2021年12月9日，5G网络：1,000 km/h、it's_ok — e‐mail")
@settings(max_examples=600)
def test_common_texts_are_counted_as_all_others_are(text):
    short = excerpt._count.__wrapped__(text)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(excerpt, "_UNCOMMON", re.compile(""))
        assert short == excerpt._count.__wrapped__(text)
