"""The durable rows that are not tickets: inbox, messages, people, chats, codes, outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from bot.domain.messages import Address, Incoming, Media, Outgoing, Purpose


class InboxRow(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it came, durable before anyone is told so. Unique on (channel, account, provider_id)."""

    id: int
    received_at: datetime
    conversation: str  # Address.key: worked off in order
    incoming: Incoming
    attempts: int = 0


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One thing somebody sent or we sent, in its thread."""

    id: int = 0
    direction: Literal["in", "out"]
    address: Address
    provider_id: str
    sender: str  # `requester:ID` or a staff person's name or `bot`
    sender_name: str = ""
    at: datetime
    text: str
    media: tuple[Media, ...] = ()
    album: str = ""
    ticket: int = 0
    understanding: str = ""  # JSON of what intake said, for learning and audits


class Requester(msgspec.Struct, frozen=True, kw_only=True):
    """客户/报修人: a person of a customer organisation, known by identities on several channels."""

    id: int = 0
    name: str
    contract: str = ""  # "" until bound
    phone: str = ""
    created_at: datetime


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """How a requester is known on a channel, and where they can be reached there."""

    channel: str
    account: str
    external_id: str
    requester: int
    address: Address  # where to answer them privately, or the group they wrote in last
    last_in_at: datetime | None = None


class Chat(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation we know the meaning of."""

    address: Address
    role: Literal["customer", "staff", "supervisor"]
    contract: str = ""
    title: str = ""
    last_in_at: datetime | None = None  # last message of the other side: reply windows count from it
    sent_since_in: int = 0


class BindCode(msgspec.Struct, frozen=True, kw_only=True):
    """A one-time code that binds a chat, an identity or a phone number. Only its hash is stored."""

    hash: str
    purpose: Literal["chat", "identity"]
    contract: str = ""
    role: Literal["customer", "staff", "supervisor"] = "customer"
    requester: int = 0
    expires_at: datetime
    used_at: datetime | None = None


OutboxState = Literal["pending", "sending", "sent", "failed", "uncertain", "merged"]


class OutboxRow(msgspec.Struct, frozen=True, kw_only=True):
    """One notice that must go out. `routes` are tried in order; `key` makes writing it twice impossible."""

    id: int = 0
    key: str
    purpose: Purpose
    priority: int
    recipient: str  # `requester:ID`, a staff person's name, or `chat:KEY`
    routes: tuple[Address, ...]
    route: int = 0
    message: Outgoing
    ticket: int = 0
    target: int = 0
    state: OutboxState = "pending"
    attempts: int = 0
    created_at: datetime
    next_at: datetime
    leased_until: datetime | None = None
    sent_at: datetime | None = None
    ref: str = ""
    spent: int = 1  # messages it took of the provider's allowance
    error: str = ""
    coalesce: str = ""  # notices with the same key may be sent as one when a quota is short


class TargetFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which targets a report or a list wants; empty means all."""

    contract: str = ""
    assignee: str = ""
    since: datetime | None = None  # due or met inside [since, until)
    until: datetime | None = None
    open_only: bool = False
    overdue_at: datetime | None = None


class TicketFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which tickets a list wants; empty means all."""

    contract: str = ""
    assignee: str = ""
    requester: int = 0
    open_only: bool = False
    opened_since: datetime | None = None
    opened_until: datetime | None = None
    limit: int = 200


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """What a human said a text really is: 误报, 改类 or the customer's own answer. Intake learns from it."""

    id: int = 0
    text: str
    labels: tuple[str, ...]
    severity: str
    source: Literal["invalid", "reclassified", "customer", "word"]
    by: str
    at: datetime
    ticket: int = 0


class TaughtWord(msgspec.Struct, frozen=True, kw_only=True):
    """A word a supervisor added to a category; counts only once confirmed."""

    word: str
    category: str
    by: str
    at: datetime
    active: bool = False
