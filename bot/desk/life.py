"""The life of a ticket in the hands of staff: each act is one entry in the log, and the customer hears of it.

Every act raises `Refusal` with a Chinese sentence for the asker where it makes no sense.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from bot.desk.alarms import Page, page, ping
from bot.desk.book import Turn, frozen
from bot.desk.clockwork import holder, run_clock, start_clocks, taken_at
from bot.desk.log import Entry, cancel_targets, record, restart_clocks
from bot.desk.notices import Audience, Notice, customer, tell
from bot.desk.records import Message
from bot.desk.wording import clock_time, promises
from bot.domain.clocks import length, rebase
from bot.domain.messages import Button, Media, Purpose
from bot.domain.roster import Person
from bot.domain.scheme import promised
from bot.domain.ticket import Interval, Ticket, Timer
from bot.domain.words import EventType, Role, Status
from bot.texts import say


class Refusal(Exception):
    """What was asked makes no sense here; the message is a Chinese sentence that says what to do instead."""


REPORTS: dict[str, EventType] = {
    "dispatch": EventType.DISPATCHED,
    "arrive": EventType.ARRIVED,
    "replace": EventType.REPLACED,
    "feedback": EventType.FED_BACK,
    "deliver": EventType.DELIVERED,
    "collect": EventType.COLLECTED,
    "plan": EventType.PLANNED,
    "act": EventType.ACTED,
    "notify": EventType.NOTIFIED,
}


def still_open(ticket: Ticket) -> Ticket:
    """The ticket; raises Refusal where its cycle has ended."""
    if ticket.closed:
        raise Refusal(say("refuse.closed", number=ticket.number, state=say(f"status.{ticket.status}")))
    return ticket


def inform(turn: Turn, ticket: Ticket, text: str, *, key: str, purpose: Purpose = Purpose.PROGRESS) -> None:
    """Tell the customer how their matter goes on (M06)."""
    tell(turn, customer(turn, ticket), Notice(key=key, purpose=purpose, text=text, ticket=ticket.id))


def take(turn: Turn, ticket: Ticket, person: Person) -> Ticket:
    """接单: meets the response clock; a lease that lapses unless the next stage follows."""
    still_open(ticket)
    if ticket.assignee == person.id == holder(turn, ticket):
        return ticket
    if ticket.assignee not in {"", person.id} and not person.may(Role.LEAD, Role.SUPERVISOR, Role.MANAGER):
        owner = turn.book.person(ticket.assignee)
        raise Refusal(say("refuse.taken", number=ticket.number, who=owner.name if owner else ticket.assignee))
    status = Status.TAKEN if ticket.status == Status.OPEN else ticket.status
    ticket = turn.tx.tickets.save(replace(ticket, assignee=person.id, status=status))
    event = record(turn, ticket, Entry(type=EventType.TAKEN, actor=person.id))
    _rebase_clocks(turn, ticket)
    _lease(turn, ticket)
    inform(turn, ticket, say("progress.taken", number=ticket.number, who=person.name), key=f"taken:{event}")
    return ticket


def _rebase_clocks(turn: Turn, ticket: Ticket) -> None:
    """Count anew where something is known now: a take, a chosen time, the end of a pause."""
    terms = frozen(turn, ticket.terms)
    taken = taken_at(turn, ticket)
    for target in turn.tx.targets.of_ticket(ticket.id, ticket.cycle):
        fresh = rebase(terms, target, ticket, taken)
        if fresh != target:
            turn.tx.targets.save(fresh)
            run_clock(turn, ticket, fresh, 0 if target.due is None else None)


def _lease(turn: Turn, ticket: Ticket) -> None:
    span = length(frozen(turn, ticket.terms).pace.lease)
    turn.tx.timers.set(Timer(at=turn.now + span, kind="lease", ticket=ticket.id))


def moved_on(turn: Turn, ticket: Ticket) -> None:
    """The next stage followed: the take stands."""
    turn.tx.timers.clear(ticket.id, kind="lease")


def report(turn: Turn, ticket: Ticket, person: Person, stage: str, words: str) -> Ticket:
    """派员, 到场, 更换, 反馈, 送达, 运回, 预案, 落实, 知会: a stage is reached; who does it has the ticket."""
    still_open(ticket)
    if ticket.status == Status.WAITING:
        ticket = resume(turn, ticket, person.id)  # somebody moves, so nobody waits any more
    if not ticket.assignee:
        status = Status.TAKEN if ticket.status == Status.OPEN else ticket.status  # a dispute goes on
        ticket = turn.tx.tickets.save(replace(ticket, assignee=person.id, status=status))
    event = record(turn, ticket, Entry(type=REPORTS[stage], actor=person.id, data={"words": words}))
    moved_on(turn, ticket)
    text = say(
        f"progress.{stage}", number=ticket.number, who=person.name, words=words or say("progress.no_words")
    )
    inform(turn, ticket, text, key=f"{stage}:{event}")
    return ticket


def resolve(turn: Turn, ticket: Ticket, person: Person, outcome: str) -> Ticket:
    """解决: closes the cycle with an outcome (C04); the customer hears it and is asked for a rating."""
    still_open(ticket)
    if not outcome:
        raise Refusal(say("refuse.no_outcome", number=ticket.number))
    _names_enough(turn, ticket, outcome)
    _nothing_else_owed(turn, ticket)
    ticket = closed(turn, replace(ticket, assignee=ticket.assignee or person.id), Status.RESOLVED, outcome)
    event = record(turn, ticket, Entry(type=EventType.RESOLVED, actor=person.id, data={"outcome": outcome}))
    _settle(turn, ticket)
    _tell_companions(turn, ticket, say("progress.resolve", number=ticket.number, outcome=outcome))
    buttons = (tuple(Button(label="★" * n, action=f"rate:{ticket.id}:{n}") for n in (5, 4, 3, 2, 1)),)
    text = say("progress.resolve", number=ticket.number, outcome=outcome)
    notice = Notice(
        key=f"resolve:{event}", purpose=Purpose.OUTCOME, text=text, ticket=ticket.id, buttons=buttons
    )
    tell(turn, customer(turn, ticket), notice)
    return ticket


def _tell_companions(turn: Turn, ticket: Ticket, text: str) -> None:
    """Others reported the same matter and were told that it goes on here: they hear how it ended, too."""
    people = turn.tx.people
    senders = {m.sender for m in turn.tx.messages.of_ticket(ticket.id) if m.sender.startswith("requester:")}
    for sender in sorted(senders - {f"requester:{ticket.requester}"}):
        known = people.identities(int(sender.removeprefix("requester:")))
        routes = tuple(i.address for i in known if i.address.key != ticket.origin.key)
        if routes:
            notice = Notice(
                key=f"resolve:{ticket.id}:{ticket.cycle}:{sender}",
                purpose=Purpose.OUTCOME,
                text=text,
                ticket=ticket.id,
            )
            tell(turn, Audience(recipient=sender, routes=routes), notice)


def _names_enough(turn: Turn, ticket: Ticket, outcome: str) -> None:
    """Some outcomes must name what was done: exchange or refund (F03)."""
    terms = frozen(turn, ticket.terms)
    for policy in promised(terms, ticket.kind, ticket.category, ticket.severity):
        wanted = policy.names if policy.stage == "resolve" else ()
        if wanted and not any(word in outcome for word in wanted):
            raise Refusal(say("refuse.outcome_names", number=ticket.number, words="、".join(wanted)))


_SPARED = frozenset({"acknowledge", "respond", "answer", "dispatch", "arrive", "resolve"})


def _nothing_else_owed(turn: Turn, ticket: Ticket) -> None:
    """A visit is spared when the matter is settled from afar (M14, D09); a replacement or delivery is not."""
    targets = turn.tx.targets.of_ticket(ticket.id, ticket.cycle)
    owed = [say(f"stage.{t.stage}") for t in targets if t.running and t.stage not in _SPARED]
    if owed:
        raise Refusal(say("refuse.owed", number=ticket.number, stages="、".join(owed)))


def _settle(turn: Turn, ticket: Ticket) -> None:
    """Nothing more is owed on a closed ticket."""
    cancel_targets(turn, ticket)
    turn.tx.timers.clear(ticket.id)


def closed(turn: Turn, ticket: Ticket, status: Status, outcome: str) -> Ticket:
    """The ticket at the end of its cycle. A pause ends first: what stood still is not late."""
    ticket = replace(_unpaused(turn, ticket), status=status, outcome=outcome, closed_at=turn.now)
    ticket = turn.tx.tickets.save(replace(ticket, triage=False))
    _rebase_clocks(turn, ticket)
    return ticket


def _unpaused(turn: Turn, ticket: Ticket) -> Ticket:
    if not ticket.pauses or ticket.pauses[-1].until:
        return ticket
    last = replace(ticket.pauses[-1], until=turn.now)
    return replace(ticket, pauses=(*ticket.pauses[:-1], last))


def reply(turn: Turn, ticket: Ticket, person: Person, words: str, media: tuple[Media, ...] = ()) -> Ticket:
    """回复: a human's words go to the customer; they meet the response clock."""
    if not words and not media:
        raise Refusal(say("refuse.no_words", number=ticket.number))
    event = record(turn, ticket, Entry(type=EventType.REPLIED, actor=person.id, data={"words": words}))
    moved_on(turn, ticket)
    text = say("progress.reply", number=ticket.number, who=person.name, words=words)
    notice = Notice(key=f"reply:{event}", purpose=Purpose.REPLY, text=text, ticket=ticket.id, media=media)
    tell(turn, customer(turn, ticket), notice)
    return ticket


