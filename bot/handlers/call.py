"""One call of a command: who asks, in which words, about which ticket; and what is answered."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from bot.desk.addressees import discreet, may_see
from bot.desk.book import Turn
from bot.desk.life import Refusal
from bot.desk.notices import Buttons
from bot.desk.records import Message, Requester, TicketFilter
from bot.domain.messages import Incoming
from bot.domain.roster import Person
from bot.domain.ticket import Ticket
from bot.handlers.commands import Command
from bot.texts import say


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the asker is told."""

    text: str
    buttons: Buttons = ()
    hand_over: bool = (
        False  # the customer wants a person: a human seat takes the conversation, where there is one
    )


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A command with everything it needs. `person` for staff, `requester` for customers."""

    turn: Turn
    command: Command
    incoming: Incoming
    message: Message
    person: Person | None = None
    requester: Requester | None = None
    quoted: Ticket | None = None

    @property
    def asker(self) -> Person:
        """The member of staff who asks; customers never get here."""
        if self.person is None:
            raise Refusal(say("refuse.staff_only"))
        return self.person

    @property
    def speaker(self) -> Requester:
        """The customer who asks; staff never get here."""
        if self.requester is None:
            raise Refusal(say("refuse.customer_only"))
        return self.requester


Run = Callable[[Call], Answer]

_MANY = 10_000
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def named(ticket: Ticket, number: str) -> bool:
    """Whether that number means this ticket: in full, without its letters, or only its end (`001`, `1`)."""
    number = number.upper()
    day, dash, end = number.rpartition("-")
    if not dash:
        return ticket.number.endswith(f"-{number.zfill(3)}")
    written = f"{day}-{end.zfill(3)}"
    return ticket.number == written or (day.isdigit() and ticket.number.lstrip(_LETTERS) == written)


def visible(call: Call, tickets: list[Ticket]) -> list[Ticket]:
    """Those of the tickets the asker may know of; in a group, where others read along, no discreet one."""
    person, group = call.asker, call.incoming.group
    return [t for t in tickets if may_see(call.turn, t, person) and not (group and discreet(call.turn, t))]


def staff_ticket(call: Call) -> Ticket:
    """The ticket meant: by number, button or quoted message, else the only one it can be.

    Raises Refusal with what to write instead.
    """
    ticket = _named(call) or call.quoted or _only(call)
    if not may_see(call.turn, ticket, call.asker):
        raise Refusal(say("refuse.unknown_ticket", number=call.command.number or ticket.number))
    if call.incoming.group and discreet(call.turn, ticket):
        raise Refusal(say("refuse.discreet", number=ticket.number))
    return ticket


def _named(call: Call) -> Ticket | None:
    tickets = call.turn.tx.tickets
    if call.command.ticket:
        found = tickets.get(call.command.ticket)
        if found is None:
            raise Refusal(say("refuse.unknown_ticket", number=call.command.ticket))
        return found
    if not call.command.number:
        return None
    return by_number(call, call.command.number)


def by_number(call: Call, number: str) -> Ticket:
    """The ticket of that number, or of that end of a number. Raises Refusal with what to write instead."""
    number = number.upper()
    exact = call.turn.tx.tickets.by_number(number)
    if exact:
        return exact
    tickets = call.turn.tx.tickets
    current = visible(call, tickets.find(TicketFilter(open_only=True, limit=_MANY)))
    still_open = [t for t in current if named(t, number)]
    if not still_open:
        recent = visible(call, tickets.find(TicketFilter(limit=500)))
        still_open = [t for t in recent if named(t, number)][:1]
    if len(still_open) == 1:
        return still_open[0]
    if still_open:
        raise Refusal(say("refuse.which_ticket", numbers="、".join(t.number for t in still_open[:8])))
    raise Refusal(say("refuse.unknown_ticket", number=number))


def _only(call: Call) -> Ticket:
    """Without a number: their own only ticket, or the only open one; taking looks at untaken ones first."""
    tickets = visible(call, call.turn.tx.tickets.find(TicketFilter(open_only=True)))
    mine = visible(call, call.turn.tx.tickets.find(TicketFilter(assignee=call.asker.id, open_only=True)))
    free = [t for t in tickets if not t.assignee]
    pools = [free, tickets] if call.command.name == "take" else [mine, tickets]
    for pool in pools:
        if len(pool) == 1:
            return pool[0]
        if pool:
            raise Refusal(say("refuse.which_ticket", numbers="、".join(t.number for t in pool[:8])))
    raise Refusal(say("refuse.no_open_ticket"))
