"""Ids, taken from blocks that are reserved in the database: no round trip a row, and safe with several writers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.storage.statements import Statement, insert
from bot.storage.tables import counters

if TYPE_CHECKING:
    from bot.storage.session import Session

BLOCK = 256

ADD_TO_COUNTER = Statement(
    lambda dialect: (
        (fresh := insert(dialect, counters))
        .on_conflict_do_update(
            index_elements=["scope"], set_={"value": counters.c.value + fresh.excluded.value}
        )
        .returning(counters.c.value)
    ),
    "scope",
    "value",
)


class Ids:
    """Hands out ascending ids per table. A block whose reservation was rolled back is never used."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._next: dict[str, int] = {}
        self._last: dict[str, int] = {}
        self._fresh: set[str] = set()  # reserved since `settled`

    def take(self, table: str) -> int:
        """The next free id of that table."""
        taken = self._next.get(table, 0)
        if taken >= self._last.get(table, 0):
            taken = self._reserve(table)
        self._next[table] = taken + 1
        return taken + 1

    def settled(self) -> None:
        """What was reserved so far stays reserved."""
        self._fresh.clear()

    def forget(self) -> None:
        """What was reserved since `settled` has been rolled back."""
        for table in self._fresh:
            self._next.pop(table, None)
            self._last.pop(table, None)
        self._fresh.clear()

    def _reserve(self, table: str) -> int:
        last: int = self._session.value(ADD_TO_COUNTER, f"id:{table}", BLOCK)
        self._fresh.add(table)
        self._last[table] = last
        return last - BLOCK
