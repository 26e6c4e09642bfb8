"""Rows of every kind, with only what a test cares about given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.desk.ports import Tx
from bot.desk.records import Identity, Message, OutboxRow, Requester
from bot.domain.messages import Address, Incoming, Outgoing, Purpose
from bot.domain.ticket import Target, Ticket, TicketEvent, Timer
from bot.domain.words import EventType

NOW = datetime(2026, 2, 16, 15, 50, 0, 123456, tzinfo=UTC)
HERE = Address(channel="local", chat="customer")
STAFF = Address(channel="local", chat="staff")


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def incoming(provider_id: str = "m1", **more: Any) -> Incoming:
    given = {"address": HERE, "sender": "customer", "sent_at": NOW, "text": "豆腐有馊味，20斤"}
    return Incoming(provider_id=provider_id, **{**given, **more})


def message(provider_id: str = "m1", **more: Any) -> Message:
    given = {
        "direction": "in",
        "address": HERE,
        "sender": "requester:1",
        "at": NOW,
        "text": "豆腐有馊味，20斤",
    }
    return Message(provider_id=provider_id, **{**given, **more})


def requester(**more: Any) -> Requester:
    return Requester(**{"name": "王老师", "contract": "canteen", "created_at": NOW, **more})


def identity(who: int, external_id: str = "customer", **more: Any) -> Identity:
    given = {"channel": "local", "account": "default", "address": HERE, "last_in_at": NOW}
    return Identity(external_id=external_id, requester=who, **{**given, **more})


def ticket(number: str = "F1", **more: Any) -> Ticket:
    given = {
        "contract": "canteen",
        "terms": "a1",
        "requester": 0,
        "origin": HERE,
        "kind": "complaint",
        "category": "food.spoiled",
        "summary": "豆腐有馊味",
        "opened_at": NOW,
        "received_at": NOW,
        "last_said_at": NOW,
    }
    return Ticket(number=number, **{**given, **more})


def event(of: int, kind: EventType = EventType.OPENED, **more: Any) -> TicketEvent:
    return TicketEvent(**{"ticket": of, "type": kind, "at": NOW, "actor": "bot", **more})


def target(of: int, stage: str = "respond", **more: Any) -> Target:
    given = {
        "policy": f"F03.{stage}",
        "within": "10m",
        "calendar": "always",
        "ladder": "default",
        "started_at": NOW,
        "due": later(600),
    }
    return Target(ticket=of, stage=stage, **{**given, **more})


def timer(of: int, at: datetime, **more: Any) -> Timer:
    return Timer(**{"at": at, "kind": "target", "ticket": of, **more})


def notice(key: str, **more: Any) -> OutboxRow:
    given = {
        "purpose": Purpose.REPLY,
        "priority": 20,
        "recipient": "requester:1",
        "routes": (HERE, STAFF),
        "message": Outgoing(key=key, text="已受理"),
        "created_at": NOW,
        "next_at": NOW,
    }
    return OutboxRow(key=key, **{**given, **more})


def opened(tx: Tx, number: str = "F1", **more: Any) -> Ticket:
    """A stored ticket of a stored requester."""
    who = tx.people.add(requester())
    return tx.tickets.add(ticket(number, requester=who.id, **more))
