"""The optional second opinion on an unsure ticket: asked beside everything else, shown as what it is."""

from __future__ import annotations

import re

from msgspec.structs import replace

from bot.desk.addressees import discreet, one, people_for
from bot.desk.book import Turn, frozen
from bot.desk.log import Entry, record
from bot.desk.masking import masked
from bot.desk.notices import Audience, Notice, group, tell
from bot.desk.triage import NOT_A_COMPLAINT
from bot.desk.wording import brief, category_title
from bot.domain.messages import Address, Purpose
from bot.domain.ticket import Ticket
from bot.domain.words import EventType
from bot.texts import say

_NUMBERS = re.compile(r"[0-9A-Za-z]*\d[0-9A-Za-z-]{5,}")


def ask_opinion(turn: Turn, ticket: Ticket) -> None:
    """Put the question into the outbox, personal data masked; nothing waits for the answer."""
    if not turn.book.second_opinion:
        return
    terms = frozen(turn, ticket.terms)
    known = "\n".join(f"{code} {spec.title}" for code, spec in terms.categories.items())
    words = _NUMBERS.sub("***", brief(masked(ticket.summary), 500))
    address = Address(channel="opinion", account=turn.book.second_opinion, chat=str(ticket.id))
    notice = Notice(
        key=f"opinion:{ticket.id}:{ticket.cycle}",
        purpose=Purpose.DIGEST,
        text=say("opinion.question", categories=known, words=words),
    )
    tell(turn, Audience(recipient="opinion", routes=(address,)), notice)


def hear_opinion(turn: Turn, ticket_id: str, category: str, why: str) -> None:
    """Write the answer down and show it to staff as an outside model's guess; it changes nothing by itself."""
    ticket = turn.tx.tickets.get(int(ticket_id)) if ticket_id.isdecimal() else None
    if ticket is None or ticket.closed or not ticket.triage:
        return
    terms = frozen(turn, ticket.terms)
    if category not in terms.categories and category != NOT_A_COMPLAINT:
        return
    title = say("triage.none") if category == NOT_A_COMPLAINT else category_title(terms, category)
    text = say("opinion.says", number=ticket.number, category=title, why=brief(masked(why), 120))
    event = record(turn, ticket, Entry(type=EventType.NOTED, actor="opinion", data={"words": text}))
    notice = Notice(key=f"opinion-says:{event}", purpose=Purpose.PROGRESS, text=text, ticket=ticket.id)
    if not discreet(turn, ticket):
        tell(turn, group(turn, ticket.contract), notice)
        return
    for person in people_for(turn, ticket, "supervisor"):
        tell(turn, one(turn, ticket, person), replace(notice, key=f"{notice.key}:{person.id}"))
