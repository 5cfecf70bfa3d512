"""The database's clock, in the hands of a test."""

from datetime import UTC, datetime, timedelta


class HeldClock:
    """Stands where it is set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def now_sql(self, connection):
        text = self.now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        return f"TIMESTAMPTZ '{text}+00'" if connection.vendor == "postgresql" else f"'{text}'"

    def move(self, **amount: float) -> datetime:
        """Go on by so many `seconds`, `hours` or the like, and return the new time."""
        self.now += timedelta(**amount)
        return self.now
