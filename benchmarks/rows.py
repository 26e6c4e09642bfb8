"""The rows of one ordinary ticket, as the desk would write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.desk.ports import Tx
from bot.desk.records import Message, OutboxRow, Requester
from bot.domain.messages import PRIORITY, Address, Button, Incoming, Mention, Outgoing, Purpose
from bot.domain.ticket import Field, Target, Ticket, TicketEvent, Timer
from bot.domain.words import EventType

NOW = datetime(2026, 2, 16, 15, 50, tzinfo=UTC)
STAFF = Address(channel="telegram", chat="-1001234567890")
TEXT = "今天送的豆腐有馊味，20斤，早饭没法做了，请马上换一批过来"
STAGES = ("acknowledge", "respond", "arrive", "resolve", "replace")
EVENTS = (
    EventType.OPENED,
    EventType.MESSAGE_ADDED,
    EventType.PAGED,
    EventType.NOTED,
    EventType.ACKNOWLEDGED,
    EventType.TRIAGE_ASKED,
)


def intake(tx: Tx, number: int) -> int:
    """Write one ticket with everything on it; its id."""
    at = NOW + timedelta(seconds=number)
    here = Address(channel="telegram", chat=f"{number % 500}", user=f"{number % 500}")
    tx.inbox.add(Incoming(provider_id=f"{number}", address=here, sender=here.chat, sent_at=at, text=TEXT), at)
    message = tx.messages.add(
        Message(direction="in", address=here, provider_id=f"{number}", sender=here.chat, at=at, text=TEXT)
    )
    requester = (
        tx.people.add(Requester(name="王老师", contract="canteen", created_at=at)).id if not number else 1
    )
    ticket = tx.tickets.add(_ticket(number, requester, here, at))
    tx.messages.attach(message, ticket.id)
    for kind in EVENTS:
        tx.events.append(TicketEvent(ticket=ticket.id, type=kind, at=at, actor="bot", message=message))
    targets = tx.targets.add_all([_target(ticket.id, stage, at) for stage in STAGES])
    tx.timers.set(*(Timer(at=at, kind="target", ticket=ticket.id, target=each.id) for each in targets))
    tx.outbox.add(
        _notice(ticket, Purpose.ACKNOWLEDGE, here),
        _notice(ticket, Purpose.PAGE, STAFF),
        _notice(ticket, Purpose.REPLY, here),
    )
    return ticket.id


def _ticket(number: int, requester: int, here: Address, at: datetime) -> Ticket:
    return Ticket(
        number=f"F260216-{number:04d}",
        contract="canteen",
        terms="0f" * 16,
        requester=requester,
        origin=here,
        kind="complaint",
        category="food.spoiled",
        categories=("food.spoiled",),
        summary=TEXT,
        because=("馊味", "豆腐"),
        fields=(Field(name="quantity", text="20斤", value="20 jin"),),
        opened_at=at,
        received_at=at,
        last_said_at=at,
    )


def _target(ticket: int, stage: str, at: datetime) -> Target:
    due = at + timedelta(minutes=10)
    return Target(
        ticket=ticket,
        stage=stage,
        policy=f"F03.{stage}",
        within="10m",
        calendar="always",
        ladder="default",
        started_at=at,
        due=due,
    )


def _notice(ticket: Ticket, purpose: Purpose, to: Address) -> OutboxRow:
    key = f"{purpose}:{ticket.id}"
    return OutboxRow(
        key=key,
        purpose=purpose,
        priority=PRIORITY[purpose],
        recipient=f"requester:{ticket.requester}",
        routes=(to,),
        message=Outgoing(
            key=key,
            text=f"【已受理】{ticket.number} {ticket.summary}：10分钟内响应，2小时内到场，4小时内解决。",
            buttons=((Button(label="接单", action=f"take:{ticket.id}"),),),
            mentions=(Mention(person="agent1", name="小李", user="42"),),
        ),
        ticket=ticket.id,
        created_at=ticket.opened_at,
        next_at=ticket.opened_at,
    )
