"""An inlet in memory with the real one's semantics, and switches to make it slow or fail."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.clock import Clock
    from bot.domain.messages import Incoming


class StorageDownError(Exception):
    """What a database that does not answer looks like to a channel."""


class RecordingInlet:
    """Stores once per (channel, account, provider id), together with the state, or not at all.

    `stored` is what is durable, in order; `state` what channels keep; `counts` the counters; `attempts` every
    call of `receive`, failed ones too. `fail(n)` makes the next n calls of `receive` raise; between `hold()`
    and `let_go()` `receive` waits, as it would for a slow commit.
    """

    def __init__(self, clock: Clock) -> None:
        self.stored: list[Incoming] = []
        self.state: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self.attempts: list[tuple[Incoming, ...]] = []
        self._clock = clock
        self._seen: set[tuple[str, str, str]] = set()
        self._leases: dict[str, tuple[str, datetime]] = {}
        self._nonces: dict[str, datetime] = {}
        self._failures = 0
        self._open = asyncio.Event()
        self._open.set()
        self._changed = asyncio.Condition()

    def fail(self, times: int = 1) -> None:
        """Let the next `times` calls of `receive` fail, storing nothing."""
        self._failures = times

    def hold(self) -> None:
        """Let `receive` wait before it commits."""
        self._open.clear()

    def let_go(self) -> None:
        """Let the waiting calls of `receive` commit."""
        self._open.set()

    async def receive(self, messages: Sequence[Incoming], *, state: dict[str, str] | None = None) -> None:
        """Store what is new, and the state, in one step."""
        self.attempts.append(tuple(messages))
        await self._tell()
        await self._open.wait()
        if self._failures:
            self._failures -= 1
            raise StorageDownError("the database does not answer")
        for message in messages:
            self._store(message)
        self.state.update(state or {})
        await self._tell()

    def _store(self, message: Incoming) -> None:
        key = (message.address.channel, message.address.account, message.provider_id)
        if key not in self._seen:
            self._seen.add(key)
            self.stored.append(message)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def has_stored(self, count: int) -> list[Incoming]:
        """Wait until `count` messages are durable; the suite's time limit ends a vain wait."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.stored) >= count)
        return self.stored

    async def was_asked(self, times: int) -> None:
        """Wait until `receive` has been called that often."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.attempts) >= times)

    async def load(self, key: str) -> str | None:
        """What was stored under that key."""
        return self.state.get(key)

    async def save(self, key: str, value: str) -> None:
        """Store a token or the like."""
        self.state[key] = value

    async def lease(self, key: str, holder: str, seconds: float) -> bool:
        """Take or extend a lease, by the clock."""
        owner, until = self._leases.get(key, (holder, self._clock.now()))
        if owner != holder and until > self._clock.now():
            return False
        self._leases[key] = (holder, self._clock.now() + timedelta(seconds=seconds))
        return True

    async def release(self, key: str, holder: str) -> None:
        """Give the lease back, if it is ours."""
        if self._leases.get(key, ("",))[0] == holder:
            del self._leases[key]

    async def first_seen(self, key: str, seconds: float) -> bool:
        """True once per key within that time, by the clock."""
        until = self._nonces.get(key)
        if until is not None and until > self._clock.now():
            return False
        self._nonces[key] = self._clock.now() + timedelta(seconds=seconds)
        return True

    def count(self, what: str) -> None:
        """Add one to that counter."""
        self.counts[what] += 1
