"""The work calendar: when a promise is due, how much working time has passed, and why.

Times go in and come out aware; those that come out are in UTC with whole seconds. Durations count
open seconds (real ones, also across clock changes); pauses never count.
Commitments B01–B09, F02–F04, M01–M03, D01–D03.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.calendar_days import Days, days_of
from bot.domain.calendar_errors import CalendarError
from bot.domain.calendar_model import ALWAYS, CN_OFFICE, CalendarText, WorkCalendar, find_zone, parse_calendar
from bot.domain.calendar_walk import HORIZON_DAYS, advance, between, forward, retreat, work
from bot.domain.holidays_cn import years_known
from bot.domain.pauses import Pause, Stretch, stretches, to_datetime, to_seconds
from bot.domain.span import Span, parse_span

__all__ = [
    "ALWAYS",
    "CN_OFFICE",
    "CalendarError",
    "CalendarText",
    "Pause",
    "Span",
    "WorkCalendar",
    "deadline",
    "elapsed",
    "find_zone",
    "is_open",
    "is_workday",
    "next_open",
    "parse_calendar",
    "parse_span",
    "shift",
    "unpublished_years",
    "years_known",
]


def is_open(cal: WorkCalendar, at: datetime) -> bool:
    """Say whether the clock runs at an instant; at closing time it does not."""
    now = to_seconds(at)
    return any(True for _ in between(days_of(cal), now, now + 1, ()))


def next_open(cal: WorkCalendar, at: datetime) -> datetime:
    """Give the first open instant at or after a time."""
    return to_datetime(_next_open(days_of(cal), to_seconds(at), ()))


def is_workday(cal: WorkCalendar, at: datetime) -> bool:
    """Say whether the date of a time, in the calendar's zone, has opening hours of its own."""
    days = days_of(cal)
    return bool(days.shifts(days.local(to_seconds(at)).toordinal()))


def deadline(cal: WorkCalendar, start: datetime, span: Span, pauses: Sequence[Pause] = ()) -> datetime:
    """Give the time a promise is due.

    Work that ends exactly at closing is due at closing. A span of working days steps over days, and
    what working time pauses took from it is added afterwards. A CalendarError says why there is no
    such time: a year without published holidays, a clock that stands still, too far away.
    """
    days, begin, still = days_of(cal), to_seconds(start), stretches(pauses)
    if span.kind == "seconds":
        return to_datetime(advance(days, begin, span.amount, still))
    return to_datetime(_after_pauses(days, begin, step_days(days, begin, span), still))


def elapsed(cal: WorkCalendar, start: datetime, end: datetime, pauses: Sequence[Pause] = ()) -> int:
    """Count the working seconds between two times outside the pauses; a reversed interval has none."""
    return work(days_of(cal), to_seconds(start), to_seconds(end, "end"), stretches(pauses))


def shift(cal: WorkCalendar, at: datetime, seconds: int, pauses: Sequence[Pause] = ()) -> datetime:
    """Move a time by working seconds; negative ones go back, as a warning before the due time does."""
    days, begin, still = days_of(cal), to_seconds(at), stretches(pauses)
    if seconds == 0:
        return to_datetime(begin)
    if seconds < 0:
        return to_datetime(retreat(days, begin, -seconds, still))
    return to_datetime(advance(days, begin, seconds, still))


def unpublished_years(cal: WorkCalendar, at: datetime, ahead: int = 60) -> tuple[int, ...]:
    """List the years within `ahead` days for which the calendar needs public holidays that are not known."""
    if not cal.cn_public_holidays:
        return ()
    local = at.astimezone(find_zone(cal.zone))
    years = range(local.year, (local + timedelta(days=ahead)).year + 1)
    return tuple(year for year in years if year not in years_known() and year not in cal.years)


def step_days(days: Days, begin: int, span: Span) -> int:
    """Give the instant that a span of working days leads to, before pauses are added."""
    local = days.local(begin)
    number = local.toordinal()
    if span.kind == "eod":
        return _closing(days, begin, number)
    left = span.amount
    for _ in range(HORIZON_DAYS):
        number += 1
        left -= bool(days.shifts(number))
        if not left:
            break
    else:
        raise CalendarError("span", "there are not that many working days within fifty years")
    if span.kind == "workdays_eod":
        return days.shifts(number)[-1][1]
    second = local.hour * 3600 + local.minute * 60 + local.second
    return _rolled(days, number, days.instant(number, second))


def _closing(days: Days, begin: int, number: int) -> int:
    """Give the closing of the first working day, from this one on, that is not over yet."""
    for later in range(number, number + HORIZON_DAYS):
        shifts = days.shifts(later)
        if shifts and shifts[-1][1] > begin:
            return shifts[-1][1]
    raise CalendarError("hours", "there is no working day within fifty years")


def _rolled(days: Days, number: int, at: int) -> int:
    """Roll an instant into opening hours; closing time itself still belongs to them."""
    for later in range(number - days.lookback, number + 1):
        if any(begin <= at <= end for begin, end in days.opened(later)):
            return at
    return _next_open(days, at, ())


def _after_pauses(days: Days, begin: int, due: int, pauses: Sequence[Stretch]) -> int:
    """Add the working time that pauses took before the due time; inside a pause it waits for the end."""
    lost = work(days, begin, due, ()) - work(days, begin, due, pauses) if pauses else 0
    if lost:
        return advance(days, due, lost, pauses)
    if any(start < due < end for start, end in pauses):
        return _next_open(days, due, pauses)
    return due


def _next_open(days: Days, at: int, pauses: Sequence[Stretch]) -> int:
    return next(forward(days, at, pauses))[0]
