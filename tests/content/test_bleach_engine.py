"""Our bleach goes round its slow parts, and says what the stock one says."""

from dataclasses import replace

from bleach.css_sanitizer import CSSSanitizer
from bleach.sanitizer import Cleaner
from hypothesis import given, settings
from hypothesis import strategies as st

from cms_news.content import sanitize
from cms_news.content.attributes import FORCED_ATTRIBUTES
from cms_news.content.policy import DEFAULT_POLICY
from cms_news.content.prescan import prescan
from cms_news.errors import HtmlLimitError

POLICY = replace(DEFAULT_POLICY, engine="bleach")
STOCK = Cleaner(
    tags=POLICY.tags,
    attributes={
        tag: list(POLICY.attributes.get(tag, frozenset()) | FORCED_ATTRIBUTES.get(tag, frozenset()))
        for tag in [*POLICY.tags, "*"]
    },
    protocols=POLICY.url_schemes,
    strip=True,
    css_sanitizer=CSSSanitizer(
        allowed_css_properties=POLICY.css_properties, allowed_svg_properties=[]
    ),
)
TAGS = "a b i p div span ul li table tr td th tbody caption br img hr pre code blockquote h2 video dl dd font".split()
PIECES = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in TAGS] * 2 + [f"</{tag}>" for tag in TAGS] * 2),
    st.sampled_from(
        [
            '<a href="https://a.example/?a=1&amp;b=2" title="&quot;x&quot; \'y\'">',
            '<p style="color: red; text-align: center">',
            '<img src="https://a.example/1.png" alt="a&lt;b">',
            "<video controls muted>",
            *(
                "&amp;",
                "&lt;",
                "&gt;",
                "&amp;lt;",
                "&quot;",
                "&nbsp;",
                "&",
                "x",
                "正文。",
                "\n",
                " ",
                "\xa0",
            ),
            *("\U0001fffe", "\ufdd0", "😀", "'", '"', "<!-- x -->", "<script>x</script>"),
        ]
    ),
    st.text(max_size=4),
)


@settings(max_examples=500, deadline=None)
@given(st.lists(PIECES, max_size=20).map("".join))
def test_ours_leaves_what_the_stock_cleaner_leaves(written):
    try:
        html = prescan(written, policy=POLICY).html
    except HtmlLimitError:
        return
    (ours,) = sanitize._engines(POLICY)
    stock = sanitize._hide_references(STOCK.clean)
    assert prescan(ours(html), policy=POLICY).html == prescan(stock(html), policy=POLICY).html


def test_plain_spelling_comes_back_as_it_is():
    html = (
        '<p style="color: red">a &amp; b &lt; c <a href="https://a.example/?a=1&amp;b=2" title="&quot;">d</a></p>'
        '<video controls=""></video><br>'
    )
    (ours,) = sanitize._engines(POLICY)
    spelt = prescan(html, policy=POLICY).html
    assert ours(spelt) == spelt
