"""What became of a notice: accepted, put off, refused on this route, or perhaps delivered."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from bot.desk.addressees import discreet, hushed_words, one, people_for
from bot.desk.alarms import alarm, number_hint
from bot.desk.book import Turn, frozen
from bot.desk.log import Entry, record
from bot.desk.masking import masked
from bot.desk.notices import Notice, group, tell
from bot.desk.records import Message, OutboxRow
from bot.desk.wording import brief
from bot.domain.clocks import length
from bot.domain.messages import Purpose
from bot.domain.roster import Person
from bot.domain.ticket import Ticket
from bot.domain.words import EventType
from bot.texts import say

MAX_TRIES = 8
_FIRST_WAIT, _LONGEST_WAIT = 2.0, 300.0
_PATIENCE = 6  # tries that take a minute


def wait_after(attempts: int, retry_after: float | None) -> timedelta:
    """How long to wait before the next try: what the provider said, else doubling up to five minutes."""
    if retry_after is not None:
        return timedelta(seconds=min(max(retry_after, 1.0), 3600.0))
    return timedelta(seconds=min(_FIRST_WAIT * 2 ** max(attempts - 1, 0), _LONGEST_WAIT))


def accepted(turn: Turn, row: OutboxRow, ref: str) -> None:
    """The provider took it: the row is done, the thread shows it, an acknowledgement meets its clock."""
    turn.tx.outbox.save(replace(row, state="sent", sent_at=turn.now, ref=ref, leased_until=None, error=""))
    address = row.routes[row.route]
    turn.tx.messages.add(
        Message(
            direction="out",
            address=address,
            provider_id=ref or f"out:{row.id}",
            sender="bot",
            at=turn.now,
            text=row.message.text,
            ticket=row.ticket,
        )
    )
    if row.purpose != Purpose.ACKNOWLEDGE:
        return
    ticket = turn.tx.tickets.get(row.ticket) if row.ticket else None
    if ticket:
        ticket = replace(ticket, cycle=_cycle(row, ticket))
        data = {"outbox": row.id, "ref": ref, "channel": address.channel}
        record(turn, ticket, Entry(type=EventType.ACKNOWLEDGED, actor="bot", data=data))


def _cycle(row: OutboxRow, ticket: Ticket) -> int:
    """The cycle an acknowledgement (`ack:TICKET:CYCLE`) speaks of, which a reopening may have overtaken."""
    cycle = row.key.rpartition(":")[2]
    return int(cycle) if row.key.startswith("ack:") and cycle.isdigit() else ticket.cycle


def put_off(turn: Turn, row: OutboxRow, error: str, retry_after: float | None = None) -> None:
    """Not now: later on the same route; after some tries on every other one, round and round."""
    attempts = row.attempts + 1
    tired = attempts >= _tries(row)
    if tired and row.route + 1 < len(row.routes):
        _next_route(turn, replace(row, attempts=attempts), error)
        return
    rounds = max(1, attempts // max(1, len(row.routes)))
    if rounds >= MAX_TRIES * 4:
        refused(turn, row, error)
        return
    waiting = replace(row, state="pending", attempts=attempts, leased_until=None, error=error)
    at = turn.now + wait_after(rounds, retry_after)
    turn.tx.outbox.save(replace(waiting, next_at=at, route=0 if tired else row.route))
    if tired and rounds == _PATIENCE and row.purpose in {Purpose.PAGE, Purpose.ESCALATE}:
        _sound_alarm(turn, waiting)


def _sound_alarm(turn: Turn, row: OutboxRow) -> None:
    """The last route has failed for a minute: others are told now, while it is still tried."""
    ticket = turn.tx.tickets.get(row.ticket) if row.ticket else None
    if ticket and not ticket.closed:
        unreachable(turn, ticket, row)


def _tries(row: OutboxRow) -> int:
    """What cannot wait takes the next route after two failures; the rest after eight."""
    return (
        2
        if row.purpose in {Purpose.ACKNOWLEDGE, Purpose.PAGE, Purpose.ALARM, Purpose.ESCALATE}
        else MAX_TRIES
    )


def _next_route(turn: Turn, row: OutboxRow, error: str) -> None:
    moved = replace(
        row, state="pending", route=row.route + 1, next_at=turn.now, leased_until=None, error=error
    )
    turn.tx.outbox.save(moved)


def refused(turn: Turn, row: OutboxRow, error: str) -> None:
    """Never on this route: the next one; where none is left, a human must act."""
    if row.route + 1 < len(row.routes):
        _next_route(turn, row, error)
        return
    turn.tx.outbox.save(replace(row, state="failed", leased_until=None, error=error))
    ticket = turn.tx.tickets.get(row.ticket) if row.ticket else None
    if ticket is None:
        if row.purpose == Purpose.ALARM and row.routes:
            _once_more(turn, row)
        return
    data = {"outbox": row.id, "purpose": row.purpose.value, "to": row.recipient, "error": error}
    record(turn, ticket, Entry(type=EventType.DELIVERY_FAILED, actor="bot", data=data))
    if row.recipient.startswith("requester:"):
        call_needed(turn, ticket, row)
    else:
        unreachable(turn, ticket, row)


def attended(turn: Turn, row: OutboxRow, error: str) -> None:
    """A colleague is speaking with the customer there: the next route, else that colleague may pass it on.

    Nobody need phone: the customer is being heard. An outcome never comes here, see `Outgoing.seat`.
    """
    ticket = turn.tx.tickets.get(row.ticket) if row.ticket else None
    if row.route + 1 < len(row.routes) or ticket is None:
        refused(turn, row, error)
        return
    turn.tx.outbox.save(replace(row, state="failed", leased_until=None, error=error))
    data = {"outbox": row.id, "purpose": row.purpose.value, "to": row.recipient, "error": error}
    record(turn, ticket, Entry(type=EventType.DELIVERY_FAILED, actor="bot", data=data))
    text = say("staff.attended", number=ticket.number, words=brief(masked(row.message.text), 200))
    notice = Notice(key=f"attended:{row.id}", purpose=Purpose.PROGRESS, text=text, ticket=ticket.id)
    if discreet(turn, ticket):
        alarm(turn, ticket, text, key=notice.key)
    else:
        tell(turn, group(turn, ticket.contract), notice)


def uncertain(turn: Turn, row: OutboxRow, error: str) -> None:
    """It may have arrived: not sent again (it would show twice), and a human is told."""
    turn.tx.outbox.save(replace(row, state="uncertain", sent_at=turn.now, leased_until=None, error=error))
    ticket = turn.tx.tickets.get(row.ticket) if row.ticket else None
    if ticket is None:
        return
    data = {"outbox": row.id, "purpose": row.purpose.value, "to": row.recipient}
    record(turn, ticket, Entry(type=EventType.DELIVERY_UNCERTAIN, actor="bot", data=data))
    text = say("alarm.uncertain", number=ticket.number, words=brief(masked(row.message.text)))
    if discreet(turn, ticket):
        alarm(turn, ticket, text, key=f"uncertain:{row.id}")
    else:
        tell(turn, group(turn, ticket.contract), _about(ticket, f"uncertain:{row.id}", text))


def call_needed(turn: Turn, ticket: Ticket, row: OutboxRow) -> None:
    """No route to the customer is left: somebody must phone, with the number and the words to say."""
    requester = turn.tx.people.get(ticket.requester)
    record(turn, ticket, Entry(type=EventType.CALL_NEEDED, actor="bot", data={"outbox": row.id}))
    name = requester.name if requester else ""
    words = brief(row.message.text, 300)
    needed = say("call.needed", number=ticket.number, name=name, words=words)
    private_text = f"{needed}\n{number_hint(turn, ticket)}"
    for person in _callers(turn, ticket):
        tell(
            turn,
            one(turn, ticket, person),
            _about(ticket, f"call:{row.id}:{person.id}", private_text),
        )
    if discreet(turn, ticket):
        return
    text, wanted = masked(private_text), people_for(turn, ticket, "assignee")
    tell(turn, group(turn, ticket.contract, wanted), _about(ticket, f"call:{row.id}", text))


def _callers(turn: Turn, ticket: Ticket) -> list[Person]:
    """Who is told the whole number: somebody it can be told alone, whoever has the ticket before superiors."""
    words = hushed_words(ticket, ("assignee",)) if discreet(turn, ticket) else ("assignee", "supervisor")
    reachable = ([p for p in people_for(turn, ticket, word) if p.reach] for word in words)
    return next((people for people in reachable if people), [])


def unreachable(turn: Turn, ticket: Ticket, row: OutboxRow) -> None:
    """A member of staff cannot be told: an alarm to the others; where that fails too, it is tried for ever."""
    record(
        turn,
        ticket,
        Entry(type=EventType.UNREACHABLE, actor="bot", data={"to": row.recipient, "why": row.error}),
    )
    if row.purpose == Purpose.ALARM or row.key.startswith("unreachable:"):
        _once_more(turn, row)
        return
    text = say(
        "alarm.unreachable",
        number=ticket.number,
        who=_called(turn, row.recipient),
        words=brief(masked(row.message.text), 120),
    )
    alarm(turn, ticket, text, key=f"unreachable:{row.id}", but=row.recipient)


def _once_more(turn: Turn, row: OutboxRow) -> None:
    """An alarm is never given up: all its routes again in a while (`pace.page_again`)."""
    ticket = turn.tx.tickets.get(row.ticket) if row.ticket else None
    terms = frozen(turn, ticket.terms) if ticket else turn.book.of("")
    again = turn.now + length(terms.pace.page_again)
    turn.tx.outbox.save(replace(row, state="pending", route=0, attempts=0, next_at=again, leased_until=None))


def _called(turn: Turn, recipient: str) -> str:
    """A recipient as people call them."""
    person = turn.book.person(recipient)
    return person.name if person else say("actor.group")


def _about(ticket: Ticket, key: str, text: str) -> Notice:
    return Notice(key=key, purpose=Purpose.ALARM, text=text, ticket=ticket.id)


def expired(turn: Turn, row: OutboxRow, *, idempotent: bool) -> None:
    """The process died between sending and writing it down: again where repeats are dropped, else uncertain."""
    if idempotent:
        turn.tx.outbox.save(replace(row, state="pending", next_at=turn.now, leased_until=None))
    else:
        uncertain(turn, row, "the process stopped while sending")


def moved(turn: Turn, row: OutboxRow, new_chat: str) -> None:
    """The chat has a new address: remember it and send there at once."""
    old = row.routes[row.route]
    new = replace(old, chat=new_chat)
    turn.tx.people.move_chat(old, new)
    routes = (*row.routes[: row.route], new, *row.routes[row.route + 1 :])
    turn.tx.outbox.save(replace(row, routes=routes, state="pending", next_at=turn.now, leased_until=None))


def due(row: OutboxRow, now: datetime) -> bool:
    """Whether it may be sent now."""
    return row.state == "pending" and row.next_at <= now
