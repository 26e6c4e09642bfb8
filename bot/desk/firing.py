"""What a timer does when its time has come: it re-reads the ticket first, and acts once."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from msgspec.structs import replace

from bot.desk import handover, life, triage
from bot.desk.addressees import discreet, hushed_words, one, people_for
from bot.desk.alarms import alarm, nobody_on_duty, number_hint, ticket_buttons
from bot.desk.book import Turn, frozen
from bot.desk.clockwork import climb_of, run_clock, standing
from bot.desk.log import Entry, breached, record
from bot.desk.masking import masked
from bot.desk.notices import Notice, group, tell
from bot.desk.wording import brief, clock_time, duration, stage_title
from bot.domain.clocks import Step, breach, missing_years, rebase
from bot.domain.messages import Purpose
from bot.domain.ticket import Target, Ticket, Timer
from bot.domain.words import CHIEFS, EventType
from bot.texts import say

_LATE = timedelta(minutes=1)


def fire(turn: Turn, timer: Timer) -> None:
    """Do what the timer was set for, if it still makes sense, and take it off the list."""
    turn.tx.timers.done(timer.id)
    if timer.kind == "handover":
        handover.change_shifts(turn, timer.at)
        return
    ticket = turn.tx.tickets.get(timer.ticket)
    if ticket is None:
        return
    match timer.kind:
        case "target":
            _target(turn, ticket, timer)
        case "lease":
            _lapse(turn, ticket)
        case "triage":
            triage.silent(turn, ticket)
        case "reckon":
            _reckon(turn, ticket, timer)


def _lapse(turn: Turn, ticket: Ticket) -> None:
    """Taken, but nothing followed: back to the ladder."""
    if ticket.assignee and not ticket.closed and not ticket.paused:
        life.release(turn, ticket, "lease", "clock")


def _reckon(turn: Turn, ticket: Ticket, timer: Timer) -> None:
    """Try again to tell when a clock is due; while the calendar cannot, a supervisor hears of it once a day."""
    target = turn.tx.targets.get(timer.target)
    if target is None or not target.running or target.due or target.cycle != ticket.cycle:
        return
    terms = frozen(turn, ticket.terms)
    fresh = rebase(terms, target, ticket, target.started_at)
    if fresh.due:
        turn.tx.targets.save(fresh)
        run_clock(turn, ticket, fresh, 0)
        return
    years = "、".join(str(year) for year in missing_years(terms, target))
    text = say("alarm.no_due", number=ticket.number, stage=stage_title(target.stage), years=years)
    alarm(turn, ticket, text, key=f"reckon:{target.id}:{turn.now:%y%m%d}")
    turn.tx.timers.set(replace(timer, id=0, at=turn.now + timedelta(days=1)))


def _target(turn: Turn, ticket: Ticket, timer: Timer) -> None:
    target = turn.tx.targets.get(timer.target)
    if target is None or not target.running or target.cycle != ticket.cycle or standing(ticket, target):
        return
    climb = climb_of(turn, ticket, target)
    if timer.step >= len(climb):
        return
    step = climb[timer.step]
    if step.at <= turn.now:
        _happen(turn, ticket, target, _Due(step=step, late=_late(turn.now - timer.at)))
        timer = replace(timer, step=timer.step + 1)
    if timer.step < len(climb):
        at = max(climb[timer.step].at, timer.at)  # what was past when the clock was set is not late
        turn.tx.timers.set(replace(timer, id=0, at=at, attempts=0))


class _Due(msgspec.Struct, frozen=True, kw_only=True):
    """A step whose time has come, and what its notice says where it comes late."""

    step: Step
    late: str


def _happen(turn: Turn, ticket: Ticket, target: Target, due: _Due) -> None:
    step = due.step
    match step.what:
        case "warn" if turn.now < (target.due or turn.now):
            _warn(turn, ticket, target, due)
        case "breach" if target.breached_at is None:
            target = breach(target, turn.now)
            turn.tx.targets.save(target)
            breached(turn, ticket, target)
            _cry_out(turn, ticket, target, due)
        case "escalate":
            _escalate(turn, ticket, target, due)


def _late(by: timedelta) -> str:
    """What a notice says that goes out late, after an outage."""
    return say("timer.late", span=duration(by)) if by > _LATE else ""


def _say(turn: Turn, ticket: Ticket, target: Target, key: str) -> str:
    """`超时：SC…-001 响应 应于 00:05 前 …`, with the words complained in."""
    terms = frozen(turn, ticket.terms)
    due = target.due or turn.now
    return say(
        key,
        number=ticket.number,
        contract=terms.contract_title,
        stage=stage_title(target.stage),
        due=clock_time(due, terms.zone, turn.now),
        span=duration(due - turn.now),
        over=say("timer.over", span=duration(turn.now - due))
        if turn.now - due > _LATE
        else say("timer.still_open"),
        owner=_owner(turn, ticket),
        words=brief(masked(ticket.summary), 40),
    )


def _owner(turn: Turn, ticket: Ticket) -> str:
    """In whose hands it is: the first thing a superior asks."""
    person = turn.book.person(ticket.assignee) if ticket.assignee else None
    return say("timer.in_hands", who=person.name) if person else say("view.nobody")


def _warn(turn: Turn, ticket: Ticket, target: Target, due: _Due) -> None:
    step = due.step
    data = {"stage": target.stage, "to": list(step.to)}
    event = record(turn, ticket, Entry(type=EventType.WARNED, actor="clock", data=data))
    climbing = bool({"supervisor", "manager"} & set(step.to))
    text = _say(turn, ticket, target, "timer.before_due" if climbing else "timer.warn") + due.late
    purpose = Purpose.ESCALATE if climbing else Purpose.REMIND
    _spread(turn, ticket, step.to, _notice(target, f"warn:{event}", purpose, text))


def _cry_out(turn: Turn, ticket: Ticket, target: Target, due: _Due) -> None:
    """The breach itself reaches whoever should have acted; the bot's own clock is the supervisor's business."""
    if target.stage == "acknowledge":
        text = _say(turn, ticket, target, "timer.unacknowledged") + due.late
        text += "\n" + number_hint(turn, ticket)  # a route that is down for now may stay so
        alarm(turn, ticket, text, key=f"breach:{target.id}")
        return
    text = _say(turn, ticket, target, "timer.breach") + due.late
    _spread(turn, ticket, ("assignee",), _notice(target, f"breach:{target.id}", Purpose.ESCALATE, text))


def _escalate(turn: Turn, ticket: Ticket, target: Target, due: _Due) -> None:
    step = due.step
    text = _say(turn, ticket, target, "timer.escalate") + due.late
    data = {"stage": target.stage, "to": list(step.to)}
    event = record(turn, ticket, Entry(type=EventType.ESCALATED, actor="clock", data=data))
    _spread(turn, ticket, step.to, _notice(target, f"escalate:{event}", Purpose.ESCALATE, text))


def _notice(target: Target, key: str, purpose: Purpose, text: str) -> Notice:
    coalesce = f"{purpose}:{target.ticket}" if purpose == Purpose.REMIND else ""
    return Notice(
        key=key, purpose=purpose, text=text, ticket=target.ticket, target=target.id, coalesce=coalesce
    )


def _spread(turn: Turn, ticket: Ticket, to: tuple[str, ...], notice: Notice) -> None:
    """Agents are pinged in the group, superiors told alone; nobody there is an alarm."""
    hushed = discreet(turn, ticket)
    wanted = hushed_words(ticket, to) if hushed else to
    people = list({p.id: p for word in wanted for p in people_for(turn, ticket, word)}.values())
    alone = [p for p in people if hushed or (p.may(*CHIEFS) and p.id != ticket.assignee)]
    agents = [p for p in people if p not in alone]
    notice = replace(notice, buttons=ticket_buttons(ticket))
    if agents:
        tell(turn, group(turn, ticket.contract, agents), notice)
    for person in alone:
        tell(turn, one(turn, ticket, person), replace(notice, key=f"{notice.key}:{person.id}"))
    if not people:
        nobody_on_duty(turn, ticket, notice.key)
