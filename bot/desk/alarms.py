"""Telling staff: pages, alarms, and what is done when there is nobody to tell."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from bot.desk.addressees import discreet, hushed_words, one, people_for
from bot.desk.book import Turn, frozen, supervisors
from bot.desk.log import Entry, record
from bot.desk.masking import masked
from bot.desk.notices import Buttons, Notice, group, private, tell
from bot.desk.records import InboxRow
from bot.desk.wording import brief, fields_line, matter, promises
from bot.domain.messages import Button, Purpose
from bot.domain.roster import Person
from bot.domain.ticket import Target, Ticket
from bot.domain.words import EventType, Role, Severity, Status
from bot.texts import say


def ticket_buttons(ticket: Ticket) -> Buttons:
    """接单 转派 误报 改类, as far as they make sense in the ticket's state."""
    if ticket.closed:
        return ()
    first = (
        Button(label=say("button.take"), action=f"take:{ticket.id}", style="primary")
        if not ticket.assignee or ticket.status == Status.OPEN
        else Button(label=say("button.resolve"), action=f"resolve:{ticket.id}", style="primary")
    )
    return (
        (first, Button(label=say("button.transfer"), action=f"transfer:{ticket.id}")),
        (
            Button(label=say("button.invalid"), action=f"invalid:{ticket.id}", style="danger"),
            Button(label=say("button.reclassify"), action=f"reclassify:{ticket.id}"),
        ),
    )


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Why somebody is pinged, under which key, and the ticket's promises, which stand in the ping."""

    why: str
    key: str
    targets: Sequence[Target]


def page(turn: Turn, ticket: Ticket, *, why: str, key: str) -> None:
    """Ping whoever has to act now."""
    targets = turn.tx.targets.of_ticket(ticket.id, ticket.cycle)
    ping(turn, ticket, Page(why=why, key=key, targets=targets))


def ping(turn: Turn, ticket: Ticket, page: Page) -> None:
    """Ping whoever has to act now; a critical matter pages the whole ladder at once (F06)."""
    people = _to_page(turn, ticket)
    notice = Notice(
        key=page.key,
        purpose=Purpose.PAGE,
        text=page_text(turn, ticket, page),
        buttons=ticket_buttons(ticket),
        ticket=ticket.id,
    )
    if not people:
        nobody_on_duty(turn, ticket, page.key)
    if not discreet(turn, ticket):
        tell(turn, group(turn, ticket.contract, people), notice)
    for person in people:
        if discreet(turn, ticket) or person.may(Role.SUPERVISOR, Role.MANAGER):
            tell(turn, one(turn, ticket, person), replace(notice, key=f"{page.key}:{person.id}"))
    if people:
        data = {"people": [p.id for p in people], "why": page.why}
        record(turn, ticket, Entry(type=EventType.PAGED, actor="bot", data=data))


def _to_page(turn: Turn, ticket: Ticket) -> list[Person]:
    to: tuple[str, ...]
    if ticket.severity == Severity.CRITICAL:
        to = (
            ("supervisor", "manager") if discreet(turn, ticket) else ("duty", "lead", "supervisor", "manager")
        )
    elif discreet(turn, ticket):
        to = hushed_words(ticket, ("assignee",))
    else:
        to = ("assignee",)
    found = {p.id: p for rung in to for p in people_for(turn, ticket, rung)}
    return list(found.values())


def page_text(turn: Turn, ticket: Ticket, page: Page) -> str:
    """What stands in the ping: number, matter, words, promises; phone numbers masked."""
    terms = frozen(turn, ticket.terms)
    spec = terms.categories.get(ticket.category)
    lines = [
        say(f"page.{page.why}", number=ticket.number, contract=terms.contract_title),
        say("page.matter", matter=matter(terms, ticket)),
        say("page.words", words=brief(masked(ticket.summary), 200)),
        masked(fields_line(ticket)),
        say("page.entitles", what=spec.entitles) if spec and spec.entitles else "",
        say("page.departments", who="、".join(spec.departments)) if spec and spec.departments else "",
        promises((t for t in page.targets if t.running), terms, turn.now),
        say("page.unsure") if ticket.triage else "",
    ]
    return "\n".join(line for line in lines if line)


def tell_staff(turn: Turn, ticket: Ticket, notice: Notice) -> None:
    """Tell whoever has it (or should): pinged in the group, or alone where the matter is discreet."""
    if not discreet(turn, ticket):
        tell(turn, group(turn, ticket.contract, people_for(turn, ticket, "assignee")), notice)
        return
    people = {p.id: p for w in hushed_words(ticket, ("assignee",)) for p in people_for(turn, ticket, w)}
    for person in people.values():
        tell(turn, one(turn, ticket, person), replace(notice, key=f"{notice.key}:{person.id}"))


def nobody_on_duty(turn: Turn, ticket: Ticket, key: str) -> None:
    """An alarm of its own: supervisors and managers are told that nobody is there to act."""
    record(turn, ticket, Entry(type=EventType.UNREACHABLE, actor="clock", data={"why": "nobody_on_duty"}))
    text = say(
        "alarm.nobody_on_duty",
        number=ticket.number,
        contract=frozen(turn, ticket.terms).contract_title,
        words=brief(masked(ticket.summary), 40),
    )
    alarm(turn, ticket, text, key=f"{key}:nobody")


def alarm(turn: Turn, ticket: Ticket, text: str, *, key: str, but: str = "") -> list[Person]:
    """Tell every supervisor and manager of the contract (`but` one who cannot be reached), each alone; those told."""
    chosen = {p.id: p for to in ("supervisor", "manager") for p in people_for(turn, ticket, to)}
    chosen.pop(but, None)
    people = list(chosen.values()) or supervisors(turn.book, ticket.contract)
    for person in people:
        notice = Notice(key=f"{key}:{person.id}", purpose=Purpose.ALARM, text=text, ticket=ticket.id)
        tell(turn, one(turn, ticket, person), notice)
    return people


def number_hint(turn: Turn, ticket: Ticket) -> str:
    """The number to phone the customer at: the one they gave, else the one we know. For somebody alone."""
    requester = turn.tx.people.get(ticket.requester)
    given = next((f.value for f in ticket.fields if f.name == "phone"), "")
    phone = given or (requester.phone if requester else "")
    return say("call.number", phone=phone) if phone else say("call.no_number")


def message_lost_to_us(turn: Turn, row: InboxRow) -> None:
    """A message the program could not work off, whatever was tried: supervisors read it themselves."""
    words = brief(masked(row.incoming.text), 200) or say("media.empty")
    text = say(
        "alarm.unreadable", who=row.incoming.sender_name or say("actor.requester"), words=words, row=row.id
    )
    for person in supervisors(turn.book, turn.book.default_contract):
        notice = Notice(key=f"unreadable:{row.id}:{person.id}", purpose=Purpose.ALARM, text=text)
        tell(turn, private(turn, turn.book.default_contract, person), notice)
