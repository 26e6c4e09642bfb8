"""Access tokens: fetched once for all replicas, kept in the database, renewed before they expire.

Whoever finds the kept token used up takes a lease and fetches; the others wait for what it stores. So eight
senders on three machines make one call, and a token is never overwritten by a race (a second `gettoken` may
void the first).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec

from bot.channels.base import Inlet, Temporary
from bot.clock import Bell, Clock

EARLY = 300.0  # seconds before its end at which a token is renewed; the providers overlap that long
LEASE = 30.0
PAUSE = 0.25
PATIENCE = 40  # pauses


class Fresh(msgspec.Struct, frozen=True, kw_only=True):
    """A token as the provider gave it, good for `expires_in` seconds."""

    token: str
    expires_in: float


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A token as it is kept: at the Unix time `renew_at` it should be replaced."""

    token: str
    renew_at: float


Fetch = Callable[[bool], Awaitable[Fresh]]
"""Asks the provider for a token; True: even if the last one should still be good."""


class Tokens:
    """The token of one credential, kept under `key`. Without an inlet (in `check`) it lives in memory only."""

    def __init__(self, key: str, fetch: Fetch, clock: Clock) -> None:
        self._key = key
        self._fetch = fetch
        self._clock = clock
        self._kept: Kept | None = None
        self._inlet: Inlet | None = None
        self._one = asyncio.Lock()
        self._holder = secrets.token_hex(8)
        self._bell = Bell()  # never rung: it is only what a clock needs to wait

    def use(self, inlet: Inlet) -> None:
        """Share the token through this inlet from now on."""
        self._inlet = inlet

    async def get(self, *, refused: str = "") -> str:
        """A token that is good now and is not `refused` (one that the provider has just turned down)."""
        async with self._one:
            kept = await self._known(refused)
            return kept.token if kept else await self._renewed(refused)

    async def _known(self, refused: str) -> Kept | None:
        if self._good(self._kept, refused):
            return self._kept
        raw = await self._inlet.load(self._key) if self._inlet else None
        kept = msgspec.json.decode(raw, type=Kept) if raw else None
        if self._good(kept, refused):
            self._kept = kept
            return kept
        return None

    def _good(self, kept: Kept | None, refused: str) -> bool:
        if kept is None or kept.token == refused:
            return False
        return kept.renew_at > self._clock.now().timestamp()

    async def _renewed(self, refused: str) -> str:
        if self._inlet is None:
            return await self._fetched(refused)
        lease = f"{self._key}:lease"
        for _ in range(PATIENCE):
            if await self._inlet.lease(lease, self._holder, LEASE):
                try:
                    kept = await self._known(refused)
                    return kept.token if kept else await self._fetched(refused)
                finally:
                    await self._inlet.release(lease, self._holder)
            await self._clock.wait(self._clock.now() + timedelta(seconds=PAUSE), self._bell)
            kept = await self._known(refused)
            if kept:
                return kept.token
        raise Temporary("another replica is fetching the access token and has not finished", retry_after=5)

    async def _fetched(self, refused: str) -> str:
        fresh = await self._fetch(False)
        if refused and fresh.token == refused:
            fresh = await self._fetch(True)
        lasts = max(fresh.expires_in - EARLY, fresh.expires_in / 2)
        self._kept = Kept(token=fresh.token, renew_at=self._clock.now().timestamp() + lasts)
        if self._inlet is not None:
            await self._inlet.save(self._key, msgspec.json.encode(self._kept).decode())
        return fresh.token
