"""How deep a tree builder will nest, and how much it will add, known before it is let loose.

Both engines need time that grows with the square of the depth, and both repeat unclosed `<b>`, `<i>`,
`<a>` … in every block that follows: 7 KB of tags can make 4 MB of tree. This model follows the stack
of open elements and the list of active formatting elements without building anything. Where it
can't be exact it errs upwards. Rules: https://html.spec.whatwg.org/multipage/parsing.html#tree-construction
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from cms_news.errors import HtmlLimitError, gettext_noop

VOID_TAGS = frozenset("area br col embed hr img input link meta param source track wbr".split())
"""Elements without content: they are never open."""

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SECTIONS = frozenset({"tbody", "tfoot", "thead"})
_CELLS = frozenset({"caption", "td", "th"})
_TABLE_PARTS = _SECTIONS | _CELLS | {"colgroup", "tr"}
_FORMATTING = frozenset(
    "a b big code em font i nobr s small strike strong tt u".split(),
)
_BLOCKS = _HEADINGS | frozenset(
    "address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer header hgroup hr li main menu nav ol p pre search section summary ul".split()
)
"""What closes an open paragraph, and what an inline end tag can't reach across."""

SPECIAL_TAGS = _BLOCKS | _TABLE_PARTS | {"iframe", "table"}
HTML5LIB_SPECIAL_TAGS = SPECIAL_TAGS - {
    "dialog",
    "figcaption",
    "hgroup",
    "main",
    "search",
    "summary",
}
"""html5lib is older than these: there an inline end tag does reach across them."""

_RUBY_TEXTS = frozenset({"rb", "rp", "rt", "rtc"})
_NOTHING: frozenset[str] = frozenset()
_TABLE = frozenset({"table"})
_SCOPE = _CELLS | {"table"}
"""What hides the elements around it from the tags in it."""

_LIST_SCOPE = _SCOPE | {"ol", "ul"}
_WITHOUT_FORMATTING = _RUBY_TEXTS | {"col", "iframe", "param", "source", "track"}
"""What is put where it stands, even if formatting waits to come back."""

_IMPLIED = _RUBY_TEXTS | {"dd", "dt", "li", "p"}
_NOAHS_ARK = 3
_ADOPTIONS = 8


@dataclass(slots=True, eq=False)
class _Element:
    name: str
    source: str
    """Two formatting elements are the same to the tree builder if this is the same."""
    is_open: bool = True