def note(turn: Turn, ticket: Ticket, person: Person, words: str) -> Ticket:
    """备注: for colleagues only; shows that somebody is on it."""
    if not words:
        raise Refusal(say("refuse.no_words", number=ticket.number))
    record(turn, ticket, Entry(type=EventType.NOTED, actor=person.id, data={"words": words}))
    moved_on(turn, ticket)
    return ticket


def transfer(turn: Turn, ticket: Ticket, person: Person, to: Person) -> Ticket:
    """转派: another has it now; the response clock is not met by passing on."""
    still_open(ticket)
    if to.id in ticket.blamed:
        raise Refusal(say("refuse.blamed", number=ticket.number, who=to.name))
    if not to.serves(ticket.contract):
        raise Refusal(say("refuse.not_theirs", number=ticket.number, who=to.name))
    ticket = turn.tx.tickets.save(replace(ticket, assignee=to.id))
    event = record(turn, ticket, Entry(type=EventType.TRANSFERRED, actor=person.id, data={"to": to.id}))
    _lease(turn, ticket)
    page(turn, ticket, why="transferred", key=f"page:{ticket.id}:transfer:{event}")
    return ticket


def release(turn: Turn, ticket: Ticket, why: str, actor: str) -> Ticket:
    """A take that lapsed, or was given back: the ticket goes back to the ladder."""
    status = Status.OPEN if ticket.status == Status.TAKEN else ticket.status
    former = ticket.assignee
    ticket = turn.tx.tickets.save(replace(ticket, assignee="", status=status))
    event = record(
        turn, ticket, Entry(type=EventType.RELEASED, actor=actor, data={"from": former, "why": why})
    )
    moved_on(turn, ticket)
    page(turn, ticket, why="released", key=f"page:{ticket.id}:release:{event}")
    return ticket


