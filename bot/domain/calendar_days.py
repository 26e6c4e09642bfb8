"""What one day of a calendar is: its rule, and its opening hours as instants.

Local times are mapped the way PEP 495, java.time and Temporal do it: a time that a clock change
skips moves on by the gap, a time that happens twice is the first one. A date that a zone skipped
altogether (Pacific/Apia, 30 December 2011) has no hours and is no working day.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

from bot.domain.calendar_errors import CalendarError
from bot.domain.calendar_model import WorkCalendar, find_zone
from bot.domain.holidays_cn import public_day, years_known
from bot.domain.hours import CLOSED, DAY, DayHours
from bot.domain.pauses import Stretch

_KEPT_DAYS = 40_000
_SATURDAY = 5


class DayRule(NamedTuple):
    """Which rule gives a day its hours; `name` is the holiday's, where it has one."""

    hours: DayHours
    why: Literal["special", "makeup", "holiday", "weekday"]
    name: str = ""


class Days:
    """The days of one calendar, worked out once each. Numbers of days are `date.toordinal`."""

    def __init__(self, calendar: WorkCalendar) -> None:
        """Prepare the look-ups; nothing is worked out before it is asked for."""
        self.calendar = calendar
        self.zone = find_zone(calendar.zone)
        self._holidays = frozenset(calendar.holidays)
        self._extra = frozenset(calendar.extra_workdays)
        self._special = dict(calendar.special_hours)
        self._exceptions = bool(self._holidays or self._extra or self._special)
        self._makeup_hours = next((hours for hours in calendar.hours if hours), CLOSED)
        self._years = years_known() | frozenset(calendar.years)
        every = (*calendar.hours, *self._special.values())
        last = max((end for hours in every for _, end in hours), default=0)
        # A shift until midnight touches the next date; one over midnight reaches into it, or into the
        # one after it where a zone skipped a date.
        self.lookback = 2 if last > DAY else int(last == DAY)
        self._midnights: dict[int, int] = {}
        self._shifts: dict[int, tuple[Stretch, ...]] = {}
        self._open: dict[int, tuple[Stretch, ...]] = {}

    def local(self, at: int) -> datetime:
        """Give an instant as local time."""
        return datetime.fromtimestamp(at, self.zone)

    def instant(self, number: int, second: int) -> int:
        """Give the instant of a local time, in seconds after the day's local midnight (may pass 24:00)."""
        later, second = divmod(second, DAY)
        midnight = self._midnight(number + later)
        # A day of 24 hours has no clock change, so its seconds can be counted from midnight.
        if not second or self._midnight(number + later + 1) - midnight == DAY:
            return midnight + second
        wall = datetime.fromordinal(number + later) + timedelta(seconds=second)
        return int(wall.replace(tzinfo=self.zone).timestamp())

    def shifts(self, number: int) -> tuple[Stretch, ...]:
        """Give the shifts that start on a day, as instants; they may run into the next day."""
        found = self._shifts.get(number)
        if found is None:
            self._forget()
            found = self._shifts[number] = self._work_out(number)
        return found

    def opened(self, number: int) -> tuple[Stretch, ...]:
        """Give a day's shifts without what the day before still covers, so that no second counts twice."""
        if not self.lookback:
            return self.shifts(number)
        found = self._open.get(number)
        if found is None:
            before = (*self.shifts(number - 2), *self.shifts(number - 1))
            reached = max((end for _, end in before), default=-(2**53))
            own = ((max(start, reached), end) for start, end in self.shifts(number))
            found = self._open[number] = tuple((start, end) for start, end in own if start < end)
        return found

    def rule(self, day: date) -> DayRule:
        """Say which rule holds on a day. A CalendarError refuses a year whose holidays are not known."""
        if self._exceptions and (listed := self._listed(day)):
            return listed
        if self.calendar.cn_public_holidays and (public := self._public(day)):
            return public
        return DayRule(self.calendar.hours[day.weekday()], "weekday")

    def _listed(self, day: date) -> DayRule | None:
        names = (day.isoformat(), f"*{day.isoformat()[4:]}")
        for name in names:
            if name in self._special:
                return DayRule(self._special[name], "special")
        if not self._extra.isdisjoint(names):
            return DayRule(self._makeup_hours, "makeup")
        if not self._holidays.isdisjoint(names):
            return DayRule(CLOSED, "holiday")
        return None

    def _public(self, day: date) -> DayRule | None:
        if day.year not in self._years:
            raise unknown_year(self.calendar, day.year)
        notice = None if day.year in self.calendar.years else public_day(day)
        if notice is None:
            return None
        hours = self._makeup_hours if notice.kind == "makeup" else CLOSED
        return DayRule(hours, notice.kind, notice.name)

    def _work_out(self, number: int) -> tuple[Stretch, ...]:
        if self._midnight(number + 1) <= self._midnight(number):
            return ()
        hours = self.rule(date.fromordinal(number)).hours
        found = ((self.instant(number, start), self.instant(number, end)) for start, end in hours)
        return _disjoint(sorted(found))

    def _midnight(self, number: int) -> int:
        found = self._midnights.get(number)
        if found is None:
            wall = datetime.fromordinal(number).replace(tzinfo=self.zone)
            found = self._midnights[number] = int(wall.timestamp())
        return found

    def _forget(self) -> None:
        """Keep the memory of a calendar bounded, however far questions about it reach."""
        if len(self._shifts) >= _KEPT_DAYS:
            for kept in (self._shifts, self._open, self._midnights):
                kept.clear()


def unknown_year(calendar: WorkCalendar, year: int) -> CalendarError:
    """Say which year's holidays are missing and how to supply them."""
    return CalendarError(
        "calendar",
        f"the public holidays of {year} are not known to the calendar {calendar.name!r}, so no working day"
        f" in that year can be promised; update the package chinesecalendar once the notice is out,"
        f" or list them in the calendar's holidays and extra_workdays and add {year} to its years",
    )


@lru_cache(maxsize=64)
def days_of(calendar: WorkCalendar) -> Days:
    """Give the days of a calendar; equal calendars share them."""
    return Days(calendar)


def _disjoint(ordered: list[Stretch]) -> tuple[Stretch, ...]:
    """Keep each second once where a clock change pushes one interval into the next or turns it around."""
    found: list[Stretch] = []
    reached = -(2**53)
    for start, end in ordered:
        if max(start, reached) < end:
            found.append((max(start, reached), end))
            reached = end
    return tuple(found)
