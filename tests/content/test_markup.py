import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cms_news.content import markup
from cms_news.content.markup import MAX_CHARACTERS, MAX_SIGNS, detect_markup, render_markup
from cms_news.errors import HtmlLimitError

few = settings(deadline=None, max_examples=150)


def render(text: str) -> str:
    return render_markup(text, markup="markdown")


SCRAPED = "\n\n<div>   \n<p>　　中文第一段……</p>\n<p>　　第二段。</p>  \n</div>\n            "


@pytest.mark.parametrize(
    "body",
    [
        SCRAPED,
        SCRAPED.replace("\n", "\r\n"),
        "<p>one\n<p>two",
        "<p>one</p>\n\n<p>two</p>\n\n\n<h2>three</h2>",
        "<!-- a\n\n# b -->\n<div>x</div>",
        "<!DOCTYPE html>\n<html><body>\n\n<p>x</p></body></html>",
        "\ufeff<p>x</p>",
        "<section>\n\n    <p>indented</p>\n\n</section>",
        "<div>\n\n　　正文没有段落标签\n\n</div>",
        "<div>\n1. 一\n- 二\n# 三\n</div>",
        "<pre>\n# no heading\n\n- no list\n\n```\n</pre>",
        "<div><pre>\n\n# no heading\n</pre></div>",
        "<p>a</p><!--\n\n- no list\n-->",
        "<TABLE><tr><td>a | b</td></tr></TABLE>",
        "<p>x</p>\n\n<img src='a.png'>",
        "<style>\n\n* a { }\n</style><p>x</p>",
        "<hr>\n\n<p>x</p>",
    ],
)
def test_html_is_detected(body: str) -> None:
    assert detect_markup(body) == "html"
    assert detect_markup(body, suffix=".md") == "html"


@pytest.mark.parametrize(
    "body",
    [
        "",
        " \n\n",
        "plain text",
        "# Head\n\n<div>x</div>",
        "text <b>bold</b>",
        "<b>bold</b> text",
        "<img src='a.png'>\n\ntext",
        "<https://a.example>",
        "<!-- only a comment -->",
        "<p align='center'>logo</p>\n\n# Name",
        "<p>a</p>\n\nbare paragraph",
        "<div class='note'>a</div>\n\n- item",
        "<div>a</div>\n\n1) item",
        "<div>a</div>\n\n```py\nx\n```",
        "<div>a</div>\n\n~~~\nx\n~~~",
        "<div>a</div>\n\n> quote",
        "<div>a</div>\n\n| a | b |\n|---|---|",
        "<div>\n\nsee [x](y)\n\n</div>",
        "<div>\n\n![x](y)\n\n</div>",
        "<div>\n\n**bold**\n\n</div>",
        "<div>\n\n`code`\n\n</div>",
        "<div>\n\n[a]: /b\n\n</div>",
        "<div>\n\nHead\n====\n\n</div>",
        "<details>\n<summary>More</summary>\n\n## Head\n</details>",
        "<hr>\n\ntext",
        "<custom-tag>\n\ntext",
    ],
)
def test_markdown_is_detected(body: str) -> None:
    assert detect_markup(body) == "markdown"


def test_the_ending_of_a_file_decides_for_html_only() -> None:
    for suffix in (".html", ".htm", ".xhtml", ".HTML"):
        assert detect_markup("# Head", suffix=suffix) == "html"
    assert detect_markup("# Head", suffix=".txt") == "markdown"


