"""What a drill shows: the timeline, the tickets, the promises, and what was not as expected."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from bot.desk.ports import Tx
from bot.desk.records import TicketFilter
from bot.desk.wording import duration, stage_title
from bot.domain.ticket import Target, Ticket, TicketEvent
from bot.domain.words import STAGES
from bot.texts import say

if TYPE_CHECKING:
    from bot.cli.drill_run import Stage

_MARK = {"in": "→", "out": "←", "event": "·"}
_PLAIN = 400


class Line(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from"}):
    """One line of the timeline. `at` is the instant; `time` in the report is seconds since the start."""

    at: datetime
    direction: Literal["in", "out", "event"]
    sender: str = ""
    to: str = ""
    text: str = ""
    mentions: tuple[str, ...] = ()
    ticket: str = ""
    event: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a drill, JSON-able as DESIGN's drill format says."""

    title: str
    start: datetime
    zone: str
    passed: bool
    timeline: tuple[Line, ...]
    tickets: tuple[dict[str, Any], ...]
    targets: tuple[dict[str, Any], ...]
    failures: tuple[str, ...]

    def to_json(self) -> bytes:
        """One JSON object."""
        return msgspec.json.encode(
            {
                "title": self.title,
                "passed": self.passed,
                "timeline": [self._line(line) for line in self.timeline],
                "tickets": self.tickets,
                "targets": self.targets,
                "failures": self.failures,
            }
        )

    def _line(self, line: Line) -> dict[str, Any]:
        local = line.at.astimezone(ZoneInfo(self.zone))
        since = round((line.at - self.start).total_seconds())
        shown: dict[str, Any] = msgspec.to_builtins(line)
        return shown | {"at": since, "time": local.isoformat()}

    def to_text(self) -> str:
        """For people: what happened, when, and whether it was as it should be."""
        zone = ZoneInfo(self.zone)
        head = f"{self.title}　（{self.start.astimezone(zone):%Y-%m-%d %H:%M}）"
        lines = [_shown(line, self.start, zone) for line in self.timeline]
        promises = [_promise(t, zone) for t in self.targets]
        verdict = [f"✗ {failure}" for failure in self.failures] or [say("drill.passed")]
        return "\n".join([head, *lines, "", *promises, "", *verdict])


def _shown(line: Line, start: datetime, zone: ZoneInfo) -> str:
    local = line.at.astimezone(zone)
    since = duration(line.at - start)
    who = line.sender if line.direction == "in" else line.to
    text = line.text.replace("\n", "\n" + " " * 26)
    if line.direction == "event":
        what = f"{say(f'event.{line.event}')} {stage_title(text) if text in STAGES else text}".rstrip()
        return f"{local:%d日 %H:%M:%S} +{since:<8}{_MARK['event']} {line.ticket} {what}"
    ping = " @" + " @".join(line.mentions) if line.mentions else ""
    return f"{local:%d日 %H:%M:%S} +{since:<8}{_MARK[line.direction]} {who}{ping}：{text}"


def _promise(target: dict[str, Any], zone: ZoneInfo) -> str:
    due = datetime.fromisoformat(target["due"]).astimezone(zone) if target["due"] else None
    return say(
        "drill.promise",
        ticket=target["ticket"],
        stage=stage_title(target["stage"]),
        due=f"{due:%m-%d %H:%M:%S}" if due else "—",
        state=say(f"target.{target['state']}"),
    )


async def report(stage: Stage) -> Report:
    """Everything the database and the phones know at the end."""
    zone = stage.app.shelf.book.of("").zone

    def read(tx: Tx) -> tuple[list[Ticket], list[TicketEvent], list[Target]]:
        tickets = sorted(tx.tickets.find(TicketFilter(limit=100_000)), key=lambda t: t.id)
        events = [e for t in tickets for e in tx.events.of_ticket(t.id)]
        return tickets, events, [x for t in tickets for x in tx.targets.of_ticket(t.id)]

    tickets, events, targets = await stage.store.read(read)
    numbers = {t.id: t.number for t in tickets}
    lines = [*stage.lines, *(_sent(stage, numbers)), *(_event(e, numbers) for e in events)]
    order = {"in": 0, "event": 1, "out": 2}
    return Report(
        title=stage.script.title,
        start=stage.script.start,
        zone=zone,
        passed=not stage.failures,
        timeline=tuple(sorted(lines, key=lambda line: (line.at, order[line.direction]))),
        tickets=tuple(_ticket(t) for t in tickets),
        targets=tuple(_target(t, numbers, zone) for t in targets),
        failures=tuple(stage.failures),
    )


def _sent(stage: Stage, numbers: dict[int, str]) -> list[Line]:
    lines = []
    for record in stage.records():
        ticket = next((n for n in numbers.values() if n in record.message.text), "")
        lines.append(
            Line(
                at=record.at,
                direction="out",
                sender="bot",
                to=stage.audience(record),
                text=record.message.text[:_PLAIN],
                mentions=tuple(m.person for m in record.message.mentions),
                ticket=ticket,
            )
        )
    return lines


def _event(event: TicketEvent, numbers: dict[int, str]) -> Line:
    text = str(event.data.get("stage", "") or event.data.get("words", "") or event.data.get("outcome", ""))
    return Line(
        at=event.recorded_at or event.at,
        direction="event",
        sender=event.actor,
        text=text,
        ticket=numbers[event.ticket],
        event=event.type.value,
    )


def _ticket(ticket: Ticket) -> dict[str, Any]:
    return {
        "number": ticket.number,
        "kind": ticket.kind,
        "category": ticket.category,
        "severity": ticket.severity.value,
        "status": ticket.status.value,
        "assignee": ticket.assignee,
        "cycle": ticket.cycle,
    }


def _target(target: Target, numbers: dict[int, str], zone: str) -> dict[str, Any]:
    def shown(at: datetime | None) -> str | None:
        return at.astimezone(ZoneInfo(zone)).isoformat() if at else None

    return {
        "ticket": numbers[target.ticket],
        "cycle": target.cycle,
        "stage": target.stage,
        "policy": target.policy,
        "due": shown(target.due),
        "met_at": shown(target.met_at),
        "breached_at": shown(target.breached_at),
        "detected_at": shown(target.detected_at),
        "state": target.state,
    }
