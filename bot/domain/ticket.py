"""Tickets, their targets and their log, as plain values. Everything that happens to them is a new value."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from bot.domain.messages import Address
from bot.domain.words import CLOSED, PAUSED, EventType, Severity, Status


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One thing taken out of what the customer wrote: its name, the words, and what they mean."""

    name: str
    text: str
    value: str


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """A pause: repair clocks stand still inside it; `until` is None while it lasts."""

    since: datetime
    until: datetime | None = None
    why: Literal["waiting", "disputed"] = "waiting"


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """One matter to settle. `version` guards against lost updates; `cycle` counts reopenings."""

    id: int = 0
    number: str = ""
    contract: str
    terms: str  # id of the frozen contract version it was opened under
    requester: int
    origin: Address
    kind: str
    category: str
    categories: tuple[str, ...] = ()
    severity: Severity = Severity.NORMAL
    status: Status = Status.OPEN
    summary: str
    because: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    confidence: float = 1.0
    triage: bool = False  # a human, or the customer's answer, still has to say what it is
    assignee: str = ""
    blamed: tuple[str, ...] = ()  # people complained about: never the ones told (M17, D10)
    cycle: int = 1
    opened_at: datetime
    received_at: datetime  # of the requester's message that started the clocks of this cycle
    last_said_at: datetime
    closed_at: datetime | None = None
    outcome: str = ""
    pauses: tuple[Interval, ...] = ()
    requested_at: datetime | None = None  # the time the customer chose (B07, F04)
    parent: int = 0
    merged_into: int = 0
    version: int = 0

    @property
    def closed(self) -> bool:
        """Nothing more is owed in this cycle."""
        return self.status in CLOSED

    @property
    def paused(self) -> bool:
        """Repair clocks stand still."""
        return self.status in PAUSED


TargetState = Literal["open", "met", "breached", "cancelled"]


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One promise on one ticket: by when, and what became of it. Facts, never counters.

    A target met late keeps both `breached_at` (its deadline) and `met_at`. `due` is None until the instant it
    counts from is known (e.g. the time a customer chooses).
    """

    id: int = 0
    ticket: int = 0
    cycle: int = 1
    stage: str
    policy: str  # the commitment's id in the scheme or contract, e.g. "F03.respond"
    within: str  # as written in the policy
    calendar: str
    ladder: str
    pausable: bool = False
    started_at: datetime | None = None
    due: datetime | None = None
    met_at: datetime | None = None
    met_by: int = 0  # the event that is the evidence
    breached_at: datetime | None = None
    detected_at: datetime | None = None
    cancelled_at: datetime | None = None

    @property
    def state(self) -> TargetState:
        """`met` means kept; met after its deadline stays `breached`."""
        if self.cancelled_at:
            return "cancelled"
        if self.breached_at:
            return "breached"
        return "met" if self.met_at else "open"

    @property
    def running(self) -> bool:
        """Somebody still owes it, late or not."""
        return self.met_at is None and self.cancelled_at is None


class TicketEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a ticket's append-only log: who did what, when, and on what evidence."""

    id: int = 0
    ticket: int = 0
    cycle: int = 1
    type: EventType
    at: datetime  # when it happened
    recorded_at: datetime | None = None  # when we learnt of it, where that is later
    actor: str  # a person's name, `requester:ID`, `bot` or `clock`
    message: int = 0  # the message that is the evidence
    data: dict[str, Any] = {}


class Timer(msgspec.Struct, frozen=True, kw_only=True):
    """A durable "do this at that time". One per (kind, ticket, target, key): setting it again moves it."""

    id: int = 0
    at: datetime
    kind: Literal["target", "lease", "triage", "handover", "reckon"]
    ticket: int = 0
    target: int = 0
    key: str = ""
    step: int = 0
    attempts: int = 0
