"""Every spelling of a date that files hold, and how it was read.

Nothing is guessed: a spelling with two meanings is refused with both of them in the message. What has
no offset is read in the zone that the caller declares, and the result says so.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from email.utils import format_datetime
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from cms_news.errors import DocumentError, gettext_noop

_NOT_A_DATE = gettext_noop(
    '"{value}" is not a date; write YYYY-MM-DD or YYYY-MM-DD HH:MM:SS +00:00 with the right offset'
)
_NO_YEAR = gettext_noop('"{value}" is not a date: years go from 0001 to 9999; write YYYY-MM-DD')
_NO_MONTH = gettext_noop(
    '"{value}" is not a date: there is no month {month}; write YYYY-MM-DD with a month from 01 to 12'
)
_NO_DAY = gettext_noop(
    '"{value}" is not a date: {month} has the days 01 to {days}; write YYYY-MM-DD with one of them'
)
_NO_TIME = gettext_noop(
    '"{value}" is not a date: there is no time {time}; write HH:MM:SS from 00:00:00 to 23:59:59'
)
_HOUR_24 = gettext_noop('"{value}" ends a day at 24:00; write 00:00 of the day after')
_NO_OFFSET = gettext_noop(
    '"{value}" has the impossible offset {offset}; write one such as +08:00 or -05:30'
)
_NO_ZONE = gettext_noop(
    '"{value}" names the time zone {zone}, which is unknown or has several meanings; '
    "write an offset such as +08:00 or a name such as Asia/Shanghai"
)
_TWO_READINGS = gettext_noop(
    '"{value}" can mean {day_first} (day first) or {month_first} (month first); write the one you mean'
)
_ONE_READING = gettext_noop('"{value}" does not begin with the year; write {reading}')
_OUT_OF_RANGE = gettext_noop(
    '"{value}" falls outside of the years 1 to 9999 in UTC; write a later or earlier date'
)

_MAX_CHARACTERS = 100
_SHOWN_CHARACTERS = 60

_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,](?P<fraction>\d+))?)?"
_ZONE = r"(?:UTC|GMT|UT)?[+-](?:\d{4}|\d{1,2}(?::\d{2})?)|[A-Z][A-Z0-9_+/-]*"
_FLAGS = re.ASCII | re.IGNORECASE
_ISO = re.compile(
    r"(?P<year>\d{4})(?P<separator>[-/.])(?P<month>\d{1,2})(?P=separator)(?P<day>\d{1,2})"
    rf"(?:[T ]{_TIME}(?: ?(?P<zone>{_ZONE}))?| (?P<day_zone>{_ZONE}))?",
    _FLAGS,
)
# RFC 2822 with the obsolete forms of its section 4.3, and the hyphens of RFC 850.
_RFC_2822 = re.compile(
    r"(?:(?P<weekday>Mon|Tue|Wed|Thu|Fri|Sat|Sun)[A-Z]*,? ?)?"
    r"(?P<day>\d{1,2})[ -](?P<month_name>[A-Z]{3,9})[ -](?P<year>\d{4}|\d{2})"
    rf"(?: {_TIME}(?: ?(?P<zone>{_ZONE}))?(?: ?\([^()]*\))?)?",
    _FLAGS,
)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d).*", re.ASCII)
_CJK_DATE = re.compile(r"(\d{4}) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日号號일] ?", re.ASCII)
_CJK_TIME = re.compile(
    r"(?<= )(\d{1,2}) ?[时時点點시](?: ?(\d{1,2}) ?[分분](?: ?(\d{1,2}) ?[秒초])?)?", re.ASCII
)
_OFFSET = re.compile(r"(?:UTC|GMT|UT)?([+-])(?:(\d{2})(\d{2})|(\d{1,2})(?::(\d{2}))?)", _FLAGS)
_FILE_NAME = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[-_](.*))?", re.ASCII | re.DOTALL)
# Minus signs and dashes that word processors put in place of the hyphen.
_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_UTC_NAMES = frozenset({"Z", "UTC", "GMT", "UT"})
# RFC 2822, section 4.3. CST is left out: those who write it mean China as often as Chicago.
_RFC_ZONES = {"EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}

_Fail = Callable[..., DocumentError]


@dataclass(frozen=True, slots=True)
class ResolvedDate:
    """A moment, and how it was found."""

    value: datetime
    """Aware, in UTC."""
    source: str
    """For people: `RFC 2822`, `no offset, read in Asia/Shanghai`, `file name` ..."""
    text: str = ""
    """What was read."""


@dataclass(frozen=True, slots=True)
class _Spelling:
    """The parts of a date as they were written; parts that are missing are empty."""

    style: str
    parts: dict[str, str]
    zone: str

    @property
    def is_rfc(self) -> bool:
        return self.style == "RFC 2822"


def parse_date(
    text: str, *, zone: tzinfo, line: int | None = None, key: str = "date"
) -> ResolvedDate:
    """Return the moment that `text` names, in UTC, and how it was read.

    Understood are ISO 8601 and its relatives (`2022-9-4 9:08`, `2022/09/04`, `2022.9.4`, a fraction of
    any length cut to microseconds, an offset with or without colon or space, a name such as
    Asia/Shanghai), RFC 2822, `2022年9月4日 9时08分` and Unix times of 10 (seconds) or 13 digits
    (milliseconds); full-width characters count as their usual forms. What has no offset is read in
    `zone`; where clocks change, as the earlier of two moments, or with the offset before a gap.
    Raises DocumentError with `line` and `key` for everything else.
    """
    fail: _Fail = partial(DocumentError, line=line, key=key, value=_shorten(text))
    if len(text) > _MAX_CHARACTERS:
        raise fail(_NOT_A_DATE)
    folded = _fold(text)
    if re.fullmatch(r"\d{10}|\d{13}", folded, re.ASCII):
        return _from_unix_time(folded)
    spelling = _spell(folded)
    if spelling is None:
        raise _explain(folded, fail)
    return _resolve(spelling, zone, fail)


def split_date_name(stem: str) -> tuple[date | None, str]:
    """Return the date that a file's name begins with, and the rest: `2021-12-09-title`.

    Without a date that exists it is None and the whole stem.
    """
    match = _FILE_NAME.fullmatch(stem)
    if match is None:
        return None, stem
    year, month, day = (int(part) for part in match.groups()[:3])
    try:
        return date(year, month, day), match[4] or ""
    except ValueError:
        return None, stem


def date_from_name(stem: str, *, zone: tzinfo) -> ResolvedDate | None:
    """Return midnight in `zone` of the date that a file's name begins with, or None without one."""
    found, rest = split_date_name(stem)
    if found is None:
        return None
    text = stem.removesuffix(rest).rstrip("-_")
    try:
        moment, _note = _to_utc(datetime(found.year, found.month, found.day), zone)
    except OverflowError:
        return None
    return ResolvedDate(moment, "file name", text)


