"""The desk's side of every channel: what comes in is durable before anyone is told so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from bot.clock import Clock
from bot.desk.ports import Store, Tx
from bot.domain.messages import Incoming


class StoreInlet:
    """Stores what channels take in, and keeps their cursors, tokens, leases and nonces."""

    def __init__(self, store: Store, clock: Clock, counters: Counter[str]) -> None:
        self._store = store
        self._clock = clock
        self._counters = counters

    async def receive(self, messages: Sequence[Incoming], *, state: dict[str, str] | None = None) -> None:
        """Store messages and, in the same transaction, `state`; returns once committed."""
        now = self._clock.now()

        def work(tx: Tx) -> int:
            for key, value in (state or {}).items():
                tx.state.save(key, value)
            return sum(tx.inbox.add(message, now) is None for message in messages)

        repeats = await self._store.write(work)
        self._counters["inbox.received"] += len(messages) - repeats
        self._counters["inbox.repeated"] += repeats

    async def load(self, key: str) -> str | None:
        """What was stored under that key."""
        return await self._store.read(lambda tx: tx.state.load(key))

    async def save(self, key: str, value: str) -> None:
        """Store a token or the like, durably."""
        await self._store.write(lambda tx: tx.state.save(key, value))

    async def lease(self, key: str, holder: str, seconds: float) -> bool:
        """Take or extend the lease on `key`; False while somebody else holds it."""
        now = self._clock.now()
        return await self._store.write(
            lambda tx: tx.state.lease(key, holder, now, now + timedelta(seconds=seconds))
        )

    async def release(self, key: str, holder: str) -> None:
        """Give the lease back early."""
        await self._store.write(lambda tx: tx.state.release(key, holder))

    async def first_seen(self, key: str, seconds: float) -> bool:
        """True once per key within that time."""
        now = self._clock.now()
        return await self._store.write(
            lambda tx: tx.state.first_seen(key, now, now + timedelta(seconds=seconds))
        )

    def count(self, what: str) -> None:
        """Add one to a counter of the metrics page."""
        self._counters[what] += 1
