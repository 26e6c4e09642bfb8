"""`run_bot.py deadlines` on JSON lines: one question a line in, one answer a line out, in order.

A bidder checks a whole table of promises with it. A bad line gets an error that names the key and
says why; it never stops the run.
"""

import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import IO, Any

from bot.cli import question_keys as keys
from bot.cli.question_keys import MAX_LINE, Question
from bot.domain.calendar import (
    CalendarError,
    Pause,
    Span,
    WorkCalendar,
    deadline,
    elapsed,
    find_zone,
    is_workday,
    next_open,
    shift,
)
from bot.domain.span import MAX_SECONDS, SpanKind


def answer_line(line: str) -> str:
    """Answer one question as one line of JSON, without its newline: `{"id","answer"}` or `{"id","error"}`."""
    question: Question = {}
    try:
        question = keys.read_question(line)
        return _json(question.get("id"), "answer", answer(question))
    except CalendarError as error:
        return _json(question.get("id") if question else keys.find_id(line), "error", str(error))


def answer(question: Question) -> str | int:
    """Answer a question that has been read; a time is ISO 8601 in the calendar's zone, in whole seconds."""
    keys.refuse_misspelt(question)
    operation = keys.text(question, "op")
    if operation not in _OPERATIONS:
        raise CalendarError("op", f"{operation[:40]!r} is not known; ask one of {', '.join(_OPERATIONS)}")
    calendar = keys.calendar(question)
    found = _OPERATIONS[operation](calendar, question)
    return found.astimezone(find_zone(calendar.zone)).isoformat() if isinstance(found, datetime) else found


def run(stdin: IO[Any], stdout: IO[Any]) -> None:
    """Answer every line of a stream as it comes, in UTF-8 whatever the locale says."""
    source, sink = getattr(stdin, "buffer", stdin), getattr(stdout, "buffer", stdout)
    for line in _lines(source):
        reply = answer_line(line) + "\n"
        sink.write(reply if isinstance(sink, io.TextIOBase) else reply.encode())
        sink.flush()


def _deadline(calendar: WorkCalendar, question: Question) -> datetime:
    seconds, workdays = keys.target(question, "target_seconds"), keys.target(question, "target_workdays")
    if seconds is not None and workdays is not None:
        raise CalendarError("target_workdays", "stands beside target_seconds; give only one of them")
    if seconds is None and workdays is None:
        raise CalendarError("target_seconds", "is missing; give it, or target_workdays, as a whole number")
    return _due(calendar, question, "workdays" if seconds is None else "seconds")


def _workdays(calendar: WorkCalendar, question: Question) -> datetime:
    return _due(calendar, question, "workdays")


def _workdays_eod(calendar: WorkCalendar, question: Question) -> datetime:
    return _due(calendar, question, "workdays_eod")


def _due(calendar: WorkCalendar, question: Question, kind: SpanKind) -> datetime:
    key = "target_seconds" if kind == "seconds" else "target_workdays"
    amount = keys.target(question, key)
    if amount is None:
        raise CalendarError(key, "is missing; give a whole number greater than zero")
    start, pauses = keys.moment(question, "start"), keys.pauses(question)
    try:
        return deadline(calendar, start, Span(kind=kind, amount=amount), pauses)
    except CalendarError as error:
        raise CalendarError(key if error.key == "span" else error.key, error.why) from None


def _level(calendar: WorkCalendar, question: Question) -> datetime:
    offset = keys.whole(question, "level_offset_seconds")
    if offset is None:
        raise CalendarError("level_offset_seconds", "is missing; give a whole number, negative for a warning")
    if abs(offset) > MAX_SECONDS:
        raise CalendarError("level_offset_seconds", f"must be within 50 years, but is {str(offset)[:24]}")
    return shift(calendar, _deadline(calendar, question), offset, keys.pauses(question))


def _elapsed(calendar: WorkCalendar, question: Question) -> int:
    start, end = keys.moment(question, "start"), keys.moment(question, "end")
    pauses: tuple[Pause, ...] = keys.pauses(question)
    return elapsed(calendar, start, end, pauses)


def _next_open(calendar: WorkCalendar, question: Question) -> datetime:
    return next_open(calendar, keys.moment(question, "start"))


def _is_workday(calendar: WorkCalendar, question: Question) -> bool:
    return is_workday(calendar, keys.moment(question, "start"))


_OPERATIONS: dict[str, Callable[[WorkCalendar, Question], datetime | int]] = {
    "deadline": _deadline,
    "elapsed": _elapsed,
    "next_open": _next_open,
    "workdays": _workdays,
    "workdays_eod": _workdays_eod,
    "level": _level,
    "is_workday": _is_workday,
}


def _json(identity: Any, key: str, value: str | int) -> str:
    reply = {"id": identity, key: value}
    try:
        written = json.dumps(reply, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError):
        # NaN and the like are no JSON and cannot be echoed.
        written = json.dumps({**reply, "id": None}, ensure_ascii=False)
    return written if written.isprintable() else json.dumps(json.loads(written))


def _lines(source: IO[Any]) -> Iterator[str]:
    """Read lines of bytes or text without ever holding more than one line's limit."""
    while line := source.readline(MAX_LINE + 1):
        tail = line
        while len(line) > MAX_LINE and tail[-1:] not in ("\n", b"\n") and tail:
            tail = source.readline(MAX_LINE + 1)
        yield line if isinstance(line, str) else _decoded(line)


def _decoded(line: bytes) -> str:
    """Keep bytes that are no UTF-8 recognisable, and an overlong line overlong."""
    return line.decode("latin-1" if len(line) > MAX_LINE else "utf-8", errors="surrogateescape")
