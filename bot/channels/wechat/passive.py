"""Answers in place: what the desk says within a moment of a message goes out as the reply to its callback.

It costs none of the customer-service messages and needs no permission to send them. A reply counts as sent only
once its bytes have been written to the provider; otherwise it goes out by the ordinary call.
"""

from __future__ import annotations

import asyncio

import msgspec

TEXT_BYTES = 2048


class Offer(msgspec.Struct, kw_only=True, eq=False):
    """A text for a waiting callback, and whether it could be written."""

    text: str
    written: asyncio.Future[bool]

    def settle(self, *, written: bool) -> None:
        """Tell the sender what became of it; the first word counts."""
        if not self.written.done():
            self.written.set_result(written)


Slot = asyncio.Future[Offer | None]


class Passive:
    """Callbacks that wait for a text, by the customer's openid. Each takes one text."""

    def __init__(self) -> None:
        self._waiting: dict[str, Slot] = {}

    def open(self, openid: str) -> Slot:
        """Begin to wait; must come before the message is stored, or its answer could be missed."""
        earlier = self._waiting.pop(openid, None)
        if earlier is not None and not earlier.done():
            earlier.set_result(None)  # the newest callback gets the answer
        slot: Slot = asyncio.get_running_loop().create_future()
        self._waiting[openid] = slot
        return slot

    async def wait(self, openid: str, slot: Slot, seconds: float) -> Offer | None:
        """Return the text that came for that slot within so many seconds."""
        try:
            await asyncio.wait({slot}, timeout=seconds)
        finally:
            self.close(openid, slot)
        return slot.result() if slot.done() and not slot.cancelled() else None

    def close(self, openid: str, slot: Slot) -> None:
        """Take no more texts for that slot."""
        if self._waiting.get(openid) is slot:
            del self._waiting[openid]
        if not slot.done():
            slot.cancel()

    async def offer(self, openid: str, text: str) -> bool:
        """Give a waiting callback this text; True once it is written, False if nobody waits or it failed."""
        slot = self._waiting.pop(openid, None)
        if slot is None or slot.done():
            return False
        if len(text.encode()) > TEXT_BYTES:
            slot.set_result(None)  # it goes out by the ordinary call; the callback need not wait for more
            return False
        offer = Offer(text=text, written=asyncio.get_running_loop().create_future())
        slot.set_result(offer)
        return await offer.written
