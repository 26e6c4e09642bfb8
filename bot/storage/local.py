"""What the local channel has sent: it is its own provider, so this is where its readers find it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from bot.storage.ids import ADD_TO_COUNTER
from bot.storage.session import Session
from bot.storage.statements import Statement
from bot.storage.tables import local_messages

if TYPE_CHECKING:
    from bot.storage.store import SqlStore

_APPEND = Statement(local_messages.insert(), "id", "recipient", "payload", "key")
_BY_KEY = Statement(select(local_messages.c.id).where(local_messages.c.key == bindparam("given")), "given")
_LIST = Statement(
    select(local_messages.c.id, local_messages.c.payload)
    .where(local_messages.c.recipient == bindparam("to"), local_messages.c.id > bindparam("after"))
    .order_by(local_messages.c.id),
    "to",
    "after",
)


class SqlLocal:
    """Sent messages, inside one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, to: str, payload: str, key: str) -> int:
        """Keep a message; its number, or the first one's where the key was given before."""
        known: int | None = self._session.value(_BY_KEY, key) if key else None
        if known:
            return known
        number: int = self._session.value(ADD_TO_COUNTER, "local_messages", 1)
        self._session.run(_APPEND, number, to, payload, key or None)
        return number

    def list(self, to: str, after: int) -> list[tuple[int, str]]:
        """Number and payload of what was sent to them after that number, oldest first."""
        return [(number, payload) for number, payload in self._session.rows(_LIST, to, after)]


class SqlSentbox:
    """Sent messages as the local channel uses them: every call is a transaction of its own."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def append(self, to: str, payload: str, *, key: str = "") -> int:
        """Keep a message (JSON text) for `to`; its number (1, 2, 3 … over all recipients) once it is durable.

        A `key` that was given before, unless empty, is the same message again: the first one's number.
        """
        return await self._store.write_sql(lambda tx: tx.local.append(to, payload, key))

    async def list(self, to: str, after: int) -> Sequence[tuple[int, str]]:
        """Number and payload of what was sent to `to` after that number, oldest first."""
        return await self._store.read_sql(lambda tx: tx.local.list(to, after))

    async def among(self, readers: Sequence[str], after: int) -> Sequence[tuple[int, str]]:
        """What was sent to any of them, on one snapshot: a number above a missing one would hide that one."""
        found = await self._store.read_sql(
            lambda tx: [row for to in readers for row in tx.local.list(to, after)]
        )
        return sorted(found)
