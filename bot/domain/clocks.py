"""Promised clocks: which run on a ticket, when each is due, what happens on the way there. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Literal

import msgspec
from msgspec.structs import replace

from bot.domain.calendar import (
    ALWAYS,
    CN_OFFICE,
    CalendarError,
    CalendarText,
    Pause,
    WorkCalendar,
    deadline,
    elapsed,
    shift,
    unpublished_years,
)
from bot.domain.calendar import parse_calendar as _parse
from bot.domain.scheme import CalendarSpec, Policy, Rung, RungTime, Terms, parse_rung_time, promised
from bot.domain.span import parse_span
from bot.domain.ticket import Target, Ticket
from bot.domain.words import STAGES, EventType

Happening = Literal["warn", "breach", "escalate"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happens on the way of a running target."""

    at: datetime
    what: Happening
    to: tuple[str, ...] = ()


@lru_cache(maxsize=256)
def _built(name: str, zone: str, spec: bytes) -> WorkCalendar:
    if spec:
        parsed = msgspec.msgpack.decode(spec, type=CalendarSpec)
        return _parse(name, CalendarText(**msgspec.structs.asdict(parsed)))
    if name == CN_OFFICE.name:
        return CN_OFFICE
    return replace(ALWAYS, zone=zone)


def calendar_of(terms: Terms, name: str) -> WorkCalendar:
    """The calendar of that name: one of the terms' own, `always` in the terms' zone, or `cn-office`.

    Raises KeyError for an unknown name (refused when a configuration is read).
    """
    spec = terms.calendars.get(name)
    if spec is None and name not in {ALWAYS.name, CN_OFFICE.name}:
        raise KeyError(name)
    return _built(name, terms.zone, msgspec.msgpack.encode(spec) if spec else b"")


def pauses_of(ticket: Ticket, until: datetime) -> tuple[Pause, ...]:
    """The ticket's pauses, an unfinished one up to `until`."""
    return tuple(Pause(since=p.since, until=p.until or max(until, p.since)) for p in ticket.pauses)


def anchor(policy: Policy, ticket: Ticket, taken_at: datetime | None) -> datetime | None:
    """The instant a policy counts from; None while it is not known yet."""
    anchors = {"received": ticket.received_at, "taken": taken_at, "requested": ticket.requested_at}
    return anchors[policy.starts]


def due_at(terms: Terms, policy: Policy, start: datetime, pauses: Sequence[Pause] = ()) -> datetime:
    """When a promise that counts from `start` is due (F04: at the chosen time; F10: that long before it)."""
    calendar = calendar_of(terms, policy.calendar)
    if policy.before:
        return start - timedelta(seconds=_seconds(policy.before))
    if not policy.within:
        return start
    return deadline(calendar, start, parse_span(policy.within), pauses)


def _known_due(terms: Terms, policy: Policy, start: datetime, pauses: Sequence[Pause]) -> datetime | None:
    """When it is due; None where the calendar cannot tell (yet): the ticket must not be lost for that."""
    try:
        return due_at(terms, policy, start, pauses)
    except CalendarError:
        return None


def missing_years(terms: Terms, target: Target) -> tuple[int, ...]:
    """The years whose holidays a started clock would need to know to be due at all."""
    if target.started_at is None:
        return ()
    return unpublished_years(calendar_of(terms, target.calendar), target.started_at, ahead=400)


def _seconds(text: str) -> float:
    rung = parse_rung_time(f"+{text}")
    return rung.amount


def length(text: str) -> timedelta:
    """A plain duration such as `30m`, as the desk's own intervals are written."""
    return timedelta(seconds=_seconds(text))


def start_targets(terms: Terms, ticket: Ticket, taken_at: datetime | None = None) -> list[Target]:
    """Every clock promised for such a ticket, started or waiting for its anchor."""
    policies = promised(terms, ticket.kind, ticket.category, ticket.severity)
    return [start_target(terms, policy, ticket, taken_at) for policy in policies]


