"""Durable alarms."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import msgspec
from sqlalchemy import bindparam, delete, func, select

from bot.domain.ticket import Timer
from bot.storage.mapping import Mapping
from bot.storage.session import Session
from bot.storage.statements import Statement
from bot.storage.tables import timers

TIMERS = Mapping(Timer, timers)
_SET = TIMERS.upsert("ticket", "kind", "target", "key")
_DUE = Statement(
    select(*TIMERS.columns)
    .where(timers.c.at <= bindparam("now"))
    .order_by(timers.c.at, timers.c.id)
    .limit(bindparam("count")),
    "now",
    "count",
)
_NEXT = Statement(select(func.min(timers.c.at)))
_DONE = Statement(delete(timers).where(timers.c.id == bindparam("row")), "row")
_PUT_OFF = Statement(
    timers.update().where(timers.c.id == bindparam("row")).values(attempts=timers.c.attempts + 1), "row", "at"
)


@cache
def _clear(*names: str) -> Statement:
    return Statement(delete(timers).where(*(timers.c[name] == bindparam(name) for name in names)), *names)


class SqlTimers:
    """`TimerRepo` over SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def set(self, *timers: Timer) -> None:
        """Store them; one with the same (kind, ticket, target, key) is moved.

        A moved timer gets a new id, so that marking the old one done cannot take the new one away.
        """
        take = self._session.ids.take
        replace = msgspec.structs.replace
        self._session.hold(_SET, *(replace(timer, id=take("timers")) for timer in timers))

    def due(self, now: datetime, limit: int) -> list[Timer]:
        """Those whose time has come, earliest first."""
        return self._session.items(TIMERS, _DUE, now, limit)

    def next_at(self) -> datetime | None:
        """When the earliest one is due."""
        at: datetime | None = self._session.value(_NEXT)
        return at

    def done(self, timer: int) -> None:
        """It has been handled."""
        self._session.run(_DONE, timer)

    def put_off(self, timer: int, at: datetime) -> None:
        """Handling it failed: again at that time, attempts counted."""
        self._session.run(_PUT_OFF, timer, at)

    def clear(self, ticket: int, *, target: int | None = None, kind: str | None = None) -> None:
        """Remove the ticket's timers, or only those of a target or a kind."""
        given: dict[str, int | str | None] = {"ticket": ticket, "kind": kind, "target": target}
        given = {name: value for name, value in given.items() if value is not None}
        self._session.run(_clear(*given), *given.values())
