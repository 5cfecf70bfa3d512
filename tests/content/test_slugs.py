import re
import sys
from pathlib import PurePosixPath
from types import ModuleType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cms_news.content.slugs import fallback_slug, free_slug, slug_from_name, slugify_text
from cms_news.errors import SettingError

few = settings(deadline=None, max_examples=150)
django_unicode_slug = re.compile(r"^[-\w]+\Z")


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("央行发布 2024 年报告", "央行发布-2024-年报告"),
        ("《数字经济》：新的机遇？", "数字经济-新的机遇"),
        ("ＦＵＬＬ　Ｗｉｄｔｈ，１２３", "full-width-123"),
        ("Ünïcödé Straße", "ünïcödé-straße"),
        ("Un\u0303", "uñ"),
        ("Новости дня", "новости-дня"),
        ("かな カナ ｶﾅ", "かな-カナ-カナ"),
        ("한국어 뉴스", "한국어-뉴스"),
        ("İstanbul", "istanbul"),
        ("snake_case __x__", "snake_case-__x"),
        ("--a---b--", "a-b"),
        ("C++", "c-plus-plus"),
        ("Notepad++ 8", "notepad-plus-plus-8"),
        ("现代C++编程", "现代c-plus-plus-编程"),
        ("C#", "c-sharp"),
        ("Ｆ＃ 入门", "f-sharp-入门"),
        ("学C#12编程", "学c-sharp-12编程"),
        ("Issue#12", "issue-12"),
        (".NET", "dot-net"),
        ("使用.NET 8", "使用-dot-net-8"),
        ("ASP.NET and example.network", "asp-net-and-example-network"),
        ("A&B", "a-b"),
        ("it's 5 o’clock", "its-5-oclock"),
        ("3.9.1", "3-9-1"),
        ("1 + 1", "1-1"),
        ("rock 'n' roll", "rock-n-roll"),
        ("news 🎉 today", "news-today"),
        ("🎉👩‍👩‍👧", ""),
        ("……——", ""),
        ("___", ""),
        ("", ""),
    ],
)
def test_slugify_text(text: str, slug: str) -> None:
    assert slugify_text(text) == slug


def test_words_with_combining_marks_stay_one_word() -> None:
    assert slugify_text("हिन्दी समाचार").count("-") == 1
    assert slugify_text("ที่นี่ ข่าว").count("-") == 1
    assert slugify_text("می‌خواهم") == "میخواهم"


def test_long_slugs_end_with_a_whole_word() -> None:
    assert slugify_text("one two three four", max_length=16) == "one-two-three"
    assert slugify_text("one two three four", max_length=13) == "one-two-three"
    assert slugify_text("one two three four", max_length=14) == "one-two-three"
    assert slugify_text("a " + "b" * 50, max_length=16) == "a-" + "b" * 14
    assert slugify_text("新" * 150) == "新" * 100


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("_posts/2021-12-09-Hello World.md", "hello-world"),
        ("_posts/2021-12-09_标题.md", "标题"),
        ("2021-12-09.md", "2021-12-09"),
        ("2021-13-09-x.md", "2021-13-09-x"),
        ("posts/my-trip/index.md", "my-trip"),
        ("posts/2021-12-09-my-trip/index.md", "my-trip"),
        ("posts/my-trip/index.zh-cn.md", "my-trip-zh-cn"),
        ("docs/Guide/README.md", "guide"),
        ("docs/guide/_index.md", "guide"),
        ("index.md", "index"),
        ("../index.md", "index"),
        ("indexes.md", "indexes"),
        ("news.zh-cn.md", "news-zh-cn"),
        ("release 3.9.1.md", "release-3-9-1"),
        ("【A】b, c #1.md", "a-b-c-1"),
        ("it's [new] #1，好.md", "its-new-1-好"),
        ("2021-12-09-.net-8.md", "dot-net-8"),
        ("🎉.md", ""),
        ("noending", "noending"),
        ("", ""),
    ],
)
def test_slug_from_name(path: str, slug: str) -> None:
    assert slug_from_name(path) == slug
    assert slug_from_name(PurePosixPath(path)) == slug


def test_long_names_give_slugs_that_fit() -> None:
    assert len(slug_from_name("长" * 300 + ".md")) == 100


def test_fallback_slug_depends_on_the_seed_alone() -> None:
    assert fallback_slug("a.md") == fallback_slug("a.md")
    assert fallback_slug("a.md") != fallback_slug("b.md")
    assert re.fullmatch(r"article-[0-9a-f]{8}", fallback_slug("\ud800"))


def test_free_slug_counts_from_two() -> None:
    assert free_slug("a", set()) == "a"
    assert free_slug("a", {"a"}) == "a-2"
    assert free_slug("a", ["a", "a-2", "a-4"]) == "a-3"
    assert free_slug("a", lambda slug: slug in {"a", "a-2"}) == "a-3"


def test_free_slug_makes_room_for_the_number() -> None:
    base = "x" * 10
    assert free_slug(base, {base}, max_length=10) == "xxxxxxxx-2"
    taken = {"abc-d"} | {f"abc-{number}" for number in range(2, 10)}
    assert free_slug("abc-d", taken, max_length=5) == "ab-10"


def test_free_slug_without_base_or_room() -> None:
    assert free_slug("", set()) == "article-2"
    with pytest.raises(ValueError, match="3 characters"):
        free_slug("abc", lambda slug: True, max_length=3)


def test_pinyin_is_written_between_other_words(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = {"新": "xin", "闻": "wen"}
    module = ModuleType("pypinyin")
    module.lazy_pinyin = lambda text: [  # type: ignore[attr-defined]
        readings.get(part, part) for part in re.findall(r"[新闻]|[^新闻]+", text)
    ]
    monkeypatch.setitem(sys.modules, "pypinyin", module)
    assert slugify_text("新闻 News！", transliterate=True) == "xin-wen-news"


def test_pinyin_reads_words_in_context() -> None:
    pytest.importorskip("pypinyin")
    assert slugify_text("重庆银行 2024", transliterate=True) == "chong-qing-yin-hang-2024"


def test_missing_pypinyin_names_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypinyin", None)
    with pytest.raises(SettingError, match=r'pip install "cms-news\[pinyin\]"'):
        slugify_text("新闻", transliterate=True)


@few
@given(text=st.text(max_size=200), max_length=st.integers(1, 120))
@example(text="ᄀ\u0301ᅡ", max_length=100)
@example(text="a" * 5 + "_-_" * 5 + "b", max_length=9)
def test_slugs_are_empty_or_valid_and_stable(text: str, max_length: int) -> None:
    slug = slugify_text(text, max_length=max_length)
    assert len(slug) <= max_length
    assert not slug or django_unicode_slug.match(slug)
    assert slug == slug.strip("-_")
    assert slugify_text(slug, max_length=max_length) == slug


@few
@given(path=st.text(max_size=150))
def test_names_give_empty_or_valid_slugs(path: str) -> None:
    slug = slug_from_name(path)
    assert not slug or django_unicode_slug.match(slug)


@few
@given(
    base=st.from_regex(r"\A[a-z新]([-a-z新]{0,30}[a-z新])?\Z"),
    count=st.integers(0, 15),
    max_length=st.integers(4, 40),
)
def test_free_slugs_are_new_and_fit(base: str, count: int, max_length: int) -> None:
    taken: set[str] = set()
    for _ in range(count + 1):
        slug = free_slug(base, taken, max_length=max_length)
        assert slug not in taken
        assert len(slug) <= max_length
        assert django_unicode_slug.match(slug)
        taken.add(slug)
