"""What a requester said becomes part of a ticket, or a new one. Nothing is lost: in doubt it is a ticket."""

from __future__ import annotations

import re

import msgspec
from msgspec.structs import replace

from bot.desk.addressees import discreet, hushed_words, one, people_for
from bot.desk.alarms import page, ticket_buttons
from bot.desk.book import Turn
from bot.desk.life import reopen, request_time, resume
from bot.desk.log import Entry, record
from bot.desk.masking import masked
from bot.desk.matters import Situation, Verdict, decide
from bot.desk.meaning import codes_of, in_doubt
from bot.desk.notices import Notice, group, here, tell
from bot.desk.opening import NewCase, open_ticket, wanted_time
from bot.desk.records import Message, Requester
from bot.desk.wording import UNSEEN, brief
from bot.domain.clocks import length
from bot.domain.messages import Incoming, Purpose
from bot.domain.ticket import Field, Ticket
from bot.domain.words import EventType, Severity, Status
from bot.intake import Understanding
from bot.texts import say

_ECHO = re.compile(r"也(?:是|一样|有|这样|如此)|一样|同样|同上|还有我们|^\+1")
_ECHO_CHARS = 12


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A stored message of a requester, with what intake made of it.

    `recent`: their tickets, open or closed so lately that a message may reopen them, newest first.
    """

    incoming: Incoming
    message: Message
    requester: Requester
    contract: str
    meaning: Understanding
    recent: tuple[Ticket, ...]


def receive(turn: Turn, said: Said) -> Ticket | None:
    """Open, join or reopen; the ticket the message now belongs to, if any."""
    said = replace(said, meaning=in_doubt(said.meaning))
    verdict = decide(said.meaning, situation(turn, said))
    match verdict.what:
        case "open":
            return open_ticket(turn, new_case(said))
        case "join" if verdict.ticket:
            return join(turn, said, verdict.ticket, burst=verdict.burst)
        case "reopen" if verdict.ticket:
            return _again(turn, said, verdict.ticket)
        case "thank" | "greet":
            _small_answer(turn, said, verdict)
    return None


def new_case(said: Said) -> NewCase:
    """The message as a matter of its own."""
    incoming = said.incoming
    return NewCase(
        requester=said.requester.id,
        contract=said.contract,
        origin=incoming.address,
        received_at=incoming.sent_at,
        text=said.message.text if said.message.text.strip(UNSEEN) else said_without_words(said.message),
        meaning=said.meaning if said.message.text.strip(UNSEEN) else _nothing_said(said.meaning),
        message=said.message.id,
        reply_to=incoming.quotable,
        reply_token=incoming.reply_token,
    )


def _nothing_said(meaning: Understanding) -> Understanding:
    """A picture without words: nobody sends one for fun, so it is a complaint until somebody says otherwise."""
    because = (say("because.no_words"),)
    return replace(meaning, complaint=True, kind="complaint", categories=(), band="unsure", because=because)


def said_without_words(message: Message) -> str:
    """`[图片]`, `[语音]` … for a message that is only media."""
    return "".join(say(f"media.{m.kind}") for m in message.media) or say("media.empty")


def situation(turn: Turn, said: Said) -> Situation:
    """What is known when the message comes."""
    pace = turn.book.of(said.contract).pace
    own = [t for t in (survivor(turn, t) for t in said.recent) if t.contract == said.contract]
    words = said.message.text.strip(UNSEEN)
    return Situation(
        now=turn.now,
        tickets=list({t.id: t for t in own}.values()),
        colleagues=_colleagues(turn, said, {t.id for t in own}),
        quoted=quoted_ticket(turn, said.incoming),
        group=said.incoming.group,
        addressed=said.incoming.addressed,
        burst=length(pace.burst),
        join=length(pace.join),
        bare=not words,
        gesture=not words and {m.kind for m in said.message.media} == {"sticker"},
        echo=len(words) <= _ECHO_CHARS and bool(_ECHO.search(words)) and not said.meaning.fields,
    )


def _colleagues(turn: Turn, said: Said, own: set[int]) -> list[Ticket]:
    """The tickets of the others in the group."""
    if not said.incoming.group:
        return []
    since = turn.now - length(turn.book.of(said.contract).pace.reopen)
    return [t for t in turn.tx.tickets.of_chat(said.incoming.address.key, since) if t.id not in own]


def quoted_ticket(turn: Turn, incoming: Incoming) -> Ticket | None:
    """The ticket of the message that is answered, if any."""
    if not incoming.quoted_id:
        return None
    message = turn.tx.messages.by_provider(incoming.address, incoming.quoted_id)
    if message and message.ticket:
        found = turn.tx.tickets.get(message.ticket)
    else:
        row = turn.tx.outbox.by_ref(incoming.address.channel, incoming.quoted_id)
        found = turn.tx.tickets.get(row.ticket) if row and row.ticket else None
    return survivor(turn, found) if found else None


def survivor(turn: Turn, ticket: Ticket) -> Ticket:
    """The ticket itself, or the one it was merged into, where its matter goes on."""
    into = turn.tx.tickets.get(ticket.merged_into) if ticket.merged_into else None
    return survivor(turn, into) if into else ticket


def join(turn: Turn, said: Said, old: Ticket, *, burst: bool) -> Ticket:
    """The message becomes part of a ticket: what it adds is added, who works on it is told."""
    ticket = _enrich(turn, said, old)
    turn.tx.messages.attach(said.message.id, ticket.id)
    actor = f"requester:{said.requester.id}"
    record(turn, ticket, Entry(type=EventType.MESSAGE_ADDED, actor=actor, message=said.message.id))
    ticket = _new_time(turn, said, ticket)
    if ticket.status == Status.WAITING:
        ticket = resume(turn, ticket, actor)  # the customer has spoken: nobody waits for them any more
    worse = ticket.severity != old.severity
    if worse and ticket.severity == Severity.CRITICAL:
        words = say("page.worse", words=said.message.text[:500], before=ticket.summary)
        grave = replace(ticket, summary=words)  # those paged must read what made it grave
        page(turn, grave, why="critical", key=f"page:{ticket.id}:{ticket.cycle}:critical")
    else:
        _pass_on(turn, said, ticket, quietly=burst and not ticket.assignee)
    if not burst:
        _noted(turn, said, ticket)
    return ticket


def _enrich(turn: Turn, said: Said, ticket: Ticket) -> Ticket:
    """New fields, new categories and a graver severity are taken over; deadlines never move by repetition."""
    known = {(f.name, f.value) for f in ticket.fields}
    fresh = tuple(
        Field(name=s.field, text=s.text, value=s.value)
        for s in said.meaning.fields
        if (s.field, s.value) not in known
    )
    codes = codes_of(said.meaning) if said.meaning.complaint else ()
    severity = Severity.CRITICAL if said.meaning.severity == "critical" else ticket.severity
    changed = replace(
        ticket,
        fields=(ticket.fields + fresh)[:30],
        categories=tuple(dict.fromkeys([*ticket.categories, *codes]))[:5],
        severity=severity,
        last_said_at=turn.now,
    )
    if severity != ticket.severity:
        data = {"from": ticket.severity.value, "to": severity.value}
        record(
            turn,
            ticket,
            Entry(type=EventType.SEVERITY_CHANGED, actor="bot", message=said.message.id, data=data),
        )
    return turn.tx.tickets.save(changed)


def _new_time(turn: Turn, said: Said, ticket: Ticket) -> Ticket:
    fields = tuple(Field(name=s.field, text=s.text, value=s.value) for s in said.meaning.fields)
    at = wanted_time(fields, turn.now)
    return (
        request_time(turn, ticket, at, f"requester:{said.requester.id}")
        if at and at != ticket.requested_at
        else ticket
    )


def _pass_on(turn: Turn, said: Said, ticket: Ticket, *, quietly: bool) -> None:
    """Whoever works on it (or should) hears what the customer added: quietly, where they were pinged just now."""
    words = brief(masked(said.message.text or said_without_words(said.message)), 200)
    text = say("staff.added", number=ticket.number, words=words)
    notice = Notice(
        key=f"added:{said.message.id}",
        purpose=Purpose.PROGRESS if quietly else Purpose.PAGE,
        text=text,
        coalesce=f"added:{ticket.id}",
        ticket=ticket.id,
        buttons=ticket_buttons(ticket),
    )
    if not discreet(turn, ticket):
        people = [] if quietly else people_for(turn, ticket, "assignee")
        tell(turn, group(turn, ticket.contract, people), notice)
        return
    for word in hushed_words(ticket, ("assignee",)):
        for person in people_for(turn, ticket, word):
            tell(turn, one(turn, ticket, person), replace(notice, key=f"{notice.key}:{person.id}"))


def _noted(turn: Turn, said: Said, ticket: Ticket) -> None:
    text = say("customer.noted", number=ticket.number, state=say(f"status.{ticket.status}"))
    notice = Notice(key=f"noted:{said.message.id}", purpose=Purpose.REPLY, text=text, ticket=ticket.id)
    tell(turn, here(said.incoming.address, f"requester:{said.requester.id}"), notice)


def _again(turn: Turn, said: Said, ticket: Ticket) -> Ticket:
    turn.tx.messages.attach(said.message.id, ticket.id)
    return reopen(turn, ticket, said.incoming.sent_at, said.message)


def _small_answer(turn: Turn, said: Said, verdict: Verdict) -> None:
    """Thanks and greetings get one friendly line; a group hears nothing it did not ask for."""
    if verdict.ticket and verdict.what == "thank":
        turn.tx.messages.attach(said.message.id, verdict.ticket.id)
    if said.incoming.group and not said.incoming.addressed:
        return
    notice = Notice(
        key=f"small:{said.message.id}", purpose=Purpose.REPLY, text=say(f"customer.{verdict.what}")
    )
    tell(turn, here(said.incoming.address, f"requester:{said.requester.id}"), notice)
