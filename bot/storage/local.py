"""What was sent to the people of the demo page: a message list per person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from bot.storage.session import Session
from bot.storage.statements import Statement
from bot.storage.tables import local_messages

if TYPE_CHECKING:
    from bot.storage.store import SqlStore

_APPEND = Statement(local_messages.insert(), "id", "recipient", "payload")
_LIST = Statement(
    select(local_messages.c.id, local_messages.c.payload)
    .where(local_messages.c.recipient == bindparam("to"), local_messages.c.id > bindparam("after"))
    .order_by(local_messages.c.id),
    "to",
    "after",
)


class SqlLocal:
    """The list, inside one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, to: str, payload: dict[str, Any]) -> int:
        """Add to somebody's list; the entry's id."""
        entry = self._session.ids.take("local_messages")
        self._session.run(_APPEND, entry, to, payload)
        return entry

    def list(self, to: str, after: int) -> list[dict[str, Any]]:
        """Entries after that id, oldest first: the payload with its `id`."""
        return [{**payload, "id": entry} for entry, payload in self._session.rows(_LIST, to, after)]


class LocalMessages:
    """The list as the local channel uses it: every call is a transaction of its own."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def append(self, to: str, payload: dict[str, Any]) -> int:
        """Add to somebody's list, durably; the entry's id."""
        return await self._store.write_sql(lambda tx: tx.local.append(to, payload))

    async def list(self, to: str, after: int) -> list[dict[str, Any]]:
        """Entries after that id, oldest first."""
        return await self._store.read_sql(lambda tx: tx.local.list(to, after))
