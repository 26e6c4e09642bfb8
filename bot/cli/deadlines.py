"""`deadlines`: every promise on such a ticket and when it is due, by flags; or JSON lines on stdin."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from bot.cli import deadline_questions
from bot.cli.faults import UsageError
from bot.cli.question_keys import read_moment
from bot.clock import SystemClock
from bot.config import load, shipped_schemes
from bot.desk.wording import stage_title
from bot.domain.calendar_chinese import explain_lines
from bot.domain.clocks import calendar_of, start_targets
from bot.domain.messages import Address
from bot.domain.scheme import Contract, Terms, effective
from bot.domain.span import parse_span
from bot.domain.ticket import Target, Ticket
from bot.domain.words import Severity
from bot.intake.model import titles
from bot.texts import catalogue, say

_GRADES = list(Severity)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The ticket by flags; none of them: JSON lines."""
    add = parser.add_argument
    add("--scheme", help="books, food, medical or survey")
    add("--config", type=Path, help="a configuration, with --contract")
    add("--contract", help="id of a contract of the configuration")
    add("--kind", default="complaint", help="complaint (default), consultation, return …")
    add("--category", default="", help="e.g. food.spoiled")
    add("--severity", choices=[s.value for s in _GRADES], help="default: what the category has at least")
    add("--at", help="when the message came, e.g. 2026-03-02T09:00:00+08:00 (default: now)")
    add("--taken", help="when somebody took it, for promises that count from then")
    add("--requested", help="the time the customer chose, for promises that go by it")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help='[{"stage","within","calendar","due"}]')
    shape.add_argument("--explain", action="store_true", help="how each due time came about, step by step")


def run(args: argparse.Namespace) -> int:
    """One question by flags, or every line of stdin."""
    if not (args.scheme or args.config or args.contract):
        deadline_questions.run(sys.stdin, sys.stdout)
        return 0
    terms = _terms(args)
    ticket, taken = _ticket(args, terms)
    targets = start_targets(terms, ticket, taken)
    if args.json:
        print(msgspec.json.encode([_row(target, terms) for target in targets]).decode())
    else:
        lines = _explained(targets, terms) if args.explain else _listed(targets, terms)
        print("\n".join(lines) or say("deadlines.none"))
    return 0


def _terms(args: argparse.Namespace) -> Terms:
    if args.config:
        _, book = load(args.config)
        contract = args.contract or book.default_contract
        if contract not in book.terms:
            raise UsageError(
                f"--contract: {contract!r} is not in {args.config}; there are {', '.join(book.terms)}"
            )
        return book.terms[contract]
    if args.contract:
        raise UsageError("--contract needs --config, the file in which that contract stands")
    schemes = shipped_schemes()
    if args.scheme not in schemes:
        raise UsageError(f"--scheme: {args.scheme!r} is not known; there are {', '.join(schemes)}")
    return effective(schemes[args.scheme], Contract(id="any", title="", scheme=args.scheme))


def _ticket(args: argparse.Namespace, terms: Terms) -> tuple[Ticket, datetime | None]:
    if args.kind not in terms.kinds:
        raise UsageError(f"--kind: {args.kind!r} is not known here; there are {', '.join(terms.kinds)}")
    known = dict.fromkeys(
        [*terms.categories, *titles()]
    )  # a ticket may be about what the trade does not list
    if args.category and args.category not in known:
        raise UsageError(f"--category: {args.category!r} is not known here; there are {', '.join(known)}")
    at = read_moment(args.at, "--at") if args.at else SystemClock().now().replace(microsecond=0)
    ticket = Ticket(
        contract=terms.contract,
        terms="",
        requester=0,
        origin=Address(channel="none", chat=""),
        kind=args.kind,
        category=args.category,
        severity=_severity(args, terms),
        summary="",
        opened_at=at,
        received_at=at,
        last_said_at=at,
        requested_at=read_moment(args.requested, "--requested") if args.requested else None,
    )
    return ticket, read_moment(args.taken, "--taken") if args.taken else None


def _severity(args: argparse.Namespace, terms: Terms) -> Severity:
    if args.severity:
        return Severity(args.severity)
    spec = terms.categories.get(args.category)
    return spec.severity if spec else Severity.NORMAL


def _row(target: Target, terms: Terms) -> dict[str, Any]:
    due = target.due.astimezone(ZoneInfo(terms.zone)).isoformat() if target.due else None
    return {"stage": target.stage, "within": target.within, "calendar": target.calendar, "due": due}


def _listed(targets: list[Target], terms: Terms) -> Iterator[str]:
    for target in sorted(targets, key=lambda t: (t.due is None, t.due or t.started_at)):
        yield _head(target, terms)


def _head(target: Target, terms: Terms) -> str:
    local = target.due.astimezone(ZoneInfo(terms.zone)) if target.due else None
    due = f"{local:%Y-%m-%d %H:%M:%S}" if local else say("deadlines.waits")
    return say(
        "deadlines.line",
        stage=stage_title(target.stage),
        due=due,
        within=_promise(target.within),
        calendar=catalogue().get(f"calendar.{target.calendar}", target.calendar),
    )


def _promise(within: str) -> str:
    """What was promised, as one would say it to a customer."""
    if within == "requested":
        return say("deadlines.chosen")
    if within.startswith("-"):
        return say("deadlines.ahead", span=parse_span(within[1:]).chinese())
    return parse_span(within).chinese()


def _explained(targets: list[Target], terms: Terms) -> Iterator[str]:
    for target in targets:
        yield _head(target, terms)
        yield from (f"  {line}" for line in _steps(target, terms))
        yield ""


def _steps(target: Target, terms: Terms) -> list[str]:
    if target.started_at is None or target.due is None:
        return [say("deadlines.anchor")]
    if target.within == "requested":
        return [say("deadlines.requested")]
    if target.within.startswith("-"):
        return [say("deadlines.before", span=parse_span(target.within[1:]).chinese())]
    return explain_lines(calendar_of(terms, target.calendar), target.started_at, parse_span(target.within))
