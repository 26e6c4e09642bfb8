"""What must stand in the books at the end of a drill: `[[check]]` (see docs/reference/drills.md)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

Row = dict[str, Any]

_OF_TARGETS = ("stage", "policy", "state", "due", "met_at", "breached_at", "detected_at")
_OF_TICKETS = ("kind", "category", "severity", "status", "assignee", "requested_at")
_TIMES = frozenset({"due", "met_at", "breached_at", "detected_at", "requested_at"})


class Check(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that must be so. What is not given is not looked at.

    `tickets` counts all tickets. `ticket` is a number or its end (`001`). With a `stage` the check speaks of that
    promise (of `cycle`, by default the last), else of the ticket; `state = "none"` means there is no such promise.
    `event` must stand `times` times in the log of the ticket, or at least once.
    """

    tickets: int | None = None
    ticket: str = "001"
    cycle: int = 0
    stage: str = ""
    policy: str = ""
    state: str = ""
    due: datetime | None = None
    met_at: datetime | None = None
    breached_at: datetime | None = None
    detected_at: datetime | None = None
    kind: str = ""
    category: str = ""
    severity: str = ""
    status: str = ""
    assignee: str | None = None
    event: str = ""
    times: int = 0


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at: tickets and promises as the report shows them, events as (ticket, type)."""

    tickets: Sequence[Row]
    targets: Sequence[Row]
    events: Sequence[tuple[str, str]]


def judge(checks: Sequence[Check], books: Books) -> list[str]:
    """One sentence for each check that does not hold."""
    return [f"check {n}: {wrong}" for n, check in enumerate(checks) for wrong in _wrong(check, books)]


def _wrong(check: Check, books: Books) -> list[str]:
    if check.tickets is not None:
        count = len(books.tickets)
        return [] if count == check.tickets else [f"expected {check.tickets} tickets; there are {count}"]
    ticket = next((t for t in books.tickets if t["number"].endswith(check.ticket)), None)
    if ticket is None:
        return [f"there is no ticket {check.ticket}"]
    if check.event:
        return _event(check, books, ticket["number"])
    if not check.stage:
        return _differences(check, ticket, _OF_TICKETS)
    return _promise(check, books, ticket)


def _event(check: Check, books: Books, number: str) -> list[str]:
    count = sum(event == (number, check.event) for event in books.events)
    held = count == check.times if check.times else count > 0
    wanted = f"{check.times} times" if check.times else "at least once"
    return [] if held else [f"{check.event} of {number} should be logged {wanted}; it is {count} times"]


def _promise(check: Check, books: Books, ticket: Row) -> list[str]:
    cycle = check.cycle or ticket["cycle"]
    found = [
        t
        for t in books.targets
        if (t["ticket"], t["cycle"], t["stage"]) == (ticket["number"], cycle, check.stage)
    ]
    if check.policy:
        found = [t for t in found if t["policy"] == check.policy]
    if check.state == "none":
        return [f"{ticket['number']} should promise no {check.stage}"] if found else []
    if not found:
        return [f"{ticket['number']} promises no {check.stage} in cycle {cycle}"]
    complaints = [_differences(check, target, _OF_TARGETS) for target in found]
    return min(complaints, key=len)


def _differences(check: Check, row: Row, names: tuple[str, ...]) -> list[str]:
    wrong = []
    for name in names:
        wanted = getattr(check, name, None)
        if wanted in (None, "") and not (name == "assignee" and wanted == ""):
            continue
        found = row[name]
        if name in _TIMES:
            found = datetime.fromisoformat(found) if found else None
        if found != wanted:
            wrong.append(
                f"{row.get('number') or row['ticket']} {row.get('stage', '')} {name}: {found} is not {wanted}"
            )
    return wrong
