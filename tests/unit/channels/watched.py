"""A clock that is moved by hand and knows who waits for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.standins.movable import MovableClock

if TYPE_CHECKING:
    from datetime import datetime

    from bot.clock import Bell


class WatchedClock(MovableClock):
    """Lets a test wait until so many wait for the clock."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = 0
        self._changed = asyncio.Condition()

    async def wait(self, until: datetime | None, bell: Bell) -> None:
        async with self._changed:
            self._waiting += 1
            self._changed.notify_all()
        await super().wait(until, bell)
        self._waiting -= 1

    async def somebody_waits(self, count: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._waiting >= count)