def format_date(value: datetime, *, like: str = "") -> str:
    """Return the aware `value` as `2021-12-09 18:14:00 +00:00`, or the way `like` is spelt.

    An RFC 2822 `like` gives RFC 2822, unless that would lose a fraction of a second; an offset in
    `like` is kept, and without one the result is in UTC. `parse_date` reads the result back.
    Raises DocumentError when `value` is outside of the years 1 to 9999 in UTC.
    """
    fail: _Fail = partial(DocumentError, key="date", value=value.isoformat())
    try:
        moment = value.astimezone(UTC)
    except OverflowError:
        raise fail(_OUT_OF_RANGE) from None
    spelling = _spell(_fold(like)) if len(like) <= _MAX_CHARACTERS else None
    local = _move_like(moment, spelling)
    if spelling is not None and spelling.is_rfc and not local.microsecond:
        return format_datetime(local, usegmt=local.tzinfo is UTC)
    # The space before the offset is what YAML 1.1 timestamps and this module's grammar share.
    return f"{local.replace(tzinfo=None).isoformat(' ')} {local.isoformat()[-6:]}"


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def _fold(text: str) -> str:
    """`text` with usual widths, hyphens and single spaces, and CJK units turned into `Y-M-D h:m:s`."""
    folded = unicodedata.normalize("NFKC", text).translate(_HYPHENS)
    return " ".join(folded.split())


