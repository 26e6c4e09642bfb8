"""The only place that reads the time or sleeps."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Bell:
    """Wakes whoever waits for a nearer due time. Rung from the event loop's thread only."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake the waiter, or let its next wait return at once."""
        self._event.set()

    async def heard(self) -> None:
        """Wait until rung, then be quiet again."""
        await self._event.wait()
        self._event.clear()


class Clock(Protocol):
    """Time as the desk sees it."""

    def now(self) -> datetime:
        """The present instant, in UTC."""

    async def wait(self, until: datetime | None, bell: Bell) -> None:
        """Return when `until` has come (never, for None) or the bell rings."""


class SystemClock:
    """Real time, plus what the demo has fast-forwarded."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)
        self._bells: set[Bell] = set()

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC) + self._ahead

    def advance(self, by: timedelta) -> None:
        """Move the demo's time forward and wake everyone who waits; a negative step is refused."""
        if by < timedelta(0):
            raise ValueError("time can only be moved forward")
        self._ahead += by
        for bell in self._bells:
            bell.ring()

    async def wait(self, until: datetime | None, bell: Bell) -> None:
        """Return when `until` has come (never, for None) or the bell rings."""
        self._bells.add(bell)
        seconds = None if until is None else max(0.0, (until - self.now()).total_seconds())
        try:
            with suppress(TimeoutError):
                # Not wait_for: in 3.11 it can lose a cancellation that comes together with the bell.
                async with asyncio.timeout(seconds):
                    await bell.heard()
        finally:
            self._bells.discard(bell)

    async def sleep(self, seconds: float) -> None:
        """Pause real time, for back-off between network calls."""
        await asyncio.sleep(seconds)


class DrillClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return self._now

    def advance_to(self, at: datetime) -> None:
        """Move to `at`; time never goes back."""
        self._now = max(self._now, at.astimezone(UTC))

    async def wait(self, until: datetime | None, bell: Bell) -> None:
        """Time passes at once: jump to `until`, or wait for the bell."""
        if until is None:
            await bell.heard()
        else:
            self.advance_to(until)

    async def sleep(self, seconds: float) -> None:
        """Time passes at once."""
        self._now += timedelta(seconds=seconds)
        await asyncio.sleep(0)
