"""YAML heads, read from parser events: nothing is constructed, resolved, aliased or merged.

The loader itself must never see a hostile head: libyaml's composer overflows the stack on deep nesting, and
aliases and merge keys grow without bound. Events come one at a time, so the first bad one ends it.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from cms_news.content.document import Node, Notice, Scalar
from cms_news.errors import DocumentError, gettext_noop

from .reading import (
    MAX_DEPTH,
    MAX_NODES,
    NotAMappingError,
    Reading,
    Span,
    check_text,
    normalise_newlines,
    refuse_deep,
    refuse_duplicate,
    refuse_long,
    refuse_many,
    shorten,
)
from .yaml_hints import explain, explain_value
from .yaml_plain import read_plainly

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FORBIDDEN = re.compile("[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# YAML 1.1 breaks lines at these, YAML 1.2 and every editor do not; the last is no content for libyaml.
_FOREIGN_BREAKS = "\x85\u2028\u2029\ufeff"
_COMMENT = re.compile(r"[ \t]+(#[^\n]*)")
_GAP = re.compile(r"[ \t]*:[ \t]+")
# A parser looks 1,024 characters ahead, which takes the one in Python half a second in such a row.
_BRACKETS = re.compile(r"(?:[\[{][ \t\n]*+){64}")
_LEADING_TABS = re.compile(r"^\t+", re.MULTILINE)
_TAB_AFTER = re.compile(
    r"^( *(?:-[ \t]+)*(?:-|[^\s#'\"\[{&*!|>%@`:-][^:\n\t]*:))\t[ \t]*", re.MULTILINE
)
_NOT_KEYS = gettext_noop(
    "what stands between the fences is not front matter: it is a list or a text, not keys with values; "
    "kept as body"
)
_READ_AS_COMMENT = gettext_noop(
    '"{value}" was read as a comment; put the value in quotes if it belongs to it'
)
_TYPED = re.compile(r"(?i:true|false|yes|no|on|off|null|~|)|[-+.:/0-9TZ ]+")


def read_yaml(text: str, *, first_line: int, known_keys: frozenset[str]) -> Reading:
    """Return what the block `text` says; its first line is line `first_line` of the file.

    Raises NotAMappingError for a list or a text, and DocumentError with line and advice for everything that
    isn't YAML or not a kind of YAML that front matter needs.
    """
    refuse_long(text, line=first_line)
    plain = normalise_newlines(text).removeprefix("\ufeff")
    _refuse_control(plain, first_line)
    if found := _BRACKETS.search(plain):
        raise refuse_deep(line=first_line + plain.count("\n", 0, found.start()))
    if reading := read_plainly(plain, first_line):
        return reading
    try:
        return read_events(plain, first_line)
    except yaml.YAMLError as error:
        failure = error
    spaced = _tabs_to_spaces(plain)
    if spaced != plain:
        try:
            return read_events(spaced, first_line)
        except yaml.YAMLError as error:
            failure = error
    raise explain(failure, plain.split("\n"), first_line=first_line, known_keys=known_keys)


def _refuse_control(text: str, first_line: int) -> None:
    if found := _FORBIDDEN.search(text):
        raise DocumentError(
            gettext_noop("the control character U+{code} is not allowed here; remove it"),
            line=first_line + text.count("\n", 0, found.start()),
            code=f"{ord(found[0]):04X}",
        )


def _tabs_to_spaces(text: str) -> str:
    """As Hexo does: two spaces for a tab at the start of a line, one behind `key:` or `-`."""
    text = _LEADING_TABS.sub(lambda tabs: "  " * len(tabs[0]), text)
    return _TAB_AFTER.sub(r"\1 ", text)


def read_events(text: str, first_line: int) -> Reading:
    """Return what the parser makes of `text`. Raises as `read_yaml` does, and YAMLError."""
    masked, restore = _mask(text)
    return _Builder(masked, first_line, restore).read()


def _mask(text: str) -> tuple[str, dict[int, str]]:
    """Return `text` with foreign line breaks as characters it doesn't hold, and the table to undo that."""
    foreign = [character for character in _FOREIGN_BREAKS if character in text]
    if not foreign:
        return text, {}
    used = set(text)
    free = (chr(code) for code in range(0xF0000, 0xFFFFD) if chr(code) not in used)
    table = dict(zip(foreign, free, strict=False))
    masked = text.translate({ord(key): value for key, value in table.items()})
    return masked, {ord(value): key for key, value in table.items()}


def _start(event: Any) -> Any:
    return event.start_mark


def _end(event: Any) -> Any:
    return event.end_mark


