"""From a body as it was written to HTML: the only importer of the Markdown library.

What comes out is as unsafe as what went in; `sanitize.py` alone makes it safe.
"""

import re
from typing import Any, Literal

from mistune import BlockParser, HTMLRenderer, InlineParser, Markdown, safe_entity
from mistune.core import BlockState, InlineState
from mistune.plugins.footnotes import footnotes
from mistune.plugins.formatting import strikethrough
from mistune.plugins.table import table
from mistune.plugins.task_lists import task_lists

from cms_news.errors import HtmlLimitError, gettext_noop

_TOO_LONG = gettext_noop(
    "The Markdown has {length} characters and {limit} is the limit; split the article"
)
_TOO_MANY_SIGNS = gettext_noop(
    "The Markdown has {count} lines and signs such as [ or *, and {limit} is the limit; split the article"
)
_TOO_DEEP = gettext_noop(
    "The Markdown nests lists, quotes or emphasis too deeply; take out some of their levels"
)
_TOO_MANY_REFERENCES = gettext_noop(
    "The links of the Markdown make more than {limit} characters of addresses and titles; "
    "shorten the addresses that are used again and again"
)

MAX_CHARACTERS = 500_000
"""Of Markdown, which takes several times the work that HTML does."""
MAX_SIGNS = 50_000
"""Signs that may mean something in Markdown: they take the time, not the text between them."""
MAX_LINK_CHARACTERS = 1_000_000
"""Of all addresses and titles: a definition of 50 kB that is used 16,000 times makes 800 MB."""

_SIGN = re.compile(r"[\[\]<$|]|\n+|([*_~`#>=+-])\1*|(?<=\s)\d{1,9}[.)](?=\s)")
_HTML_SUFFIXES = frozenset({".html", ".htm", ".xhtml"})
_LINE_END = re.compile(r"\r\n?")
_SURROGATE = re.compile("[\ud800-\udfff]")

_VOID_TAGS = frozenset({"base", "col", "frame", "hr", "link", "meta", "param", "source", "track"})
_BLOCK_TAGS = _VOID_TAGS | frozenset(
    (
        "address article aside blockquote body caption center colgroup dd details dialog dir div dl "
        "dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head header html iframe "
        "legend li main menu nav noframes ol optgroup option p pre script section style summary table "
        "tbody td textarea tfoot th thead title tr ul"
    ).split()
)
_RAW_START = re.compile(r"<!--|<(pre|script|style|textarea)\b", re.IGNORECASE)
_FIRST_TAG = re.compile(r"\s*(?:<[!?][^<>]*>\s*)*<([a-z][a-z0-9-]*)", re.IGNORECASE)
_ANY_TAG = re.compile(r"<(/?)([a-z][a-z0-9-]*)|<[!?]", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\n\s*\n")
_WHOLE_TAG = re.compile(r"<[^<>]*>")
_MARKDOWN_LINE = re.compile(
    r" {0,3}(?:"
    r"#{1,6}(?:[ \t]|$)"  # heading
    r"|>"  # quote
    r"|`{3}|~{3}"  # fence
    r"|(?:[-*+]|\d{1,9}[.)])[ \t]+\S"  # list
    r"|(?:[-*_][ \t]*){3,}$|={3,}[ \t]*$"  # rule, or a heading's underline
    r"|\|?[ \t]*:?-{2,}:?[ \t]*\|"  # table
    r"|\[[^\[\]]+\]:"  # definition of a link or a footnote
    r")"
)
_MARKDOWN_SPAN = re.compile(r"\[[^\[\]]*\][(\[]|!\[|\*\*[^\s*][^*]*\*\*|`[^`]+`")

# RFC 3986's characters only, so that an address ends where Chinese text goes on.
_ADDRESS = r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]{1,2000}"
_ENTITY_END = re.compile(r"&[a-zA-Z0-9]{1,32};\Z")
_INLINE_MATH = r"\$\$(?:[^$`\\]|\\[\s\S])+\$\$"
_BLOCK_MATH = r"^ {0,3}\$\$(?:(?!\n[ \t]*\n)[^$\\]|\\[^\n])+\$\$[ \t]*(?:\n|$)"


