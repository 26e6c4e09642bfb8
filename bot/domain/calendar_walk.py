"""Walking along a calendar's open seconds, forwards and backwards. Instants are whole seconds since 1970."""

from collections.abc import Iterator, Sequence

from bot.domain.calendar_days import Days
from bot.domain.calendar_errors import CalendarError
from bot.domain.hours import DAY
from bot.domain.pauses import FOREVER, Stretch, cut, to_datetime

HORIZON_DAYS = 50 * 366


def forward(days: Days, start: int, pauses: Sequence[Stretch]) -> Iterator[Stretch]:
    """Give the open stretches from an instant on; a CalendarError ends them after fifty years."""
    if days.calendar.always:
        yield from cut(start, start + HORIZON_DAYS * DAY, pauses)
    else:
        first = days.local(start).toordinal()
        for number in range(first - days.lookback, first + HORIZON_DAYS):
            for begin, end in days.opened(number):
                if end > start:
                    yield from cut(max(begin, start), end, pauses)
            if pauses and pauses[-1][1] == FOREVER and days.instant(number, 0) > pauses[-1][0]:
                break
    raise _nowhere(days, start, pauses)


def backward(days: Days, start: int, pauses: Sequence[Stretch]) -> Iterator[Stretch]:
    """Give the open stretches before an instant, latest first, within fifty years."""
    if days.calendar.always:
        yield from reversed(list(cut(start - HORIZON_DAYS * DAY, start, pauses)))
    else:
        local = days.local(start)
        # In a repeated hour the next date may already have begun.
        last = local.toordinal() + local.fold
        for number in range(last, last - HORIZON_DAYS, -1):
            for begin, end in reversed(days.opened(number)):
                if begin < start:
                    yield from reversed(list(cut(begin, min(end, start), pauses)))
    raise _nowhere(days, start, pauses)


def between(days: Days, start: int, end: int, pauses: Sequence[Stretch]) -> Iterator[Stretch]:
    """Give the open stretches of an interval; days after it are never asked for."""
    if days.calendar.always:
        yield from cut(start, end, pauses)
        return
    first, last = days.local(start).toordinal() - days.lookback, days.local(end)
    if last.toordinal() - first > HORIZON_DAYS:
        raise CalendarError("end", f"{last.date()} is more than fifty years after the start")
    for number in range(first, last.toordinal() + last.fold + 1):
        for begin, finish in days.opened(number):
            if finish > start and begin < end:
                yield from cut(max(begin, start), min(finish, end), pauses)


def work(days: Days, start: int, end: int, pauses: Sequence[Stretch]) -> int:
    """Count the open seconds of an interval; a reversed one has none."""
    return sum(finish - begin for begin, finish in between(days, start, end, pauses)) if start < end else 0


def advance(days: Days, start: int, seconds: int, pauses: Sequence[Stretch]) -> int:
    """Go on by open seconds (more than zero). What ends exactly at closing ends at closing."""
    if days.calendar.always and not pauses and seconds <= HORIZON_DAYS * DAY:
        return start + seconds
    for begin, end in forward(days, start, pauses):
        if seconds <= end - begin:
            return begin + seconds
        seconds -= end - begin
    raise _nowhere(days, start, pauses)


def retreat(days: Days, start: int, seconds: int, pauses: Sequence[Stretch]) -> int:
    """Go back by open seconds (more than zero). What begins exactly at opening begins at opening."""
    if days.calendar.always and not pauses and seconds <= HORIZON_DAYS * DAY:
        return start - seconds
    for begin, end in backward(days, start, pauses):
        if seconds <= end - begin:
            return end - seconds
        seconds -= end - begin
    raise _nowhere(days, start, pauses)


def _nowhere(days: Days, start: int, pauses: Sequence[Stretch]) -> CalendarError:
    if pauses and pauses[-1][1] == FOREVER:
        since = to_datetime(pauses[-1][0]).isoformat()
        return CalendarError(
            "pauses", f"the clock has stood still since {since}, so there is no time to give yet"
        )
    at = days.local(start).isoformat()
    return CalendarError(
        "hours",
        f"the calendar {days.calendar.name!r} does not have that many open hours within fifty years of {at}",
    )
