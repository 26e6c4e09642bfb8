"""How the desk is doing, as read from the database: what waits, and for how long it has been due."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from bot.desk.ports import Tx

_DAY = timedelta(days=1)


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds by which the oldest unhandled thing is late; 0 where nothing is."""

    inbox_lag: float
    timer_lag: float
    outbox_lag: float
    sending: int


def pulse(tx: Tx, now: datetime) -> Pulse:
    """The state of the three queues at `now`."""
    waiting = tx.inbox.pending(1, now)
    return Pulse(
        inbox_lag=_late(waiting[0].received_at if waiting else None, now),
        timer_lag=_late(tx.timers.next_at(), now),
        outbox_lag=_late(tx.outbox.next_at(), now),
        sending=len(tx.outbox.expired(now + _DAY)),
    )


def _late(due: datetime | None, now: datetime) -> float:
    return max(0.0, (now - due).total_seconds()) if due else 0.0


def at_rest(tx: Tx, now: datetime) -> bool:
    """Whether nothing is left to do at this instant."""
    nothing_due = all(due is None or due > now for due in (tx.timers.next_at(), tx.outbox.next_at()))
    return nothing_due and not tx.inbox.pending(1, now) and not tx.outbox.expired(now + _DAY)


def next_due(tx: Tx) -> datetime | None:
    """When anything is to happen next."""
    times = (tx.timers.next_at(), tx.outbox.next_at(), tx.inbox.next_at())
    return min((t for t in times if t), default=None)
