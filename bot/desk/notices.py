"""Putting notices into the outbox: who is to hear it, on which routes, under which key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from bot.desk.book import Turn
from bot.desk.records import Chat, OutboxRow
from bot.domain.messages import PRIORITY, Address, Button, Media, Mention, Outgoing, Purpose
from bot.domain.roster import Person
from bot.domain.ticket import Ticket

_SILENT = {"wecom_aibot"}  # speaks in a group but cannot ping: a group robot in the same group goes first

Buttons = tuple[tuple[Button, ...], ...]


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said, and why. `key` is unique per notice: writing it again changes nothing."""

    key: str
    purpose: Purpose
    text: str
    buttons: Buttons = ()
    coalesce: str = ""
    ticket: int = 0
    target: int = 0
    reply_to: str = ""
    reply_token: str = ""
    media: tuple[Media, ...] = ()
    hand_over: bool = False  # to a human seat, once it is said


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to hear it: `requester:ID`, a person's id or `group:CONTRACT`; and where, the best route first.

    Without any route delivery raises the alarm in its turn: nobody is forgotten in silence.
    """

    recipient: str
    routes: tuple[Address, ...]
    mentions: tuple[Mention, ...] = ()


def tell(turn: Turn, audience: Audience, notice: Notice) -> None:
    """Write the notice down for delivery."""
    message = Outgoing(
        key=notice.key,
        text=notice.text,
        buttons=notice.buttons,
        mentions=audience.mentions,
        media=notice.media,
        reply_to=notice.reply_to,
        reply_token=notice.reply_token,
        seat=_seat(notice),
    )
    turn.tx.outbox.add(
        OutboxRow(
            key=notice.key,
            purpose=notice.purpose,
            priority=PRIORITY[notice.purpose],
            recipient=audience.recipient,
            routes=audience.routes,
            message=message,
            ticket=notice.ticket,
            target=notice.target,
            created_at=turn.now,
            next_at=turn.now,
            coalesce=notice.coalesce,
        )
    )


def _seat(notice: Notice) -> Literal["", "hand_over", "take_back"]:
    """An outcome is told even where a human seat holds the conversation: the desk takes it back for that."""
    if notice.hand_over:
        return "hand_over"
    return "take_back" if notice.purpose == Purpose.OUTCOME else ""


def customer(turn: Turn, ticket: Ticket) -> Audience:
    """The requester: where they wrote first, then wherever else they are known."""
    known = sorted(
        turn.tx.people.identities(ticket.requester),
        key=lambda i: i.last_in_at.timestamp() if i.last_in_at else 0.0,
        reverse=True,
    )
    routes = dict.fromkeys([ticket.origin, *(i.address for i in known)])
    return Audience(recipient=f"requester:{ticket.requester}", routes=tuple(routes))


def here(address: Address, recipient: str) -> Audience:
    """Whoever spoke, in the conversation they spoke in."""
    return Audience(recipient=recipient, routes=(address,))


def group(turn: Turn, contract: str, people: Iterable[Person] = ()) -> Audience:
    """The staff group of a contract (its own before the general one), with these people pinged."""
    chats = sorted(
        _staff_chats(turn, contract), key=lambda c: (c.contract != contract, c.address.channel in _SILENT)
    )
    mentions = tuple(Mention(person=p.id, name=p.name, phone=p.phone) for p in people)
    return Audience(recipient=f"group:{contract}", routes=tuple(c.address for c in chats), mentions=mentions)


def _staff_chats(turn: Turn, contract: str) -> list[Chat]:
    return [c for c in turn.tx.people.chats("staff") if c.contract in {"", contract}]


def alone(turn: Turn, person: Person) -> Audience:
    """One person and nobody else, whatever happens."""
    accounts = turn.book.accounts
    own = tuple(
        Address(channel=channel, account=accounts.get(channel, "default"), chat=user, user=user)
        for channel, user in person.reach.items()
    )
    return Audience(recipient=person.id, routes=own)


def private(turn: Turn, contract: str, person: Person) -> Audience:
    """One person alone; the staff group with a ping where that fails."""
    own = alone(turn, person).routes
    fallback = group(turn, contract, [person])
    return Audience(recipient=person.id, routes=own + fallback.routes, mentions=fallback.mentions)
