"""The calendar against a slow oracle that looks at every minute's wall clock, and against its own laws.

The oracle shares no code with the calendar: it is given the hours as plain tables, writes the text
the calendar reads, and decides minute by minute from the local clock whether the minute is open.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.domain.calendar import (
    ALWAYS,
    CalendarError,
    CalendarText,
    Pause,
    Span,
    WorkCalendar,
    deadline,
    elapsed,
    is_open,
    is_workday,
    next_open,
    parse_calendar,
    shift,
)
from bot.domain.calendar_explain import explain
from bot.domain.hours import parse_days, parse_special_hours, parse_weekly_hours

MINUTE = timedelta(minutes=1)
DAYS = 28
# Each window has a clock change in it, except the last two.
WINDOWS = {
    "America/New_York": (date(2026, 3, 1), date(2026, 10, 25)),
    "Europe/Berlin": (date(2026, 3, 22), date(2026, 10, 18)),
    "Australia/Lord_Howe": (date(2026, 3, 29), date(2026, 9, 27)),
    "Asia/Shanghai": (date(2026, 2, 20),),
    "Asia/Kathmandu": (date(2026, 2, 20),),
}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Zones above change their clocks between 01:00 and 03:30; what an opening hour inside a change means
# is a convention and has its own examples.
CLOCK_CHANGE = range(60, 210)
CHOICES = [m for m in range(0, 33 * 60, 15) if m % 1440 not in CLOCK_CHANGE]

Table = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Plan:
    """A calendar as plain tables, in minutes after midnight."""

    zone: str
    base: date
    week: tuple[Table, ...]
    special: tuple[tuple[date, Table], ...]
    holidays: tuple[date, ...]
    extra: tuple[date, ...]

    def hours(self, day: date) -> Table:
        for special, table in self.special:
            if special == day:
                return table
        if day in self.extra:
            return next(table for table in self.week if table)
        return () if day in self.holidays else self.week[day.weekday()]

    def calendar(self) -> WorkCalendar:
        text = CalendarText(
            tz=self.zone,
            hours=";".join(f"{n}={written(t)}" for n, t in zip(WEEKDAYS, self.week, strict=True)),
            special_hours=";".join(f"{day}={written(table)}" for day, table in self.special),
            holidays=";".join(map(str, self.holidays)),
            extra_workdays=";".join(map(str, self.extra)),
        )
        return parse_calendar("plan", text)


def written(table: Table) -> str:
    return ",".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in table)


@cache
def wall(zone: str, base: date) -> tuple[datetime, list[tuple[date, int]]]:
    """Give the first instant of a window and, for each of its minutes, the local date and minute."""
    first = datetime.combine(base, datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)
    local = ((first + MINUTE * n).astimezone(ZoneInfo(zone)) for n in range(DAYS * 1440))
    return first, [(at.date(), at.hour * 60 + at.minute) for at in local]


@cache
def days_around(zone: str, base: date) -> tuple[date, ...]:
    return (base - timedelta(days=1), *sorted({day for day, _ in wall(zone, base)[1]}))


def minutes_lit(table: Table) -> bytes:
    """Give 1 for each minute of a day and the next that the day's hours cover."""
    lit = bytearray(2880)
    for a, b in table:
        lit[a:b] = b"\1" * (b - a)
    return bytes(lit)