def _spell(folded: str) -> _Spelling | None:
    """The parts of `folded`, whether or not they make sense; None when it is no date at all."""
    style = "ISO 8601"
    if match := _RFC_2822.fullmatch(folded):
        style = "RFC 2822"
    else:
        plain, count = _CJK_DATE.subn(r"\1-\2-\3 ", folded, count=1)
        if count:
            plain = _CJK_TIME.sub(_write_time, plain, count=1).rstrip()
        match = _ISO.fullmatch(plain)
        if count or (match and match["separator"] != "-"):
            style = ""
    if match is None:
        return None
    parts = {name: part or "" for name, part in match.groupdict().items()}
    if style == "RFC 2822" and not _month_number(parts["month_name"]):
        return None
    return _Spelling(style, parts, parts["zone"] or parts.get("day_zone", ""))


def _write_time(match: re.Match[str]) -> str:
    return ":".join(part or "00" for part in match.groups())


@lru_cache(maxsize=64)
def _month_number(name: str) -> int:
    """1 to 12 for a month's name or its first three letters, else 0."""
    lowered = name.lower()
    for number, month in enumerate(_MONTHS, start=1):
        if lowered in (month, month[:3]) or (number == 9 and lowered == "sept"):
            return number
    return 0


def _explain(folded: str, fail: _Fail) -> DocumentError:
    """The error for what is no date: with its readings, where only the order is unclear."""
    match = _YEAR_LAST.fullmatch(folded)
    if match is None:
        return fail(_NOT_A_DATE)
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    readings = [
        f"{year:04}-{month:02}-{day:02}"
        for day, month in ((first, second), (second, first))
        if _exists(year, month, day)
    ]
    if not readings:
        return fail(_NOT_A_DATE)
    if readings[0] == readings[-1]:
        return fail(_ONE_READING, reading=readings[0])
    return fail(_TWO_READINGS, day_first=readings[0], month_first=readings[1])


