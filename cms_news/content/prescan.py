"""HTML in one plain spelling, with only what the policy allows, before any engine sees it.

The same pass is the last word afterwards: what the engines return is read again by these rules, so the
result never depends on what an engine let through.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from cms_news.errors import HtmlLimitError, gettext_noop

from .attributes import Item, check_attribute, complete_attributes
from .escaping import escape_attribute, escape_text, scrub
from .nesting import (
    HTML5LIB_SPECIAL_TAGS,
    SPECIAL_TAGS,
    VOID_TAGS,
    Nesting,
    too_many_tags,
)
from .policy import Policy
from .small_bodies import Unwatched, is_harmless
from .tokens import Comment, EndTag, StartTag, Text, tokenize, too_many_attributes

_APART = frozenset(
    "body button center dialog dir fieldset form frameset head hgroup html legend listing marquee menu "
    "object optgroup option plaintext search select textarea xmp".split()
)
"""Elements that stand apart from their surroundings; without them their words must not run together."""

_CONTENTLESS = frozenset({"iframe"})
_MISPLACED_TAGS = 4
"""html5lib looks for the table among all that it moved before: 20,000 such things take it two seconds."""

_MEMORABLE_CHARS = 200

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
    scan = _Scanner(policy, scrub(html)).scan()
    _check_size(scan.html, policy=policy)
    return scan


def text_only(html: str) -> str:
    """Return the words of plainly spelt `html`, escaped, a line for each piece."""
    tokens = tokenize(html, max_attributes=len(html))
    pieces = [token.data.strip("\n") for token in tokens if isinstance(token, Text)]
    return escape_text("\n".join(piece for piece in pieces if piece.strip()))


class _Judged(NamedTuple):
    """A start tag whose element is allowed, spelt plainly."""

    source: str
    kept: tuple[Item, ...]
    lost: tuple[Item, ...]


def _judge(policy: Policy, name: str, attributes: Mapping[str, str]) -> _Judged | None:
    """Return what is left of the start tag of an allowed element; None if it can't be one."""
    passed: dict[str, str] = {}
    kept: list[Item] = []
    lost: list[Item] = []
    for key, text in attributes.items():
        attribute = check_attribute(policy, name, key, text)
        kept += attribute.kept
        lost += attribute.lost
        if attribute.value is not None:
            passed[key] = attribute.value
    complete = complete_attributes(name, passed)
    if complete is None:
        return None
    if len(complete) > policy.max_attributes:
        raise too_many_attributes(name, policy.max_attributes)
    written = "".join(f' {key}="{escape_attribute(text)}"' for key, text in complete.items())
    source = f"<{name}{written}>"
    return _Judged(source, (Item("element", name, source), *kept), tuple(lost))


_Judge = Callable[[str, Mapping[str, str]], _Judged | None]


@lru_cache(maxsize=16)
def _judge_by(policy: Policy) -> _Judge:
    """Return `_judge` for `policy`, with a memory: an article has few tags that differ, and so has a site."""

    @lru_cache(maxsize=2048)
    def remember(name: str, attributes: tuple[tuple[str, str], ...]) -> _Judged | None:
        return _judge(policy, name, dict(attributes))

    def judge(name: str, attributes: Mapping[str, str]) -> _Judged | None:
        # What is long is neither common nor cheap to remember.
        if sum(map(len, attributes.values())) + sum(map(len, attributes)) > _MEMORABLE_CHARS:
            return _judge(policy, name, attributes)
        return remember(name, tuple(attributes.items()))

    return judge


def _watch(html: str, policy: Policy) -> Nesting:
    """Return what follows the nesting of `html` under the limits of `policy`."""
    is_html5lib = policy.engine == "bleach"
    limits = {
        "max_depth": policy.max_depth,
        "max_tags": policy.max_tags,
        "max_chars": policy.max_chars,
    }
    kind = Unwatched if is_harmless(html, **limits) else Nesting
    return kind(
        **limits,
        specials=HTML5LIB_SPECIAL_TAGS if is_html5lib else SPECIAL_TAGS,
        misplaced_tags=_MISPLACED_TAGS if is_html5lib else 0,
    )


class _Scanner:
    def __init__(self, policy: Policy, html: str) -> None:
        self.html = html
        self.policy = policy
        self.judge = _judge_by(policy)
        self.nesting = _watch(html, policy)
        self.parts: list[str] = []
        self.kept: list[Item] = []
        self.lost: list[Item] = []
        self.is_after_pre = False

    def scan(self) -> Prescan:
        for token in tokenize(self.html, max_attributes=self.policy.max_attributes):
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
        judged = self.judge(name, tag.attributes) if name in self.policy.tags else None
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
