"""The keys of a deadline question, read and checked one by one. A CalendarError names the key and why."""

import json
import math
import re
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from bot.domain.calendar import ALWAYS, CN_OFFICE, CalendarError, CalendarText, Pause, WorkCalendar, find_zone
from bot.domain.calendar import parse_calendar as parse
from bot.domain.hours import parse_days, parse_special_hours

Question = dict[str, Any]

KEYS = (
    "id", "op", "start", "end", "tz", "hours", "calendar", "holidays", "extra_workdays", "special_hours",
    "pauses", "target_seconds", "target_workdays", "level_offset_seconds",
)  # fmt: skip
MAX_LINE = 1_000_000
MAX_PAUSES = 10_000

_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2}|\d{8})[Tt ]\d{2}(:?\d{2}(:?\d{2}([.,]\d+)?)?)?"
    r"(?P<offset>[Zz]|[+-]\d{2}(:?\d{2}){0,2})?",
    re.ASCII,
)
_ID = re.compile(r'"id"\s*:\s*("(?:[^"\\]|\\.){0,200}"|-?\d{1,18}(?![\d.eE]))')


def read_question(line: str) -> Question:
    """Read one line; a CalendarError with key `line` says why it is no question."""
    if len(line) > MAX_LINE:
        raise CalendarError("line", f"has more than {MAX_LINE} characters; ask fewer things at once")
    if not line.isascii() and not _is_utf8(line):
        raise CalendarError("line", "is not UTF-8; write the file in UTF-8")
    try:
        question = json.loads(line.lstrip("\ufeff"), object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        what = f"{error.msg} at character {error.pos + 1}" if line.strip() else "it is empty"
        raise CalendarError("line", f"is not JSON: {what}") from None
    except RecursionError:
        raise CalendarError("line", "is nested too deeply to be a question") from None
    except CalendarError:
        raise
    except ValueError as error:
        raise CalendarError("line", f"is not JSON that can be read: {error}") from None
    if not isinstance(question, dict):
        raise CalendarError(
            "line", f"must be a JSON object with keys such as op and start, not {kind(question)}"
        )
    return question


def _is_utf8(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def find_id(line: str) -> Any:
    """Find the id in a line that could not be read, so that its error can be matched to it; else None."""
    found = _ID.search(line[:2000])
    try:
        return json.loads(found[1]) if found else None
    except ValueError:
        return None


def refuse_misspelt(question: Question) -> None:
    """Refuse a key that looks like a slip of the pen, whose value would be left out in silence."""
    for key in question:
        if key not in KEYS and (close := get_close_matches(key[:40], KEYS, n=1, cutoff=0.85)):
            raise CalendarError(key[:40], f"is not a key of a question; did you mean {close[0]}?")


def text(question: Question, key: str) -> str:
    """Give the text under a key, "" where there is none."""
    value = question.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise CalendarError(key, f"must be text in quotation marks, not {kind(value)}")
    return value.strip()


def whole(question: Question, key: str) -> int | None:
    """Give the whole number under a key, None where there is none."""
    value = question.get(key)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise CalendarError(key, f"must be a whole number, not {kind(value)}")


def target(question: Question, key: str) -> int | None:
    """Give a target, None where there is none; zero and negative ones promise nothing and are refused."""
    amount = whole(question, key)
    if amount is not None and amount <= 0:
        raise CalendarError(key, f"must be greater than zero, but is {str(amount)[:24]}")
    return amount


def moment(question: Question, key: str) -> datetime:
    """Give the time under a key, which must be there."""
    written = text(question, key)
    if not written:
        raise CalendarError(key, "is missing; give a time such as 2026-03-02T09:00:00+08:00")
    return read_moment(written, key)


def read_moment(written: str, key: str) -> datetime:
    """Read an ISO 8601 time with its offset from UTC."""
    found = _MOMENT.fullmatch(written)
    if not found:
        raise CalendarError(
            key, f"{written[:60]!r} is not an ISO 8601 time such as 2026-03-02T09:00:00+08:00"
        )
    if not found["offset"]:
        raise CalendarError(key, f"{written[:60]!r} has no offset from UTC; write one such as +08:00 or Z")
    try:
        return datetime.fromisoformat(written.upper())
    except ValueError as error:
        raise CalendarError(key, f"{written[:60]!r} is not a time that exists: {error}") from None


def pauses(question: Question) -> tuple[Pause, ...]:
    """Give the pauses: `from/to;from/to`."""
    parts = [part.strip() for part in text(question, "pauses").split(";") if part.strip()]
    if len(parts) > MAX_PAUSES:
        raise CalendarError("pauses", f"there are {len(parts)} of them, more than {MAX_PAUSES}")
    return tuple(_pause(part) for part in parts)


def calendar(question: Question) -> WorkCalendar:
    """Give the question's calendar: written out in `hours`, or one of the product's own by name."""
    zone, hours, name = (text(question, key) for key in ("tz", "hours", "calendar"))
    exceptions = tuple(text(question, key) for key in ("holidays", "extra_workdays", "special_hours"))
    if hours:
        if not zone:
            raise CalendarError("tz", "is missing; opening hours need a time zone such as Asia/Shanghai")
        return _written(zone, hours, exceptions)
    if not name:
        raise CalendarError(
            "hours", "is missing; give hours such as Mon-Fri=09:00-17:30, ALWAYS, or a calendar"
        )
    if name not in (ALWAYS.name, CN_OFFICE.name):
        raise CalendarError(
            "calendar", f"{name[:40]!r} is not known; give always or cn-office, or write out hours"
        )
    return _own(name, zone, exceptions)


def kind(value: object) -> str:
    """Say in words what a JSON value is."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and not math.isfinite(value):
        return "a number that is not finite"
    if isinstance(value, int | float):
        return f"the number {str(value)[:24]}"
    names = {str: "text", list: "a list", dict: "an object", type(None): "null"}
    return names.get(type(value), "something else")


@lru_cache(maxsize=256)
def _written(zone: str, hours: str, exceptions: tuple[str, ...]) -> WorkCalendar:
    closed, extra, special = exceptions
    return parse(
        "question",
        CalendarText(tz=zone, hours=hours, holidays=closed, extra_workdays=extra, special_hours=special),
    )


@lru_cache(maxsize=256)
def _own(name: str, zone: str, exceptions: tuple[str, ...]) -> WorkCalendar:
    base = ALWAYS if name == ALWAYS.name else CN_OFFICE
    if zone and zone != base.zone:
        if base is CN_OFFICE:
            raise CalendarError(
                "tz", f"the calendar cn-office is kept in {base.zone}; leave tz out or write out hours"
            )
        base = replace(base, zone=find_zone(zone).key)
    closed, extra, special = exceptions
    return replace(
        base,
        holidays=parse_days(closed, "holidays"),
        extra_workdays=parse_days(extra, "extra_workdays"),
        special_hours=parse_special_hours(special),
    )


def _pause(written: str) -> Pause:
    since, slash, until = (part.strip() for part in written.partition("/"))
    if not slash:
        raise CalendarError(
            "pauses",
            f"{written[:60]!r} has no '/'; write from/to with times such as 2026-03-02T09:00:00+08:00",
        )
    pause = Pause(since=read_moment(since, "pauses"), until=read_moment(until, "pauses"))
    if pause.until is not None and pause.until < pause.since:
        raise CalendarError("pauses", f"{written[:80]!r} ends before it starts")
    return pause


def _once(pairs: list[tuple[str, Any]]) -> Question:
    """Refuse an object that says a thing twice: nobody could tell which one was meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise CalendarError(
            next(key for key in keys if keys.count(key) > 1)[:40], "is given twice in one question"
        )
    return found
