import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms_news.content.comparing import compare_texts
from cms_news.content.matching import find_matches


def sides(blocks):
    return tuple(
        "".join(p.text for block in blocks for p in block.side(kind)) for kind in ("gone", "new")
    )


def shown(old, new):
    signs = {"same": "", "gone": "-", "new": "+"}
    return [
        f"{signs[piece.kind]}{piece.text}"
        for block in compare_texts(old, new)
        for piece in block.pieces
    ]


def test_nothing_of_nothing():
    assert compare_texts("", "") == []


def test_same_text_is_one_block():
    (block,) = compare_texts("a\nb\n", "a\nb\n")
    assert block.is_same


def test_words_are_compared_not_lines():
    old = "first\nThe bridge opens on Monday at nine.\nlast\n"
    new = "first\nThe bridge opens on Friday at nine.\nlast\n"
    assert shown(old, new) == [
        "first\n",
        "The bridge opens on ",
        "-Monday",
        "+Friday",
        " at nine.\n",
        "last\n",
    ]


def test_han_characters_are_words():
    assert shown("三号线今天恢复运行。", "三号线明天恢复运行。") == [
        "三号线",
        "-今",
        "+明",
        "天恢复运行。",
    ]


def test_latin_inside_of_chinese_is_a_word():
    assert shown("使用Python开发的系统", "使用Ruby开发的系统") == [
        "使用",
        "-Python",
        "+Ruby",
        "开发的系统",
    ]


def test_html_in_one_line_is_compared_block_by_block():
    old = "<p>第一段。</p><p>第二段。</p><p>第三段。</p>"
    new = "<p>第一段。</p><p>第三段。</p>"
    assert shown(old, new) == ["<p>第一段。</p>", "-<p>第二段。</p>", "<p>第三段。</p>"]


def test_tag_is_one_word():
    assert shown('text <a href="a">b</a> text', 'text <a href="c">b</a> text') == [
        "text ",
        '-<a href="a">',
        '+<a href="c">',
        "b</a> text",
    ]


def test_texts_that_share_nothing_are_shown_one_after_the_other():
    assert shown("Alpha beta gamma", "一二三四五六七") == ["-Alpha beta gamma", "+一二三四五六七"]


def test_word_shared_by_chance_does_not_part_a_change():
    old = "Everything here was rewritten the whole afternoon by somebody else, and so on and on."
    new = "Nobody knows anymore what the sentence said, and so on and on."
    assert [piece[0] for piece in shown(old, new)] == ["-", "+", ","]


def test_added_and_removed_whole():
    assert shown("", "new") == ["+new"]
    assert shown("old", "") == ["-old"]


def test_line_ends_are_not_lost():
    assert sides(compare_texts("a\r\nb\rc\n", "a\nb\rc\r\n")) == ("a\r\nb\rc\n", "a\nb\rc\r\n")


TEXTS = st.text(st.sampled_from("ab \n。<p>/晨报新"), max_size=80)


@given(TEXTS, TEXTS)
def test_both_sides_are_whole(old, new):
    assert sides(compare_texts(old, new)) == (old, new)


@given(
    st.lists(st.sampled_from("abcd"), max_size=40), st.lists(st.sampled_from("abcd"), max_size=40)
)
def test_matches_are_the_same_on_both_sides_and_in_order(old, new):
    old_at = new_at = 0
    for match in find_matches(old, new):
        assert match.size > 0
        assert old_at <= match.old_start
        assert new_at <= match.new_start
        old_at, new_at = match.old_start + match.size, match.new_start + match.size
        assert old[match.old_start : old_at] == new[match.new_start : new_at]
    assert old_at <= len(old)
    assert new_at <= len(new)


@given(
    st.lists(st.sampled_from("abcd"), max_size=12), st.lists(st.sampled_from("abcd"), max_size=12)
)
def test_few_edits_are_found_as_such(old, new):
    """Not worse than leaving out what is common at both ends."""
    matched = sum(match.size for match in find_matches(old, new))
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    assert matched >= start


HOSTILE = {
    "one word": ("a " * 250_000, "a " * 249_000 + "b " * 1_000),
    "two words by turns": ("a b " * 125_000, "b a b b " * 62_500),
    "open tags": ("<a" * 250_000, "<b" * 250_000),
    "line ends": ("\n" * 500_000, "\r" * 500_000),
    "reversed": (
        "\n".join(map(str, range(50_000))),
        "\n".join(map(str, range(50_000, 0, -1))),
    ),
    "one line of characters": ("晨报" * 250_000, "报晨晨" * 160_000),
    "changes by turns": (
        " ".join(f"gone{n} x" for n in range(60_000)),
        " ".join(f"new{n} x" for n in range(60_000)),
    ),
    "anchors and noise": (
        "\n".join(f"{n}\n" + "a\nb\n" * 500 for n in range(120)),
        "\n".join(f"{n}\n" + "b\nb\na\n" * 330 for n in range(120)),
    ),
    "stops": ("。" * 500_000, "！" * 400_000),
}


@pytest.mark.timed
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_texts_of_half_a_megabyte_take_no_longer_than_others(kind):
    started = time.process_time()
    old, new = HOSTILE[kind]
    assert sides(compare_texts(old, new)) == (old, new)
    assert time.process_time() - started < 8
