"""Intervals in which a clock stands still: waiting for the customer, a dispute."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from bot.domain.calendar_errors import CalendarError

Stretch = tuple[int, int]
"""Whole seconds since 1970 in UTC: from (included) to (excluded)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_YEARS = (1900, 2200)
FOREVER = 2**53


class Pause(Struct, frozen=True, kw_only=True):
    """Nothing counts from `since` to `until`; without an end the clock stands still until further notice."""

    since: datetime
    until: datetime | None = None


def to_seconds(at: datetime, key: str = "start") -> int:
    """Whole seconds since 1970; fractions are dropped. A time without offset or far away is refused."""
    if at.tzinfo is None:
        raise CalendarError(key, f"{at.isoformat()} has no offset from UTC; write one such as +08:00")
    if not _YEARS[0] <= at.year < _YEARS[1]:
        raise CalendarError(
            key, f"the year {at.year} is out of reach; give one from {_YEARS[0]} to {_YEARS[1] - 1}"
        )
    return (at - _EPOCH) // _SECOND


def to_datetime(seconds: int) -> datetime:
    """Give whole seconds since 1970 as a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def stretches(pauses: Sequence[Pause]) -> tuple[Stretch, ...]:
    """Order pauses and join those that touch or overlap; empty ones vanish, reversed ones are refused."""
    if not pauses:
        return ()
    joined: list[Stretch] = []
    for start, end in sorted(map(_stretch, pauses)):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif start < end:
            joined.append((start, end))
    return tuple(joined)


def cut(start: int, end: int, pauses: Sequence[Stretch]) -> Iterator[Stretch]:
    """Give the parts of an interval that lie outside the pauses, in order."""
    for begin, finish in pauses:
        if finish <= start:
            continue
        if begin >= end:
            break
        if begin > start:
            yield start, begin
        start = finish
    if start < end:
        yield start, end


def _stretch(pause: Pause) -> Stretch:
    start = to_seconds(pause.since, "pauses")
    end = FOREVER if pause.until is None else to_seconds(pause.until, "pauses")
    if end < start:
        raise CalendarError("pauses", f"the pause from {pause.since.isoformat()} ends before it starts")
    return start, end
