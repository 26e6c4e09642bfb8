"""The demo's fast-forward: the clock jumps from one due moment to the next, so nothing comes late on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.clock import Bell, Clock
from bot.desk.ports import Store
from bot.web.pulse import at_rest, next_due

AHEAD = "demo.ahead"  # the key under which the database keeps how far the clock has been moved
MOST = timedelta(days=40)
_STEPS = 5000
_PATIENCE = 100  # looks at the queues, a commit or a second apart
_SECOND = timedelta(seconds=1)

Advance = Callable[[timedelta], None]


class Forward:
    """Moves the clock of a demo, and keeps how far, so that a restart goes on where it was."""

    def __init__(self, store: Store, clock: Clock, advance: Advance) -> None:
        self.bell = Bell()  # to be rung at every commit
        self.ahead = timedelta(0)
        self._store = store
        self._clock = clock
        self._advance = advance
        self._one_at_a_time = asyncio.Lock()

    async def restore(self) -> None:
        """Go on from where the clock stood when the demo was last stopped."""
        kept = await self._store.read(lambda tx: tx.state.load(AHEAD))
        if kept:
            self._move(timedelta(seconds=float(kept)))

    async def by(self, step: timedelta) -> None:
        """Let that much time pass; everything due on the way happens at its own moment."""
        async with self._one_at_a_time:
            await self._pass(self._clock.now() + min(step, MOST))

    async def to_next(self) -> bool:
        """Go to the moment at which something is due next; False where nothing is."""
        async with self._one_at_a_time:
            await self._rest()
            due = await self._store.read(next_due)
            if due is None:
                return False
            await self._pass(due)
            return True

    async def _pass(self, until: datetime) -> None:
        for _ in range(_STEPS):
            await self._rest()
            due = await self._store.read(next_due)
            if due is None or due > until:
                break
            self._move(due - self._clock.now())
        self._move(until - self._clock.now())
        await self._rest()
        ahead = str(self.ahead.total_seconds())
        await self._store.write(lambda tx: tx.state.save(AHEAD, ahead))

    def _move(self, step: timedelta) -> None:
        if step > timedelta(0):
            self._advance(step)
            self.ahead += step

    async def _rest(self) -> None:
        """Wait until the engines have done what is due now."""
        for _ in range(_PATIENCE):
            now = self._clock.now()
            if await self._store.read(lambda tx, now=now: at_rest(tx, now)):  # type: ignore[misc]
                return
            await self._clock.wait(now + _SECOND, self.bell)
