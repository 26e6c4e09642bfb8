"""A customer's words that reach the bot through a colleague: quoted, forwarded, or handed on by a button."""

from __future__ import annotations

import re

from bot.desk.book import Turn
from bot.desk.receive import quoted_ticket, said_without_words
from bot.desk.records import Message
from bot.domain.messages import Button, Incoming
from bot.domain.roster import Person
from bot.domain.ticket import Ticket
from bot.handlers.call import Answer
from bot.intake import Intake
from bot.texts import say

_NUMBER = re.compile(r"[A-Z]{1,4}\d{6}-\d{3,6}(?!\d)", re.ASCII)
_LOOKED_AT = 2000  # characters of a quoted message
_CHOICES = 6


def quoted_words(incoming: Incoming) -> str:
    """What is quoted, in words; `[图片]` for a picture."""
    count = int(incoming.data.get("quoted_media", "0"))
    return incoming.quoted_text or "".join(say(f"media.{m.kind}") for m in incoming.media[-count:] if count)


def meant(turn: Turn, incoming: Incoming) -> Ticket | None:
    """The ticket whose message is quoted: by its id, else (WeCom tells none) by the notice of ours it repeats."""
    return quoted_ticket(turn, incoming) or _noticed(turn, incoming.quoted_text)


def _noticed(turn: Turn, quoted: str) -> Ticket | None:
    found = _NUMBER.search(quoted[:_LOOKED_AT])
    ticket = turn.tx.tickets.by_number(found.group()) if found else None
    if ticket is None:
        return None
    line = _plain(quoted.strip().split("\n")[0])
    told = (_plain(row.message.text) for row in turn.tx.outbox.of_ticket(ticket.id))
    return ticket if any(line in text for text in told) else None


def _plain(text: str) -> str:
    return "".join(text.split())


def wants_ticket(incoming: Incoming, about: Ticket | None) -> bool:
    """Whether a colleague quotes or forwards what is not ours: then it becomes a ticket."""
    if incoming.data.get("forwarded") and incoming.text:
        return incoming.addressed
    return bool(quoted_words(incoming) and incoming.addressed and about is None)


def offer(turn: Turn, intake: Intake, person: Person, message: Message) -> Answer | None:
    """A ticket by one touch, for what may be a customer's message: in private, forwarding leaves no trace."""
    if not message.media and not intake.understand(message.text).complaint:
        return None
    book = turn.book
    mine = book.contracts_of(person)[:_CHOICES]
    buttons = [
        Button(label=book.of(c).contract_title[:10], action=f"enter:{message.id}:{c}"[:64]) for c in mine
    ]
    words = message.text[:20] or said_without_words(message)
    return Answer(text=say("ask.enter", words=words), buttons=tuple((button,) for button in buttons))
