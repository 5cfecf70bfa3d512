"""Unicode slugs: from titles and from the names of files, without collisions."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Container
from pathlib import PurePosixPath

from cms_news.content.dates import split_date_name
from cms_news.errors import SettingError, gettext_noop

_NO_PINYIN = gettext_noop(
    'Slugs in pinyin need the package pypinyin; run pip install "cms-news[pinyin]"'
)

# Names that would become the same slug, or none, without their signs.
_SPELLED_OUT = (
    (re.compile(r"(?<=[a-z])\+\+"), "-plus-plus-"),
    (re.compile(r"(?<![a-z0-9_])([a-z])#"), r"\1-sharp-"),
    (re.compile(r"(?<![a-z0-9_])\.net(?![a-z0-9])"), "-dot-net-"),
    (re.compile(r"(?<=[^\W\d_])['’](?=[^\W\d_])"), ""),
)
_NO_WORD = re.compile(r"[^\w]+")
# A folder's own page: Hexo and Hugo's index, Hugo's section page, a repository's README.
_FOLDER_PAGE = re.compile(r"(?:_?index|readme)(?:\.(?P<language>[^.]+))?", re.IGNORECASE)


def slugify_text(text: str, *, max_length: int = 100, transliterate: bool = False) -> str:
    r"""Return `text` as a slug of at most `max_length` characters; "" when no letter or digit is left.

    Lower-case letters and digits of every script, and `-` for whatever stands between words. The
    result matches `^[-\w]+\Z`, as Django's slug fields demand; that leaves out combining marks, so
    they are dropped, and the word they stand in is not broken up. `transliterate` turns Han
    characters into pinyin and raises SettingError when pypinyin is not installed.
    """
    folded = _fold(text)
    if transliterate:
        folded = _fold(_write_pinyin(folded))
    for pattern, words in _SPELLED_OUT:
        folded = pattern.sub(words, folded)
    # Letters may combine once the marks between them are gone.
    letters = unicodedata.normalize("NFKC", _drop_marks(folded))
    return _cut(_NO_WORD.sub("-", letters).strip("-_"), max_length)


def slug_from_name(path: PurePosixPath | str) -> str:
    """Return the slug for a file's path: its stem, without ending and without a Jekyll date.

    `index.md`, `_index.md` and `README.md` take the name of their folder, if they are in one. Only
    the last ending goes: `news.zh-cn.md` is `news-zh-cn`. The result may be "".
    """
    path = PurePosixPath(path)
    stem = path.stem
    page = _FOLDER_PAGE.fullmatch(stem)
    if page and path.parent.name not in ("", ".."):
        stem = " ".join(filter(None, (_without_date(path.parent.name), page["language"])))
    return slugify_text(_without_date(stem))


def fallback_slug(seed: str) -> str:
    """Return `article-` and eight hexadecimal digits that depend on `seed` alone."""
    digest = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).hexdigest()
    return f"article-{digest[:8]}"


def free_slug(
    base: str, taken: Container[str] | Callable[[str], bool], *, max_length: int = 100
) -> str:
    """Return the first of `base`, `base-2`, `base-3` ... that is not `taken`.

    `base` is cut to make room for the number. Raises ValueError when `max_length` has no room for both.
    """
    is_taken = taken if callable(taken) else taken.__contains__
    slug, number = _cut(base, max_length), 1
    while not slug or is_taken(slug):
        number += 1
        suffix = f"-{number}"
        room = max_length - len(suffix)
        if room < 1:
            raise ValueError(f"no slug of {max_length} characters is free for {base!r}")
        slug = f"{base[:room].rstrip('-_') or 'article'[:room]}{suffix}"
    return slug


def _fold(text: str) -> str:
    # Lower-casing may leave a combining dot behind, so the normal form is restored.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())


def _drop_marks(text: str) -> str:
    """`text` without combining marks and invisible joiners, which stand inside of words."""
    dropped = dict.fromkeys(
        ord(character)
        for character in set(text)
        if unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf")
    )
    return text.translate(dropped)


def _cut(slug: str, max_length: int) -> str:
    """`slug` in at most `max_length` characters, without half a word if its last quarter has a hyphen."""
    if len(slug) <= max_length:
        return slug
    kept = slug[:max_length]
    if slug[max_length] != "-":
        hyphen = kept.rfind("-")
        if hyphen > max_length * 3 // 4:
            kept = kept[:hyphen]
    return kept.rstrip("-_")


def _without_date(stem: str) -> str:
    """`stem` without a Jekyll date, unless it is nothing but a date."""
    _date, rest = split_date_name(stem)
    return rest or stem


def _write_pinyin(text: str) -> str:
    try:
        from pypinyin import lazy_pinyin
    except ImportError as error:
        raise SettingError(_NO_PINYIN) from error
    return " ".join(lazy_pinyin(text))
