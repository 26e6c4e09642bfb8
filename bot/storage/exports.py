"""The database as JSON lines, for spreadsheets, audits and checks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from sqlalchemy import select

from bot.storage import engines
from bot.storage.engines import StorageError
from bot.storage.events import EVENTS
from bot.storage.mapping import Mapping
from bot.storage.messages import MESSAGES
from bot.storage.outbox import ROWS as OUTBOX
from bot.storage.targets import TARGETS
from bot.storage.tickets import TICKETS

_EXPORTS: dict[str, Mapping[Any]] = {
    "tickets": TICKETS,
    "events": EVENTS,
    "messages": MESSAGES,
    "targets": TARGETS,
    "outbox": OUTBOX,
}


def export(url: str, what: str) -> AsyncIterator[dict[str, Any]]:
    """Every row as a dict of JSON values, oldest first, from one snapshot; times are ISO text in UTC.

    A target also says its `state`. An unknown `what` is a StorageError that names the known ones.
    """
    if what not in _EXPORTS:
        raise StorageError(f"{what!r} cannot be exported: say one of {', '.join(_EXPORTS)}")
    return _rows(url, _EXPORTS[what])


async def _rows(url: str, mapping: Mapping[Any]) -> AsyncIterator[dict[str, Any]]:
    """One statement sees one snapshot; it runs beside everything else, a batch of rows at a time."""
    engine = engines.async_engine(url)
    try:
        async with engine.connect() as connection:
            rows = await connection.stream(select(*mapping.columns).order_by(mapping.table.c.id))
            async for row in rows.mappings():
                yield _plain(mapping.struct(**row))
    finally:
        await engine.dispose()


def _plain(item: msgspec.Struct) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(item))
    state = getattr(item, "state", None)
    return plain if state is None else {**plain, "state": state}