def detect_markup(body: str, *, suffix: str = "") -> Literal["html", "markdown"]:
    """Return what `body` is written in; `suffix` is the ending of its file's name, such as `.md`.

    HTML by its ending, or when it begins with a block-level tag and nothing outside of HTML blocks,
    as CommonMark has them, looks like Markdown: neither marks nor paragraphs of bare text.
    """
    if suffix.lower() in _HTML_SUFFIXES:
        return "html"
    text = _without_raw_text(_normalise(body).lstrip("\ufeff"))
    first = _FIRST_TAG.match(text)
    if first is None or first[1].lower() not in _BLOCK_TAGS:
        return "markdown"
    if not _BLANK_LINE.search(text.strip()):
        # The block that the first tag begins goes on to the end.
        return "html"
    return "markdown" if _has_markdown(text) else "html"


def render_markup(body: str, *, markup: Literal["html", "markdown"]) -> str:
    r"""Return `body` as HTML that is NOT SAFE and must go through `sanitize_html` before it is shown.

    HTML comes back as it is. Markdown is CommonMark with tables, strikethrough, footnotes, task lists
    and bare addresses; HTML and any address in it pass through. Template tags, wiki links and
    kramdown's attributes stay text, and so does all between `$$` and `$$`. Line ends become `\n`, lone
    surrogates U+FFFD.
    Raises HtmlLimitError for Markdown that is too long, has too many signs or nests them too deeply.
    """
    text = _normalise(body)
    if markup == "html":
        return text
    if len(text) > MAX_CHARACTERS:
        raise HtmlLimitError(_TOO_LONG, length=len(text), limit=MAX_CHARACTERS)
    count = sum(1 for _ in _SIGN.finditer(text))
    if count > MAX_SIGNS:
        raise HtmlLimitError(_TOO_MANY_SIGNS, count=count, limit=MAX_SIGNS)
    try:
        return str(_build_markdown()(text))
    except RecursionError:
        # The library limits nesting itself; this is for a stack that was nearly full already.
        raise HtmlLimitError(_TOO_DEEP) from None


def _normalise(body: str) -> str:
    text = _LINE_END.sub("\n", body) if "\r" in body else body
    try:
        text.encode()
    except UnicodeEncodeError:
        # A lone surrogate, which JSON can bring, is no text in UTF-8: quoting an address would fail.
        return _SURROGATE.sub("\ufffd", text)
    return text


def _without_raw_text(text: str) -> str:
    """`text` with comments emptied, and what stands in `<pre>`, `<script>` and the like."""
    kept, position = [], 0
    while start := _RAW_START.search(text, position):
        kept.append(text[position : start.start()])
        closing = f"</{start[1]}" if start[1] else "-->"
        end = re.compile(re.escape(closing), re.IGNORECASE).search(text, start.end())
        kept.append(f"<{start[1]}>{closing}" if start[1] else "<!---->")
        if end is None:
            return "".join(kept)
        position = end.end()
    return "".join([*kept, text[position:]])


def _has_markdown(text: str) -> bool:
    """Whether anything outside of HTML blocks is Markdown. A blank line ends an HTML block."""
    depth, in_html = 0, False
    for line in text.split("\n"):
        if not line.strip():
            in_html = False
            continue
        in_html = in_html or _starts_block(line)
        if not in_html and _is_markdown(line, nested=depth > 0):
            return True
        depth = max(0, depth + _depth_change(line))
    return False


def _starts_block(line: str) -> bool:
    match = _ANY_TAG.match(line.lstrip())
    return bool(match and (match[2] is None or match[2].lower() in _BLOCK_TAGS))


def _is_markdown(line: str, *, nested: bool) -> bool:
    """Whether `line`, outside of HTML blocks, is Markdown; bare text in an open element is not."""
    if _MARKDOWN_LINE.match(line):
        return True
    text = _WHOLE_TAG.sub("", line)
    return bool(_MARKDOWN_SPAN.search(text) or (text.strip() and not nested))


