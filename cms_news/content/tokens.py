"""HTML cut into tags and texts in one pass, in linear time, the way browsers cut it.

A tree is not built here. Elements whose content is no markup (scripts, style sheets, frames) come with
that content already left out or turned into text, so nothing can hide in a place that two parsers
read differently. Grammar: https://html.spec.whatwg.org/multipage/parsing.html#tokenization
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from cms_news.errors import HtmlLimitError, gettext_noop

from .escaping import decode_attribute, decode_text

_MARKUP = re.compile(r"<(?=[a-zA-Z/!?])")
_PLAIN_TAG = re.compile(r"<(/?)([a-z][a-z0-9]{0,15})>")
"""What most tags are like: nothing in them but a name that needs no lower case."""
_TAG_NAME = re.compile(r"[a-zA-Z][^\t\n />]*+")
_ATTRIBUTE = re.compile(
    r"""[\t\n /]*+(?:(>)|(=?+[^\t\n />=]++|=)"""
    r"""(?:[\t\n ]*+=[\t\n ]*+(?:"([^"]*+)"|'([^']*+)'|([^\t\n >"'][^\t\n >]*+)|(?=>)))?+)"""
)
_BEFORE_VALUE = re.compile(r"[\t\n ]*+=")
_COMMENT_END = re.compile(r"--!?>")
_SCRIPT_STEP = re.compile(r"<!--|-->|<(/?)script(?=[\t\n />])", re.IGNORECASE)

_UNSEEN = frozenset("iframe noembed noframes noscript script style title".split())
"""Elements whose content is text to a parser but is never shown as text."""

_RUNNING = frozenset({"script", "style"})

_VERBATIM = frozenset({"textarea", "xmp"})
"""Elements whose content is shown as it is written."""

_SPECIAL = _UNSEEN | _VERBATIM | {"plaintext"}
"""Elements that change how what follows is read."""

_END = {name: re.compile(rf"</{name}(?=[\t\n />])", re.IGNORECASE) for name in _UNSEEN | _VERBATIM}


@dataclass(slots=True)
class Text:
    """Characters between tags, references resolved."""

    data: str


@dataclass(slots=True)
class StartTag:
    """A start tag: the name in lower case, of equal attributes the first."""

    name: str
    attributes: dict[str, str]
    source: str
    """Its beginning as it was written, for reports; with the content of a script."""


@dataclass(slots=True)
class EndTag:
    """An end tag, its name in lower case."""

    name: str


@dataclass(slots=True)
class Comment:
    """What no reader sees: a comment, a document type, an instruction."""

    name: str
    data: str


Token = Text | StartTag | EndTag | Comment

SAMPLE_CHARS = 160


def tokenize(html: str, *, max_attributes: int) -> Iterator[Token]:
    """Yield the tokens of `html`, which has been scrubbed.

    Raises HtmlLimitError for a tag with more than `max_attributes` attributes.
    """
    position = 0
    unclosed: set[str] = set()
    while position < len(html):
        found = _MARKUP.search(html, position)
        start = found.start() if found else len(html)
        if start > position:
            yield Text(decode_text(html[position:start]))
        if found is None:
            return
        plain = _PLAIN_TAG.match(html, start)
        if plain and plain[2] not in _SPECIAL:
            yield EndTag(plain[2]) if plain[1] else StartTag(plain[2], {}, plain[0])
            position = plain.end()
            continue
        mark = html[start + 1]
        if mark == "/":
            position = yield from _end_tag(html, start, max_attributes)
        elif mark in "!?":
            position = yield from _declaration(html, start)
        else:
            position = yield from _start_tag(html, start, max_attributes, unclosed)


_Steps = Generator[Token, None, int]
"""Yields tokens, returns the position after them."""


def _start_tag(html: str, start: int, max_attributes: int, unclosed: set[str]) -> _Steps:
    name_match = _TAG_NAME.match(html, start + 1)
    written = name_match[0] if name_match else ""
    name = _lower(written)
    attributes: dict[str, str] = {}
    end = _read_attributes(html, start + 1 + len(written), attributes, max_attributes, name=name)
    if end < 0:
        return (yield from _rest_as_text(html, start))
    close = _content_end(html, end, name, unclosed) if name in _END else end
    yield StartTag(name, attributes, html[start : min(close, start + SAMPLE_CHARS)])
    if name == "plaintext":
        yield Text(html[end:])
        return len(html)
    if name in _VERBATIM and close > end:
        content = html[end:close]
        yield Text(decode_text(content) if name == "textarea" else content)
    return close