def _exists(year: int, month: int, day: int) -> bool:
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def _from_unix_time(digits: str) -> ResolvedDate:
    """A Unix time; ten digits last until the year 2286, so that no length has two meanings."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    if len(digits) == 10:
        return ResolvedDate(epoch + timedelta(seconds=int(digits)), "Unix time in seconds")
    return ResolvedDate(epoch + timedelta(milliseconds=int(digits)), "Unix time in milliseconds")


def _resolve(spelling: _Spelling, zone: tzinfo, fail: _Fail) -> ResolvedDate:
    naive = _read_clock(spelling, fail)
    written = _read_zone(spelling, fail)
    try:
        moment, note = _to_utc(naive, written or zone)
    except OverflowError:
        raise fail(_OUT_OF_RANGE) from None
    return ResolvedDate(moment, _describe(spelling, naive, zone) + note)


def _read_clock(spelling: _Spelling, fail: _Fail) -> datetime:
    """The date and time as written, without a zone."""
    parts = spelling.parts
    year, day = _full_year(parts["year"]), int(parts["day"])
    month = _month_number(parts["month_name"]) if spelling.is_rfc else int(parts["month"])
    if year < 1:
        raise fail(_NO_YEAR)
    if not 1 <= month <= 12:
        raise fail(_NO_MONTH, month=month)
    if not _exists(year, month, day):
        days = monthrange(year, month)[1]
        raise fail(_NO_DAY, month=f"{year:04}-{month:02}", days=days)
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    if hour == 24 and minute == second == 0:
        raise fail(_HOUR_24)
    if hour > 23 or minute > 59 or second > 59:
        raise fail(_NO_TIME, time=f"{hour:02}:{minute:02}:{second:02}")
    microsecond = int(parts["fraction"][:6].ljust(6, "0"))
    return datetime(year, month, day, hour, minute, second, microsecond)


def _full_year(digits: str) -> int:
    """Two digits mean 1950 to 2049: RFC 2822, section 4.3."""
    year = int(digits)
    if len(digits) == 2:
        return year + (2000 if year < 50 else 1900)
    return year


def _read_zone(spelling: _Spelling, fail: _Fail) -> tzinfo | None:
    """The zone as written, or None without one."""
    name = spelling.zone
    if not name:
        return None
    if name.upper() in _UTC_NAMES:
        return UTC
    if match := _OFFSET.fullmatch(name):
        hours, minutes = int(match[2] or match[4]), int(match[3] or match[5] or 0)
        if hours > 23 or minutes > 59:
            raise fail(_NO_OFFSET, offset=name)
        offset = timedelta(hours=hours, minutes=minutes)
        return timezone(-offset if match[1] == "-" else offset)
    if spelling.is_rfc and name.upper() in _RFC_ZONES:
        return timezone(timedelta(hours=_RFC_ZONES[name.upper()]))
    found = _find_zone(name)
    if found is None:
        raise fail(_NO_ZONE, zone=name)
    return found


def _find_zone(name: str) -> ZoneInfo | None:
    # Names without a region, such as EST or Japan, are old aliases, and most of them mean two things.
    if "/" not in name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # Besides unknown names: `America/`, a directory, and `a/../b`, not a key.
        return None


def _to_utc(naive: datetime, zone: tzinfo) -> tuple[datetime, str]:
    """The moment in UTC, and a remark where the clocks of `zone` changed at that time.

    Raises OverflowError outside of the years 1 to 9999.
    """
    local = naive.replace(tzinfo=zone)
    offset = local.utcoffset() or timedelta()
    moment = (naive - offset).replace(tzinfo=UTC)
    if offset == (local.replace(fold=1).utcoffset() or timedelta()):
        return moment, ""
    if moment.astimezone(zone).replace(tzinfo=None) == naive:
        return moment, ", the first of two such times that day"
    return moment, ", a time skipped there that day, read with the offset before"


def _describe(spelling: _Spelling, naive: datetime, zone: tzinfo) -> str:
    """How the parts were understood, for people."""
    remarks = [spelling.style] if spelling.is_rfc else []
    if len(spelling.parts["year"]) == 2:
        remarks.append(f"two-digit year read as {naive.year}")
    weekday = spelling.parts.get("weekday", "").lower()
    if weekday and _WEEKDAYS[naive.weekday()] != weekday:
        remarks.append("weekday ignored, it is another one")
    if not spelling.parts["hour"]:
        remarks.append(f"date only, read in {spelling.zone or zone}")
    elif not spelling.zone:
        remarks.append(f"no offset, read in {zone}")
    elif "/" in spelling.zone:
        remarks.append(f"read in {spelling.zone} as written")
    elif not spelling.is_rfc:
        remarks.append(f"{spelling.style} with offset".strip())
    return ", ".join(remarks)


def _move_like(moment: datetime, spelling: _Spelling | None) -> datetime:
    """`moment` with the offset of `spelling`, or in UTC where that has none or it can't be written."""
    if spelling is None:
        return moment
    try:
        zone = _read_zone(spelling, DocumentError) or UTC
        local = moment.astimezone(zone)
    except (DocumentError, OverflowError):
        return moment
    offset = local.utcoffset() or timedelta()
    # Before standard time, offsets had seconds, which no grammar of dates has a place for.
    return moment if offset.total_seconds() % 60 else local
