"""The append-only log."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import bindparam, select

from bot.domain.ticket import TicketEvent
from bot.storage.mapping import Mapping
from bot.storage.session import Session
from bot.storage.statements import Statement
from bot.storage.tables import events

EVENTS = Mapping(TicketEvent, events)
_select = select(*EVENTS.columns)
_APPEND = EVENTS.insert()
_OF_TICKET = Statement(_select.where(events.c.ticket == bindparam("of")).order_by(events.c.id), "of")
_BETWEEN = Statement(
    _select.where(events.c.at >= bindparam("since"), events.c.at < bindparam("until")).order_by(
        events.c.at, events.c.id
    ),
    "since",
    "until",
)


class SqlEvents:
    """`EventRepo` over SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, event: TicketEvent) -> int:
        """Add it to the end of the log; its id."""
        event = msgspec.structs.replace(event, id=self._session.ids.take("events"))
        self._session.hold(_APPEND, event)
        return event.id

    def of_ticket(self, ticket: int) -> list[TicketEvent]:
        """In the order in which they were written."""
        return self._session.items(EVENTS, _OF_TICKET, ticket)

    def between(self, since: datetime, until: datetime) -> list[TicketEvent]:
        """Those that happened in [since, until), in order of time."""
        return self._session.items(EVENTS, _BETWEEN, since, until)