def test_html_passes_with_its_line_ends_normalised() -> None:
    assert render_markup("<p>a</p>\r\n*b*\rc\n\ud800", markup="html") == "<p>a</p>\n*b*\nc\n\ufffd"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("a\r\nb\rc", "<p>a\nb\nc</p>\n"),
        ("# Head #", "<h1>Head</h1>\n"),
        ("## a# # \n#\n### ##", "<h2>a#</h2>\n<h1></h1>\n<h3></h3>\n"),
        ("#no heading", "<p>#no heading</p>\n"),
        ("Head\n---\ntext\n\n---", "<h2>Head</h2>\n<p>text</p>\n<hr />\n"),
        ("a <b>c</b> &lt;d&gt;", "<p>a <b>c</b> &lt;d&gt;</p>\n"),
        ("~~gone~~", "<p><del>gone</del></p>\n"),
        ("**注意：**紧邻", "<p>**注意：**紧邻</p>\n"),
        (
            "```py\n<script>&\n---\n{% raw %}\n```",
            '<pre><code class="language-py">&lt;script&gt;&amp;\n---\n{% raw %}\n</code></pre>\n',
        ),
        ("```\n---\ntitle: x\n---\n```", "<pre><code>---\ntitle: x\n---\n</code></pre>\n"),
        ("`<b>&amp;`", "<p><code>&lt;b&gt;&amp;amp;</code></p>\n"),
        ("<div>\n*a*\n\n*b*\n</div>", "<div>\n*a*\n\n<p><em>b</em></p>\n</div>\n\n"),
        (
            "{{ x }} {% raw %} {% asset_img a_b_c.png %}",
            "<p>{{ x }} {% raw %} {% asset_img a_b_c.png %}</p>\n",
        ),
        ("[[x]] text\n{: .x}", "<p>[[x]] text\n{: .x}</p>\n"),
        (
            "[a](javascript:b) ![c](data:d)",
            '<p><a href="javascript:b">a</a> <img src="data:d" alt="c" /></p>\n',
        ),
        (
            "![](图 片.png) ![](<图 片.png>)",
            '<p>![](图 片.png) <img src="%E5%9B%BE%20%E7%89%87.png" alt="" /></p>\n',
        ),
    ],
)
def test_markdown_is_rendered(text: str, html: str) -> None:
    assert render(text) == html


def test_tables_keep_their_alignment() -> None:
    html = render("| 名 | 值 |\n|:-:|---|\n| a | `b` |")
    assert '<th style="text-align:center">名</th>' in html
    assert "<td><code>b</code></td>" in html


def test_task_lists_have_boxes() -> None:
    html = render("- [x] done\n- [ ] open")
    assert html.count('<li class="task-list-item"><input class="task-list-item-checkbox"') == 2
    assert html.count("checked") == 1


def test_footnotes_keep_the_names_that_the_policy_knows() -> None:
    html = render("text[^注]\n\n[^注]: note")
    assert '<sup class="footnote-ref" id="fnref-1"><a href="#fn-1">1</a></sup>' in html
    assert '<section class="footnotes">' in html
    assert '<li id="fn-1"><p>note<a href="#fnref-1" class="footnote">' in html


@pytest.mark.parametrize(
    ("text", "address", "rest"),
    [
        ("见https://a.example/x?b=1，然后", "https://a.example/x?b=1", "，然后"),
        ("https://a.example/x然后", "https://a.example/x", "然后"),
        ("（https://a.example）。", "https://a.example", "）。"),
        ("https://a.example/x。", "https://a.example/x", "。"),
        ("(https://a.example/b(c)).", "https://a.example/b(c)", ")."),
        ("https://a.example/x, and", "https://a.example/x", ", and"),
        ("https://a.example/x?!", "https://a.example/x", "?!"),
        ("*https://a.example*", "https://a.example", "</em>"),
        ("~~https://a.example~~", "https://a.example", "</del>"),
        ("https://a.example/&lt;", "https://a.example/", "&lt;"),
        ("http://a.example/a_b_c~d", "http://a.example/a_b_c~d", ""),
        ("<https://a.example>", "https://a.example", ""),
    ],
)
def test_bare_addresses_end_where_the_sentence_goes_on(text: str, address: str, rest: str) -> None:
    assert f'<a href="{address}">{address}</a>{rest}' in render(text)


@pytest.mark.parametrize(
    "text",
    [
        "`https://a.example`",
        "[https://a.example](https://b.example)",
        "[see https://a.example now](https://b.example)",
        "<a href='https://b.example'>https://a.example</a>",
        "![https://a.example](https://b.example)",
        "    https://a.example",
        "http:// and https://。",
        "ftp://a.example",
    ],
)
def test_addresses_in_links_and_code_are_not_linked(text: str) -> None:
    assert 'href="https://a.example' not in render(text)
    assert render(text).count("<a ") <= 1


@pytest.mark.parametrize(
    "math",
    [
        "$$ a_1*b*c \\\\ d_2 $$",
        "$$\n\\begin{x}\n- a \\\\\n= b_1*c*\n---\n\\end{x}\n$$",
        "$$a \\$ *b*$$",
    ],
)
def test_math_stays_as_it_is(math: str) -> None:
    assert render(math) == f"<p>{math}</p>\n"
    assert render(f"text *a*\n{math}\n*b*").count("<em>") == 2
    assert math in render("> " + math.replace("\n", "\n> "))