def _depth_change(line: str) -> int:
    change = 0
    for match in _ANY_TAG.finditer(line):
        name = (match[2] or "").lower()
        if name in _BLOCK_TAGS and name not in _VOID_TAGS:
            change += -1 if match[1] else 1
    return change


class _Blocks(BlockParser):
    def parse_atx_heading(self, m: re.Match[str], state: BlockState) -> int:
        """As the library's, whose pattern for the closing `#` takes a minute for 100 kB of spaces."""
        text = m["atx_2"].strip(" \t\n\r\f\v")
        opened = text.rstrip("#")
        if not opened or opened[-1].isspace():
            text = opened.rstrip()
        token = {"type": "heading", "text": text, "attrs": {"level": len(m["atx_1"])}}
        state.append_token({**token, "style": "atx"})
        return m.end() + 1


class _Renderer(HTMLRenderer):
    """Writes every address as it is, since the sanitiser judges them and reports what it takes out."""

    def __init__(self) -> None:
        super().__init__(escape=False, allow_harmful_protocols=True)
        self._link_characters = 0

    def link(self, text: str, url: str, title: str | None = None) -> str:
        self._spend(url, title)
        return super().link(text, url, title)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        self._spend(url, title)
        return super().image(text, url, title)

    def block_math(self, text: str) -> str:
        return f"<p>{safe_entity(text.strip())}</p>\n"

    def _spend(self, url: str, title: str | None) -> None:
        self._link_characters += len(url) + len(title or "")
        if self._link_characters > MAX_LINK_CHARACTERS:
            raise HtmlLimitError(_TOO_MANY_REFERENCES, limit=MAX_LINK_CHARACTERS)


def _build_markdown() -> Markdown:
    """A parser of its own for each text: its renderer counts, and threads share nothing."""
    return Markdown(
        renderer=_Renderer(),
        block=_Blocks(),
        inline=InlineParser(),
        plugins=[table, strikethrough, footnotes, task_lists, _math, _addresses],
    )


def _math(md: Markdown) -> None:
    """Keep what stands between `$$` and `$$` for the front end, which sets it."""
    block = md.block
    block.register("block_math", _BLOCK_MATH, _parse_block_math, before="list")
    for rules in (block.block_quote_rules, block.list_rules):
        block.insert_rule(rules, "block_math", before="list")
    md.inline.register("inline_math", _INLINE_MATH, _parse_inline_math, before="link")


def _parse_block_math(block: BlockParser, m: re.Match[str], state: BlockState) -> int:
    state.append_token({"type": "block_math", "raw": m[0]})
    return m.end()


def _parse_inline_math(inline: InlineParser, m: re.Match[str], state: InlineState) -> int:
    inline.process_text(m[0], state, parse_emphasis=False)
    return m.end()


def _addresses(md: Markdown) -> None:
    """Link bare addresses. The library's own plugin takes Chinese text that follows for a part of them."""
    md.inline.register("url_link", _ADDRESS, _parse_address)


def _parse_address(inline: InlineParser, m: re.Match[str], state: InlineState) -> int:
    address = _trim_address(m[0], in_brackets=bool(state.brackets))
    end = m.start() + len(address)
    if state.in_link or address.endswith("//"):
        inline.process_text(address, state)
        return end
    text: dict[str, Any] = {"type": "text", "raw": address}
    token = {"type": "link", "children": [text], "attrs": {"url": address}, "_autolink": address}
    state.append_token(token)
    return end


def _trim_address(address: str, *, in_brackets: bool) -> str:
    """`address` without what belongs to the sentence: GFM's rules for punctuation and brackets."""
    if in_brackets:
        address = address.partition("]")[0]
    surplus = {close: address.count(close) - address.count(open_) for open_, close in ("()", "[]")}
    end = len(address)
    while end:
        last = address[end - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif last == ";" and (entity := _ENTITY_END.search(address, max(0, end - 34), end)):
            end = entity.start() + 1
        elif last not in "?!.,:;*_~'\"":
            break
        end -= 1
    return address[:end]