def pause(turn: Turn, ticket: Ticket, person: Person, status: Status, words: str) -> Ticket:
    """待客户 or 争议: repair clocks stand still until resumed; response clocks run on."""
    still_open(ticket)
    if ticket.paused:
        raise Refusal(say("refuse.paused", number=ticket.number))
    interval = Interval(since=turn.now, why="disputed" if status == Status.DISPUTED else "waiting")
    ticket = turn.tx.tickets.save(replace(ticket, status=status, pauses=(*ticket.pauses, interval)))
    event = record(
        turn,
        ticket,
        Entry(type=EventType.PAUSED, actor=person.id, data={"why": interval.why, "words": words}),
    )
    moved_on(turn, ticket)
    restart_clocks(turn, ticket)
    text = say(f"progress.{interval.why}", number=ticket.number, words=words or say("progress.no_words"))
    inform(turn, ticket, text, key=f"pause:{event}", purpose=Purpose.REPLY)
    return ticket


def resume(turn: Turn, ticket: Ticket, actor: str) -> Ticket:
    """The pause is over: what was left of each repair clock counts on from now."""
    if not ticket.paused:
        raise Refusal(say("refuse.not_paused", number=ticket.number))
    status = Status.TAKEN if ticket.assignee else Status.OPEN
    ticket = turn.tx.tickets.save(replace(_unpaused(turn, ticket), status=status))
    record(turn, ticket, Entry(type=EventType.RESUMED, actor=actor))
    _rebase_clocks(turn, ticket)
    restart_clocks(turn, ticket)
    return ticket


