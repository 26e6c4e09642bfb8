"""Change of shift: what is open goes over to those who come on duty (交接班)."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from bot.desk.addressees import discreet, need_of, people_for
from bot.desk.alarms import nobody_on_duty, page
from bot.desk.book import Turn, frozen
from bot.desk.log import Entry, record
from bot.desk.records import TicketFilter
from bot.domain.boundaries import next_change
from bot.domain.clocks import length
from bot.domain.roster import on_duty
from bot.domain.ticket import Ticket, Timer
from bot.domain.words import EventType

_MANY = 10_000


def plan_next(turn: Turn) -> None:
    """Set the alarm of the next change of shift; one that was slept through is still to be done."""
    if any(timer.kind == "handover" for timer in turn.tx.timers.due(turn.now, _MANY)):
        return
    turn.tx.timers.clear(0, kind="handover")
    at = next_change(turn.book.roster, turn.now)
    if at:
        turn.tx.timers.set(Timer(at=at, kind="handover"))


def change_shifts(turn: Turn, since: datetime) -> None:
    """Hand every open ticket of those who went off duty at `since` (or later) to those who are on now."""
    for ticket in turn.tx.tickets.find(TicketFilter(open_only=True, limit=_MANY)):
        if not discreet(turn, ticket):
            _hand_over(turn, ticket, since)
    plan_next(turn)


def _hand_over(turn: Turn, ticket: Ticket, since: datetime) -> None:
    need, roster = need_of(turn, ticket), turn.book.roster
    before = {p.id for p in on_duty(roster, need, since - timedelta(seconds=1))}
    after = {p.id for p in on_duty(roster, need, turn.now)}
    gone = ticket.assignee in before - after
    if before == after or (ticket.assignee and not gone):
        return
    key = f"page:{ticket.id}:{ticket.cycle}:handover:{turn.now:%y%m%d%H%M}"
    fresh = people_for(turn, ticket, "duty")
    if not fresh:
        nobody_on_duty(turn, ticket, key)
        return
    if gone:
        data = {"from": ticket.assignee, "to": fresh[0].id}
        record(turn, ticket, Entry(type=EventType.HANDED_OVER, actor="clock", data=data))
        ticket = turn.tx.tickets.save(replace(ticket, assignee=fresh[0].id))
        lease = length(frozen(turn, ticket.terms).pace.lease)
        turn.tx.timers.set(Timer(at=turn.now + lease, kind="lease", ticket=ticket.id))
    page(turn, ticket, why="handover", key=key)