class Oracle:
    """Look at every minute."""

    def __init__(self, plan: Plan, pauses: list[tuple[int, int]]) -> None:
        self.first, minutes = wall(plan.zone, plan.base)
        lit = {day: minutes_lit(plan.hours(day)) for day in days_around(plan.zone, plan.base)}
        before = {day: lit.get(day - timedelta(days=1), bytes(2880)) for day in lit}
        self.open = [lit[day][m] or before[day][m + 1440] for day, m in minutes]
        paused, self.inside = bytearray(len(minutes)), bytearray(len(minutes))
        for a, b in pauses:
            paused[a:b] = b"\1" * (b - a)
            self.inside[a + 1 : b] = b"\1" * max(0, b - a - 1)
        self.runs = [is_open > still for is_open, still in zip(self.open, paused, strict=True)]
        self.minutes = minutes
        self.plan = plan

    def after(self, start: int, length: int) -> int:
        """Give the minute at which `length` running minutes from `start` on are over."""
        for n in self._all(start):
            length -= self.runs[n]
            if not length:
                return n + 1
        raise AssertionError

    def before(self, start: int, length: int) -> int:
        for n in range(start - 1, -1, -1):
            length -= self.runs[n]
            if not length:
                return n
        assume(False)
        raise AssertionError

    def workday(self, start: int, count: int) -> int:
        """Step over working days, keep the local time, wait until it is open or just has closed."""
        day, minute = self.minutes[start]
        while count:
            day += timedelta(days=1)
            count -= bool(self.plan.hours(day))
        wanted = (day, minute)
        return next(
            n for n in self._all(start) if self.minutes[n] >= wanted and (self.open[n] or self.open[n - 1])
        )

    def closing(self, start: int, count: int) -> int:
        day, _ = self.minutes[start]
        while count:
            day += timedelta(days=1)
            count -= bool(self.plan.hours(day))
        end = self.plan.hours(day)[-1][1]
        wanted = (day + timedelta(days=end // 1440), end % 1440)
        return next(n for n in self._all(start) if self.minutes[n] == wanted)

    def with_pauses(self, start: int, due: int) -> int:
        lost = sum(self.open[start:due]) - sum(self.runs[start:due])
        if lost:
            return self.after(due, lost)
        return next(n for n in self._all(due) if self.runs[n]) if self.inside[due] else due

    def _all(self, start: int) -> Iterator[int]:
        yield from range(start, len(self.open))
        assume(False)

    def at(self, n: int) -> datetime:
        return self.first + MINUTE * n


@st.composite
def tables(draw: st.DrawFn, least: int = 0) -> Table:
    count = draw(st.integers(least, 3)) * 2
    marks = sorted(draw(st.lists(st.sampled_from(CHOICES), min_size=count, max_size=count, unique=True)))
    pairs = [(a, b) for a, b in zip(marks[::2], marks[1::2], strict=True) if a < 1440]
    return tuple(pairs) or (((540, 1020),) if least else ())


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    zone = draw(st.sampled_from(sorted(WINDOWS)))
    base = draw(st.sampled_from(WINDOWS[zone]))
    week = [*draw(st.lists(tables(), min_size=6, max_size=6)), draw(tables(least=1))]
    days = st.integers(0, DAYS - 1).map(lambda n: base + timedelta(days=n))
    return Plan(
        zone=zone,
        base=base,
        week=tuple(draw(st.permutations(week))),
        special=tuple(draw(st.dictionaries(days, tables(), max_size=2)).items()),
        holidays=tuple(draw(st.lists(days, max_size=3))),
        extra=tuple(draw(st.lists(days, max_size=2))),
    )


starts = st.integers(2 * 1440, 12 * 1440)
lengths = st.one_of(st.integers(1, 300), st.integers(1, 60 * 60))
pause_lists = st.lists(
    st.tuples(st.integers(1440, 16 * 1440), st.integers(0, 3 * 1440)).map(lambda p: (p[0], p[0] + p[1])),
    max_size=4,
)


def both(plan: Plan, pauses: list[tuple[int, int]]) -> tuple[Oracle, WorkCalendar, list[Pause]]:
    oracle = Oracle(plan, pauses)
    return oracle, plan.calendar(), [Pause(since=oracle.at(a), until=oracle.at(b)) for a, b in pauses]


def explained(calendar: WorkCalendar, start: datetime, span: Span, pauses: list[Pause]) -> datetime:
    """Give the explained due time in UTC: in its own zone a doubled hour equals no other zone's time (PEP 495)."""
    until = explain(calendar, start, span, pauses)[-1].until
    assert until
    return until.astimezone(UTC)


def seconds(minutes: int) -> Span:
    return Span(kind="seconds", amount=minutes * 60)


@settings(max_examples=150, deadline=None)
@given(plan=plans(), start=starts, length=lengths, pauses=pause_lists)
def test_deadline_is_the_oracles(plan, start, length, pauses):
    oracle, calendar, still = both(plan, pauses)
    expected = oracle.at(oracle.after(start, length))

    assert deadline(calendar, oracle.at(start), seconds(length), still) == expected
    assert explained(calendar, oracle.at(start), seconds(length), still) == expected


@settings(max_examples=150, deadline=None)
@given(plan=plans(), start=starts, end=st.integers(0, 20 * 1440), pauses=pause_lists)
def test_elapsed_is_the_oracles(plan, start, end, pauses):
    oracle, calendar, still = both(plan, pauses)

    assert elapsed(calendar, oracle.at(start), oracle.at(end), still) == 60 * sum(oracle.runs[start:end])


@settings(max_examples=150, deadline=None)
@given(plan=plans(), start=st.integers(10 * 1440, 20 * 1440), length=lengths, pauses=pause_lists)
def test_shifting_back_is_the_oracles(plan, start, length, pauses):
    oracle, calendar, still = both(plan, pauses)
    expected = oracle.at(oracle.before(start, length))

    assert shift(calendar, oracle.at(start), -60 * length, still) == expected


@settings(max_examples=100, deadline=None)
@given(plan=plans(), start=starts)
def test_open_and_next_open_are_the_oracles(plan, start):
    oracle, calendar, _ = both(plan, [])
    at = oracle.at(start)

    assert is_open(calendar, at) is bool(oracle.open[start])
    assert next_open(calendar, at) == oracle.at(next(n for n in oracle._all(start) if oracle.open[n]))
    assert is_workday(calendar, at) is bool(plan.hours(oracle.minutes[start][0]))


@settings(max_examples=150, deadline=None)
@given(plan=plans(), start=starts, count=st.integers(1, 6), pauses=pause_lists)
def test_working_days_are_the_oracles(plan, start, count, pauses):
    oracle, calendar, still = both(plan, pauses)
    assume(oracle.minutes[start][1] not in CLOCK_CHANGE)
    days = Span(kind="workdays", amount=count)
    expected = oracle.at(oracle.with_pauses(start, oracle.workday(start, count)))

    assert deadline(calendar, oracle.at(start), days, still) == expected
    assert explained(calendar, oracle.at(start), days, still) == expected


@settings(max_examples=150, deadline=None)
@given(plan=plans(), start=starts, count=st.integers(1, 6), pauses=pause_lists)
def test_closing_of_working_days_is_the_oracles(plan, start, count, pauses):
    oracle, calendar, still = both(plan, pauses)
    days = Span(kind="workdays_eod", amount=count)
    expected = oracle.at(oracle.with_pauses(start, oracle.closing(start, count)))

    assert deadline(calendar, oracle.at(start), days, still) == expected


moments = st.datetimes(datetime(2026, 2, 1), datetime(2026, 12, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda at: at.replace(microsecond=0)
)
amounts = st.integers(1, 400_000)
breaks = st.lists(
    st.tuples(moments, st.integers(0, 400_000)).map(
        lambda p: Pause(since=p[0], until=p[0] + timedelta(seconds=p[1]))
    ),
    max_size=5,
)


@settings(deadline=None)
@given(plan=plans(), start=moments, amount=amounts, pauses=breaks)
def test_deadline_and_elapsed_are_inverse(plan, start, amount, pauses):
    calendar = plan.calendar()
    due = deadline(calendar, start, Span(kind="seconds", amount=amount), pauses)

    assert elapsed(calendar, start, due, pauses) == amount
    assert elapsed(calendar, start, due - timedelta(seconds=1), pauses) == amount - 1


@settings(deadline=None)
@given(plan=plans(), start=moments, amount=amounts, more=amounts, pauses=breaks)
def test_a_longer_promise_and_a_later_start_are_due_later(plan, start, amount, more, pauses):
    calendar = plan.calendar()
    due = deadline(calendar, start, Span(kind="seconds", amount=amount), pauses)

    assert deadline(calendar, start, Span(kind="seconds", amount=amount + more), pauses) > due
    later = start + timedelta(seconds=more)
    assert deadline(calendar, later, Span(kind="seconds", amount=amount), pauses) >= due


@settings(deadline=None)
@given(
    plan=plans(), start=moments, amount=amounts, pauses=breaks, kind=st.sampled_from(["seconds", "workdays"])
)
def test_a_pause_never_shortens_a_deadline(plan, start, amount, pauses, kind):
    calendar = plan.calendar()
    span = Span(kind=kind, amount=amount if kind == "seconds" else amount % 9 + 1)
    dues = [deadline(calendar, start, span, pauses[:n]) for n in range(len(pauses) + 1)]

    assert dues == sorted(dues)


@settings(deadline=None)
@given(plan=plans(), start=moments, amount=amounts, pauses=breaks)
def test_the_order_of_pauses_does_not_matter(plan, start, amount, pauses):
    calendar, span = plan.calendar(), Span(kind="seconds", amount=amount)
    halves = [
        Pause(since=p.since, until=(p.until or p.since) - (((p.until or p.since) - p.since) // 2))
        for p in pauses
    ]

    assert deadline(calendar, start, span, pauses[::-1] + halves) == deadline(calendar, start, span, pauses)


@settings(deadline=None)
@given(plan=plans(), times=st.lists(moments, min_size=3, max_size=3), pauses=breaks)
def test_elapsed_time_adds_up(plan, times, pauses):
    calendar = plan.calendar()
    a, b, c = sorted(times)

    assert elapsed(calendar, a, c, pauses) == elapsed(calendar, a, b, pauses) + elapsed(
        calendar, b, c, pauses
    )
    assert elapsed(calendar, c, a, pauses) == 0


@settings(deadline=None)
@given(plan=plans(), start=moments, amount=amounts, pauses=breaks)
def test_a_shift_there_and_back_loses_nothing(plan, start, amount, pauses):
    calendar = plan.calendar()
    there = shift(calendar, start, amount, pauses)
    back = shift(calendar, there, -amount, pauses)

    assert elapsed(calendar, start, back, pauses) == 0
    assert elapsed(calendar, back, there, pauses) == amount


@settings(deadline=None)
@given(start=moments, amount=st.integers(1, 10**8), end=moments)
def test_always_is_plain_addition(start, amount, end):
    assert deadline(ALWAYS, start, Span(kind="seconds", amount=amount)) == start + timedelta(seconds=amount)
    assert shift(ALWAYS, start, -amount) == start - timedelta(seconds=amount)
    assert elapsed(ALWAYS, start, end) == max(0, (end - start).total_seconds())
    assert next_open(ALWAYS, start) == start
    assert is_open(ALWAYS, start)


@settings(deadline=None)
@given(plan=plans(), start=moments)
def test_the_next_open_time_is_open_and_nothing_before_it(plan, start):
    calendar = plan.calendar()
    opening = next_open(calendar, start)

    assert is_open(calendar, opening)
    assert elapsed(calendar, start, opening) == 0


@pytest.mark.parametrize(
    "parse", [parse_weekly_hours, lambda text: parse_days(text, "x"), parse_special_hours]
)
@settings(deadline=None)
@given(text=st.one_of(st.text(max_size=40), st.text("Mon-Fri=0123456789:,; *", max_size=40)))
def test_a_text_is_read_or_refused_and_never_anything_else(parse, text):
    with suppress(CalendarError):
        parse(text)


@settings(deadline=None)
@given(plan=plans())
def test_hours_are_read_as_they_were_written(plan):
    calendar = plan.calendar()
    assert calendar.hours == tuple(tuple((a * 60, b * 60) for a, b in table) for table in plan.week)
