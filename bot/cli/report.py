"""`report --month 2026-02`: promises kept and broken per stage and contract, each with its evidence in the log."""

from __future__ import annotations

import argparse
import asyncio
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from bot.cli import place
from bot.cli.faults import UsageError
from bot.cli.table import table
from bot.desk.figures import started
from bot.desk.ports import Tx
from bot.desk.wording import duration, stage_title
from bot.domain.ticket import Target, Ticket, TicketEvent
from bot.domain.words import EventType
from bot.storage import SqlStore
from bot.texts import say

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One promise and its evidence.

    said: id and time of the requester's message that started it. met_event, met_message: ids of the log entry,
    and of the message behind it, that met it. sound: the log bears it out.
    """

    contract: str
    ticket: str
    cycle: int
    stage: str
    within: str
    started_at: datetime | None
    due: datetime | None
    state: str
    met_at: datetime | None
    breached_at: datetime | None
    said: int
    said_at: datetime
    met_event: int
    met_message: int
    actor: str
    sound: bool


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One stage of one contract in the month; times in seconds from the start of the clock to its meeting."""

    contract: str
    stage: str
    kept: int
    broken: int
    running: int
    fastest: float | None
    slowest: float | None


def arguments(parser: argparse.ArgumentParser) -> None:
    """--month --contract --zone --json, and which database."""
    parser.add_argument("--month", required=True, help="e.g. 2026-02: what was received in it")
    parser.add_argument("--contract", help="only this one")
    parser.add_argument(
        "--zone", default="Asia/Shanghai", help="in which the month begins (default Asia/Shanghai)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    place.arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print the month; 1 where the log does not bear a figure out."""
    since, until = month(args.month, args.zone)
    lines = asyncio.run(_read(str(place.database(args)), since, until))
    lines = [line for line in lines if args.contract in {None, line.contract}]
    stages = figures(lines)
    if args.json:
        report = {"month": args.month, "zone": args.zone, "stages": stages, "promises": lines}
        print(msgspec.json.encode(report).decode())
    else:
        print("\n".join(_text(args, stages, lines)))
    return 0 if all(line.sound for line in lines) else 1


def month(text: str, zone: str) -> tuple[datetime, datetime]:
    """The first instant of a month and of the next. Raises UsageError."""
    found = _MONTH.fullmatch(text)
    if not found or found[1] == "0000":
        raise UsageError(f"--month: {text!r} is no month; write one such as 2026-02")
    try:
        tz = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise UsageError(f"--zone: {zone!r} is no time zone; write one such as Asia/Shanghai") from None
    year, number = int(found[1]), int(found[2])
    return datetime(year, number, 1, tzinfo=tz), datetime(year + number // 12, number % 12 + 1, 1, tzinfo=tz)


async def _read(url: str, since: datetime, until: datetime) -> list[Line]:
    store = await SqlStore.open(url)
    try:
        return await store.read(lambda tx: list(promises(tx, since, until)))
    finally:
        await store.close()


def promises(tx: Tx, since: datetime, until: datetime) -> Iterator[Line]:
    """Every promise that a requester's message of [since, until) started; a reopened ticket counts anew."""
    for ticket, start in started(tx, since, until):
        events = tx.events.of_ticket(ticket.id)
        for target in tx.targets.of_ticket(ticket.id, start.cycle):
            yield _line(ticket, target, start, events)


def _line(ticket: Ticket, target: Target, start: TicketEvent, events: Sequence[TicketEvent]) -> Line:
    met = next((e for e in events if e.id == target.met_by), None) if target.met_at else None
    return Line(
        contract=ticket.contract,
        ticket=ticket.number,
        cycle=target.cycle,
        stage=target.stage,
        within=target.within,
        started_at=target.started_at,
        due=target.due,
        state=target.state,
        met_at=target.met_at,
        breached_at=target.breached_at,
        said=start.message,
        said_at=start.at,
        met_event=met.id if met else 0,
        met_message=met.message if met else 0,
        actor=met.actor if met else "",
        sound=_sound(target, met, events),
    )


def _sound(target: Target, met: TicketEvent | None, events: Sequence[TicketEvent]) -> bool:
    """Whether the append-only log says the same as the promise's row."""
    if target.met_at and (met is None or met.at != target.met_at):
        return False
    if target.state == "met":
        return target.due is None or (target.met_at is not None and target.met_at <= target.due)
    if target.state == "breached" and not target.met_at:
        return any(e.type is EventType.BREACHED and e.data.get("stage") == target.stage for e in events)
    return True


def figures(lines: Sequence[Line]) -> list[Stage]:
    """Kept and broken promises per contract and stage."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.contract, line.stage), []).append(line)
    return [_stage(contract, stage, group) for (contract, stage), group in sorted(groups.items())]


def _stage(contract: str, stage: str, lines: Sequence[Line]) -> Stage:
    times = [(x.met_at - x.started_at).total_seconds() for x in lines if x.met_at and x.started_at]
    return Stage(
        contract=contract,
        stage=stage,
        kept=sum(x.state == "met" for x in lines),
        broken=sum(x.state == "breached" for x in lines),
        running=sum(x.state == "open" for x in lines),
        fastest=min(times, default=None),
        slowest=max(times, default=None),
    )


def _text(args: argparse.Namespace, stages: Sequence[Stage], lines: Sequence[Line]) -> Iterator[str]:
    yield say("report.head", month=args.month, zone=args.zone)
    if not lines:
        yield say("report.none")
        return
    yield from table([_words("report.stage_head"), *(_stage_row(stage) for stage in stages)])
    yield ""
    yield say("report.evidence")
    zone = ZoneInfo(args.zone)
    yield from table([_words("report.line_head"), *(_line_row(line, zone) for line in lines)])
    bad = [line for line in lines if not line.sound]
    yield ""
    yield say("report.unsound", count=len(bad)) if bad else say("report.sound", count=len(lines))


def _words(key: str) -> list[str]:
    return say(key).split("|")


def _stage_row(stage: Stage) -> list[str]:
    decided = stage.kept + stage.broken
    rate = f"{stage.kept / decided:.1%}" if decided else "—"
    counts = [str(stage.kept), str(stage.broken), str(stage.running)]
    return [
        stage.contract,
        stage_title(stage.stage),
        *counts,
        rate,
        _span(stage.fastest),
        _span(stage.slowest),
    ]


def _span(seconds: float | None) -> str:
    return "—" if seconds is None else duration(timedelta(seconds=seconds))


def _line_row(line: Line, zone: ZoneInfo) -> list[Any]:
    met = say("report.met", event=line.met_event, message=line.met_message or "—") if line.met_event else "—"
    said = say("report.said", message=line.said or "—", at=_at(line.said_at, zone))
    return [
        line.ticket,
        stage_title(line.stage),
        said,
        _at(line.due, zone),
        _at(line.met_at, zone),
        say(f"target.{line.state}") + ("" if line.sound else " ✗"),
        met,
    ]


def _at(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%m-%d %H:%M:%S}" if at else "—"
