"""HTML from strangers made safe. The only module that imports nh3 and bleach."""

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, cast

from cms_news.errors import SettingError, gettext_noop

from .attributes import FORCED_ATTRIBUTES, Item
from .escaping import escape_attribute, escape_text
from .nesting import VOID_TAGS
from .policy import DEFAULT_POLICY, Policy
from .prescan import Prescan, prescan, text_only

try:
    import nh3
except ImportError:
    nh3 = None  # type: ignore[assignment]
try:
    import bleach.sanitizer as bleach_sanitizer
    from bleach.css_sanitizer import CSSSanitizer
except ImportError:
    bleach_sanitizer = None  # type: ignore[assignment]

Kind = Literal["element", "attribute", "style", "comment"]
Clean = Callable[[str], str]

_MAX_RUNS = 12
_SAMPLE_CHARS = 80
_KINDS: tuple[Kind, ...] = ("element", "attribute", "style", "comment")


@dataclass(frozen=True, slots=True)
class Removal:
    """Something that the sanitiser took out, for the editor to see."""

    kind: Kind
    name: str
    """`script`; `a.href`; `style:position`; `comment`, `doctype` or `instruction`."""
    count: int
    sample: str
    """The first one removed, shortened to 80 characters. Hostile text: escape it."""


@dataclass(frozen=True, slots=True)
class CleanHtml:
    """HTML that is safe to serve, and what had to go."""

    html: str
    removed: tuple[Removal, ...]


def sanitize_html(html: str, *, policy: Policy = DEFAULT_POLICY) -> CleanHtml:
    """Return `html` with only what `policy` allows; cleaning it again changes nothing.

    Our own reading comes first and last, the engines of the policy in between; a missing one is
    left out. Raises HtmlLimitError, naming the limit, for HTML that is too much for them.
    """
    scan = prescan(html, policy=policy)
    settled = _settle(scan, policy=policy)
    lost = scan.lost if settled is scan else scan.lost + _missing(scan.kept, settled.kept)
    return CleanHtml(settled.html, _report(lost))


def _settle(scan: Prescan, *, policy: Policy) -> Prescan:
    """Run the engines in turn until none of them has anything left to change.

    Writing a parsed tree down and parsing it again may give another tree. So an engine counts as
    done only once it has returned the very text that it was given.
    """
    engines = _engines(policy)
    unchanged = 0
    for run in range(_MAX_RUNS):
        returned = engines[run % len(engines)](scan.html)
        cleaned = scan if returned == scan.html else prescan(returned, policy=policy)
        unchanged = unchanged + 1 if cleaned.html == scan.html else 0
        scan = cleaned
        if unchanged == len(engines):
            return scan
    return prescan(text_only(scan.html), policy=policy)


def _hide_references(clean: Clean) -> Clean:
    """Return `clean`, working on texts whose references are single characters.

    Many `&amp;` in one text take both engines a time that grows with the square of its length. The
    stand-ins are deprecated format characters, of which `scrub` leaves none in any text.
    """

    def clean_hidden(html: str) -> str:
        for written, hidden in _STAND_INS:
            html = html.replace(written, hidden)
        html = clean(html)
        for written, hidden in _STAND_INS:
            html = html.replace(hidden, written)
        return html

    return clean_hidden


def _hide_symbols(clean: Clean) -> Clean:
    """Return `clean`, working on texts without U+00A0 to U+00BF.

    The same for these: nh3 takes fifteen seconds for a million no-break spaces or middle dots. As many
    noncharacters take their place, and the no-break spaces come back as characters, not as `&nbsp;`.
    """

    def clean_hidden(html: str) -> str:
        if _LATIN_LEAD not in html.encode():
            return clean(html)
        hidden = _SYMBOL.sub(lambda match: chr(ord(match[0]) + _SHIFT), html)
        return _HIDDEN_SYMBOL.sub(lambda match: chr(ord(match[0]) - _SHIFT), clean(hidden))

    return clean_hidden


_STAND_INS = (("&amp;", "\u206a"), ("&lt;", "\u206b"), ("&gt;", "\u206c"), ("&quot;", "\u206d"))
_LATIN_LEAD = b"\xc2"
"""The first byte of U+0080 to U+00BF in UTF-8, and of nothing else: most texts hold none and are left alone."""
_SYMBOL = re.compile(r"[\xa0-\xbf]")
_HIDDEN_SYMBOL = re.compile(r"[\ufdd0-\ufdef]")
_SHIFT = 0xFDD0 - 0xA0


def _engines(policy: Policy) -> list[Clean]:
    """Return this thread's engines for `policy`: a bleach Cleaner must not be shared."""
    engines: dict[Policy, list[Clean]] | None = getattr(_local, "engines", None)
    if engines is None or len(engines) >= _MAX_POLICIES:
        engines = _local.engines = {}
    if policy not in engines:
        engines[policy] = _build_engines(policy)
    return engines[policy]


_local = threading.local()
_MAX_POLICIES = 16
_MAX_STYLES = 10_000


def _build_engines(policy: Policy) -> list[Clean]:
    attributes = {
        tag: names | FORCED_ATTRIBUTES.get(tag, frozenset())
        for tag, names in (
            dict.fromkeys(policy.tags, frozenset[str]()) | dict(policy.attributes)
        ).items()
    }
    built = {
        "nh3": _build_nh3(policy, attributes) if nh3 else None,
        "bleach": _build_bleach(policy, attributes) if bleach_sanitizer else None,
    }
    installed = {name: clean for name, clean in built.items() if clean}
    if not installed:
        raise SettingError(
            gettext_noop("nothing to clean HTML with; run: pip install nh3 'bleach[css]'")
        )
    return [installed[policy.engine]] if policy.engine in installed else list(installed.values())


