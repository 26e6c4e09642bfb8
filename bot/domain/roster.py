"""Who is on duty for what: people, shifts, overrides (值班表)."""

from __future__ import annotations

from datetime import datetime
from fnmatch import fnmatchcase

import msgspec

from bot.domain.calendar import WorkCalendar, is_open
from bot.domain.words import Role


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """One of the supplier's people. `reach` maps a channel name to their id there."""

    id: str
    name: str
    roles: tuple[Role, ...] = (Role.AGENT,)
    duties: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()  # empty: all
    phone: str = ""
    external: bool = False  # 外聘人员 (B16)
    reach: dict[str, str] = {}

    def serves(self, contract: str) -> bool:
        """Whether this person has to do with that contract."""
        return not self.contracts or contract in self.contracts

    def may(self, *roles: Role) -> bool:
        """Whether this person has one of those roles."""
        return any(role in self.roles for role in roles)


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """班次: `people`, in the order in which they are asked, during `hours`."""

    name: str
    people: tuple[str, ...]
    hours: WorkCalendar
    categories: tuple[str, ...] = ()  # globs; empty: all
    contracts: tuple[str, ...] = ()


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """A dated exception: `person` is away; `instead` stands in (nobody, where empty)."""

    person: str
    since: datetime
    until: datetime
    instead: str = ""


class Roster(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody, their shifts and the exceptions."""

    people: dict[str, Person] = {}
    shifts: tuple[Shift, ...] = ()
    overrides: tuple[Override, ...] = ()


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is wanted for."""

    contract: str
    category: str = ""
    duty: str = ""
    avoid: tuple[str, ...] = ()  # those complained about (M17, D10)


def stand_in(roster: Roster, person: str, at: datetime) -> str:
    """Who stands in for that person at that time: themselves, another, or nobody ("")."""
    for _ in roster.overrides:
        swap = next((o for o in roster.overrides if o.person == person and o.since <= at < o.until), None)
        if swap is None:
            return person
        person = swap.instead
    return person


def on_duty(roster: Roster, need: Need, at: datetime) -> list[Person]:
    """Those on shift for that need, holders of the wanted duty first, else in the order of the shifts."""
    found: dict[str, Person] = {}
    for shift in roster.shifts:
        if not _covers(shift, need) or not is_open(shift.hours, at):
            continue
        for name in shift.people:
            person = roster.people.get(stand_in(roster, name, at))
            if person and person.serves(need.contract) and not avoided(person, need.avoid):
                found.setdefault(person.id, person)
    return sorted(found.values(), key=lambda p: not (need.duty and need.duty in p.duties))


def _covers(shift: Shift, need: Need) -> bool:
    return (not shift.contracts or need.contract in shift.contracts) and (
        not shift.categories or any(fnmatchcase(need.category, glob) for glob in shift.categories)
    )


def avoided(person: Person, avoid: tuple[str, ...]) -> bool:
    """Whether that person is one of those complained about, by id or by name."""
    return person.id in avoid or person.name in avoid


def holders(roster: Roster, role: Role, need: Need, at: datetime) -> list[Person]:
    """Everybody with that role for the contract, stand-ins in place of those away."""
    ids = [stand_in(roster, p.id, at) for p in roster.people.values() if role in p.roles]
    return _usable(roster, ids, need)


def duty_holders(roster: Roster, duty: str, need: Need, at: datetime) -> list[Person]:
    """Everybody who holds that duty, whether on shift or not (24 小时开机, B10)."""
    ids = [stand_in(roster, p.id, at) for p in roster.people.values() if duty in p.duties]
    return _usable(roster, ids, need)


def _usable(roster: Roster, ids: list[str], need: Need) -> list[Person]:
    people = (roster.people.get(i) for i in dict.fromkeys(ids))
    return [p for p in people if p and p.serves(need.contract) and not avoided(p, need.avoid)]
