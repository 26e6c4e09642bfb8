"""Promises on tickets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, bindparam, or_, select

from bot.desk.records import TargetFilter
from bot.domain.ticket import Target, Ticket
from bot.storage.mapping import Mapping
from bot.storage.session import Session
from bot.storage.statements import Statement
from bot.storage.tables import targets, tickets
from bot.storage.tickets import TICKETS

TARGETS = Mapping(Target, targets)
_select = select(*TARGETS.columns)
_row = targets.c.id == bindparam("row")
_of = targets.c.ticket == bindparam("of")
_ADD = TARGETS.insert()
_SAVE = TARGETS.update()
_GET = Statement(_select.where(_row), "row")
_OF_TICKET = Statement(_select.where(_of).order_by(targets.c.id), "of")
_OF_CYCLE = Statement(
    _select.where(_of, targets.c.cycle == bindparam("round")).order_by(targets.c.id), "of", "round"
)
RUNNING = and_(targets.c.met_at.is_(None), targets.c.cancelled_at.is_(None))


def _inside(names: frozenset[str]) -> ColumnElement[bool]:
    """Due or met inside [since, until), where either end may be left open."""

    def within(column: Any) -> ColumnElement[bool]:
        ends = []
        if "since" in names:
            ends.append(column >= bindparam("since"))
        if "until" in names:
            ends.append(column < bindparam("until"))
        return and_(*ends)

    return or_(within(targets.c.due), within(targets.c.met_at))


_NAMES = ("contract", "assignee", "since", "until", "overdue_at")


@cache
def _find(names: tuple[str, ...], *, open_only: bool) -> Statement:
    wanted: list[ColumnElement[bool]] = []
    if "contract" in names:
        wanted.append(tickets.c.contract == bindparam("contract"))
    if "assignee" in names:
        wanted.append(tickets.c.assignee == bindparam("assignee"))
    if ends := frozenset(names) & {"since", "until"}:
        wanted.append(_inside(ends))
    if "overdue_at" in names:
        wanted.append(targets.c.due < bindparam("overdue_at"))
    if open_only or "overdue_at" in names:
        wanted.append(RUNNING)
    both = select(*TICKETS.columns, *TARGETS.columns).join_from(targets, tickets)
    return Statement(both.where(*wanted).order_by(targets.c.due, targets.c.id), *names)


class SqlTargets:
    """`TargetRepo` over SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_all(self, targets: Sequence[Target]) -> list[Target]:
        """Store them; returned with their ids."""
        take = self._session.ids.take
        stored = [msgspec.structs.replace(target, id=take("targets")) for target in targets]
        self._session.hold(_ADD, *stored)
        return stored

    def save(self, target: Target) -> None:
        """Store the new value."""
        self._session.put(_SAVE, target)

    def get(self, target: int) -> Target | None:
        """By id."""
        return self._session.item(TARGETS, _GET, target)

    def of_ticket(self, ticket: int, cycle: int | None = None) -> list[Target]:
        """Of every cycle, or of one, in the order in which they were made."""
        if cycle is None:
            return self._session.items(TARGETS, _OF_TICKET, ticket)
        return self._session.items(TARGETS, _OF_CYCLE, ticket, cycle)

    def find(self, wanted: TargetFilter) -> list[tuple[Ticket, Target]]:
        """Those that satisfy every condition given, earliest due first; overdue ones are those still owed."""
        given: dict[str, Any] = {name: value for name in _NAMES if (value := getattr(wanted, name))}
        found = _find(tuple(given), open_only=wanted.open_only)
        return self._session.pairs(TICKETS, TARGETS, found, *given.values())