def request_time(turn: Turn, ticket: Ticket, at: datetime, actor: str) -> Ticket:
    """The customer chose a time: it is the deadline of the clocks that follow it (B07, F04)."""
    ticket = turn.tx.tickets.save(replace(ticket, requested_at=at))
    record(turn, ticket, Entry(type=EventType.TIME_REQUESTED, actor=actor, data={"at": at.isoformat()}))
    _rebase_clocks(turn, ticket)
    return ticket


def reopen(turn: Turn, ticket: Ticket, said_at: datetime, message: Message) -> Ticket:
    """A closed matter is not settled after all: a new cycle with its own clocks; the old figures stand."""
    ticket = replace(
        ticket,
        status=Status.OPEN,
        assignee="",
        cycle=ticket.cycle + 1,
        received_at=said_at,
        last_said_at=turn.now,
        closed_at=None,
        pauses=(),
        requested_at=None,
    )
    ticket = turn.tx.tickets.save(ticket)
    record(turn, ticket, Entry(type=EventType.REOPENED, actor=message.sender, message=message.id))
    targets = start_clocks(turn, ticket)
    text = say(
        "ack.reopened", number=ticket.number, promises=promises(targets, frozen(turn, ticket.terms), turn.now)
    )
    inform(turn, ticket, text, key=f"ack:{ticket.id}:{ticket.cycle}", purpose=Purpose.ACKNOWLEDGE)
    ping(turn, ticket, Page(why="reopened", key=f"page:{ticket.id}:{ticket.cycle}", targets=targets))
    return ticket


def close_without_work(turn: Turn, ticket: Ticket, actor: str, status: Status) -> Ticket:
    """撤销 by the customer, or 误报 by staff: nothing is owed any more; broken promises stay broken."""
    still_open(ticket)
    kind = EventType.CANCELLED if status == Status.CANCELLED else EventType.MARKED_INVALID
    ticket = closed(turn, ticket, status, say(f"status.{status}"))
    event = record(turn, ticket, Entry(type=kind, actor=actor))
    _settle(turn, ticket)
    if actor.startswith("requester:"):
        return ticket  # they hear it as the answer to what they asked for
    inform(
        turn,
        ticket,
        say(f"progress.{status}", number=ticket.number),
        key=f"closed:{event}",
        purpose=Purpose.OUTCOME,
    )
    return ticket


def rate(turn: Turn, ticket: Ticket, actor: str, stars: int, words: str = "") -> None:
    """评价 1–5 after the work is done (F13)."""
    if not 1 <= stars <= 5:
        raise Refusal(say("refuse.stars"))
    if not ticket.closed:
        raise Refusal(say("refuse.rate_open", number=ticket.number))
    record(turn, ticket, Entry(type=EventType.RATED, actor=actor, data={"stars": stars, "words": words}))


def deadline_words(turn: Turn, ticket: Ticket) -> str:
    """When the next promise is due, for an answer to staff."""
    terms = frozen(turn, ticket.terms)
    due = [t.due for t in turn.tx.targets.of_ticket(ticket.id, ticket.cycle) if t.running and t.due]
    return clock_time(min(due), terms.zone, turn.now) if due else ""