def test_math_is_escaped() -> None:
    assert render("$$<b>$$\n\nx $$ <i> $$") == "<p>$$&lt;b&gt;$$</p>\n<p>x $$ &lt;i&gt; $$</p>\n"


@pytest.mark.parametrize(
    "text", ["PID $$ and *x*", "$5 and *x* $6", "$$\n\n*x*\n\n$$", "`$$` *x* `$$`"]
)
def test_single_dollars_are_no_math(text: str) -> None:
    assert "<em>x</em>" in render(text)


def test_long_markdown_is_refused() -> None:
    with pytest.raises(HtmlLimitError, match="500001 characters and 500000"):
        render("x" * 500_001)
    assert render("x" * 500_000)
    assert len(render_markup("x" * 1_000_001, markup="html")) == 1_000_001


def test_markdown_of_too_many_signs_is_refused() -> None:
    with pytest.raises(HtmlLimitError, match="50001 lines and signs"):
        render("[" * 50_001)
    assert render("[" * 50_000)
    assert render("*" * 400_000 + "\n" * 90_000)
    assert render_markup("[" * 50_001, markup="html")


def test_a_long_post_is_no_case_for_the_limits() -> None:
    sentence = "There is a sentence or two between the marks of nearly all posts. "
    line = f"The *first* `step_of_it` ([more](https://a.example/a_b-c)) | **done**. {sentence}\n\n"
    assert render(line * (310_000 // len(line)))
    code = "    for (int i = 0; i < n; i++) { total += b[i] * scale(c_d, x->y); }  // all of them, in order\n"
    assert render(f"```c\n{code * (310_000 // len(code))}```\n")


def test_an_address_used_again_and_again_is_refused() -> None:
    with pytest.raises(HtmlLimitError, match="again and again"):
        render("[a]: /" + "x" * 50_000 + "\n\n" + "[a] ![a]" * 10_000)
    with pytest.raises(HtmlLimitError, match="again and again"):
        render("[a]: / '" + "x" * 50_000 + "'\n\n" + "[a]" * 10_000)


def test_a_full_stack_is_a_limit_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def overflow() -> None:
        raise RecursionError

    monkeypatch.setattr(markup, "_build_markdown", overflow)
    with pytest.raises(HtmlLimitError, match="too deeply"):
        render("x")


HOSTILE = {
    "opening brackets": "[" * 5_000,
    "nested links": "[" * 5_000 + "a" + "](b)" * 5_000,
    "nested images": "![" * 5_000 + "a" + "](b)" * 5_000,
    "half links": "[a](" * 25_000,
    "stars": "*" * 100_000,
    "stars and underscores": "*_" * 50_000,
    "open emphasis": "*a **b" * 15_000,
    "backticks": "`" * 100_000,
    "growing backticks": "".join("a" + "`" * count for count in range(1, 440)),
    "tildes": "~~a " * 25_000,
    "quotes": ">" * 100_000,
    "deep quotes": "> " * 50_000 + "a",
    "deep list": "- " * 50_000 + "a",
    "deep list on lines": "\n".join(" " * level + "* a" for level in range(440)),
    "quotes and lists": "> - " * 25_000 + "a",
    "spaces in a heading": "# a" + " " * 100_000 + "b",
    "hashes in a heading": "# " + "# " * 50_000 + "a",
    "open comments": "<!--" * 25_000,
    "open tags": "<a " * 33_000,
    "open attributes": "z <a" + " x" * 50_000,
    "entities": "&" * 100_000,
    "wide table": "|a" * 20_000 + "|\n" + "|-" * 20_000 + "|\n",
    "footnotes": "".join(f"[^{n}]: x\n" for n in range(3_000))
    + "".join(f"[^{n}]" for n in range(3_000)),
    "definitions": "[a]:\n" * 20_000,
    "dollars": "$$\n" * 33_000,
    "open math": "$$" + "a\\" * 50_000,
    "addresses": "http://" * 14_000,
    "brackets after an address": ("http://a" + "(" + ")" * 900 + " ") * 110,
    "stops after an address": ("http://" + ".;" * 900 + "a ") * 55,
    "open pre": "<div><pre>" * 10_000,
    "blank lines": "a\n" + "\n" * 100_000 + "b",
}


MAX_SECONDS = 2.0
NEAR_LIMITS = (
    "_a_ |**a|*a **b |[|<|$$|[a](b|[a](b) |![a](b) |*[a](b)* |[[a]]|[a](<|- a\n|1. a\n|> a\n|- [ ] a\n"
    "|* a\n\n  b\n|a\n\n|# a\n|~~a|`a` |*_|a_|<a |<b>|\\|((|https://a.b |文 a\n|a  \n|&|:|*|_|`"
).split("|")
NEAR_LIMITS += ["|a|b\n|-|-\n", "|a|b\n|-|-\n\n"]


def timed(text: str) -> tuple[str, float]:
    """Return the HTML, "" if refused, and the seconds of work; a second try is for the machine's bad moments."""
    html, seconds = timed_once(text)
    return (html, seconds) if seconds < MAX_SECONDS else timed_once(text)


def timed_once(text: str) -> tuple[str, float]:
    began = time.process_time()
    try:
        html = render(text)
    except HtmlLimitError:
        html = ""
    detect_markup(text)
    detect_markup(f"<div></div>\n\n<p>{text}")
    return html, time.process_time() - began


@pytest.mark.timed
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_markdown_ends_soon(name: str) -> None:
    text = HOSTILE[name]
    html, seconds = timed(text)
    assert seconds < MAX_SECONDS
    assert len(html) < 40 * len(text)


@pytest.mark.timed
@pytest.mark.parametrize("piece", NEAR_LIMITS)
def test_markdown_of_any_size_is_refused_or_rendered_soon(piece: str) -> None:
    html, seconds = timed((piece * 950_000)[:950_000])
    assert seconds < MAX_SECONDS
    assert not html
    largest = piece * (MAX_CHARACTERS // len(piece))
    signs = sum(1 for _ in markup._SIGN.finditer(largest))
    if signs > MAX_SIGNS:
        largest = piece * ((MAX_CHARACTERS // len(piece)) * (MAX_SIGNS - 10) // signs)
    html, seconds = timed(largest)
    assert seconds < MAX_SECONDS
    assert html


def test_threads_share_nothing() -> None:
    texts = [f"[a{n}]: /{n}\n\n[a{n}] **{n}** x[^1]\n\n[^1]: n{n}" for n in range(40)]
    expected = [render(text) for text in texts]
    with ThreadPoolExecutor(max_workers=8) as pool:
        assert list(pool.map(render, texts * 5)) == expected * 5


pieces = st.lists(
    st.sampled_from(
        [
            "*",
            "**",
            "_",
            "`",
            "```\n",
            "~~",
            "[",
            "](",
            ")",
            "![",
            "]",
            "[^1]",
            "[^1]: ",
            "[a]: ",
            "\n",
            "\n\n",
            "> ",
            "- ",
            "    ",
            "# ",
            "|",
            "|-|\n",
            "$$",
            "$",
            "\\",
            "<div>",
            "</div>",
            "<p>",
            "<!--",
            "-->",
            "<pre>",
            "</pre>",
            "https://a",
            "&amp;",
            "<",
            "中",
            "。",
            "{{",
            "{%",
            "[x] ",
            "\ud800",
            "\r",
        ]
    )
    | st.text(max_size=4),
    max_size=40,
).map("".join)


@few
@given(text=pieces)
@example(text="$$a$$\ntext")
@example(text="$$a$$\n===")
@example(text="[a](\ud800)")
@example(text="&#99999999999;[a](&#xd800;)")
@example(text="- [ ] $$\n  a\n  $$")
@example(text="[a https://b](c) https://[b]")
def test_markdown_never_fails(text: str) -> None:
    html = render(text)
    html.encode()
    assert "\r" not in html
    assert render(text) == html
    assert detect_markup(text) in ("html", "markdown")
    assert detect_markup(text, suffix=".html") == "html"


@few
@given(text=st.text(st.characters(categories=("L", "N")), min_size=1))
def test_words_become_one_paragraph(text: str) -> None:
    assert render(text) == f"<p>{text}</p>\n"


@few
@given(code=st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="`")))
def test_code_is_escaped_and_kept(code: str) -> None:
    escaped = (
        code.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )
    assert render(f"```\n{code}\n```") == f"<pre><code>{escaped}\n</code></pre>\n"


@few
@given(text=pieces)
def test_html_changes_in_line_ends_only(text: str) -> None:
    html = render_markup(text, markup="html")
    assert html == text.replace("\r\n", "\n").replace("\r", "\n").replace("\ud800", "\ufffd")
