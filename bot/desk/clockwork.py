"""From targets to durable timers: each running target has one, at the next thing to happen on its way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from bot.desk.book import Turn, frozen
from bot.domain.calendar import Pause
from bot.domain.clocks import Step, next_step, pauses_of, start_targets, steps
from bot.domain.ticket import Target, Ticket, Timer
from bot.domain.words import EventType


def start_clocks(turn: Turn, ticket: Ticket, targets: Sequence[Target] | None = None) -> list[Target]:
    """Start these clocks, or every one promised for a new ticket or cycle; the targets with their ids."""
    fresh = start_targets(frozen(turn, ticket.terms), ticket) if targets is None else targets
    targets = turn.tx.targets.add_all(fresh)
    timers = [_timer(ticket, target, climb_of(turn, ticket, target), 0) for target in targets]
    turn.tx.timers.set(
        *(replace(t, at=max(t.at, turn.now)) for t in timers if t), *_unreckoned(turn, targets)
    )
    return targets


def _unreckoned(turn: Turn, targets: Sequence[Target]) -> list[Timer]:
    """Clocks that run but whose due time the calendar cannot tell: an alarm, at once."""
    unknown = [t for t in targets if t.started_at and t.due is None]
    return [Timer(at=turn.now, kind="reckon", ticket=t.ticket, target=t.id) for t in unknown]


def climb_of(turn: Turn, ticket: Ticket, target: Target) -> list[Step]:
    """Everything that happens on a target's way, in order."""
    pauses: tuple[Pause, ...] = pauses_of(ticket, turn.now) if target.pausable else ()
    return steps(frozen(turn, ticket.terms), target, pauses)


def _timer(ticket: Ticket, target: Target, climb: list[Step], index: int) -> Timer | None:
    """The timer of that step; None where the way has ended, or stands still."""
    if index >= len(climb) or standing(ticket, target):
        return None
    return Timer(at=climb[index].at, kind="target", ticket=ticket.id, target=target.id, step=index)


def standing(ticket: Ticket, target: Target) -> bool:
    """Whether a pause holds this clock; the ladder of one that is broken already is climbed on."""
    return target.pausable and ticket.paused and target.breached_at is None


def run_clock(turn: Turn, ticket: Ticket, target: Target, step: int | None = None) -> None:
    """Set the timer of a running target anew: at that step of its way, else at the first still to come."""
    stop_clock(turn, target)
    climb = climb_of(turn, ticket, target)
    timer = _timer(ticket, target, climb, _coming(climb, target, turn.now) if step is None else step)
    if timer:
        turn.tx.timers.set(replace(timer, at=max(timer.at, turn.now)))


def _coming(climb: Sequence[Step], target: Target, now: datetime) -> int:
    """The first step still to come; a breach nobody has written down yet is never stepped over."""
    ahead = next_step(climb, now)
    if target.breached_at:
        return ahead
    return min(ahead, next((n for n, step in enumerate(climb) if step.what == "breach"), ahead))


def stop_clock(turn: Turn, target: Target) -> None:
    """Nothing more happens on this target's way."""
    turn.tx.timers.clear(target.ticket, target=target.id)


def holder(turn: Turn, ticket: Ticket) -> str:
    """Who said of themselves that they have it; "" where it was only given to somebody, or given back."""
    passing = {EventType.TAKEN, EventType.TRANSFERRED, EventType.HANDED_OVER, EventType.RELEASED}
    log = [e for e in turn.tx.events.of_ticket(ticket.id) if e.cycle == ticket.cycle and e.type in passing]
    return log[-1].actor if log and log[-1].type == EventType.TAKEN else ""


def taken_at(turn: Turn, ticket: Ticket) -> datetime | None:
    """When somebody took this cycle of the ticket; None while nobody has."""
    log = turn.tx.events.of_ticket(ticket.id)
    return next((e.at for e in reversed(log) if e.type == EventType.TAKEN and e.cycle == ticket.cycle), None)
