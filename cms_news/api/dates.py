"""Dates in addresses, as strict as RFC 3339 has them."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_FORM = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[Tt](?P<time>\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?P<offset>[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?",
    re.ASCII,
)
_LOST_PLUS = re.compile(r"[\d-]+T[\d:.]+ \d\d:\d\d", re.ASCII | re.IGNORECASE)
_MICROSECONDS = len("18:14:00.000000")
EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)


def parse_span(text: str, *, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return the span that `text` names: from the first moment on, up to and without the second.

    A date is a day in `zone`; a date-time, read there unless it has an offset, is a span of no length.
    What lies beyond the calendar in UTC alone is the first or the last moment of it. Raises ValueError for what is
    not RFC 3339.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise ValueError(text)
    if form["time"] is None:
        day = datetime.combine(date.fromisoformat(form["date"]), time())
        end = LATEST if day.date() == date.max else _in_utc(day + timedelta(days=1), zone)
        return _in_utc(day, zone), end
    moment = _moment(form, zone)
    return moment, moment


def has_lost_its_plus(text: str) -> bool:
    """Return whether `text` is a date-time whose + became a space, as it does in an address."""
    return _LOST_PLUS.fullmatch(text) is not None


def _moment(form: re.Match[str], zone: tzinfo) -> datetime:
    # Finer than a microsecond is nothing that a database keeps.
    clock, offset = form["time"][:_MICROSECONDS], (form["offset"] or "").upper()
    moment = datetime.fromisoformat(f"{form['date']}T{clock}{offset}")
    return _in_utc(moment, moment.tzinfo or zone)


def _in_utc(moment: datetime, zone: tzinfo) -> datetime:
    try:
        return moment.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return EARLIEST if moment.year == EARLIEST.year else LATEST
