"""Works off the inbox: in order within a conversation, many rows to a commit."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from bot.desk.alarms import message_lost_to_us
from bot.desk.book import Turn
from bot.desk.ports import Store, Tx
from bot.desk.records import InboxRow
from bot.engine.parts import Shelf, together
from bot.handlers.router import Router

BATCH = 64
MAX_ATTEMPTS = 5

log = logging.getLogger(__name__)


class InboxEngine:
    """Rows are worked off together; where one fails, each by itself. In a conversation none overtakes another."""

    def __init__(self, store: Store, shelf: Shelf, router: Router) -> None:
        self._store = store
        self._shelf = shelf
        self._router = router

    async def run_once(self, now: datetime) -> bool:
        """Handle what waits; True while there may be more."""
        rows = await self._store.read(lambda tx: tx.inbox.pending(BATCH, now))
        if rows and not await together(self._store, lambda tx: self._all(tx, rows, now)):
            await self._apart(rows, now)
        return len(rows) == BATCH

    async def next_at(self) -> datetime | None:
        """When a row that failed is to be tried again."""
        return await self._store.read(lambda tx: tx.inbox.next_at())

    def _all(self, tx: Tx, rows: list[InboxRow], now: datetime) -> None:
        book = self._shelf.book
        for row in rows:
            self._router.handle(Turn(tx=tx, book=book, now=now), row)
        tx.inbox.done(now, *(row.id for row in rows))

    async def _apart(self, rows: list[InboxRow], now: datetime) -> None:
        """Conversations side by side, so that one that fails holds up no other."""
        threads: dict[str, list[InboxRow]] = {}
        for row in rows:
            threads.setdefault(row.conversation, []).append(row)
        await asyncio.gather(*(self._in_order(thread, now) for thread in threads.values()))

    async def _in_order(self, rows: list[InboxRow], now: datetime) -> None:
        """One conversation; what comes after a row that failed waits for it."""
        for row in rows:
            if not await self._one(row, now):
                return

    async def _one(self, row: InboxRow, now: datetime) -> bool:
        book = self._shelf.book
        try:
            await self._store.write(lambda tx: self._all(tx, [row], now))
        except Exception as error:  # whatever breaks, the message must not be lost
            log.exception("inbox row %d could not be handled", row.id)
            why = type(error).__name__
            await self._store.write(lambda tx: _put_off(Turn(tx=tx, book=book, now=now), row, why))
            return False
        return True


def _put_off(turn: Turn, row: InboxRow, error: str) -> None:
    """Again a little later; after the last try a human is told that a message could not be read."""
    if row.attempts + 1 < MAX_ATTEMPTS:
        turn.tx.inbox.retry(row.id, turn.now + timedelta(seconds=2**row.attempts), error)
        return
    turn.tx.inbox.fail(row.id, turn.now, error)
    message_lost_to_us(turn, row)
