"""Writing a ticket's log: each entry meets the targets it is evidence for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from bot.desk.addressees import one, people_for
from bot.desk.book import Turn, frozen
from bot.desk.clockwork import run_clock, stop_clock
from bot.desk.notices import Notice, tell
from bot.desk.wording import clock_time, stage_title
from bot.domain.clocks import breach, meet, met_by
from bot.domain.messages import Purpose
from bot.domain.ticket import Target, Ticket, TicketEvent
from bot.domain.words import HUMAN_ACTS, EventType
from bot.texts import say

_MACHINES = frozenset({"bot", "clock", "opinion"})
_EVIDENCE = HUMAN_ACTS | {EventType.ACKNOWLEDGED}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written down: by whom, on what evidence, and when it happened (default: now)."""

    type: EventType
    actor: str
    at: datetime | None = None
    message: int = 0
    data: dict[str, Any] = {}


def record(turn: Turn, ticket: Ticket, entry: Entry) -> int:
    """Append to the log and meet every running target this is evidence for; the event's id."""
    at = entry.at or turn.now
    event = turn.tx.events.append(
        TicketEvent(
            ticket=ticket.id,
            cycle=ticket.cycle,
            type=entry.type,
            at=at,
            recorded_at=turn.now if entry.at else None,
            actor=entry.actor,
            message=entry.message or (0 if entry.actor in _MACHINES else turn.message),
            data=entry.data,
        )
    )
    if entry.type in _EVIDENCE:
        _meet_targets(turn, ticket, entry.type, _Evidence(event=event, at=at))
    return event


class _Evidence(msgspec.Struct, frozen=True, kw_only=True):
    event: int
    at: datetime


def _meet_targets(turn: Turn, ticket: Ticket, kind: EventType, evidence: _Evidence) -> None:
    terms = frozen(turn, ticket.terms)
    for target in turn.tx.targets.of_ticket(ticket.id, ticket.cycle):
        if target.running and kind in met_by(terms, target):
            done = meet(target, evidence.at, evidence.event, turn.now)
            turn.tx.targets.save(done)
            stop_clock(turn, done)
            if done.breached_at and not target.breached_at:
                _found_late(turn, ticket, done)


def breached(turn: Turn, ticket: Ticket, target: Target) -> None:
    """Write down that a promise broke: at its deadline, with the time it was found out."""
    record(
        turn,
        ticket,
        Entry(
            type=EventType.BREACHED,
            actor="clock",
            at=target.breached_at,
            data={"stage": target.stage, "policy": target.policy, "target": target.id},
        ),
    )


def _found_late(turn: Turn, ticket: Ticket, target: Target) -> None:
    """Broken before any timer could say so, as after an outage: no promise breaks in silence all the same."""
    breached(turn, ticket, target)
    terms = frozen(turn, ticket.terms)
    text = say(
        "timer.found_late",
        number=ticket.number,
        contract=terms.contract_title,
        stage=stage_title(target.stage),
        due=clock_time(target.due or turn.now, terms.zone, turn.now),
    )
    for person in people_for(turn, ticket, "supervisor"):
        key = f"breach:{target.id}:{person.id}"
        notice = Notice(key=key, purpose=Purpose.ESCALATE, text=text, ticket=ticket.id, target=target.id)
        tell(turn, one(turn, ticket, person), notice)


def cancel_targets(turn: Turn, ticket: Ticket) -> None:
    """Nobody owes anything any more; what is late already is broken, whether a timer has said so yet or not."""
    for target in turn.tx.targets.of_ticket(ticket.id, ticket.cycle):
        if not target.running:
            continue
        stop_clock(turn, target)
        if target.breached_at is None and target.due is not None and target.due < turn.now:
            late = breach(target, turn.now)
            turn.tx.targets.save(late)
            _found_late(turn, ticket, late)
        elif target.breached_at is None:
            turn.tx.targets.save(replace(target, cancelled_at=turn.now))


def restart_clocks(turn: Turn, ticket: Ticket) -> None:
    """Set the timers of every running target anew, after a pause; ladders of broken ones go on as they were."""
    for target in turn.tx.targets.of_ticket(ticket.id, ticket.cycle):
        if target.running and not target.breached_at:
            run_clock(turn, ticket, target)
