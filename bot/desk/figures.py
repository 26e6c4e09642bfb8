"""What a period looked like: promises kept and broken per stage, computed from targets and the log, never counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from bot.desk.clockwork import standing
from bot.desk.ports import Tx
from bot.desk.records import TargetFilter
from bot.domain.ticket import Target, Ticket, TicketEvent
from bot.domain.words import EventType

_BEGINNINGS = frozenset({EventType.OPENED, EventType.REOPENED})


class StageFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One stage in a period; times are from the start of the clock to its meeting, plain elapsed."""

    stage: str
    kept: int
    broken: int
    running: int
    fastest: timedelta | None
    slowest: timedelta | None

    @property
    def rate(self) -> float | None:
        """Share of decided promises that were kept."""
        decided = self.kept + self.broken
        return self.kept / decided if decided else None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """A period's figures for the contracts asked for."""

    opened: int
    closed: int
    open_now: int
    stages: tuple[StageFigures, ...]
    broken: tuple[tuple[Ticket, Target], ...]


def figures(tx: Tx, contracts: Sequence[str], since: datetime, until: datetime) -> Figures:
    """The figures of what was received in [since, until); a reopened ticket counts where it was reopened."""
    wanted = set(contracts)
    begun = [(t, start) for t, start in started(tx, since, until) if t.contract in wanted]
    tickets = list({t.id: t for t, _ in begun}.values())
    pairs = [(t, x) for t, start in begun for x in tx.targets.of_ticket(t.id, start.cycle) if _counts(x)]
    stages = dict.fromkeys(target.stage for _, target in pairs)
    return Figures(
        opened=len(tickets),
        closed=sum(t.closed for t in tickets),
        open_now=sum(not t.closed for t in tickets),
        stages=tuple(_stage(stage, [x for _, x in pairs if x.stage == stage]) for stage in stages),
        broken=tuple((t, x) for t, x in pairs if x.state == "breached"),
    )


def started(tx: Tx, since: datetime, until: datetime) -> Iterator[tuple[Ticket, TicketEvent]]:
    """Every cycle of a ticket that began in [since, until), with the entry of the log that says so."""
    for event in tx.events.between(since, until):
        ticket = tx.tickets.get(event.ticket) if event.type in _BEGINNINGS else None
        if ticket is not None:
            yield ticket, event


def _counts(target: Target) -> bool:
    """Whether it says anything of a promise: not one that was spared, nor one whose time nobody has chosen yet."""
    return target.state != "cancelled" and (target.started_at is not None or target.state != "open")


def _stage(stage: str, targets: list[Target]) -> StageFigures:
    times = [t.met_at - t.started_at for t in targets if t.met_at and t.started_at]
    return StageFigures(
        stage=stage,
        kept=sum(t.state == "met" for t in targets),
        broken=sum(t.state == "breached" for t in targets),
        running=sum(t.state == "open" for t in targets),
        fastest=min(times, default=None),
        slowest=max(times, default=None),
    )


def overdue(tx: Tx, contracts: Sequence[str], now: datetime) -> list[tuple[Ticket, Target]]:
    """Every promise that is late and still owed, the longest late first."""
    wanted = set(contracts)
    found = [
        (t, x)
        for t, x in tx.targets.find(TargetFilter(overdue_at=now))
        if t.contract in wanted and x.running and not t.closed and x.cycle == t.cycle and not standing(t, x)
    ]
    return sorted(found, key=lambda pair: pair[1].due or now)