class _Builder:
    """Builds nodes from events; recursion ends at MAX_DEPTH."""

    def __init__(self, text: str, first_line: int, restore: dict[int, str]) -> None:
        self.text = text
        self.first_line = first_line
        self.restore = restore
        self.events: Iterator[yaml.Event] = yaml.parse(text, Loader=_LOADER)
        self.count = 0
        self.last_line = 0
        self.notices: list[Notice] = []

    def read(self) -> Reading:
        next(self.events)
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return Reading({}, {})
        root = next(self.events)
        if not isinstance(root, yaml.MappingStartEvent):
            raise NotAMappingError(_NOT_KEYS, self.first_line)
        self.refuse_property(root)
        reading = self.read_root(is_flow=bool(root.flow_style))
        next(self.events)
        following = next(self.events)
        if not isinstance(following, yaml.StreamEndEvent):
            raise DocumentError(
                gettext_noop("a second YAML document begins here; keep one"),
                line=self.line(following),
            )
        return reading

    def read_root(self, *, is_flow: bool) -> Reading:
        entries: dict[str, Node] = {}
        lines: dict[str, int] = {}
        spans: dict[str, Span] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.key(event, lines)
            value = next(self.events)
            self.last_line = _end(event).line
            entries[key] = self.node(value, depth=2)
            lines[key] = self.line(event)
            spans[key] = self.span(event, value)
        return Reading(entries, lines, spans, tuple(self.notices), is_flow)

    def line(self, event: yaml.Event) -> int:
        return self.first_line + int(_start(event).line)

    def key(self, event: yaml.Event, seen: dict[str, int]) -> str:
        """Return the text of a key, refusing all that YAML allows there and people don't write."""
        self.refuse_property(event)
        line = self.line(event)
        if not isinstance(event, yaml.ScalarEvent):
            raise explain_value(self.line_of(event), line=line)
        name = self.plain_text(event.value, line)
        if event.style in (None, "") and name in ("", "<<"):
            raise DocumentError(
                gettext_noop('"{name}" is not a key; merge keys and empty keys are not read'),
                line=line,
                name=name,
            )
        if name in seen:
            raise refuse_duplicate(name, line=line, first=seen[name])
        self.tally(event)
        return name

    def node(self, event: yaml.Event, *, depth: int) -> Node:
        self.refuse_property(event)
        self.tally(event)
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        if depth > MAX_DEPTH:
            raise refuse_deep(line=self.line(event))
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(depth=depth)
        return self.mapping(depth=depth)

    def sequence(self, *, depth: int) -> Node:
        items: list[Node] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, depth=depth + 1))
        self.close(event)
        return tuple(items)

    def mapping(self, *, depth: int) -> Node:
        entries: dict[str, Node] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.key(event, lines)
            lines[key] = self.line(event)
            self.last_line = _end(event).line
            entries[key] = self.node(next(self.events), depth=depth + 1)
        self.close(event)
        return entries

    def scalar(self, event: yaml.ScalarEvent) -> Scalar:
        is_plain = event.style in (None, "")
        line = self.line(event)
        if is_plain:
            self.notice_comment(event, line)
        end = _end(event)
        is_block = event.style in ("|", ">") and end.column == 0
        self.last_line = max(_start(event).line, end.line - 1 if is_block else end.line)
        return Scalar(self.plain_text(event.value, line), is_plain, line)

    def close(self, event: yaml.Event) -> None:
        # A block collection ends where the next token begins; only `]` and `}` stand where they stand.
        if self.text[_start(event).index : _end(event).index] in ("]", "}"):
            self.last_line = _end(event).line

    def plain_text(self, text: str, line: int) -> str:
        return check_text(self.unmask(text), line=line)

    def unmask(self, text: str) -> str:
        return text.translate(self.restore) if self.restore else text

    def tally(self, event: yaml.Event) -> None:
        self.count += 1
        if self.count > MAX_NODES:
            raise refuse_many(line=self.line(event))

    def refuse_property(self, event: yaml.Event) -> None:
        """Raise DocumentError for anchors, aliases and tags."""
        anchor = getattr(event, "anchor", None)
        if anchor is not None or getattr(event, "tag", None) is not None:
            raise explain_value(self.line_of(event), line=self.line(event))

    def line_of(self, event: yaml.Event) -> str:
        start = self.text.rfind("\n", 0, _start(event).index) + 1
        end = self.text.find("\n", _start(event).index)
        return self.text[start : end if end >= 0 else None]

    def notice_comment(self, event: yaml.ScalarEvent, line: int) -> None:
        """Note that ` #` ended a text, which its author may not have meant."""
        found = _COMMENT.match(self.text, _end(event).index)
        if found is None or (found[1].startswith("# ") and _TYPED.fullmatch(event.value)):
            return
        cut = shorten(self.unmask(found[1]))
        last = line + _end(event).line - _start(event).line
        self.notices.append(Notice(_READ_AS_COMMENT, {"value": cut}, line=last))

    def span(self, key: yaml.Event, value: yaml.Event) -> Span:
        start, stop = _start(key).index, _end(key).index
        gap = self.text[stop : _start(value).index]
        return Span(
            start=_start(key).line,
            end=self.last_line,
            style=_style(value),
            key=self.unmask(self.text[start:stop]),
            gap=gap if _GAP.fullmatch(gap) else ": ",
        )


def _style(event: yaml.Event) -> str:
    if isinstance(event, yaml.ScalarEvent):
        return event.style or ""
    return "[" if getattr(event, "flow_style", False) else "-"
