"""How tickets are shown: one line, one page, a list. Everything is read fresh."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from math import inf

from bot.desk.book import Turn, frozen
from bot.desk.clockwork import standing
from bot.desk.figures import Figures, StageFigures
from bot.desk.masking import masked
from bot.desk.wording import (
    brief,
    category_title,
    clock_time,
    duration,
    fields_line,
    matter,
    stage_title,
    status_title,
    time_left,
)
from bot.domain.ticket import Target, Ticket
from bot.domain.words import EventType
from bot.texts import say

SHOWN = 15


def next_target(targets: Iterable[Target]) -> Target | None:
    """The running promise that is due first; the bot's own clock only when nothing else runs."""
    running = [t for t in targets if t.running and t.due]
    human = [t for t in running if t.stage != "acknowledge"]
    return min(human or running, key=lambda t: t.due.timestamp() if t.due else inf, default=None)


def line(turn: Turn, ticket: Ticket) -> str:
    """`SC…-001 变质 待接单 · 响应 还剩 8分钟 · 王师傅`."""
    terms = frozen(turn, ticket.terms)
    target = next_target(turn.tx.targets.of_ticket(ticket.id, ticket.cycle))
    left = _left(turn, ticket, target) if target else status_title(ticket)
    owner = turn.book.person(ticket.assignee) if ticket.assignee else None
    return say(
        "view.line",
        number=ticket.number,
        category=category_title(terms, ticket.category),
        state="｜".join([status_title(ticket), *([owner.name] if owner else [])]),
        left=left,
        words=brief(masked(ticket.summary), 24),
    )


def listing(turn: Turn, tickets: list[Ticket], title: str) -> str:
    """A titled list, the nearest deadline first; what does not fit is counted."""
    if not tickets:
        return title + "\n" + say("view.none")
    ordered = sorted(tickets, key=lambda t: _urgency(turn, t))
    lines = [line(turn, t) for t in ordered[:SHOWN]]
    more = [say("view.more", count=len(tickets) - SHOWN)] if len(tickets) > SHOWN else []
    return "\n".join([title, *lines, *more])


def _urgency(turn: Turn, ticket: Ticket) -> float:
    target = next_target(turn.tx.targets.of_ticket(ticket.id, ticket.cycle))
    return target.due.timestamp() if target and target.due else inf


def page(turn: Turn, ticket: Ticket) -> str:
    """Everything about one ticket, for staff."""
    terms = frozen(turn, ticket.terms)
    owner = turn.book.person(ticket.assignee) if ticket.assignee else None
    targets = turn.tx.targets.of_ticket(ticket.id, ticket.cycle)
    lines = [
        say("view.head", number=ticket.number, contract=terms.contract_title, status=status_title(ticket)),
        say("page.matter", matter=matter(terms, ticket)),
        say("page.words", words=brief(masked(ticket.summary), 300)),
        masked(fields_line(ticket)),
        say("view.because", because="；".join(ticket.because[:3])) if ticket.because else "",
        say("view.owner", who=owner.name if owner else say("view.nobody")),
        *(f"· {_left(turn, ticket, t)}{_by(turn, ticket, t)}" for t in targets),
        say("view.outcome", outcome=ticket.outcome) if ticket.outcome else "",
        *(_event_lines(turn, ticket, terms.zone)),
    ]
    return "\n".join(x for x in lines if x)


def _left(turn: Turn, ticket: Ticket, target: Target) -> str:
    return time_left(target, turn.now, standing=target.running and standing(ticket, target))


def _by(turn: Turn, ticket: Ticket, target: Target) -> str:
    """When it is due; of a clock that stands nobody knows yet."""
    if target.due is None or (target.running and standing(ticket, target)):
        return ""
    return say("view.by", at=clock_time(target.due, frozen(turn, ticket.terms).zone, turn.now))


def _event_lines(turn: Turn, ticket: Ticket, zone: str) -> list[str]:
    """The last entries of the log."""
    quiet = {EventType.PAGED, EventType.WARNED}
    events = [e for e in turn.tx.events.of_ticket(ticket.id) if e.type not in quiet][-6:]
    return [
        say(
            "view.event",
            at=clock_time(e.at, zone, turn.now),
            what=say(f"event.{e.type}"),
            who=_actor(turn, e.actor),
        )
        for e in events
    ]


def _actor(turn: Turn, actor: str) -> str:
    if actor.startswith("requester:"):
        return say("actor.requester")
    person = turn.book.person(actor)
    return person.name if person else say(f"actor.{actor}") if actor in {"bot", "clock", "opinion"} else actor


def progress(turn: Turn, ticket: Ticket) -> str:
    """Where a matter stands, for its requester: no names of colleagues but the one who has it."""
    terms = frozen(turn, ticket.terms)
    owner = turn.book.person(ticket.assignee) if ticket.assignee else None
    targets = [t for t in turn.tx.targets.of_ticket(ticket.id, ticket.cycle) if t.stage != "acknowledge"]
    lines = [
        say("progress.head", number=ticket.number, status=status_title(ticket), matter=matter(terms, ticket)),
        say("progress.owner", who=owner.name) if owner else "",
        *(f"· {_left(turn, ticket, t)}{_by(turn, ticket, t)}" for t in targets if t.state != "cancelled"),
        say("view.outcome", outcome=ticket.outcome) if ticket.outcome else "",
    ]
    return "\n".join(x for x in lines if x)


def period(figures: Figures, title: str) -> str:
    """Kept and broken promises per stage, the broken ones by number."""
    head = say(
        "figures.head", title=title, opened=figures.opened, closed=figures.closed, open=figures.open_now
    )
    stages = [_stage_line(s) for s in figures.stages]
    broken = [
        say("figures.broken", number=t.number, stage=stage_title(x.stage)) for t, x in figures.broken[:SHOWN]
    ]
    return "\n".join([head, *stages, *broken])


def _stage_line(stage: StageFigures) -> str:
    rate = f"{stage.rate:.0%}" if stage.rate is not None else "—"
    return say(
        "figures.stage",
        stage=stage_title(stage.stage),
        kept=stage.kept,
        broken=stage.broken,
        running=stage.running,
        rate=rate,
        fastest=_span(stage.fastest),
        slowest=_span(stage.slowest),
    )


def _span(span: timedelta | None) -> str:
    return "—" if span is None else duration(span)
