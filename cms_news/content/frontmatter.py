"""Text to Document and back. Grammar of the fences: Hexo's, with TOML between `+++` as Hugo and Zola have it."""

import re
from dataclasses import dataclass, replace

from cms_news.errors import DocumentError, gettext_noop

from .document import Document, Notice, Syntax
from .field_table import TELLING_KEYS, is_telling
from .heads.json_head import read_json
from .heads.reading import NEWLINE, NotAMappingError, Reading, shorten
from .heads.toml_head import read_toml
from .heads.yaml_hints import KEY_LINE, find_glued_key
from .heads.yaml_reader import read_yaml
from .holding_back import find_hold

BOM = "\ufeff"

# Possessive: a file of nothing but line ends must not be remembered line by line.
_BLANK = re.compile(r"\ufeff?(?:[ \t]*+(?:\r\n|\r|\n))*+")
_OPENING = re.compile(r"(-{3,}|;{3,}|\+\+\+)[ \t]*(?:\r\n|\r|\n|\Z)")
_CLOSING = re.compile(r"(?<=[\r\n])(-{3,}|;{3,}|\+{3}|\.{3})[ \t]*(?:\r\n|\r|\n|\Z)")
_TOML_LINE = re.compile(r"\[|[\w.\"' -]+=")
_JSON_LINE = re.compile(r"[{\"]")
_NO_KEYS = gettext_noop(
    "what stands between the fences is not front matter: it has no keys; kept as body"
)
_FLOW_START = re.compile(r"\{(?![{%])|\?[ \t]")
_SYNTAX: dict[str, Syntax] = {"-": "yaml", ";": "json", "+": "toml"}


@dataclass(frozen=True, slots=True)
class Block:
    """Where the head of a text lies: `text[start:end]` is between the fences, the body begins at `body`."""

    syntax: Syntax
    start: int
    end: int
    body: int
    line: int
    """The line that `start` is on, from 1."""
    fence: str
    """The closing fence."""
    is_fenced: bool
    """False for Hexo's heads that have only the closing fence."""

    @property
    def opening_line(self) -> int:
        return self.line - 1 if self.is_fenced else self.line


def parse_document(text: str) -> Document:
    """Return `text` split into head and body, the head understood as keys with raw values.

    `head + body` is `text`. Without front matter all but a byte order mark is the body; a fenced block that
    holds no keys is body too, with a notice. Raises DocumentError with the line for a fence that is never
    closed, for YAML and TOML with errors in them, for JSON with errors that holds the article back, and for heads
    beyond the limits. Lines end at CR, LF or CRLF.
    """
    block = find_block(text)
    if block is None:
        return _bare(text, _notices_about_start(text))
    try:
        reading = read_block(text, block)
    except NotAMappingError as error:
        _refuse_broken_json(text, block, error)
        return _bare(text, _notices_about_block(block, error))
    if not block.is_fenced and not any(is_telling(key) for key in reading.entries):
        return _bare(text)
    return Document(
        head=text[: block.body],
        body=text[block.body :],
        syntax=block.syntax,
        entries=reading.entries,
        lines=reading.lines,
        notices=reading.notices,
    )


def format_document(document: Document) -> str:
    """Return the text of `document`."""
    return document.head + document.body


def replace_body(document: Document, body: str) -> Document:
    """Return `document` with another body, its head unchanged but for what keeps the two apart.

    A head that ends without a line end gets one, and a body that would be read as front matter gets an
    empty head before it.
    """
    head = document.head
    if document.syntax == "none":
        return replace(document, body=body) if _is_body(head, body) else with_empty_head(head, body)
    if body and head and head[-1] not in "\r\n":
        head += newline_of(head)
    return replace(document, head=head, body=body)


def newline_of(text: str) -> str:
    """Return the line end that `text` uses first; LF if it has none."""
    found = NEWLINE.search(text)
    return found[0] if found else "\n"


def _is_body(head: str, body: str) -> bool:
    try:
        return parse_document(head + body).body == body
    except DocumentError:
        return False


def with_empty_head(head: str, body: str) -> Document:
    """Return a document of a head without keys behind `head`, a byte order mark or nothing, and `body`."""
    newline = newline_of(body)
    return Document(f"{head}---{newline}---{newline}", body, "yaml")


def _bare(text: str, notices: tuple[Notice, ...] = ()) -> Document:
    mark = BOM if text.startswith(BOM) else ""
    return Document(mark, text[len(mark) :], notices=notices)


def find_block(text: str) -> Block | None:
    """Return where the head of `text` seems to lie, or None where all of it is body.

    Raises DocumentError for an opening fence with keys behind it and no closing fence.
    """
    blank = _BLANK.match(text)
    start = blank.end() if blank else 0
    opening = _OPENING.match(text, start)
    if opening is None:
        return _find_fenceless(text, start)
    fence = opening[1]
    syntax = _SYNTAX[fence[0]]
    line = count_lines(text, opening.end()) + 1
    for closing in _CLOSING.finditer(text, opening.end()):
        if closing[1] == fence or (closing[1] == "..." and syntax == "yaml"):
            return Block(
                syntax,
                opening.end(),
                closing.start(),
                closing.end(),
                line,
                closing[1],
                is_fenced=True,
            )
    _refuse_unclosed(text, opening, syntax)
    return None


