"""The database as JSON lines, for spreadsheets, audits and checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import select

from bot.storage import engines
from bot.storage.engines import StorageError
from bot.storage.events import EVENTS
from bot.storage.mapping import Mapping
from bot.storage.messages import MESSAGES
from bot.storage.outbox import ROWS as OUTBOX
from bot.storage.session import Session
from bot.storage.statements import Statement
from bot.storage.targets import TARGETS
from bot.storage.tickets import TICKETS

_EXPORTS: dict[str, Mapping[Any]] = {
    "tickets": TICKETS,
    "events": EVENTS,
    "messages": MESSAGES,
    "targets": TARGETS,
    "outbox": OUTBOX,
}
_ALL = {
    what: Statement(select(*mapping.columns).order_by(mapping.table.c.id))
    for what, mapping in _EXPORTS.items()
}


def export(url: str, what: str) -> Iterator[dict[str, Any]]:
    """Every row as a dict of JSON values, oldest first, from one snapshot; times are ISO text in UTC.

    A target also says its `state`. An unknown `what` is a StorageError that names the known ones.
    """
    if what not in _EXPORTS:
        raise StorageError(f"{what!r} cannot be exported: say one of {', '.join(_EXPORTS)}")
    return _rows(url, what)


def _rows(url: str, what: str) -> Iterator[dict[str, Any]]:
    with engines.reader_engine(url).connect() as connection:
        session = Session(connection)
        session.command("BEGIN")
        yield from map(_plain, session.stream(_EXPORTS[what], _ALL[what]))


def _plain(item: msgspec.Struct) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(item))
    state = getattr(item, "state", None)
    return plain if state is None else {**plain, "state": state}
