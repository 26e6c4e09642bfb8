"""How a due time came about, day by day, in steps that add up and can be shown to a customer."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from bot.domain.calendar import deadline, step_days
from bot.domain.calendar_days import Days, days_of
from bot.domain.calendar_model import WorkCalendar
from bot.domain.calendar_walk import work
from bot.domain.pauses import Pause, Stretch, cut, stretches, to_seconds
from bot.domain.span import Span

StepKind = Literal["counted", "paused", "closed", "first_day", "workday", "rolled", "extended", "due"]

_REASONS = {"special": "当日另行安排，不营业", "makeup": "调休日", "holiday": "节假日", "weekday": "休息日"}


class Step(Struct, frozen=True, kw_only=True):
    """One step on the way to a due time; times are in the calendar's zone.

    `counted`, `paused`: an interval inside opening hours that counts, or does not. `closed`: a day
    without hours, `why` says for what reason. `first_day`, `workday`: the day of the start, which
    is not counted, and each working day, with the `remaining` ones. `rolled`: the due time before
    pauses are added. `extended`: `seconds` that pauses took. `due`: the result.
    """

    kind: StepKind
    day: date
    since: datetime | None = None
    until: datetime | None = None
    seconds: int = 0
    remaining: int = 0
    why: str = ""


def explain(cal: WorkCalendar, start: datetime, span: Span, pauses: Sequence[Pause] = ()) -> list[Step]:
    """Give the steps from the start to the due time; the last one has the due time in `until`.

    The counted seconds add up to the span (or, for working days, to what pauses took). Raises what
    `deadline` raises.
    """
    days, still = days_of(cal), stretches(pauses)
    begin, due = to_seconds(start), to_seconds(deadline(cal, start, span, pauses))
    way = _Way(days, still, begin, due)
    steps = list(way.counted(begin, span.amount)) if span.kind == "seconds" else list(way.stepped(span))
    end = days.local(due)
    return [*steps, Step(kind="due", day=end.date(), until=end)]


class _Way:
    """The way from one start to one due time."""

    def __init__(self, days: Days, pauses: tuple[Stretch, ...], begin: int, due: int) -> None:
        self.days = days
        self.pauses = pauses
        self.begin = begin
        self.due = due

    def counted(self, begin: int, left: int) -> Iterator[Step]:
        """Step over opening hours from an instant to the due time."""
        for number, shifts in self._shifts(begin):
            if not shifts and left and number >= self._number(begin):
                yield self._closed(number)
            for shift in shifts:
                for kind, since, until in _pieces(shift, self.pauses):
                    left -= until - since if kind == "counted" else 0
                    yield self._interval(kind, number, (since, until), left)

    def stepped(self, span: Span) -> Iterator[Step]:
        """Step over working days, then over what pauses took."""
        target = step_days(self.days, self.begin, span)
        yield from self._days_until(self._number(target), span)
        reached = self.days.local(target)
        yield Step(kind="rolled", day=reached.date(), until=reached)
        lost = work(self.days, self.begin, target, ()) - work(self.days, self.begin, target, self.pauses)
        if lost:
            yield Step(kind="extended", day=reached.date(), seconds=lost)
        if self.due > target:
            after = self.counted(target, lost)
            yield from (step for step in after if step.kind != "closed" or step.day > reached.date())

    def _days_until(self, last: int, span: Span) -> Iterator[Step]:
        first, left = self._number(self.begin), span.amount
        if span.kind != "eod":
            yield Step(kind="first_day", day=date.fromordinal(first), remaining=left)
            first += 1
        for number in range(first, last + 1):
            if not self.days.shifts(number) or (span.kind == "eod" and number < last):
                yield self._closed(number)
            elif left:
                left -= 1
                yield Step(
                    kind="workday", day=date.fromordinal(number), remaining=left, why=self._why(number)
                )

    def _shifts(self, begin: int) -> Iterator[tuple[int, list[Stretch]]]:
        """Give each day's hours as far as they lie between an instant and the due time."""
        first, last = self._number(begin), self._number(self.due)
        if self.days.calendar.always:
            yield first, [(begin, self.due)]
            return
        for number in range(first - self.days.lookback, last + 1):
            inside = [
                (max(since, begin), min(until, self.due))
                for since, until in self.days.opened(number)
                if until > begin and since < self.due
            ]
            yield number, inside

    def _interval(self, kind: StepKind, number: int, stretch: Stretch, left: int) -> Step:
        return Step(
            kind=kind,
            day=date.fromordinal(number),
            since=self.days.local(stretch[0]),
            until=self.days.local(stretch[1]),
            seconds=stretch[1] - stretch[0],
            remaining=left,
            why="暂停计时" if kind == "paused" else self._why(number),
        )

    def _closed(self, number: int) -> Step:
        day = date.fromordinal(number)
        rule = self.days.rule(day)
        why = "当日工作时间已过" if rule.hours else rule.name or _closed_reason(day, rule.why)
        return Step(kind="closed", day=day, why=why)

    def _why(self, number: int) -> str:
        """Say why a day is open although its weekday would not tell."""
        rule = self.days.rule(date.fromordinal(number))
        if rule.why == "makeup":
            return f"{rule.name}调休上班"
        return "当日另行安排" if rule.why == "special" else ""

    def _number(self, at: int) -> int:
        return self.days.local(at).toordinal()


def _closed_reason(day: date, why: str) -> str:
    return "周末" if why == "weekday" and day.weekday() >= 5 else _REASONS[why]


def _pieces(shift: Stretch, pauses: Sequence[Stretch]) -> Iterator[tuple[StepKind, int, int]]:
    """Divide opening hours into what counts and what pauses take, in order."""
    at, end = shift
    for since, until in cut(at, end, pauses):
        if at < since:
            yield "paused", at, since
        yield "counted", since, until
        at = until
    if at < end:
        yield "paused", at, end
