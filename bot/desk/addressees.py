"""From the words of a ladder (`duty`, `supervisor`, `duty:质检` …) to people."""

from __future__ import annotations

from bot.desk.book import Turn, frozen
from bot.desk.notices import Audience, alone, private
from bot.domain.roster import Need, Person, duty_holders, holders, on_duty
from bot.domain.ticket import Ticket
from bot.domain.words import Role


def need_of(turn: Turn, ticket: Ticket) -> Need:
    """What somebody is wanted for on that ticket."""
    spec = frozen(turn, ticket.terms).categories.get(ticket.category)
    return Need(
        contract=ticket.contract,
        category=ticket.category,
        duty=spec.duty if spec else "",
        avoid=ticket.blamed,
    )


def people_for(turn: Turn, ticket: Ticket, to: str) -> list[Person]:
    """The people a rung names. `duty` is the first on shift; `assignee` whoever took it, else `duty`."""
    need, roster = need_of(turn, ticket), turn.book.roster
    if to == "assignee":
        person = turn.book.person(ticket.assignee) if ticket.assignee else None
        return [person] if person else people_for(turn, ticket, "duty")
    if to == "duty":
        return on_duty(roster, need, turn.now)[:1]
    if to.startswith("duty:"):
        return duty_holders(roster, to.removeprefix("duty:"), need, turn.now)
    found = holders(roster, Role(to), need, turn.now)
    return people_for(turn, ticket, "manager") if to == "supervisor" and not found else found


def hushed_words(ticket: Ticket, to: tuple[str, ...]) -> tuple[str, ...]:
    """Who of a rung hears of a discreet ticket: superiors, and whoever was given it."""
    known = {"supervisor", "manager"} | ({"assignee"} if ticket.assignee else set())
    return tuple(word for word in to if word in known) or ("supervisor",)


def discreet(turn: Turn, ticket: Ticket) -> bool:
    """Whether the ticket is for the supervisor's eyes only, past those complained about (M17, D10)."""
    spec = frozen(turn, ticket.terms).categories.get(ticket.category)
    return bool(ticket.blamed) or bool(spec and spec.route == "supervisor")


def may_see(turn: Turn, ticket: Ticket, person: Person) -> bool:
    """Whether that person may know of the ticket at all."""
    if not person.serves(ticket.contract) or person.id in ticket.blamed or person.name in ticket.blamed:
        return False
    return (
        person.may(Role.SUPERVISOR, Role.MANAGER)
        or not discreet(turn, ticket)
        or ticket.assignee == person.id
    )


def one(turn: Turn, ticket: Ticket, person: Person) -> Audience:
    """That person about that ticket. A discreet matter never falls back on the group, where the blamed read it."""
    return alone(turn, person) if discreet(turn, ticket) else private(turn, ticket.contract, person)
