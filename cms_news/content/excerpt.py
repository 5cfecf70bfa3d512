"""Teasers, plain text, summaries and counts, for scripts with and without spaces."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from html import unescape

CJK_CHARACTERS_PER_MINUTE = 400
WORDS_PER_MINUTE = 230
"""Both are round figures for adults who read silently in their own language; published means vary."""

# A fence hides a marker, as in an article about this very marker; the grammar of the marker is Hexo's.
_FENCE_OR_MORE = re.compile(
    r"(?<![^\r\n])[ \t]*(?P<fence>`{3,}|~{3,})(?P<info>[^\r\n]*)|(?P<more><!--+\s*more\s*--+>)",
    re.IGNORECASE,
)

_TEXT = re.compile(r"[^<]+")
_TAG = re.compile(r"""</?([a-zA-Z][^\s/>]*)(?:[^>"']|"[^"]*"|'[^']*')*+>""")
_PLAIN_TAG = re.compile(r"""<(/?[a-z][a-z0-9]*)(?: [^<>"']*+(?:"[^<>"]*+"[^<>"']*+)*+)?>""")
_TAG_START = re.compile(r"</?[a-zA-Z]")
# What HTML parsers never take for text, or for text of the article.
_RAW_TAGS = frozenset({"script", "style", "iframe", "noembed", "noframes", "template", "title"})
_BLOCK_TAGS = frozenset(
    (
        "address article aside blockquote br caption center dd details dialog div dl dt fieldset "
        "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol option p "
        "pre section summary table tbody tfoot thead tr ul"
    ).split()
)
_LINE_END = "\0"
"""Stands for the end of a block where line ends are white space; no text that is served holds it."""
_SEPARATORS = {
    **{f"{slash}{tag}": _LINE_END for tag in _BLOCK_TAGS for slash in ("", "/")},
    **{f"{slash}{tag}": " " for tag in ("td", "th") for slash in ("", "/")},
    **{f"{slash}{tag}": None for tag in _RAW_TAGS | {"pre"} for slash in ("", "/")},
}
"""What is between the texts on either side of a tag; None where that is not all."""
# int() refuses more than 4,300 digits with a ValueError, and html.unescape does not expect that.
_LONG_REFERENCE = re.compile(r"&#[0-9]{100,};?")

_SENTENCE_END = re.compile(
    r"(?:[。！？｡]+|[!?]+(?![A-Za-z0-9=&/])|[.…]+(?=[\s\"'”’»)\]]|$))[\"'”’」』》】）»)\]]*"
)
# The character before a place within `3.14` or `1,000`, on either side of the point.
_DIGIT_GROUP = re.compile(r"\d(?=[.,]\d)|(?<=\d)[.,](?=\d)")
_LOOSE_END = " \t,;:，、；：-–—(（[「『《【“‘«"

_CJK = (
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u3096\u309d-\u309f\u30a1-\u30fa"
    "\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff66-\uff9d\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
)
_CJK_CHARACTER = re.compile(f"[{_CJK}]")
_CJK_RUN = re.compile(f"[{_CJK}]+")
# Beyond ASCII, Han characters of the first block and the punctuation of Chinese.
_UNCOMMON = re.compile(
    r"[^\x00-\x7f\u00b7\u2010-\u2027\u3000-\u3003\u3008-\u301f\u4e00-\u9fff\uff01-\uff0f\uff1a-\uff20\uff3b-\uff3e]"
)
_HAN_PAGES = bytes(range(0x4E, 0xA0))
"""The upper halves of U+4E00 to U+9FFF in UTF-16."""
_ASCII_WORD = re.compile(rb"[0-9A-Za-z]+(?:(?:['\-]|_+|(?<=[0-9])[.,](?=[0-9]))[0-9A-Za-z]+)*")
"""`_WORD` in a text without other letters, its hyphens and apostrophes in ASCII."""
# What is not of the blocks that most texts stay in and that have no marks.
_PERHAPS_MARK = re.compile(
    r"[^\x00-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205f\u3000-\u3029\u3030-\u303f\uff00-\uffdc]"
)
# Of a text without CJK characters. Full stops and commas join digits only: `3.14` and `1,000`, but not
# `end.Next`.
_WORD = re.compile(r"[^\W_]+(?:(?:['’\-‐‑]|_+|(?<=\d)[.,](?=\d))[^\W_]+)*")


def split_more(body: str) -> tuple[str | None, str]:
    """Return the text before the first `<!-- more -->`, or None without one, and the body without it.

    Further markers are comments and stay. A marker that is shown as code, in a fence or between
    backticks, is none.
    """
    # Most bodies hold no comment at all, and looking for fences takes longer than looking for one.
    marker = next(_find_markers(body), None) if "<!--" in body else None
    if marker is None:
        return None, body
    return body[: marker.start()], body[: marker.start()] + body[marker.end() :]


def plain_text(html: str) -> str:
    """Return the text of sanitised HTML, one line for each block, without empty lines.

    White space is folded, and the ideographic spaces go that stand for indentation; `<pre>` keeps its
    lines and their indentation. Pictures and what is no text, such as scripts, leave nothing.
    """
    if (plain := _plain_lines(html)) is not None:
        return "\n".join(plain)
    lines: list[str] = []
    parts: list[str] = []
    preformatted = 0
    for tag, text in _tokenize(html):
        if not tag:
            parts.append(text)
            continue
        name = tag.lstrip("/")
        if name in _BLOCK_TAGS:
            lines += _fold_lines("".join(parts), keep=preformatted > 0)
            parts = []
        elif name in ("td", "th"):
            parts.append(" ")
        if name == "pre":
            preformatted = max(0, preformatted + (1 if tag == "pre" else -1))
    lines += _fold_lines("".join(parts), keep=preformatted > 0)
    return "\n".join(lines)


def summarize(text: str, *, max_chars: int = 140) -> str:
    """Return the beginning of plain `text` on one line, in at most `max_chars` code points.

    It ends with a whole sentence if one ends in the last third, else with a whole word and `…`; never
    inside of a character that takes several code points. A text that fits comes back whole.
    """
    line = " ".join(text.split())
    if len(line) <= max_chars:
        return line
    end = _last_sentence_end(line, max_chars)
    if end:
        return line[:end]
    return line[: _last_word_end(line, max_chars - 1)].rstrip(_LOOSE_END) + "…"[:max_chars]


def count_words(text: str) -> int:
    """Return the number of words in plain `text`: each Han, kana or bopomofo character is one.

    Elsewhere a run of letters, digits and marks is, with the apostrophes and hyphens inside of it;
    so are the words of Korean, which has spaces. Punctuation and emoji are none.
    """
    cjk_characters, words = _count(text)
    return cjk_characters + words


def reading_minutes(text: str) -> int:
    """Return how many minutes it takes to read plain `text`: at least 1, and 0 for an empty one."""
    if not text.strip():
        return 0
    cjk_characters, words = _count(text)
    minutes = cjk_characters / CJK_CHARACTERS_PER_MINUTE + words / WORDS_PER_MINUTE
    return max(1, round(minutes))


def _find_markers(body: str) -> Iterator[re.Match[str]]:
    fence = ""
    for match in _FENCE_OR_MORE.finditer(body):
        if match["more"]:
            if not fence and not _is_inline_code(body, match):
                yield match
        elif not fence:
            # The words after an opening fence hold no backtick; otherwise it is inline code.
            if match["fence"][0] == "~" or "`" not in match["info"]:
                fence = match["fence"]
        elif match["fence"].startswith(fence) and not match["info"].strip():
            fence = ""


def _is_inline_code(body: str, marker: re.Match[str]) -> bool:
    before = body[max(0, marker.start() - 2) : marker.start()]
    after = body[marker.end() : marker.end() + 2]
    return before.rstrip().endswith("`") and after.lstrip().startswith("`")


def _plain_lines(source: str) -> list[str] | None:
    """The lines of `plain_text`, for the plain spelling that the sanitiser writes; None for any other."""
    pieces = _PLAIN_TAG.split(source)
    if source.count("<") != len(pieces) // 2 or _LINE_END in source:
        return None
    separators = [_SEPARATORS.get(tag, "") for tag in pieces[1::2]]
    if None in separators:
        return None
    if "&" in source:
        pieces[::2] = [_resolve(text) for text in pieces[::2]]
    pieces[1::2] = separators
    lines = [" ".join(line.split()) for line in "".join(pieces).split(_LINE_END)]
    return [line for line in lines if line]


def _tokenize(source: str) -> Iterator[tuple[str, str]]:
    """The tags of `source` as ("p" or "/p", "") and its text as ("", text), entities resolved.

    Linear: whatever has no end before the end of `source` ends the search, as in a browser.
    """
    position = 0
    while position < len(source):
        if match := _TEXT.match(source, position):
            yield "", _resolve(match[0])
            position = match.end()
        elif source.startswith(("<!", "<?"), position):
            closing = "-->" if source.startswith("<!--", position) else ">"
            position = _after(source, closing, position + 2)
        elif match := _TAG.match(source, position):
            name = match[1].lower()
            position = match.end()
            if name in _RAW_TAGS and source[match.start() + 1] != "/":
                position = _after_raw_text(source, name, position)
            else:
                yield (f"/{name}" if source[match.start() + 1] == "/" else name), ""
        elif _TAG_START.match(source, position):
            return
        else:
            yield "", "<"
            position += 1


def _resolve(text: str) -> str:
    return unescape(_LONG_REFERENCE.sub("\ufffd", text)) if "&" in text else text


def _after(source: str, closing: str, position: int) -> int:
    found = source.find(closing, position)
    return len(source) if found < 0 else found + len(closing)


def _after_raw_text(source: str, name: str, position: int) -> int:
    closing = re.compile(rf"</{name}\b", re.IGNORECASE).search(source, position)
    return _after(source, ">", closing.end()) if closing else len(source)


def _fold_lines(text: str, *, keep: bool) -> list[str]:
    if keep:
        return [line.rstrip() for line in text.splitlines() if line.strip()]
    folded = " ".join(text.split())
    return [folded] if folded else []


def _last_sentence_end(line: str, max_chars: int) -> int:
    """Where the last sentence ends within the last third of `max_chars`, or 0."""
    first = max_chars * 2 // 3
    ends = [
        match.end()
        for match in _SENTENCE_END.finditer(line, 0, max_chars + 1)
        if first <= match.end() <= max_chars
    ]
    return next((end for end in reversed(ends) if not _is_inside(line, end)), 0)


def _last_word_end(line: str, end: int) -> int:
    """The last place up to `end` where `line` can be cut, within a word only if that is very long."""
    end = max(0, end)
    for place in range(min(end, len(line) - 1), end // 2, -1):
        if not _is_inside(line, place) and not _is_in_word(line, place):
            return place
    while end > 0 and _is_inside(line, end):
        end -= 1
    return end


def _is_in_word(line: str, place: int) -> bool:
    """Whether both neighbours of `place` belong to one number, or one word of a script with spaces."""
    if _DIGIT_GROUP.match(line, place - 1):
        return True
    return all(_is_of_word(character) for character in (line[place - 1], line[place]))


def _is_of_word(character: str) -> bool:
    if _CJK_CHARACTER.match(character):
        return False
    return unicodedata.category(character)[0] in "LNM" or character in "'’"


def _is_inside(line: str, place: int) -> bool:
    """Whether `place` is between the code points of one character, as readers see it (UAX #29)."""
    if not 0 < place < len(line):
        return False
    before, after = line[place - 1], line[place]
    if after in "\u200c\u200d" or before == "\u200d":
        return True
    if unicodedata.category(after) in ("Mn", "Mc", "Me") or "\U0001f3fb" <= after <= "\U0001f3ff":
        return True
    if "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff":
        return True
    if "\U000e0020" <= after <= "\U000e007f":
        return True
    if unicodedata.combining(before) == 9 and after.isalpha():
        return True
    if "\u1160" <= after <= "\u11ff" and "\u1100" <= before <= "\u11ff":
        return True
    return _is_inside_flag(line, place)


def _is_inside_flag(line: str, place: int) -> bool:
    """Whether `place` splits a pair of regional indicators, which is one flag."""
    start = place
    while start > 0 and "\U0001f1e6" <= line[start - 1] <= "\U0001f1ff":
        start -= 1
    return (place - start) % 2 == 1 and "\U0001f1e6" <= line[place] <= "\U0001f1ff"


@lru_cache(maxsize=1)
def _count(text: str) -> tuple[int, int]:
    """The numbers of CJK characters and of other words."""
    if not _UNCOMMON.search(text):
        pages = text.encode("utf-16-le")[1::2]
        others = pages.translate(None, delete=_HAN_PAGES)
        return len(pages) - len(others), _count_ascii_words(text)
    spaced, runs = _CJK_RUN.subn(" ", text)
    cjk_characters = len(text) - len(spaced) + runs
    # Marks are no \w: left in place they would end a word of Hindi or Thai at each vowel.
    if _PERHAPS_MARK.search(spaced):
        marks = {ord(character): None for character in set(spaced) if _is_mark(character)}
        spaced = spaced.translate(marks)
    return cjk_characters, len(_WORD.findall(spaced))


def _count_ascii_words(text: str) -> int:
    plain = text.replace("’", "'").replace("‐", "-").replace("‑", "-")
    # All else becomes `?`, which parts words, and long rows of that are passed over quickly.
    written = plain.encode("ascii", "replace")
    for row in (b"????????", b"????", b"??"):
        written = written.replace(row, b"?")
    return len(_ASCII_WORD.findall(written))


@lru_cache(maxsize=4096)
def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf")
