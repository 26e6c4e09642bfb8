"""The explanation of a due time in Chinese lines, fit to be shown to a customer."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby

from bot.domain.calendar_explain import Step, StepKind, explain
from bot.domain.calendar_model import WorkCalendar
from bot.domain.pauses import Pause
from bot.domain.span import Span, seconds_in_chinese

_WEEKDAYS = "一二三四五六日"


def explain_lines(cal: WorkCalendar, start: datetime, span: Span, pauses: Sequence[Pause] = ()) -> list[str]:
    """Explain a due time in Chinese; the last line has the due time. Raises what `deadline` raises."""
    steps = explain(cal, start, span, pauses)
    zone = steps[-1].until.tzinfo if steps[-1].until else None
    length = span.chinese() + ("" if cal.always or span.kind != "seconds" else "（只计工作时间）")
    head = [f"起算：{_moment(start.astimezone(zone))}", f"时限：{length}"]
    return [*head, *_lines(steps)]


def _lines(steps: Sequence[Step]) -> Iterator[str]:
    for (kind, _), group in groupby(steps, key=lambda step: (step.kind, step.kind == "closed" and step.why)):
        several = list(group)
        if kind == "closed":
            yield f"{_days(several)}：{several[0].why}，不计"
        else:
            yield from map(_LINES[kind], several)


def _counted(step: Step) -> str:
    left = f"还剩{seconds_in_chinese(step.remaining)}" if step.remaining else "时限用完"
    return f"{_interval(step)}：计{seconds_in_chinese(step.seconds)}，{left}{_note(step)}"


def _paused(step: Step) -> str:
    return f"{_interval(step)}：{step.why}，不计"


def _first_day(step: Step) -> str:
    return f"{_day(step.day)}：起算当日，从次日起数工作日"


def _workday(step: Step) -> str:
    left = f"还剩{step.remaining}个工作日" if step.remaining else "数满"
    return f"{_day(step.day)}：工作日，{left}{_note(step)}"


def _rolled(step: Step) -> str:
    return f"应于{_moment(step.until)}前完成" if step.until else ""


def _extended(step: Step) -> str:
    return f"暂停期间占用工作时间{seconds_in_chinese(step.seconds)}，顺延"


def _due(step: Step) -> str:
    return f"到期：{_moment(step.until)}" if step.until else ""


_LINES: dict[StepKind, Callable[[Step], str]] = {
    "counted": _counted,
    "paused": _paused,
    "first_day": _first_day,
    "workday": _workday,
    "rolled": _rolled,
    "extended": _extended,
    "due": _due,
}


def _note(step: Step) -> str:
    return f"（{step.why}）" if step.why else ""


def _days(steps: Sequence[Step]) -> str:
    first, last = steps[0].day, steps[-1].day
    return _day(first) if first == last else f"{_day(first)}至{_day(last)}"


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"


def _moment(at: datetime) -> str:
    return f"{at.year}年{_day(at.date())}{_time(at)}"


def _time(at: datetime) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


def _interval(step: Step) -> str:
    if step.since is None or step.until is None:
        return _day(step.day)
    since, until = step.since, step.until
    same = since.date() == until.date()
    return (
        f"{_day(since.date())}{_time(since)}至{_time(until) if same else _day(until.date()) + _time(until)}"
    )
