"""Opening a ticket: the ticket, its promised clocks, the acknowledgement and the page, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

import msgspec

from bot.desk import triage
from bot.desk.alarms import Page, ping
from bot.desk.book import Turn, freeze, frozen
from bot.desk.clockwork import start_clocks
from bot.desk.log import Entry, record
from bot.desk.meaning import codes_of
from bot.desk.notices import Notice, customer, tell
from bot.desk.opinion import ask_opinion
from bot.desk.wording import duration, fields_line, local, matter, promises
from bot.domain.messages import Address, Purpose
from bot.domain.scheme import Terms
from bot.domain.ticket import Field, Target, Ticket
from bot.domain.words import EventType, Severity
from bot.intake import Understanding
from bot.texts import say

_FAULTS = frozenset(
    {"complaint", "return", "consumables"}
)  # kinds whose matter and rights the customer is told
MOST_FIELDS = 30
_ORDER = (Severity.NORMAL, Severity.SERIOUS, Severity.CRITICAL)


class NewCase(msgspec.Struct, frozen=True, kw_only=True):
    """A matter nobody has a ticket for yet."""

    requester: int
    contract: str
    origin: Address
    received_at: datetime
    text: str
    meaning: Understanding
    message: int = 0
    kind: str = ""  # where staff say what it is; else as understood
    actor: str = ""
    parent: int = 0
    reply_to: str = ""
    reply_token: str = ""


def open_ticket(turn: Turn, case: NewCase) -> Ticket:
    """Write the ticket, start every promised clock, acknowledge and page."""
    terms = turn.book.of(case.contract)
    ticket = turn.tx.tickets.add(_ticket(turn, terms, case))
    if case.message:
        turn.tx.messages.attach(case.message, ticket.id)
    actor = case.actor or f"requester:{case.requester}"
    data = {"kind": ticket.kind, "category": ticket.category, "severity": ticket.severity.value}
    record(turn, ticket, Entry(type=EventType.OPENED, actor=actor, message=case.message, data=data))
    targets = start_clocks(turn, ticket)
    acknowledge(turn, ticket, targets, case)
    why = "critical" if ticket.severity == Severity.CRITICAL else "new"
    ping(turn, ticket, Page(why=why, key=f"page:{ticket.id}:1", targets=targets))
    if ticket.triage:
        triage.ask(turn, ticket, case.meaning)
        ask_opinion(turn, ticket)
    return ticket


def _ticket(turn: Turn, terms: Terms, case: NewCase) -> Ticket:
    meaning = case.meaning
    kind = case.kind or kind_of(terms, meaning)
    codes = codes_of(meaning)
    fields = distinct(Field(name=s.field, text=s.text, value=s.value) for s in meaning.fields)
    return Ticket(
        number=_number(turn, terms),
        contract=terms.contract,
        terms=freeze(turn, terms),
        requester=case.requester,
        origin=case.origin,
        kind=kind,
        category=codes[0],
        categories=codes[:3],
        severity=severity_of(terms, codes[0], Severity(meaning.severity)),
        summary=case.text[:2000],
        because=meaning.because[:6],
        fields=fields,
        confidence=meaning.confidence,
        triage=meaning.band == "unsure" and not case.kind,
        blamed=blamed_in(turn, case.text, meaning),
        opened_at=turn.now,
        received_at=case.received_at,
        last_said_at=case.received_at,
        requested_at=wanted_time(fields, turn.now),
        parent=case.parent,
    )


def kind_of(terms: Terms, meaning: Understanding) -> str:
    """The ticket's kind as understood, where the trade knows it; in doubt a complaint."""
    if meaning.kind in terms.kinds:
        return meaning.kind
    return "complaint" if meaning.complaint else "consultation"


def severity_of(terms: Terms, category: str, understood: Severity) -> Severity:
    """As understood, but never below what the category demands."""
    spec = terms.categories.get(category)
    return max(understood, spec.severity if spec else Severity.NORMAL, key=_ORDER.index)


def blamed_in(turn: Turn, text: str, meaning: Understanding) -> tuple[str, ...]:
    """The supplier's people named in a complaint about conduct: they are never the ones told (M17, D10)."""
    codes = {c.code for c in meaning.categories}
    if not codes & {"service.attitude", "service.no_response"}:
        return ()
    people = turn.book.roster.people.values()
    return tuple(p.id for p in people if len(p.name) > 1 and p.name in text)


def distinct(fields: Iterable[Field]) -> tuple[Field, ...]:
    """Each thing said once, however often it was said, and not more than anybody can read."""
    return tuple({(f.name, f.value): f for f in fields}.values())[:MOST_FIELDS]


def wanted_time(fields: tuple[Field, ...], now: datetime) -> datetime | None:
    """The time the customer asks for (B07, F04), where it lies ahead."""
    for field in fields:
        if field.name == "wanted_at":
            try:
                at = datetime.fromisoformat(field.value)
            except ValueError:
                continue
            if at.tzinfo is not None and at > now:
                return at
    return None


def _number(turn: Turn, terms: Terms) -> str:
    day = _day(turn.now, terms.zone)
    return f"{terms.prefix}{day}-{turn.tx.tickets.next_number(terms.prefix + day):03d}"


@lru_cache(maxsize=16)
def _day(now: datetime, zone: str) -> str:
    """`260216`; kept, because a whole batch of tickets is opened at one time."""
    return f"{local(now, zone):%y%m%d}"


def acknowledge(turn: Turn, ticket: Ticket, targets: list[Target], case: NewCase) -> None:
    """Tell the customer at once: number, what was understood, what is promised by when."""
    terms = frozen(turn, ticket.terms)
    lines = [
        say(
            "ack.critical" if ticket.severity == Severity.CRITICAL else f"ack.{_tone(ticket)}",
            number=ticket.number,
        ),
        _understood(terms, ticket) if ticket.kind in _FAULTS else "",
        fields_line(ticket),
        _promised(turn, terms, targets),
        _entitles(terms, ticket) if ticket.kind in _FAULTS else "",
        say("ack.late", span=_lateness(turn, ticket)) if _late(turn, ticket) else "",
        say("ack.wrong"),
    ]
    tell(
        turn,
        customer(turn, ticket),
        Notice(
            key=f"ack:{ticket.id}:{ticket.cycle}",
            purpose=Purpose.ACKNOWLEDGE,
            text="\n".join(line for line in lines if line),
            ticket=ticket.id,
            reply_to=case.reply_to,
            reply_token=case.reply_token,
        ),
    )


def _understood(terms: Terms, ticket: Ticket) -> str:
    """What it is; a guess about which the customer is being asked is said to be one."""
    return say("ack.unsure" if ticket.triage else "ack.understood", matter=matter(terms, ticket))


def _entitles(terms: Terms, ticket: Ticket) -> str:
    """What the contract gives in such a case; nothing is promised upon a guess."""
    spec = terms.categories.get(ticket.category)
    return say("ack.entitles", what=spec.entitles) if spec and spec.entitles and not ticket.triage else ""


def _promised(turn: Turn, terms: Terms, targets: list[Target]) -> str:
    words = promises(targets, terms, turn.now)
    return say("ack.promised", promises=words) if words else ""


def _tone(ticket: Ticket) -> str:
    return ticket.kind if ticket.kind in {"complaint", "consultation", "suggestion"} else "other"


def _late(turn: Turn, ticket: Ticket) -> bool:
    """A matter split off later is not late: its message came in time."""
    return not ticket.parent and (turn.now - ticket.received_at).total_seconds() > 120


def _lateness(turn: Turn, ticket: Ticket) -> str:
    return duration(turn.now - ticket.received_at)