def _content_end(html: str, start: int, name: str, unclosed: set[str]) -> int:
    """Return where the content of an element ends that is no markup.

    One that never ends would swallow the rest of the article; unless it could run, only its tag is
    taken. `unclosed` remembers that, so that no second search is made to the end of the text.
    """
    if name in unclosed:
        return start
    close = _script_end(html, start) if name == "script" else _find(_END[name], html, start)
    if close == len(html) and name not in _RUNNING:
        unclosed.add(name)
        return start
    return close


def _end_tag(html: str, start: int, max_attributes: int) -> _Steps:
    name_match = _TAG_NAME.match(html, start + 2)
    if name_match is None:
        return (yield from _bogus(html, start, "comment"))
    name = _lower(name_match[0])
    end = _read_attributes(html, name_match.end(), {}, max_attributes, name=f"/{name}")
    if end < 0:
        return (yield from _rest_as_text(html, start))
    yield EndTag(name)
    return end


def _rest_as_text(html: str, start: int) -> _Steps:
    """A tag that never ends. Browsers drop it and all that follows; here no word is lost."""
    yield Text(decode_text(html[start:]))
    return len(html)


def _declaration(html: str, start: int) -> _Steps:
    if not html.startswith("<!--", start):
        is_doctype = html[start : start + 9].lower() == "<!doctype"
        kind = "instruction" if html[start + 1] == "?" else "comment"
        return (yield from _bogus(html, start, "doctype" if is_doctype else kind))
    for empty in (">", "->"):
        if html.startswith(empty, start + 4):
            yield Comment("comment", "")
            return start + 4 + len(empty)
    found = _COMMENT_END.search(html, start + 4)
    yield Comment("comment", html[start + 4 : found.start() if found else len(html)])
    return found.end() if found else len(html)


def _bogus(html: str, start: int, kind: str) -> _Steps:
    if html.startswith("</>", start):
        return start + 3
    if html.startswith("</", start) and start + 2 == len(html):
        return (yield from _rest_as_text(html, start))
    end = html.find(">", start)
    end = len(html) if end < 0 else end
    yield Comment(kind, html[start + 2 : end])
    return end + 1


def _read_attributes(
    html: str, position: int, attributes: dict[str, str], max_attributes: int, *, name: str
) -> int:
    """Fill `attributes`; return where the tag ends, or -1 when it never does."""
    count = 0
    while True:
        match = _ATTRIBUTE.match(html, position)
        if match is None:
            return -1
        position = match.end()
        if match[1]:
            return position
        if match.lastindex == 2 and _is_open_value(html, match):
            return -1
        count += 1
        if count > max_attributes:
            raise too_many_attributes(name, max_attributes)
        value = match[3] or match[4] or match[5] or ""
        attributes.setdefault(_lower(match[2]), decode_attribute(value))


def _is_open_value(html: str, match: re.Match[str]) -> bool:
    """Return whether an equals sign follows an attribute that got no value: its quote never closes."""
    equals = _BEFORE_VALUE.match(html, match.end(2))
    return equals is not None and equals.end() > match.end()


def _script_end(html: str, position: int) -> int:
    """Return where a script's end tag starts; `<!-- <script>` shields one, for the web of 1995."""
    is_commented = is_nested = False
    for step in _SCRIPT_STEP.finditer(html, position):
        if step[0] == "<!--":
            is_commented = True
        elif step[0] == "-->":
            is_commented = is_nested = False
        elif not step[1]:
            is_nested = is_commented
        elif is_nested:
            is_nested = False
        else:
            return step.start()
    return len(html)


def _find(pattern: re.Pattern[str], html: str, position: int) -> int:
    found = pattern.search(html, position)
    return found.start() if found else len(html)


def _lower(name: str) -> str:
    """Return `name` in lower case, letters beyond ASCII as they are: U+212A is no "k" in a tag."""
    return name.lower() if name.isascii() else name


def too_many_attributes(name: str, maximum: int) -> HtmlLimitError:
    """Return the error for a tag with more attributes than the policy allows."""
    return HtmlLimitError(
        gettext_noop(
            "a <{name}> tag has more than {maximum} attributes; remove those that it doesn't need, "
            "or raise max_attributes in the policy"
        ),
        name=name[:60],
        value=maximum + 1,
        maximum=maximum,
        limit="max_attributes",
    )
