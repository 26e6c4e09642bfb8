"""When a roster changes next: the start or end of a shift or of an exception."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.domain.calendar import WorkCalendar
from bot.domain.calendar_days import days_of
from bot.domain.calendar_walk import between
from bot.domain.pauses import to_datetime, to_seconds
from bot.domain.roster import Roster

_AHEAD = timedelta(days=15)


def next_change(roster: Roster, at: datetime) -> datetime | None:
    """The first instant after `at` at which somebody's duty begins or ends; None if not within 15 days."""
    ends = [t for shift in roster.shifts for t in _changes(shift.hours, at)]
    ends += [t for o in roster.overrides for t in (o.since, o.until)]
    return min((t for t in ends if t > at), default=None)


def _changes(hours: WorkCalendar, at: datetime) -> Iterator[datetime]:
    """The ends of the first stretches of opening hours after `at`; touching ones are one."""
    now = to_seconds(at)
    last: int | None = None
    for start, end in between(days_of(hours), now, now + int(_AHEAD.total_seconds()), ()):
        if last is not None and start > last:
            yield to_datetime(last)
            yield to_datetime(start)
            return
        if last is None and start > now:
            yield to_datetime(start)
            return
        last = end
