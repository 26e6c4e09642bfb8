"""Tickets by number, requester and state."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, bindparam, literal_column, or_, select

from bot.desk.ports import StaleTicket
from bot.desk.records import TicketFilter
from bot.domain.ticket import Ticket
from bot.domain.words import CLOSED, Status
from bot.storage.ids import ADD_TO_COUNTER
from bot.storage.mapping import Mapping
from bot.storage.session import Session
from bot.storage.statements import Statement
from bot.storage.tables import counters, tickets

TICKETS = Mapping(Ticket, tickets, conversation=lambda ticket: ticket.origin.key)


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How far a scope has been counted."""

    scope: str
    value: int

    @property
    def id(self) -> str:
        """What a held row is known by."""
        return self.scope


_COUNT = Mapping(Count, counters).upsert("scope")
OPEN = tickets.c.status.in_(
    [
        literal_column(f"'{status}'") for status in Status if status not in CLOSED
    ]  # from code, never from outside
)
_select = select(*TICKETS.columns)
_newest_first = (tickets.c.opened_at.desc(), tickets.c.id.desc())
_changing = tuple(name for name in TICKETS.names if name != "id")
_ADD = TICKETS.insert()
_SAVE = Statement(
    tickets.update().where(tickets.c.id == bindparam("row"), tickets.c.version == bindparam("read_version")),
    "row",
    "read_version",
    *_changing,
)
_GET = Statement(_select.where(tickets.c.id == bindparam("row")), "row")
_BY_NUMBER = Statement(_select.where(tickets.c.number == bindparam("called")), "called")
_of_requester = _select.where(tickets.c.requester == bindparam("of")).order_by(*_newest_first)
_OPEN_OF = Statement(_of_requester.where(OPEN), "of")
_fresh = or_(OPEN, tickets.c.closed_at > bindparam("since"))
_RECENT_OF = Statement(_of_requester.where(_fresh), "of", "since")
_OF_CHAT = Statement(
    _select.where(tickets.c.conversation == bindparam("of"), _fresh).order_by(*_newest_first), "of", "since"
)
_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "contract": tickets.c.contract == bindparam("contract"),
    "assignee": tickets.c.assignee == bindparam("assignee"),
    "requester": tickets.c.requester == bindparam("requester"),
    "opened_since": tickets.c.opened_at >= bindparam("opened_since"),
    "opened_until": tickets.c.opened_at < bindparam("opened_until"),
}


@cache
def _find(names: tuple[str, ...], *, open_only: bool) -> Statement:
    wanted = [_CONDITIONS[name] for name in names] + ([OPEN] if open_only else [])
    found = _select.where(*wanted).order_by(*_newest_first).limit(bindparam("count"))
    return Statement(found, *names, "count")


class SqlTickets:
    """`TicketRepo` over SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, ticket: Ticket) -> Ticket:
        """Store it under its `number`; returned with its id."""
        ticket = msgspec.structs.replace(ticket, id=self._session.ids.take("tickets"))
        self._session.put(_ADD, ticket)
        return ticket

    def save(self, ticket: Ticket) -> Ticket:
        """Store the new value under the next version; StaleTicket where another was stored meanwhile."""
        saved = msgspec.structs.replace(ticket, version=ticket.version + 1)
        if not self._session.run(_SAVE, ticket.id, ticket.version, *TICKETS.values(saved)[1:]):
            raise StaleTicket(
                f"ticket {ticket.number} was changed since version {ticket.version} was read: read it again"
            )
        return saved

    def get(self, ticket: int) -> Ticket | None:
        """By id."""
        return self._session.item(TICKETS, _GET, ticket)

    def by_number(self, number: str) -> Ticket | None:
        """By the number people use."""
        return self._session.item(TICKETS, _BY_NUMBER, number)

    def next_number(self, scope: str) -> int:
        """Counts up per scope, from 1."""
        key = f"number:{scope}"
        counted: int | None = self._session.memo.get(key)
        if counted is None:  # this locks the counter, so that until the commit it can be counted on here
            counted = self._session.value(ADD_TO_COUNTER, key, 1)
        else:
            counted += 1
            self._session.hold(_COUNT, Count(scope=key, value=counted))
        self._session.memo[key] = counted
        return counted

    def open_of(self, requester: int) -> list[Ticket]:
        """Their open ones, newest first."""
        return self._session.items(TICKETS, _OPEN_OF, requester)

    def recent_of(self, requester: int, since: datetime) -> list[Ticket]:
        """Open ones and those closed after `since`, newest first."""
        return self._session.items(TICKETS, _RECENT_OF, requester, since)

    def of_chat(self, conversation: str, since: datetime) -> list[Ticket]:
        """Those that came from that conversation, open or closed after `since`, newest first."""
        return self._session.items(TICKETS, _OF_CHAT, conversation, since)

    def find(self, wanted: TicketFilter) -> list[Ticket]:
        """Those that satisfy every condition given, newest first."""
        given: dict[str, Any] = {name: value for name in _CONDITIONS if (value := getattr(wanted, name))}
        found = _find(tuple(given), open_only=wanted.open_only)
        return self._session.items(TICKETS, found, *given.values(), wanted.limit)
