"""Fires due timers, many to a commit: each re-reads its ticket and acts once."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from bot.desk.book import Book, Turn
from bot.desk.firing import fire
from bot.desk.ports import Store, Tx
from bot.domain.ticket import Timer
from bot.engine.parts import Shelf, together

BATCH = 200

log = logging.getLogger(__name__)


class TimerEngine:
    """Sleeps until the next due row; a nearer one wakes it."""

    def __init__(self, store: Store, shelf: Shelf) -> None:
        self._store = store
        self._shelf = shelf

    async def run_once(self, now: datetime) -> bool:
        """Fire what is due; True while there may be more."""
        due = await self._store.read(lambda tx: tx.timers.due(now, BATCH))
        if due and not await together(self._store, lambda tx: self._all(tx, due, now)):
            for timer in due:
                await self._one(timer, now)
        return bool(due)

    def _all(self, tx: Tx, due: list[Timer], now: datetime) -> None:
        book = self._shelf.book
        for timer in due:
            _fire(tx, book, timer, now)

    async def _one(self, timer: Timer, now: datetime) -> None:
        book = self._shelf.book
        try:
            await self._store.write(lambda tx: _fire(tx, book, timer, now))
        except Exception:  # one broken ticket must not stop the other clocks
            log.exception("timer %d could not be fired", timer.id)
            later = now + timedelta(seconds=min(300, 2 ** min(timer.attempts, 8)))
            await self._store.write(lambda tx: tx.timers.put_off(timer.id, later))

    async def next_at(self) -> datetime | None:
        """When the next timer is due."""
        return await self._store.read(lambda tx: tx.timers.next_at())


def _fire(tx: Tx, book: Book, timer: Timer, now: datetime) -> None:
    fire(Turn(tx=tx, book=book, now=now), timer)
