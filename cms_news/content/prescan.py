"""HTML in one plain spelling, with only what the policy allows, before any engine sees it.

The same pass is the last word afterwards: what the engines return is read again by these rules, so the
result never depends on what an engine let through.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cms_news.errors import HtmlLimitError, gettext_noop

from .attributes import Item
from .escaping import escape_text, scrub
from .judging import judge_tag
from .nesting import (
    HTML5LIB_SPECIAL_TAGS,
    SPECIAL_TAGS,
    VOID_TAGS,
    Nesting,
    too_many_tags,
)
from .plain_scan import is_harmless, scan_plainly
from .policy import Policy
from .tokens import Comment, EndTag, StartTag, Text, tokenize

_APART = frozenset(
    "body button center dialog dir fieldset form frameset head hgroup html legend listing marquee menu "
    "object optgroup option plaintext search select textarea xmp".split()
)
"""Elements that stand apart from their surroundings; without them their words must not run together."""

_CONTENTLESS = frozenset({"iframe"})
_MISPLACED_TAGS = 4
"""html5lib looks for the table among all that it moved before: 20,000 such things take it two seconds."""

_LEADING_NEWLINES = re.compile(r"\n+")


@dataclass(slots=True)
class Prescan:
    """A body, spelt plainly, and what became of its parts."""

    html: str
    """Start tags with quoted, checked attributes; texts with `&amp;`, `&lt;` and `&gt;`; nothing else."""
    kept: list[Item]
    lost: list[Item]


def prescan(html: str, *, policy: Policy) -> Prescan:
    """Return `html` in plain spelling, less everything that `policy` doesn't allow.

    What comes out is balanced only if what went in was. Reading it again changes nothing.
    Takes time in proportion to its length. Raises HtmlLimitError if a limit is exceeded.
    """
    _check_size(html, policy=policy)
    scrubbed = scrub(html)
    limits = {
        "max_depth": policy.max_depth,
        "max_tags": policy.max_tags,
        "max_chars": policy.max_chars,
    }
    plain = scan_plainly(scrubbed, policy=policy) if is_harmless(scrubbed, **limits) else None
    scan = Prescan(*plain) if plain else _Scanner(policy).scan(scrubbed)
    _check_size(scan.html, policy=policy)
    return scan


def text_only(html: str) -> str:
    """Return the words of plainly spelt `html`, escaped, a line for each piece."""
    tokens = tokenize(html, max_attributes=len(html))
    pieces = [token.data.strip("\n") for token in tokens if isinstance(token, Text)]
    return escape_text("\n".join(piece for piece in pieces if piece.strip()))


class _Scanner:
    def __init__(self, policy: Policy) -> None:
        is_html5lib = policy.engine == "bleach"
        self.policy = policy
        self.nesting = Nesting(
            max_depth=policy.max_depth,
            max_tags=policy.max_tags,
            max_chars=policy.max_chars,
            specials=HTML5LIB_SPECIAL_TAGS if is_html5lib else SPECIAL_TAGS,
            misplaced_tags=_MISPLACED_TAGS if is_html5lib else 0,
        )
        self.parts: list[str] = []
        self.kept: list[Item] = []
        self.lost: list[Item] = []
        self.is_after_pre = False

    def scan(self, html: str) -> Prescan:
        for token in tokenize(html, max_attributes=self.policy.max_attributes):
            match token:
                case Text(data):
                    self.take_text(data)
                case StartTag():
                    self.take_start(token)
                case EndTag(name):
                    self.take_end(name)
                case Comment(name, data):
                    self.lost.append(Item("comment", name, data.strip()))
        return Prescan("".join(self.parts), self.kept, self.lost)

    def take_text(self, data: str) -> None:
        if self.is_after_pre:
            # A parser drops one newline here; each further pass would eat another.
            data = _LEADING_NEWLINES.sub("", data, count=1) if data[:1] == "\n" else data
        if data:
            self.is_after_pre = False
            self.parts.append(escape_text(data))
            self.nesting.text(data)

    def take_start(self, tag: StartTag) -> None:
        name = tag.name
        judged = judge_tag(tag, policy=self.policy) if name in self.policy.tags else None
        if judged is None:
            self.drop(tag)
            return
        if name == "table" and self.nesting.is_between_cells():
            # The open table ends here. html5lib, inside bleach, ends it too but forgets the new one.
            self.take_end("table")
        self.nesting.start(name, judged.source)
        self.parts.append(judged.source)
        self.kept += judged.kept
        self.lost += judged.lost
        self.is_after_pre = name == "pre"
        if name in _CONTENTLESS:
            self.parts.append(f"</{name}>")
            self.nesting.end(name)

    def drop(self, tag: StartTag) -> None:
        self.lost.append(Item("element", tag.name[:60], tag.source))
        self.part_words(tag.name)

    def take_end(self, name: str) -> None:
        if name == "br":
            self.take_start(StartTag("br", {}, "</br>"))
        elif name not in self.policy.tags:
            self.part_words(name)
        elif name not in VOID_TAGS and name not in _CONTENTLESS:
            self.parts.append(f"</{name}>")
            self.is_after_pre = False
            self.nesting.end(name)

    def part_words(self, name: str) -> None:
        if name in _APART and self.parts and not self.parts[-1].endswith("\n"):
            self.take_text("\n")


def _check_size(html: str, *, policy: Policy) -> None:
    """Refuse by plain counting, whatever the characters may turn out to mean."""
    for template, name, value in _sizes(html):
        maximum = getattr(policy, name)
        if value > maximum:
            raise HtmlLimitError(template, value=value, maximum=maximum, limit=name)
    tags = html.count("<")
    if tags > policy.max_tags:
        raise too_many_tags(tags, policy.max_tags)


def _sizes(html: str) -> Iterator[tuple[str, str, int]]:
    yield (
        gettext_noop(
            "the HTML has {value} characters, {maximum} at most are cleaned; split the article, or raise "
            "max_chars in the policy"
        ),
        "max_chars",
        len(html),
    )
    yield (
        gettext_noop(
            "the HTML has {value} ampersands or escaped signs, {maximum} at most are cleaned; split the "
            "article, or raise max_ampersands in the policy"
        ),
        "max_ampersands",
        html.count("&"),
    )
