"""Days as editors count them: in the current zone, from midnight to midnight."""

from datetime import date, datetime, timedelta

from django.utils import timezone

WEEK = 7


def moment_of(day: date) -> datetime:
    """Return the first moment of `day`."""
    return timezone.make_aware(datetime(day.year, day.month, day.day))


def days_from(first: date, count: int) -> list[date]:
    """Return `count` days, `first` being the first."""
    return [first + timedelta(days=number) for number in range(count)]


def end_of_week(at: datetime) -> datetime:
    """Return when the seven days are over of which that of `at` is the first."""
    return moment_of(timezone.localdate(at) + timedelta(days=WEEK))
