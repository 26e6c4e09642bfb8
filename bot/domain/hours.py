"""Opening hours and lists of days as they are written in schemes, contracts and questions.

`Mon-Fri=09:00-12:00,13:30-17:30;Sat=09:00-12:00`: several intervals a day, `24:00` for midnight,
`22:00-30:00` for a shift that ends at 06:00 the next day and belongs to the day it starts.
`ALWAYS` is plain elapsed time. Days are `2026-05-01` or, every year, `*-05-01`.
"""

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from bot.domain.calendar_errors import CalendarError

DayHours = tuple[tuple[int, int], ...]
"""Opening intervals of one day in seconds after its local midnight, in order, without overlap."""

DAY = 86400
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOSED: DayHours = ()
WHOLE_DAY: DayHours = ((0, DAY),)
EVERY_HOUR: tuple[DayHours, ...] = (WHOLE_DAY,) * 7

_INTERVAL = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*[-–]\s*(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_DAY = re.compile(r"(?:\d{4}|\*)-\d{2}-\d{2}", re.ASCII)


def parse_weekly_hours(text: str, key: str = "hours") -> tuple[DayHours, ...]:
    """Read a week's hours; seven entries from Monday to Sunday. A CalendarError names the bad part."""
    if text.strip().upper() == "ALWAYS":
        return EVERY_HOUR
    week: list[DayHours] = [CLOSED] * 7
    for part in _parts(text):
        names, equals, hours = part.partition("=")
        if not equals:
            raise CalendarError(
                key, f"{part[:60]!r} has no '='; write days=hours such as Mon-Fri=09:00-17:30"
            )
        parsed = parse_day_hours(hours, key)
        for number in _weekdays(names, key):
            week[number] = _joined(week[number] + parsed, part, key)
    if not any(week):
        raise CalendarError(
            key, "no day has opening hours; write some such as Mon-Fri=09:00-17:30, or ALWAYS"
        )
    return tuple(week)


def parse_day_hours(text: str, key: str = "hours") -> DayHours:
    """Read `09:00-12:00,13:30-17:30`; nothing at all, or `closed`, is a day without hours."""
    if text.strip().lower() in {"", "closed"}:
        return CLOSED
    return _joined(tuple(_interval(part, key) for part in text.split(",")), text, key)


def parse_days(text: str, key: str) -> tuple[str, ...]:
    """Read `2026-05-01;*-10-01` into sorted day keys. A CalendarError names a day that does not exist."""
    return tuple(sorted({_day(part, key) for part in _parts(text)}))


def parse_special_hours(text: str, key: str = "special_hours") -> tuple[tuple[str, DayHours], ...]:
    """Read `2026-12-31=09:00-12:00;2026-10-01=10:00-16:00` into pairs of day key and hours."""
    found: dict[str, DayHours] = {}
    for part in _parts(text):
        day, equals, hours = part.partition("=")
        if not equals:
            raise CalendarError(
                key, f"{part[:60]!r} has no '='; write date=hours such as 2026-12-31=09:00-12:00"
            )
        name = _day(day, key)
        if name in found:
            raise CalendarError(key, f"{name} is given twice; put its intervals in one entry with commas")
        found[name] = parse_day_hours(hours, key)
    return tuple(sorted(found.items()))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _weekdays(text: str, key: str) -> Iterator[int]:
    for part in text.split(","):
        first, dash, last = part.partition("-")
        start = _weekday(first, key)
        length = (_weekday(last, key) - start) % 7 + 1 if dash else 1
        yield from ((start + step) % 7 for step in range(length))


def _weekday(text: str, key: str) -> int:
    name = text.strip().lower()
    if name not in WEEKDAYS:
        raise CalendarError(
            key, f"{text.strip()[:40]!r} is not a weekday; write Mon, Tue, Wed, Thu, Fri, Sat or Sun"
        )
    return WEEKDAYS.index(name)


def _interval(text: str, key: str) -> tuple[int, int]:
    found = _INTERVAL.fullmatch(text.strip())
    if not found:
        raise CalendarError(key, f"{text.strip()[:40]!r} is not an interval such as 09:00-17:30")
    numbers = [int(number or 0) for number in found.groups()]
    start, end = _second_of_day(numbers[:3], text, key), _second_of_day(numbers[3:], text, key)
    if start >= DAY or end > 2 * DAY:
        raise CalendarError(
            key, f"{text.strip()!r} must start before 24:00 and end by 48:00, the next midnight"
        )
    if start >= end:
        raise CalendarError(
            key, f"{text.strip()!r} ends before it starts; a shift over midnight is written 22:00-30:00"
        )
    return start, end


def _second_of_day(numbers: list[int], text: str, key: str) -> int:
    hour, minute, second = numbers
    if minute > 59 or second > 59:
        raise CalendarError(key, f"{text.strip()!r} has more than 59 minutes or seconds")
    return hour * 3600 + minute * 60 + second


def _joined(intervals: DayHours, text: str, key: str) -> DayHours:
    ordered = tuple(sorted(intervals))
    for (_, end), (start, _) in pairwise(ordered):
        if start < end:
            raise CalendarError(key, f"{text.strip()[:60]!r} has intervals of one day that overlap")
    return ordered


def _day(text: str, key: str) -> str:
    name = text.strip()
    if not _DAY.fullmatch(name):
        raise CalendarError(key, f"{name[:40]!r} is not a day such as 2026-05-01 or, every year, *-05-01")
    try:
        # A leap year stands for "every year", so that *-02-29 is a day.
        date.fromisoformat(name.replace("*", "2024"))
    except ValueError:
        raise CalendarError(key, f"{name!r} is not a day of the calendar") from None
    return name