def _build_nh3(policy: Policy, attributes: dict[str, frozenset[str]]) -> Clean:
    cleaner = nh3.Cleaner(
        tags=policy.tags,
        attributes={tag: names for tag, names in attributes.items() if names},
        url_schemes=policy.url_schemes,
        link_rel=None,  # with "rel" among the attributes nh3 refuses to set it; attributes.py does
    )
    return _hide_references(_hide_symbols(cleaner.clean))


def _build_bleach(policy: Policy, attributes: dict[str, frozenset[str]]) -> Clean:
    css = CSSSanitizer(allowed_css_properties=policy.css_properties, allowed_svg_properties=[])
    # Paragraphs mostly share their style, and reading one takes longer than all else about its tag.
    remembered = lru_cache(maxsize=_MAX_STYLES)(css.sanitize_css)
    css.sanitize_css = remembered  # type: ignore[method-assign]
    cleaner = bleach_sanitizer.Cleaner(
        tags=policy.tags,
        attributes={tag: list(names) for tag, names in attributes.items()},
        protocols=policy.url_schemes,
        strip=True,
        css_sanitizer=css,
    )
    cleaner.walker = cast("Any", _walk_tree)
    cleaner.serializer = cast("Any", _PlainSerializer())
    _spare_character_checks(cleaner.parser)
    return _hide_references(cleaner.clean)


def _spare_character_checks(parser: Any) -> None:
    """Let html5lib not look for characters that it would only complain of: that takes a third of its time.

    What it looks for changes nothing in the tree, and `scrub` has left next to nothing of it.
    """
    reset = parser.reset

    def reset_and_spare() -> None:
        reset()
        parser.tokenizer.stream._inner_stream.reportCharacterErrors = None  # noqa: SLF001

    parser.reset = reset_and_spare


class _PlainSerializer:
    """Writes a tree in the plain spelling of `prescan`, which reads it again afterwards.

    html5lib's own writer takes a quarter of the whole time, for choices that are made here already.
    """

    def render(self, tokens: Iterable[dict[str, Any]]) -> str:
        return "".join(map(self._write, tokens))

    def _write(self, token: dict[str, Any]) -> str:
        match token["type"]:
            case "Characters" | "SpaceCharacters":
                return escape_text(token["data"])
            case "StartTag" | "EmptyTag":
                pairs = token["data"].items()
                written = [f' {name}="{escape_attribute(value)}"' for (_, name), value in pairs]
                return f"<{token['name']}{''.join(written)}>"
            case "EndTag":
                return f"</{token['name']}>"
            case "Entity":
                return f"&{token['name']};"
            case _:
                # A comment or a document type: the tree of a plain spelling has none.
                return ""


def _walk_tree(root: Any) -> Iterator[dict[str, Any]]:
    """Yield the tokens of html5lib's tree.

    The walker that bleach brings looks each element up among its siblings: 10,000 table rows take it
    three seconds.
    """
    stack: list[tuple[Any, Iterator[Any]]] = []
    yield from _characters(root.text)
    children = iter(root)
    element = root
    while True:
        child = next(children, None)
        if child is None:
            if not stack:
                return
            yield {"type": "EndTag", "name": element.tag, "namespace": None, "data": {}}
            yield from _characters(element.tail)
            element, children = stack.pop()
        elif child.tag in VOID_TAGS or not isinstance(child.tag, str):
            if isinstance(child.tag, str):
                yield _start(child, kind="EmptyTag")
            yield from _characters(child.tail)
        else:
            yield _start(child, kind="StartTag")
            yield from _characters(child.text)
            stack.append((element, children))
            element, children = child, iter(child)


def _start(element: Any, *, kind: str) -> dict[str, Any]:
    data = {(None, name): value for name, value in element.attrib.items()}
    return {"type": kind, "name": element.tag, "namespace": None, "data": data}


def _characters(text: str | None) -> Iterator[dict[str, Any]]:
    if text:
        yield {"type": "Characters", "data": text}


def _missing(before: Iterable[Item], after: Iterable[Item]) -> list[Item]:
    """Return the items that an engine took away; none if it only repeated or moved some."""
    left = Counter((item.kind, item.name) for item in after)
    values = Counter(after)
    groups: dict[tuple[str, str], list[Item]] = {}
    for item in before:
        groups.setdefault((item.kind, item.name), []).append(item)
    missing: list[Item] = []
    for key, items in groups.items():
        count = len(items) - left[key]
        if count > 0:
            gone = [item for item in items if not _take(values, item)]
            missing += (gone + items)[:count]
    return missing


def _take(values: Counter[Item], item: Item) -> bool:
    values[item] -= 1
    return values[item] >= 0


def _report(lost: Iterable[Item]) -> tuple[Removal, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    samples: dict[tuple[str, str], str] = {}
    for item in lost:
        counts[item.kind, item.name] += 1
        samples.setdefault((item.kind, item.name), item.value)
    return tuple(
        Removal(kind, name, count, _shorten(samples[kind, name]))
        for kind in _KINDS
        for (item_kind, name), count in counts.items()
        if item_kind == kind
    )


def _shorten(text: str) -> str:
    return text if len(text) <= _SAMPLE_CHARS else text[: _SAMPLE_CHARS - 1] + "…"
