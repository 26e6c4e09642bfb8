"""Answers in place: what the desk says within a moment of a message goes out as the reply to its callback.

It costs none of what the provider allows and needs no permission to send. A reply counts as sent only once its
bytes have been written to the provider; otherwise it goes out by the ordinary call.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from aiohttp import web


class Offer(msgspec.Struct, kw_only=True, eq=False):
    """A text for a waiting callback, and whether it could be written."""

    text: str
    written: asyncio.Future[bool]

    def settle(self, *, written: bool) -> None:
        """Tell the sender what became of it; the first word counts."""
        if not self.written.done():
            self.written.set_result(written)


async def written(request: web.Request, response: web.StreamResponse, offer: Offer) -> web.StreamResponse:
    """Answer with what was offered, and tell its sender whether the bytes went out."""
    try:
        await response.prepare(request)
        await response.write_eof()
        offer.settle(written=True)
    finally:
        offer.settle(written=False)
    return response


Slot = asyncio.Future[Offer | None]


class Passive:
    """Callbacks that wait for an answer, by whom or what it is for. Each takes one, of at most `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: dict[str, Slot] = {}

    def open(self, key: str) -> Slot:
        """Begin to wait; must come before the message is stored, or its answer could be missed."""
        earlier = self._waiting.pop(key, None)
        if earlier is not None and not earlier.done():
            earlier.set_result(None)  # the newest callback gets the answer
        slot: Slot = asyncio.get_running_loop().create_future()
        self._waiting[key] = slot
        return slot

    async def wait(self, key: str, slot: Slot, seconds: float) -> Offer | None:
        """Return the text that came for that slot within so many seconds."""
        try:
            await asyncio.wait({slot}, timeout=seconds)
        finally:
            self.close(key, slot)
        return slot.result() if slot.done() and not slot.cancelled() else None

    def close(self, key: str, slot: Slot) -> None:
        """Take no more texts for that slot."""
        if self._waiting.get(key) is slot:
            del self._waiting[key]
        if not slot.done():
            slot.cancel()

    def decline(self, key: str) -> None:
        """Tell a waiting callback that its answer goes another way."""
        slot = self._waiting.pop(key, None)
        if slot is not None and not slot.done():
            slot.set_result(None)

    async def offer(self, key: str, text: str) -> bool:
        """Give a waiting callback this text; True once it is written, False if nobody waits or it failed."""
        slot = self._waiting.pop(key, None)
        if slot is None or slot.done():
            return False
        if len(text.encode()) > self._limit:
            slot.set_result(None)  # it goes out by the ordinary call; the callback need not wait for more
            return False
        offer = Offer(text=text, written=asyncio.get_running_loop().create_future())
        slot.set_result(offer)
        return await offer.written
