"""The board: every open ticket with the promise that is due next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.desk.book import Turn, frozen
from bot.desk.records import TicketFilter
from bot.desk.wording import category_title, severity_title, stage_title, status_title
from bot.domain.ticket import Ticket
from bot.handlers.views import next_target

_SHOWN = 100


def board(turn: Turn) -> list[dict[str, Any]]:
    """Open tickets, the nearest deadline first; those without one last."""
    rows = [_row(turn, ticket) for ticket in turn.tx.tickets.find(TicketFilter(open_only=True, limit=_SHOWN))]
    return sorted(rows, key=lambda row: (row["due"] is None, row["due"] or "", row["number"]))


def _row(turn: Turn, ticket: Ticket) -> dict[str, Any]:
    terms = frozen(turn, ticket.terms)
    target = next_target(turn.tx.targets.of_ticket(ticket.id, ticket.cycle))
    due = target.due if target else None
    owner = turn.book.person(ticket.assignee) if ticket.assignee else None
    return {
        "number": ticket.number,
        "category": category_title(terms, ticket.category),
        "severity": ticket.severity.value,
        "severity_title": severity_title(ticket),
        "status": ticket.status.value,
        "status_title": status_title(ticket),
        "assignee": owner.name if owner else "",
        "stage": stage_title(target.stage) if target else "",
        "started": _iso(target.started_at if target else None),
        "due": _iso(due),
        "seconds_left": round((due - turn.now).total_seconds()) if due else None,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
