"""What a due time costs: at intake every promise of a ticket is worked out once.

The floor is what nobody can do without: adding a timedelta to an aware time and checking the result.
Prints microseconds and ratios to that floor, measured in the same run.
"""

import timeit
from datetime import UTC, datetime, timedelta, timezone

from bot.domain.calendar import (
    ALWAYS,
    CN_OFFICE,
    CalendarText,
    Pause,
    deadline,
    elapsed,
    parse_calendar,
    parse_span,
)
from bot.domain.calendar_days import Days

START = datetime(2026, 1, 5, 9, 30, 15, tzinfo=timezone(timedelta(hours=8)))
LUNCH = parse_calendar(
    "lunch", CalendarText(tz="Asia/Shanghai", hours="Mon-Fri=09:00-12:00,13:30-17:30;Sat=09:00-12:00")
)
PAUSES = [
    Pause(since=START + timedelta(days=n, hours=1), until=START + timedelta(days=n, hours=3))
    for n in range(5)
]
CASES = {
    "always 10m": (ALWAYS, "10m", ()),
    "always 15d": (ALWAYS, "15d", ()),
    "cn-office 30m": (CN_OFFICE, "30m", ()),
    "cn-office 15wd": (CN_OFFICE, "15wd", ()),
    "cn-office 143h (15 working days)": (CN_OFFICE, "143h", ()),
    "lunch break 15d (51 working days)": (LUNCH, "15d", ()),
    "cn-office 30h, five pauses": (CN_OFFICE, "30h", PAUSES),
}


def floor() -> bool:
    return (START + timedelta(days=15)).astimezone(UTC) > START


def cost(work, number: int = 2000) -> float:
    """Microseconds of one call: the best of five runs, because the machine is shared."""
    work()
    return min(timeit.repeat(work, number=number, repeat=5)) / number * 1e6


def main() -> None:
    base = cost(floor)
    print(f"{'floor: one addition':36} {base:8.2f} µs")
    for name, (calendar, text, pauses) in CASES.items():
        span = parse_span(text)
        spent = cost(
            lambda calendar=calendar, span=span, pauses=pauses: deadline(calendar, START, span, pauses)
        )
        print(f"{name:36} {spent:8.2f} µs {spent / base:8.1f} × floor")
    spent = cost(lambda: elapsed(CN_OFFICE, START, START + timedelta(days=30)))
    print(f"{'cn-office elapsed over 30 days':36} {spent:8.2f} µs {spent / base:8.1f} × floor")
    number = START.toordinal()
    spent = cost(lambda: [Days(CN_OFFICE).opened(number + n) for n in (0, 1)], 200) / 2
    print(f"{'a day not yet known':36} {spent:8.2f} µs {spent / base:8.1f} × floor")


if __name__ == "__main__":
    main()
