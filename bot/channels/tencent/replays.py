"""Tells a provider's honest repeat of a callback from a forged one that reuses what was overheard.

In plain mode WeChat's signature covers token, timestamp and nonce but not the body: whoever reads one request
line in a log could send any body with it. So a nonce belongs to the message it first came with. The same message
under the same nonce is the provider trying again and is let through (storing is idempotent, and the first
attempt may have failed); another message under it is refused.

The memory is bounded: the latest nonces here, and a fixed number of slots in the database, written in the
transaction that stores the message, so that a restart or another replica knows them too.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.channels.base import Inlet

REMEMBER = 4096
SLOTS = 1024


class Replays:
    """The nonces of one callback address; `name` tells addresses apart in the database."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._seen: OrderedDict[str, str] = OrderedDict()

    async def refuses(self, inlet: Inlet, nonce: str, message: bytes) -> bool:
        """Whether this nonce came with another message before. `nonce` includes the timestamp."""
        digest = hashlib.sha256(message).hexdigest()
        known = self._seen.get(nonce) or await self._kept(inlet, nonce)
        if known is not None:
            return known != digest
        self._seen[nonce] = digest
        if len(self._seen) > REMEMBER:
            self._seen.popitem(last=False)
        return False

    async def _kept(self, inlet: Inlet, nonce: str) -> str | None:
        kept, _, digest = (await inlet.load(self._slot(nonce)) or "").rpartition(" ")
        return digest if kept == nonce else None

    def _slot(self, nonce: str) -> str:
        place = int.from_bytes(hashlib.sha256(nonce.encode()).digest()[:4]) % SLOTS
        return f"{self._name}:nonce:{place}"

    def state(self, nonce: str, message: bytes) -> dict[str, str]:
        """What to store together with the message."""
        return {self._slot(nonce): f"{nonce} {hashlib.sha256(message).hexdigest()}"}