def start_target(terms: Terms, policy: Policy, ticket: Ticket, taken_at: datetime | None) -> Target:
    """One clock. A repair clock of a ticket that was paused counts around the pauses."""
    pausable = STAGES[policy.stage].pausable if policy.pausable is None else policy.pausable
    start = anchor(policy, ticket, taken_at)
    pauses = pauses_of(ticket, ticket.last_said_at) if pausable else ()
    since = (
        ticket.received_at if start and policy.starts == "requested" else start
    )  # the way to a chosen time
    due = None if start is None else _known_due(terms, policy, start, pauses)
    return Target(
        ticket=ticket.id,
        cycle=ticket.cycle,
        stage=policy.stage,
        policy=policy.id,
        within=policy.within or (f"-{policy.before}" if policy.before else "requested"),
        calendar=policy.calendar,
        ladder=policy.ladder,
        pausable=pausable,
        started_at=since,
        due=ticket.requested_at if policy.chosen and ticket.requested_at else due,
    )


def policy_of(terms: Terms, target: Target) -> Policy | None:
    """The policy behind a target, in the version frozen with its ticket."""
    return next((p for p in terms.policies if p.id == target.policy), None)


def rebase(terms: Terms, target: Target, ticket: Ticket, taken_at: datetime | None) -> Target:
    """The target with its due time computed anew: after a pause, or when its anchor became known or moved."""
    policy = policy_of(terms, target)
    if policy is None or not target.running or target.breached_at:
        return target
    fresh = start_target(terms, policy, ticket, taken_at)
    return replace(target, started_at=fresh.started_at, due=fresh.due)


def met_by(terms: Terms, target: Target) -> frozenset[EventType]:
    """The events that meet a target."""
    policy = policy_of(terms, target)
    return frozenset(policy.met_by) if policy and policy.met_by else STAGES[target.stage].met_by


def breach(target: Target, detected: datetime) -> Target:
    """The promise is broken: at its deadline, found out at `detected`."""
    return replace(target, breached_at=target.due, detected_at=detected)


def meet(target: Target, at: datetime, event: int, detected: datetime) -> Target:
    """Met at `at`, on that evidence. An answer at the due second is in time; a later one leaves the breach."""
    if target.due is not None and at > target.due and target.breached_at is None:
        target = breach(target, detected)
    return replace(target, met_at=at, met_by=event)


def steps(terms: Terms, target: Target, pauses: Sequence[Pause] = ()) -> list[Step]:
    """All that happens while nobody meets the target: warnings, the breach at its due second, the ladder."""
    if target.due is None or target.started_at is None:
        return []
    ladder = "acknowledge" if target.stage == "acknowledge" else target.ladder
    calendar = calendar_of(terms, target.calendar)
    course = _Course(
        calendar=calendar, start=min(target.started_at, target.due), due=target.due, pauses=pauses
    )
    rungs = terms.ladders.get(ladder, ())
    climb = [course.step(rung) for rung in rungs if course.start < course.due or not rung.at.endswith("%")]
    climb.append(Step(at=target.due, what="breach"))
    order = {"warn": 0, "breach": 1, "escalate": 2}
    return sorted(climb, key=lambda s: (s.at, order[s.what]))


class _Course(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The way of one clock from its start to its due time."""

    calendar: WorkCalendar
    start: datetime
    due: datetime
    pauses: Sequence[Pause]

    def step(self, rung: Rung) -> Step:
        at = max(self._time(parse_rung_time(rung.at)), self.start)
        return Step(at=at, what="warn" if at < self.due else "escalate", to=rung.to)

    def _time(self, time: RungTime) -> datetime:
        """In the clock's working time before it is due, in plain time after: nobody waits for Monday to hear."""
        if time.base == "start":
            return self.start + timedelta(seconds=time.amount)
        if time.base == "due" and time.amount >= 0:
            return self.due + timedelta(seconds=time.amount)
        if time.base == "due":
            return shift(self.calendar, self.due, int(time.amount), self.pauses)
        if not self.whole:
            return self.start
        return shift(self.calendar, self.start, round(self.whole * time.amount), self.pauses)

    @cached_property
    def whole(self) -> int:
        """The working seconds from start to due, of which ladders name shares."""
        return elapsed(self.calendar, self.start, self.due, self.pauses)


def next_step(climb: Sequence[Step], now: datetime) -> int:
    """The index of the first step that is still to come."""
    return next((i for i, step in enumerate(climb) if step.at > now), len(climb))
