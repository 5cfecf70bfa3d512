"""The model of the tree builder against tree builders: it may err upwards, never far downwards."""

import nh3
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cms_news.content.nesting import HTML5LIB_SPECIAL_TAGS, VOID_TAGS, Nesting
from cms_news.errors import HtmlLimitError
from tests.content.html_judge import depth_and_size

TAGS = (
    "a b i u code font p div span li ul ol dl dd dt table tr td th tbody thead caption colgroup h1 h2 pre ruby "
    "rt rp br hr img section details summary figure figcaption blockquote sub q main"
).split()
REPEATS = 20
NH3 = nh3.Cleaner(tags=set(TAGS), attributes={}, link_rel=None)

tokens = st.sampled_from(
    [f"<{tag}>" for tag in TAGS] * 3 + [f"</{tag}>" for tag in TAGS] * 2 + ["x"] * 20
)


class Measured(Nesting):
    deepest = 0

    def _push(self, element):
        super()._push(element)
        self.deepest = max(self.deepest, len(self._stack))


def follow(pieces, **options):
    """Return the model after all of `pieces`, and the HTML that a tree builder is to be given."""
    nesting = Measured(**{"max_depth": 10_000, "max_tags": 10**6, "max_chars": 10**6, **options})
    written = []
    for piece in pieces:
        name = piece.strip("</>")
        if piece == "x":
            nesting.text(piece)
        elif piece.startswith("</"):
            if name in VOID_TAGS:
                continue
            nesting.end(name)
        else:
            if name == "table" and nesting.is_between_cells():
                nesting.end("table")
                written.append("</table>")
            nesting.start(name, piece)
        written.append(piece)
    return nesting, "".join(written)


@given(st.lists(tokens, min_size=1, max_size=9))
@example(["<i>", "<b>", "</i>", "<rt>", "</b>"])
@example(["<summary>", "<details>", "</b>", "<b>", "</summary>", "<summary>", "<span>"])
@example(["<b>", "<div>", "</b>"])
@example(["<table>", "<td>", "<div>", "<table>", "<td>", "</div>"])
@settings(deadline=None, max_examples=250)
def test_repeated_tags_are_never_much_deeper_or_more_than_foreseen(pieces):
    nesting, html = follow(pieces * REPEATS)
    depth, count = depth_and_size(NH3.clean(html))
    assert depth <= 2.2 * nesting.deepest + 8
    assert count <= nesting._tags + 30

    nesting, html = follow(pieces * REPEATS, specials=HTML5LIB_SPECIAL_TAGS)
    depth, count = depth_and_size(html)
    assert depth <= 2.2 * nesting.deepest + 8
    assert count <= nesting._tags + 30


@pytest.mark.parametrize(
    ("html", "depth"),
    [
        ("<p>x<p>x<p>x", 1),
        ("<ul><li>x<li>x<li>x</ul>", 2),
        ("<dl><dt>x<dd>x<dt>x", 2),
        ("<table><tr><td>x<td>x<tr><td>x", 4),
        ("<table><td><table><td>x", 8),
        ("<h1>x<h2>x<h3>x", 1),
        ("<a>x<a>x<a>x", 1),
        ("<p><b>x<p><b>x<p><b>x<p><b>x<p><b>x", 5),
        ("<ruby>x<rp>x<rt>x<rp>x", 2),
        ("<div><div><div>x</div></div></div><div>x</div>", 3),
        ("<b><div>x</b><b><div>x</b>", 3),
        ("<b><table><tr><td>x</b><i>x", 6),
        ("<span><div></span><span><div></span>", 4),
    ],
)
def test_well_known_shapes_have_the_depth_of_their_tree(html, depth):
    pieces = html.replace("x", "\0x\0").replace("<", "\0<").replace(">", ">\0").split("\0")
    nesting, written = follow([piece for piece in pieces if piece])
    assert nesting.deepest == depth
    assert depth_and_size(written)[0] == depth


def test_clones_are_counted_before_they_are_made():
    with pytest.raises(HtmlLimitError, match="max_chars"):
        follow(["<p>", "<b>", "x"] + ["<p>", "x"] * 100, max_chars=300)
    with pytest.raises(HtmlLimitError, match="max_tags"):
        follow(["<p>", "<b>", "x"] + ["<p>", "x"] * 100, max_tags=300)


def test_what_has_to_leave_a_table_weighs_more_where_that_is_slow():
    pieces = ["<table>", "<tr>", *["x", "<b>", "</b>"] * 30]
    assert follow(pieces)[0]._tags < 100
    with pytest.raises(HtmlLimitError, match="max_tags"):
        follow(pieces, misplaced_tags=4, max_tags=200)
    follow(["<table>", "<tr>", "<td>", *["x", "<b>", "</b>"] * 30], misplaced_tags=4, max_tags=200)
