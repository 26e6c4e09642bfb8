"""Putting right what a ticket is: 改类, 程度, 合并, 拆分, the customer's answer to the question of what it is."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from bot.desk.alarms import page
from bot.desk.book import Turn, frozen
from bot.desk.clockwork import start_clocks, stop_clock, taken_at
from bot.desk.life import Refusal, close_without_work, closed, inform, still_open
from bot.desk.log import Entry, cancel_targets, record
from bot.desk.opening import NewCase, open_ticket, severity_of
from bot.desk.records import Example
from bot.desk.triage import NOT_A_COMPLAINT, OTHER, settled
from bot.desk.wording import category_title
from bot.domain.clocks import start_target
from bot.domain.messages import Purpose
from bot.domain.scheme import Terms, promised
from bot.domain.ticket import Ticket
from bot.domain.words import EventType, Severity, Status
from bot.intake import CategoryScore, Understanding
from bot.texts import say


def find_category(terms: Terms, words: str) -> str:
    """A category by its code or title; raises Refusal listing what there is."""
    for code, spec in terms.categories.items():
        if words in {code, spec.title}:
            return code
    titles = "、".join(spec.title for spec in terms.categories.values())
    raise Refusal(say("refuse.no_category", words=words, titles=titles))


def reclassify(turn: Turn, ticket: Ticket, category: str, actor: str) -> Ticket:
    """改类: clocks promised for the new category start from the same message; those no longer promised end."""
    terms = frozen(turn, ticket.terms)
    severity = severity_of(terms, category, ticket.severity)
    data = {"from": ticket.category, "to": category}
    kept = tuple(c for c in ticket.categories if c not in {ticket.category, category})
    changed = replace(
        ticket,
        category=category,
        categories=(category, *kept),
        severity=severity,
        kind=_kind(ticket),
        triage=False,
    )
    ticket = turn.tx.tickets.save(changed)
    record(turn, ticket, Entry(type=EventType.RECLASSIFIED, actor=actor, data=data))
    turn.tx.timers.clear(ticket.id, kind="triage")
    _adjust_clocks(turn, ticket)
    learn(turn, ticket, (category,), actor)
    return ticket


def _kind(ticket: Ticket) -> str:
    return "complaint" if ticket.kind in {"consultation", "suggestion"} else ticket.kind


def find_kind(terms: Terms, words: str) -> str:
    """A kind of matter by its code or title; "" where it is none."""
    return next((code for code, title in terms.kinds.items() if words in {code, title}), "")


def change_kind(turn: Turn, ticket: Ticket, kind: str, actor: str) -> Ticket:
    """改类 to another kind of matter, such as 退换货: its clocks run from the same message."""
    still_open(ticket)
    data = {"from_kind": ticket.kind, "to_kind": kind}
    ticket = turn.tx.tickets.save(replace(ticket, kind=kind))
    record(turn, ticket, Entry(type=EventType.RECLASSIFIED, actor=actor, data=data))
    _adjust_clocks(turn, ticket)
    return ticket


def set_severity(turn: Turn, ticket: Ticket, severity: Severity, actor: str) -> Ticket:
    """程度: graver or milder; a critical matter pages everybody at once."""
    data = {"from": ticket.severity.value, "to": severity.value}
    ticket = turn.tx.tickets.save(replace(ticket, severity=severity))
    event = record(turn, ticket, Entry(type=EventType.SEVERITY_CHANGED, actor=actor, data=data))
    _adjust_clocks(turn, ticket)
    if severity == Severity.CRITICAL:
        page(turn, ticket, why="critical", key=f"page:{ticket.id}:severity:{event}")
    return ticket


def _adjust_clocks(turn: Turn, ticket: Ticket) -> None:
    """What is promised now runs from the same start; what was met or broken stands."""
    terms = frozen(turn, ticket.terms)
    wanted = {p.id: p for p in promised(terms, ticket.kind, ticket.category, ticket.severity)}
    existing = turn.tx.targets.of_ticket(ticket.id, ticket.cycle)
    for target in existing:
        if target.running and not target.breached_at and target.policy not in wanted:
            stop_clock(turn, target)  # one that is late already is still owed, and its ladder goes on
            turn.tx.targets.save(replace(target, cancelled_at=turn.now))
    done = {t.stage for t in existing if t.met_at or t.breached_at}
    have = {t.policy for t in existing if t.cancelled_at is None}
    fresh = [p for p in wanted.values() if p.id not in have and p.stage not in done]
    start_clocks(turn, ticket, [start_target(terms, p, ticket, taken_at(turn, ticket)) for p in fresh])


def mark_invalid(turn: Turn, ticket: Ticket, actor: str) -> Ticket:
    """误报: not a complaint at all; intake learns from it."""
    ticket = close_without_work(turn, ticket, actor, Status.INVALID)
    learn(turn, ticket, ("chitchat",), actor)
    return ticket


def learn(turn: Turn, ticket: Ticket, labels: tuple[str, ...], actor: str) -> None:
    """Keep what a human said the text really is."""
    source: Literal["customer", "invalid", "reclassified"] = (
        "invalid" if labels == ("chitchat",) else "reclassified"
    )
    if actor.startswith("requester:"):
        source = "customer"
    turn.tx.state.add_example(
        Example(
            text=ticket.summary,
            labels=labels,
            severity=ticket.severity.value,
            source=source,
            by=actor,
            at=turn.now,
            ticket=ticket.id,
        )
    )


def answer_triage(turn: Turn, ticket: Ticket, choice: str) -> str:
    """The customer says what it is; the sentence that thanks them."""
    actor = f"requester:{ticket.requester}"
    record(turn, ticket, Entry(type=EventType.TRIAGE_ANSWERED, actor=actor, data={"choice": choice}))
    if choice == NOT_A_COMPLAINT:
        mark_invalid(turn, settled(turn, ticket), actor)
        return say("triage.closed", number=ticket.number)
    if choice == OTHER:
        page(turn, settled(turn, ticket), why="triage", key=f"page:{ticket.id}:{ticket.cycle}:triage")
        return say("triage.human", number=ticket.number)
    terms = frozen(turn, ticket.terms)
    reclassify(turn, ticket, find_category(terms, choice), actor)
    return say("triage.thanks", number=ticket.number, category=category_title(terms, choice))


def merge(turn: Turn, ticket: Ticket, into: Ticket, actor: str) -> tuple[Ticket, Ticket]:
    """合并: one matter was written down twice; the messages move, the clocks of the older one stand.

    Whichever way round they are named: a merge never moves a deadline. Returns the closed one and the other.
    """
    if ticket.id == into.id or ticket.contract != into.contract:
        raise Refusal(say("refuse.merge", number=ticket.number, into=into.number))
    if ticket.closed or into.closed:
        raise Refusal(say("refuse.merge_closed"))
    if (ticket.received_at, ticket.id) < (into.received_at, into.id):
        ticket, into = into, ticket
    for message in turn.tx.messages.of_ticket(ticket.id):
        turn.tx.messages.attach(message.id, into.id)
    ticket = closed(turn, ticket, Status.MERGED, say("status.merged"))
    ticket = turn.tx.tickets.save(replace(ticket, merged_into=into.id))
    record(turn, ticket, Entry(type=EventType.MERGED, actor=actor, data={"into": into.number}))
    record(
        turn,
        into,
        Entry(type=EventType.NOTED, actor=actor, data={"words": say("note.merged", number=ticket.number)}),
    )
    cancel_targets(turn, ticket)
    turn.tx.timers.clear(ticket.id)
    text = say("progress.merged", number=ticket.number, into=into.number)
    inform(turn, ticket, text, key=f"merged:{ticket.id}:{ticket.cycle}", purpose=Purpose.OUTCOME)
    return ticket, into


def split(turn: Turn, ticket: Ticket, words: str, category: str, actor: str) -> Ticket:
    """拆分: a second matter in the same words gets a ticket of its own, from the same message's time."""
    terms = frozen(turn, ticket.terms)
    score = CategoryScore(code=category, title=category_title(terms, category), score=1.0, because=())
    meaning = Understanding(
        complaint=True,
        intent="complaint",
        categories=(score,),
        severity="normal",
        kind="complaint",
        fields=(),
        confidence=1.0,
        band="sure",
        because=(say("because.split", number=ticket.number),),
    )
    case = NewCase(
        requester=ticket.requester,
        contract=ticket.contract,
        origin=ticket.origin,
        received_at=ticket.received_at,
        text=words or ticket.summary,
        meaning=meaning,
        kind="complaint",
        actor=actor,
        parent=ticket.id,
    )
    fresh = open_ticket(turn, case)
    record(turn, ticket, Entry(type=EventType.SPLIT, actor=actor, data={"into": fresh.number}))
    return fresh
