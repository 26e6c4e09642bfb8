"""What a trade promises, as data: categories, policies, calendars, ladders (see docs/reference/schemes.md)."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal

import msgspec

from bot.domain.words import EventType, Severity


class When(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which tickets a policy speaks of; an empty list means any. Categories may be globs: `food.*`."""

    kinds: tuple[str, ...] = ("complaint",)
    categories: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()

    def matches(self, kind: str, category: str, severity: Severity) -> bool:
        """Whether a ticket of that kind, category and severity is meant."""
        return (
            (not self.kinds or kind in self.kinds)
            and (not self.categories or any(fnmatchcase(category, glob) for glob in self.categories))
            and (not self.severities or severity in self.severities)
        )

    def weight(self) -> tuple[int, int]:
        """The more a condition says, the more it weighs: a named category before a severity before none."""
        exact = max((len(glob) if "*" not in glob else 1 for glob in self.categories), default=0)
        return exact, bool(self.severities) + bool(self.kinds)


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """时限承诺: one promised clock.

    `within` counts from `starts`; with `starts = "requested"` an empty `within` means at the time the customer
    chose, and `before` that long ahead of it (F10). `off` takes a policy of the scheme out of a contract.
    """

    id: str
    stage: str
    within: str = ""
    before: str = ""
    starts: Literal["received", "taken", "requested"] = "received"
    calendar: str = "always"
    when: When = When()
    ladder: str = "default"
    pausable: bool | None = None  # None: as the stage has it
    met_by: tuple[EventType, ...] = ()  # empty: as the stage has it
    names: tuple[str, ...] = ()  # the outcome must name one of these (F03: 换货 or 退货)
    chosen: bool = False  # gives way to the time the customer chose, once there is one (B07)
    off: bool = False


class RungTime(msgspec.Struct, frozen=True, kw_only=True):
    """When a rung is reached: a share of the allowance, seconds from due, or seconds from the start."""

    base: Literal["share", "due", "start"]
    amount: float


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_RUNG = re.compile(
    r"(?:(?P<share>\d{1,2})%|(?P<start>start)?(?P<sign>[+-])?(?P<number>\d{1,6})(?P<unit>[smhd]))"
)


@lru_cache(maxsize=1024)
def parse_rung_time(text: str) -> RungTime:
    """Read `80%` (of the allowance), `-5m` (before due), `0s` (at due), `+1h` (after), `start+3m`.

    Raises ValueError with a sentence naming the forms.
    """
    found = _RUNG.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no rung time: write 80%, -5m, 0s, +1h or start+3m")
    if found["share"]:
        return RungTime(base="share", amount=int(found["share"]) / 100)
    seconds = int(found["number"]) * _UNITS[found["unit"]] * (-1 if found["sign"] == "-" else 1)
    if found["start"] and seconds < 0:
        raise ValueError(f"{text!r} lies before the start: write start+3m")
    return RungTime(base="start" if found["start"] else "due", amount=seconds)


class Rung(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of a ladder: who is told, and when.

    `to`: `duty` (on shift for the category), `assignee`, `lead`, `supervisor`, `manager`, or `duty:NAME` for
    everybody who holds that duty (B10, F14).
    """

    at: str
    to: tuple[str, ...]

    def __post_init__(self) -> None:
        parse_rung_time(self.at)
        if not self.to:
            raise ValueError("a rung needs somebody in `to`")


class CategorySpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reason to complain, under one trade."""

    title: str
    duty: str = ""  # who is pinged: holders of this duty before others (B16)
    route: Literal["duty", "supervisor"] = "duty"  # past the assignee (M17)
    severity: Severity = Severity.NORMAL  # at least this
    entitles: str = ""  # what the customer may have, printed on the ticket (B05)
    departments: tuple[str, ...] = ()  # told as well (C03)


class CalendarSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A work calendar as written in a file; the grammar of `hours` is that of docs/reference/calendars.md."""

    hours: str
    tz: str = "Asia/Shanghai"
    holidays: str = ""
    extra_workdays: str = ""
    special_hours: str = ""
    cn_public_holidays: bool = False
    years: str = ""  # whose public holidays are listed here by hand


class Pace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The desk's own intervals, as durations."""

    lease: str = "30m"  # a take lapses unless the next stage follows
    burst: str = "3m"  # messages this close belong together
    join: str = "12h"  # the same matter again within this joins its open ticket
    reopen: str = "7d"  # a message after closing reopens within this
    triage: str = "5m"  # an unanswered question goes to a human after this
    page_again: str = "5m"  # an alarm nobody could be told of is tried again


class Scheme(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """服务方案: everything a trade promises."""

    name: str
    title: str
    prefix: str  # of ticket numbers
    zone: str = "Asia/Shanghai"
    kinds: dict[str, str]  # code → title
    categories: dict[str, CategorySpec]
    calendars: dict[str, CalendarSpec] = {}
    policies: tuple[Policy, ...]
    ladders: dict[str, tuple[Rung, ...]]
    pace: Pace = Pace()


class Contract(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """合同: one customer organisation under a scheme, and what it was promised differently (F19).

    A policy with the id of one of the scheme's replaces it; tables are merged by key.
    """

    id: str
    title: str
    scheme: str
    zone: str = ""
    policies: tuple[Policy, ...] = ()
    categories: dict[str, CategorySpec] = {}
    calendars: dict[str, CalendarSpec] = {}
    ladders: dict[str, tuple[Rung, ...]] = {}
    pace: Pace | None = None


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What one contract promises in one version: the scheme with the contract's overrides. Tickets freeze it."""

    contract: str
    contract_title: str
    scheme: str
    title: str
    prefix: str
    zone: str
    kinds: dict[str, str]
    categories: dict[str, CategorySpec]
    calendars: dict[str, CalendarSpec]
    policies: tuple[Policy, ...]
    ladders: dict[str, tuple[Rung, ...]]
    pace: Pace


def effective(scheme: Scheme, contract: Contract) -> Terms:
    """Lay the contract's overrides over its scheme."""
    merged = {p.id: p for p in scheme.policies} | {p.id: p for p in contract.policies}
    return Terms(
        contract=contract.id,
        contract_title=contract.title,
        scheme=scheme.name,
        title=scheme.title,
        prefix=scheme.prefix,
        zone=contract.zone or scheme.zone,
        kinds=scheme.kinds,
        categories=scheme.categories | contract.categories,
        calendars=scheme.calendars | contract.calendars,
        policies=tuple(p for p in merged.values() if not p.off),
        ladders=scheme.ladders | contract.ladders,
        pace=contract.pace or scheme.pace,
    )


def promised(terms: Terms, kind: str, category: str, severity: Severity) -> list[Policy]:
    """The policies that hold for such a ticket: for each stage the one whose condition says most.

    Where two say as much, the one written later holds.
    """
    best: dict[str, Policy] = {}
    for policy in terms.policies:
        if policy.when.matches(kind, category, severity):
            rival = best.get(policy.stage)
            if rival is None or policy.when.weight() >= rival.when.weight():
                best[policy.stage] = policy
    return list(best.values())