class Nesting:
    """Takes the tags of a body one by one and raises HtmlLimitError before they get out of hand."""

    def __init__(
        self,
        *,
        max_depth: int,
        max_tags: int,
        max_chars: int,
        specials: frozenset[str] = SPECIAL_TAGS,
        misplaced_tags: int = 0,
    ) -> None:
        """`misplaced_tags` is how many tags each thing counts for that has to be moved out of a table."""
        self._max_depth = max_depth
        self._max_tags = max_tags
        self._max_chars = max_chars
        self._specials = specials
        self._misplaced_tags = misplaced_tags
        self._item_scope = specials - {"address", "div", "p"}
        self._stack: list[_Element] = []
        self._open: defaultdict[str, int] = defaultdict(int)
        self._active: list[_Element | None] = []
        """None marks the start of a cell: formatting doesn't leave it."""
        self._tags = 0
        self._added_chars = 0

    def start(self, name: str, source: str) -> None:
        """Take a start tag; `source` is the tag with its attributes."""
        if name not in _TABLE_PARTS:
            self._count_misplaced()
        if name in VOID_TAGS:
            self._count_tags(1)
            self._start_void(name)
        elif name in _TABLE_PARTS:
            self._start_table_part(name)
        elif name in _BLOCKS or name == "table":
            self._close_for_block(name)
            self._push(_Element(name, source))
        else:
            self._start_inline(name, source)

    def end(self, name: str) -> None:
        """Take an end tag."""
        if name in _FORMATTING:
            self._end_formatting(name)
        elif name == "p" and not self._open["p"]:
            self._count_tags(2)
        elif not self._open[name] and name not in _HEADINGS:
            self._count_tags(1)
        elif name == "table" or name in _TABLE_PARTS:
            self._end_table_part(name)
        else:
            self._end_ordinary(name)

    def text(self, data: str) -> None:
        """Take a text: formatting that was cut off by a block comes back before it."""
        if data.strip(" \t\n"):
            self._count_misplaced()
        self._reconstruct()

    def is_between_cells(self) -> bool:
        """Return whether a table is open, but none of its cells: another table would end it."""
        return self._open["table"] > 0 and self._find(_TABLE, until=_CELLS) >= 0

    def _push(self, element: _Element) -> None:
        self._count_tags(2)
        self._stack.append(element)
        self._open[element.name] += 1
        if element.name in _CELLS:
            self._active.append(None)
        if len(self._stack) > self._max_depth:
            raise HtmlLimitError(
                gettext_noop(
                    "the HTML is nested more than {maximum} levels deep, at a <{name}>; close the tags "
                    "that were left open, or raise max_depth in the policy"
                ),
                name=element.name[:60],
                value=len(self._stack),
                maximum=self._max_depth,
                limit="max_depth",
            )

    def _cut(self, size: int) -> None:
        """Close all but the outermost `size` elements."""
        self._close(self._stack[size:])
        for element in reversed(self._stack[size:]):
            if element.name in _CELLS:
                while self._active and self._active.pop() is not None:
                    pass
        del self._stack[size:]

    def _find(self, names: frozenset[str], *, until: frozenset[str]) -> int:
        """Return the place of the innermost element of `names`, or -1 when one of `until` is nearer."""
        for index in range(len(self._stack) - 1, -1, -1):
            name = self._stack[index].name
            if name in names:
                return index
            if name in until:
                return -1
        return -1

    def _start_void(self, name: str) -> None:
        if name == "hr":
            self._close_for_block(name)
        elif name not in _WITHOUT_FORMATTING:
            self._reconstruct()

    def _close_for_block(self, name: str) -> None:
        if name == "li":
            self._close_item(frozenset({"li"}))
        elif name in ("dd", "dt"):
            self._close_item(frozenset({"dd", "dt"}))
        if self._open["p"]:
            index = self._find(frozenset({"p"}), until=_SCOPE)
            if index >= 0:
                self._cut(index)
        if name in _HEADINGS and self._stack and self._stack[-1].name in _HEADINGS:
            self._cut(len(self._stack) - 1)

    def _close_item(self, names: frozenset[str]) -> None:
        if any(self._open[name] for name in names):
            index = self._find(names, until=self._item_scope - names)
            if index >= 0:
                self._cut(index)

    def _start_table_part(self, name: str) -> None:
        if not self._open["table"]:
            self._count_tags(1)
            return
        size = self._find(_TABLE, until=_NOTHING) + 1
        size = self._skip(size, _SECTIONS, wanted=name in ("tr", "td", "th"), implied="tbody")
        size = self._skip(size, frozenset({"tr"}), wanted=name in ("td", "th"), implied="tr")
        self._cut(size)
        self._push(_Element(name, f"<{name}>"))

    def _skip(self, size: int, names: frozenset[str], *, wanted: bool, implied: str) -> int:
        if not wanted:
            return size
        if size < len(self._stack) and self._stack[size].name in names:
            return size + 1
        self._cut(size)
        self._push(_Element(implied, f"<{implied}>"))
        return size + 1

    def _start_inline(self, name: str, source: str) -> None:
        if name == "a":
            self._drop_active("a")
        if name in _RUBY_TEXTS and self._open["ruby"]:
            while self._stack and self._stack[-1].name in _IMPLIED:
                self._cut(len(self._stack) - 1)
        if name not in _WITHOUT_FORMATTING:
            self._reconstruct()
        element = _Element(name, source)
        self._push(element)
        if name in _FORMATTING:
            self._board_ark(source)
            self._active.append(element)

    def _board_ark(self, source: str) -> None:
        """Keep at most three equal elements active: an unclosed `<b>` in each paragraph is no tower."""
        equals: list[int] = []
        for index in range(len(self._active) - 1, -1, -1):
            element = self._active[index]
            if element is None:
                break
            if element.source == source:
                equals.append(index)
        if len(equals) >= _NOAHS_ARK:
            del self._active[equals[-1]]

    def _reconstruct(self) -> None:
        last = self._active[-1] if self._active else None
        if last is None or last.is_open:
            return
        index = len(self._active)
        while index and (element := self._active[index - 1]) and not element.is_open:
            index -= 1
        for place in range(index, len(self._active)):
            lost = self._active[place]
            if lost is not None:
                clone = _Element(lost.name, lost.source)
                self._active[place] = clone
                self._add(lost)
                self._push(clone)

    def _end_formatting(self, name: str) -> None:
        if not self._open[name]:
            self._count_tags(1)
            self._drop_active(name)
            return
        index = self._find(frozenset({name}), until=_SCOPE)
        if index < 0:
            return
        element = self._stack[index]
        self._adopt(index)
        self._active = [other for other in self._active if other is not element]

    def _adopt(self, index: int) -> None:
        """Close a formatting element across blocks: the adoption agency.

        Blocks stay open, and formatting is repeated inside them; what else lies between is closed.
        """
        above = self._stack[index + 1 :]
        places = [place for place, other in enumerate(above) if other.name in self._specials]
        places = places[:_ADOPTIONS]
        if not places:
            self._cut(index)
            return
        end = places[-1] + 1
        kept = [
            other
            for other in above[:end]
            if other.name in self._specials or other.name in _FORMATTING
        ]
        for other in kept:
            if other.name in _FORMATTING:
                self._add(other)
        self._add(self._stack[index])
        rest = above[end:] if len(places) == _ADOPTIONS else []
        self._close(set(self._stack[index:]) - set(kept) - set(rest))
        self._stack[index:] = kept + rest

    def _close(self, elements: Iterable[_Element]) -> None:
        for element in elements:
            element.is_open = False
            self._open[element.name] -= 1

    def _drop_active(self, name: str) -> None:
        """Forget the innermost formatting element `name` of this cell, and close it if it is open."""
        for index in range(len(self._active) - 1, -1, -1):
            element = self._active[index]
            if element is None:
                return
            if element.name == name:
                if element.is_open:
                    self._stack.remove(element)
                    self._close([element])
                del self._active[index]
                return

    def _end_table_part(self, name: str) -> None:
        until = _NOTHING if name == "table" else _TABLE
        index = self._find(frozenset({name}), until=until)
        if index >= 0:
            self._cut(index)

    def _end_ordinary(self, name: str) -> None:
        """Blocks close all that is open in them; anything else reaches no farther than its block."""
        if name in _HEADINGS:
            index = self._find(_HEADINGS, until=_SCOPE)
        elif name == "li":
            index = self._find(frozenset({"li"}), until=_LIST_SCOPE)
        elif name in _BLOCKS:
            index = self._find(frozenset({name}), until=_SCOPE)
        else:
            index = self._find(frozenset({name}), until=self._specials)
        if index >= 0:
            self._cut(index)

    def _add(self, element: _Element) -> None:
        self._count_tags(2)
        self._added_chars += len(element.source) + len(element.name) + 3
        if self._added_chars > self._max_chars:
            raise HtmlLimitError(
                gettext_noop(
                    "unclosed <{name}> tags would swell the HTML by more than {maximum} characters; close "
                    "them, or raise max_chars in the policy"
                ),
                name=element.name,
                value=self._added_chars,
                maximum=self._max_chars,
                limit="max_chars",
            )

    def _count_misplaced(self) -> None:
        if self._misplaced_tags and self.is_between_cells():
            self._count_tags(self._misplaced_tags)

    def _count_tags(self, count: int) -> None:
        self._tags += count
        if self._tags > self._max_tags:
            raise too_many_tags(self._tags, self._max_tags)


def too_many_tags(value: int, maximum: int) -> HtmlLimitError:
    """Return the error for HTML with more tags than the policy allows."""
    return HtmlLimitError(
        gettext_noop(
            "the HTML has {value} tags or more, {maximum} at most are cleaned; split the article, or "
            "raise max_tags in the policy"
        ),
        value=value,
        maximum=maximum,
        limit="max_tags",
    )
