"""When intake is unsure: the ticket is open all the same, and the customer is asked what it is."""

from __future__ import annotations

import msgspec

from bot.desk.alarms import page
from bot.desk.book import Turn, frozen
from bot.desk.log import Entry, record
from bot.desk.notices import Notice, customer, tell
from bot.desk.wording import category_title
from bot.domain.clocks import length
from bot.domain.messages import Button, Purpose
from bot.domain.scheme import Terms
from bot.domain.ticket import Ticket, Timer
from bot.domain.words import EventType
from bot.intake import Understanding
from bot.texts import say

OTHER, NOT_A_COMPLAINT = "other", "none"


def ask(turn: Turn, ticket: Ticket, meaning: Understanding) -> None:
    """Offer the three likeliest categories, 其他 and 不是投诉; a human takes over if nobody answers."""
    terms = frozen(turn, ticket.terms)
    codes = choices(meaning, terms)
    labels = [category_title(terms, c) for c in codes] + [say("triage.other"), say("triage.none")]
    actions = [*codes, OTHER, NOT_A_COMPLAINT]
    buttons = tuple(
        (Button(label=f"{n} {label}", action=f"triage:{ticket.id}:{action}"),)
        for n, (label, action) in enumerate(zip(labels, actions, strict=True), 1)
    )
    tell(
        turn,
        customer(turn, ticket),
        Notice(
            key=f"triage:{ticket.id}:{ticket.cycle}",
            purpose=Purpose.REPLY,
            text=say("triage.question", number=ticket.number),
            buttons=buttons,
            ticket=ticket.id,
        ),
    )
    data = {"choices": actions}
    record(turn, ticket, Entry(type=EventType.TRIAGE_ASKED, actor="bot", data=data))
    turn.tx.timers.set(Timer(at=turn.now + length(terms.pace.triage), kind="triage", ticket=ticket.id))


def choices(meaning: Understanding, terms: Terms) -> list[str]:
    """The three likeliest categories of the trade; its first ones where nothing points anywhere."""
    likely = [c.code for c in meaning.categories if c.code in terms.categories]
    return list(dict.fromkeys([*likely, *terms.categories]))[:3]


def open_question(turn: Turn, ticket: Ticket) -> list[str]:
    """The choices the customer has been offered and not answered; empty where there are none."""
    for event in reversed(turn.tx.events.of_ticket(ticket.id)):
        if event.type in {EventType.TRIAGE_ANSWERED, EventType.RECLASSIFIED}:
            return []
        if event.type == EventType.TRIAGE_ASKED:
            return list(event.data["choices"])
    return []


def silent(turn: Turn, ticket: Ticket) -> None:
    """Nobody answered the question: a human decides."""
    if ticket.triage and not ticket.closed:
        page(turn, ticket, why="triage", key=f"page:{ticket.id}:{ticket.cycle}:triage")


def settled(turn: Turn, ticket: Ticket) -> Ticket:
    """The question is answered; no human need look at it any more."""
    turn.tx.timers.clear(ticket.id, kind="triage")
    return turn.tx.tickets.save(msgspec.structs.replace(ticket, triage=False))
