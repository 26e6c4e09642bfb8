"""Notices that wait for the gateway to fetch them, and for its word that they have been delivered.

Nothing is kept for it here: until the gateway confirms, the notice stays in the desk's own outbox, which tries
again, takes another route and raises the alarm as for every other channel. So the gateway may be down for long
without a notice being taken for delivered.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.channels.bridge.decode import Done

REMEMBER = 2000
BATCH = 50


class Parked(msgspec.Struct, kw_only=True, eq=False):
    """A notice on the counter."""

    body: dict[str, Any]
    done: asyncio.Future[Done]
    taken: bool = False


class Counter:
    """Hands notices out to whoever fetches. A key names a notice: the gateway must deliver each key once."""

    def __init__(self) -> None:
        self._parked: OrderedDict[str, Parked] = OrderedDict()
        self._known: OrderedDict[str, Done] = OrderedDict()
        self._changed = asyncio.Event()
        self._closed = False

    async def confirmed(self, key: str, body: dict[str, Any], seconds: float) -> Done | None:
        """Offer a notice and wait so long for the gateway's word on it; None if it does not come."""
        if key in self._known:
            return self._known[key]
        parked = Parked(body=body, done=asyncio.get_running_loop().create_future())
        self._parked[key] = parked
        self._changed.set()
        try:
            await asyncio.wait({parked.done}, timeout=seconds)
        finally:
            if self._parked.get(key) is parked:
                del self._parked[key]
        return parked.done.result() if parked.done.done() else None

    def settle(self, words: Sequence[Done]) -> None:
        """Take the gateway's word; one that comes too late is remembered for the next try."""
        for word in words:
            if not word.error:
                self._known[word.key] = word
                if len(self._known) > REMEMBER:
                    self._known.popitem(last=False)
            parked = self._parked.get(word.key)
            if parked is not None and not parked.done.done():
                parked.done.set_result(word)

    async def take(self, seconds: float) -> list[dict[str, Any]]:
        """Return what waits, waiting so long for the first; what was taken is not given out again by this try."""
        if not self._waiting() and not self._closed:
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), seconds)
            except TimeoutError:
                return []
        taken = self._waiting()[:BATCH]
        for parked in taken:
            parked.taken = True
        return [parked.body for parked in taken]

    def close(self) -> None:
        """Let nobody wait any longer."""
        self._closed = True
        self._changed.set()

    def _waiting(self) -> list[Parked]:
        return [one for one in self._parked.values() if not one.taken and not one.done.done()]