def count_lines(text: str, end: int) -> int:
    """Return the number of line ends in `text` before the offset `end`."""
    return sum(1 for _ in NEWLINE.finditer(text, 0, end))


def _refuse_unclosed(text: str, opening: re.Match[str], syntax: Syntax) -> None:
    following = _first_line(text, opening.end())
    looks = {"yaml": KEY_LINE, "toml": _TOML_LINE, "json": _JSON_LINE}[syntax]
    if looks.match(following):
        raise DocumentError(
            gettext_noop(
                "the front matter opened here is never closed; write {fence} on a line of its own behind "
                'it (what follows is "{value}")'
            ),
            line=count_lines(text, opening.start()) + 1,
            fence=shorten(opening[1]),
            value=shorten(following),
        )


def _first_line(text: str, start: int) -> str:
    """Return the first line from `start` on that is neither empty nor a comment."""
    while start < len(text):
        found = NEWLINE.search(text, start)
        line = text[start : found.start() if found else len(text)]
        if line.strip() and not line.startswith("#"):
            return line
        start = found.end() if found else len(text)
    return ""


def _find_fenceless(text: str, start: int) -> Block | None:
    line = _line_at(text, start)
    if not KEY_LINE.match(line) and not line.startswith(("{", '"')):
        return None
    for closing in _CLOSING.finditer(text, start):
        if (syntax := _SYNTAX.get(closing[1][0])) in ("yaml", "json"):
            number = count_lines(text, start) + 1
            block = Block(
                syntax,
                start,
                closing.start(),
                closing.end(),
                number,
                closing[1],
                is_fenced=False,
            )
            return block if _has_known_key(text, block) else None
    return None


def _line_at(text: str, start: int) -> str:
    found = NEWLINE.search(text, start)
    return text[start : found.start() if found else len(text)]


def _has_known_key(text: str, block: Block) -> bool:
    if block.syntax == "json":
        return True
    lines = NEWLINE.split(text[block.start : block.end])
    keys = (KEY_LINE.match(line) for line in lines)
    return bool(KEY_LINE.match(lines[0])) and any(
        key is not None and is_telling(key["key"]) for key in keys
    )


def read_block(text: str, block: Block) -> Reading:
    """Return what stands between the fences.

    Raises NotAMappingError where that is no front matter, and DocumentError where it is one with errors.
    """
    inner = text[block.start : block.end]
    if block.syntax == "toml":
        return read_toml(inner, first_line=block.line)
    if block.syntax == "json":
        return read_json(inner, first_line=block.line)
    try:
        return read_yaml(inner, first_line=block.line, known_keys=TELLING_KEYS)
    except NotAMappingError:
        lines = NEWLINE.split(inner)
        if glued := find_glued_key(lines, first_line=block.line, known_keys=TELLING_KEYS):
            raise glued from None
        raise
    except DocumentError as error:
        if _is_meant(inner, block):
            raise
        raise NotAMappingError(_NO_KEYS, error.line) from error


def _is_meant(inner: str, block: Block) -> bool:
    """Whether a block with errors was meant as front matter: some line of it is a key."""
    lines = NEWLINE.split(inner)
    if not block.is_fenced:
        first = KEY_LINE.match(lines[0])
        return bool(first and is_telling(first["key"]))
    if find_glued_key(lines, first_line=1, known_keys=TELLING_KEYS):
        return True
    first_line = _first_line(inner, 0).strip()
    if KEY_LINE.match(first_line) or _FLOW_START.match(first_line):
        return True
    return any(KEY_LINE.match(line) for line in lines)


def _refuse_broken_json(text: str, block: Block, error: NotAMappingError) -> None:
    """Raise DocumentError for JSON between its fences that was meant to hold the article back."""
    if not block.is_fenced or block.syntax != "json":
        return
    hold = find_hold(text[block.start : block.end], first_line=block.line)
    if hold is not None:
        raise DocumentError(
            gettext_noop(
                "the front matter is not valid JSON here, and {name} on line {hold} would hold the "
                "article back; mend it"
            ),
            line=error.line or block.opening_line,
            name=hold.key,
            hold=hold.line,
        )


def _notices_about_block(block: Block, error: NotAMappingError) -> tuple[Notice, ...]:
    if not block.is_fenced:
        return ()
    return (Notice(error.reason, line=error.line or block.opening_line),)


def _notices_about_start(text: str) -> tuple[Notice, ...]:
    """A file may begin with keys and have no fence at all: its author should know that they are body."""
    blank = _BLANK.match(text)
    start = blank.end() if blank else 0
    found = KEY_LINE.match(_line_at(text, start))
    if found is None or not is_telling(found["key"]):
        return ()
    template = gettext_noop("begins like front matter, but no --- ends it; kept as body")
    return (Notice(template, key=found["key"], line=count_lines(text, start) + 1),)
