"""A clock that stands still, moves when told, and lets background loops really wait for it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.clock import DrillClock

if TYPE_CHECKING:
    from bot.clock import Bell

TURNS = 25  # of the event loop, that a pause takes
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class MovableClock(DrillClock):
    """Unlike a drill's clock it does not jump to whatever somebody waits for."""

    def __init__(self, start: datetime = START) -> None:
        super().__init__(start)
        self._sleepers: dict[Bell, datetime] = {}

    def advance_to(self, at: datetime) -> None:
        """Move to `at` and wake everyone whose time has come."""
        super().advance_to(at)
        for bell, until in tuple(self._sleepers.items()):
            if until <= self.now():
                bell.ring()

    def forward(self, **by: float) -> None:
        """Move by so many seconds, minutes, hours or days."""
        self.advance_to(self.now() + timedelta(**by))

    async def wait(self, until: datetime | None, bell: Bell) -> None:
        """Return when the clock has been moved to `until`, or the bell rings."""
        if until is not None and until <= self.now():
            return
        if until is not None:
            self._sleepers[bell] = until
        try:
            await bell.heard()
        finally:
            self._sleepers.pop(bell, None)

    async def sleep(self, seconds: float) -> None:
        """Move on, and let others run."""
        self.forward(seconds=seconds)
        await asyncio.sleep(0)


class ImpatientClock(MovableClock):
    """Lets pauses of up to a minute pass at once (back-off, polling for a lease), and waits for the others."""

    async def wait(self, until: datetime | None, bell: Bell) -> None:
        """Jump over a short pause once everybody else has had some turns; really wait for a long one."""
        if until is not None and until - self.now() <= timedelta(minutes=1):
            for _ in range(TURNS):
                await asyncio.sleep(0)
            self.advance_to(until)
        else:
            await super().wait(until, bell)
