"""The short way gives what the long way gives, and what is called harmless is never refused."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cms_news.content import prescan as module
from cms_news.content.plain_scan import is_harmless, scan_plainly
from cms_news.content.policy import DEFAULT_POLICY
from cms_news.content.prescan import prescan
from cms_news.errors import HtmlLimitError

NAMES = "a b i u code font p div span li ul dl dd h1 pre ruby rt br hr section details q iframe xmp".split()
WRITTEN = [
    '<b title=\'"""&lt;\'>',
    "<font color=red style=color:red;margin:0>",
    "<a href=https://a.example/?a=1&b=2>",
    "<a href=/ target=_blank>",
]
TABLES = [
    "<table><tr><td>x</td><th>y</th></tr></table>",
    '<table border="1">\n<tbody><tr><td>x & y</td></tr>\n<tr></tr></tbody></table>',
    "<table><thead><tr><th style=color:red>x</th></tr></thead></table>",
    "<table><tr><td></td></tr></table>",
    "<table></table>",
    *(
        "<table>",
        "</table>",
        "<tr>",
        "</tr>",
        "<td>",
        "</td>",
        "<th>",
        "<tbody>",
        "</tbody>",
        "<thead>",
    ),
]
tokens = st.sampled_from(
    [f"<{name}>" for name in NAMES] * 2
    + [f"</{name}>" for name in NAMES] * 2
    + WRITTEN
    + TABLES
    + ["x"] * 20
)
limits = st.fixed_dictionaries(
    {
        "max_depth": st.integers(5, 40),
        "max_tags": st.integers(100, 6000),
        "max_chars": st.integers(2000, 60_000),
    }
)


def scan_fully(html, policy, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(module, "is_harmless", lambda *_, **__: False)
        return prescan(html, policy=policy)


@settings(max_examples=1500, deadline=None)
@given(st.lists(tokens, max_size=30), limits, st.sampled_from(["chain", "nh3", "bleach"]))
def test_harmless_bodies_exceed_no_limit(pieces, chosen, engine):
    html = "".join(pieces)
    policy = replace(DEFAULT_POLICY, engine=engine, **chosen)
    assume(is_harmless(html, **chosen))
    with pytest.MonkeyPatch.context() as monkeypatch:
        expected = scan_fully(html, policy, monkeypatch)
    found = prescan(html, policy=policy)
    assert (found.html, found.kept, found.lost) == (expected.html, expected.kept, expected.lost)


def test_the_article_of_every_day_is_harmless_and_an_odd_table_is_not():
    body = "<div>" + "<p>text <b>bold</b> <a href='https://a.example/'>link</a></p>" * 5 + "</div>"
    chosen = {
        name: getattr(DEFAULT_POLICY, name) for name in ("max_depth", "max_tags", "max_chars")
    }
    assert is_harmless(body, **chosen)
    table = "<table border='1'><tbody>\n" + "<tr><th>a</th><td>1</td></tr>" * 9 + "</tbody></table>"
    assert is_harmless(body + table, **chosen)
    assert scan_plainly(body + table, policy=DEFAULT_POLICY) is not None
    for odd in (
        "<table><tr><td><b>1</b></td></tr></table>",
        "<table><tr>x<td>1</td></tr></table>",
        "<table><td>1</td></table>",
        "<table><tr><td>1</tr></table>",
        "<table><tr><td>1</th></tr></table>",
        "<table><tbody><tr><td>1</td></tr></table>",
        "<table><table><tr><td>1</td></tr></table></table>",
        "<tr><td>1</td></tr>",
    ):
        assert not is_harmless(odd, **chosen)
    assert not is_harmless("<TABLE>", **chosen)

    assert scan_plainly(body, policy=DEFAULT_POLICY) is not None


HOSTILE = [
    "<a title='x>y'>", '<a title="', "<a title=<b>", "<!-- <b> -->", "<!doctype html>", "<?x?>", "</>", "< b>",
    "<3>", "a < b > c", "<script>", "<pre>\n", "<iframe src=//x.example>", "<b/>", "<b onclick=x>", "</br>",
    "</p>", "<p", "&lt;b&gt;", "&amp;lt;", "&", ">", '"', "<svg>", "<B CLASS=x>", "</b x=y>", "<b <i>", "\n",
]  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(HOSTILE) | tokens | st.text(max_size=3), max_size=12))
def test_both_ways_give_the_same(pieces):
    html = "".join(pieces)
    with pytest.MonkeyPatch.context() as monkeypatch:
        expected = scan_fully(html, DEFAULT_POLICY, monkeypatch)
    found = prescan(html, policy=DEFAULT_POLICY)
    assert (found.html, found.kept, found.lost) == (expected.html, expected.kept, expected.lost)


def test_limits_hold_where_few_tags_exceed_them():
    for limit, html in (("max_depth", "<i>" * 5), ("max_tags", "<br>" * 9)):
        policy = replace(DEFAULT_POLICY, **{limit: 4})
        with pytest.raises(HtmlLimitError):
            prescan(html, policy=policy)
