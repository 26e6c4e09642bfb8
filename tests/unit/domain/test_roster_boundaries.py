"""When duty begins or ends next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.boundaries import next_change
from bot.domain.calendar import ALWAYS, CalendarText, parse_calendar
from bot.domain.roster import Override, Roster, Shift


def shift(hours: str) -> Shift:
    return Shift(
        name=hours, people=("wang",), hours=parse_calendar("x", CalendarText(tz="Asia/Shanghai", hours=hours))
    )


def shanghai(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        ("Mon-Sun=08:00-20:00", shanghai(5, 7), shanghai(5, 8)),
        ("Mon-Sun=08:00-20:00", shanghai(5, 8), shanghai(5, 20)),
        ("Mon-Sun=08:00-20:00", shanghai(5, 19, 59), shanghai(5, 20)),
        ("Mon-Sun=08:00-20:00", shanghai(5, 20), shanghai(6, 8)),
        ("Mon-Sun=20:00-32:00", shanghai(5, 23), shanghai(6, 8)),
        ("Mon-Sun=20:00-32:00", shanghai(6, 3), shanghai(6, 8)),
        ("Mon-Fri=08:00-12:00,13:00-17:30", shanghai(5, 9), shanghai(5, 12)),
        ("Mon-Fri=08:00-12:00,13:00-17:30", shanghai(6, 17, 30), shanghai(9, 8)),
        ("Mon-Sun=00:00-12:00,12:00-24:00", shanghai(5, 9), None),
    ],
)
def test_the_next_change_of_one_shift(hours: str, at: datetime, expected: datetime | None) -> None:
    assert next_change(Roster(shifts=(shift(hours),)), at) == expected


def test_a_shift_that_never_ends_never_changes() -> None:
    assert (
        next_change(Roster(shifts=(Shift(name="全天", people=("wang",), hours=ALWAYS),)), shanghai(5, 9))
        is None
    )


def test_the_nearest_of_several_shifts() -> None:
    found = Roster(shifts=(shift("Mon-Sun=08:00-20:00"), shift("Mon-Sun=10:00-11:00")))
    assert next_change(found, shanghai(5, 9)) == shanghai(5, 10)


def test_exceptions_begin_and_end_too() -> None:
    away = Override(person="wang", since=shanghai(5, 10), until=shanghai(5, 15))
    found = Roster(shifts=(shift("Mon-Sun=08:00-20:00"),), overrides=(away,))
    assert next_change(found, shanghai(5, 9)) == shanghai(5, 10)
    assert next_change(found, shanghai(5, 10)) == shanghai(5, 15)
    assert next_change(found, shanghai(5, 15)) == shanghai(5, 20)


def test_an_empty_roster_never_changes() -> None:
    assert next_change(Roster(), shanghai(5, 9)) is None


def test_walking_from_change_to_change_meets_every_one() -> None:
    found = Roster(shifts=(shift("Mon-Fri=08:00-20:00"), shift("Mon-Sun=20:00-32:00")))
    at, seen = shanghai(5, 0), []
    while at < shanghai(8, 0) and (change := next_change(found, at)):
        at = change
        seen.append(at)
    hours = [(5, 8), (5, 20), (6, 8), (6, 20), (7, 8), (7, 20), (8, 8)]
    assert seen == [shanghai(day, hour) for day, hour in hours]
