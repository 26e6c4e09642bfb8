"""What in a configuration refers to nothing, or to two things at once: refused when read, not found out at night."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from bot.domain.scheme import Scheme, Terms

if TYPE_CHECKING:
    from bot.config import Config

Problem = tuple[str, str]


def reference_problems(
    config: Config, terms: Mapping[str, Terms], schemes: Mapping[str, Scheme]
) -> list[Problem]:
    """Every key whose value names nobody and nothing of this file, or what stands twice; with what was expected."""
    return [
        *_twice("contracts", "title", (c.title for c in config.contracts)),
        *_twice("people", "id", (p.id for p in config.people)),
        *_twice("people", "name", (p.name for p in config.people)),
        *_roles(config),
        *_contracts("people", ((n, p.contracts) for n, p in enumerate(config.people)), terms),
        *_contracts("shifts", ((n, s.contracts) for n, s in enumerate(config.shifts)), terms),
        *_contracts("chats", ((n, (c.contract,)) for n, c in enumerate(config.chats) if c.contract), terms),
        *_categories(config, [*terms.values(), *schemes.values()]),
        *_spans(config),
    ]


def _twice(table: str, field: str, values: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for n, value in enumerate(values):
        if not value.strip():
            yield f"{table}[{n}].{field}", "is empty: write what people call it"
        if value in seen:
            yield (
                f"{table}[{n}].{field}",
                f"{value!r} stands twice: commands go by it, so it must be one alone",
            )
        seen.add(value)


def _roles(config: Config) -> Iterator[Problem]:
    for n, person in enumerate(config.people):
        if not person.roles:
            yield f"people[{n}].roles", "is empty: write agent, lead, supervisor or manager"


def _contracts(
    table: str, named: Iterable[tuple[int, tuple[str, ...]]], terms: Mapping[str, Terms]
) -> Iterator[Problem]:
    field = "contract" if table == "chats" else "contracts"
    for n, contracts in named:
        for contract in contracts:
            if contract not in terms:
                known = ", ".join(terms)
                yield f"{table}[{n}].{field}", f"{contract!r} is no contract of this file; there are {known}"


def _categories(config: Config, trades: Iterable[Terms | Scheme]) -> Iterator[Problem]:
    known = {code for one in trades for code in one.categories}
    for n, shift in enumerate(config.shifts):
        for glob in shift.categories:
            if not any(fnmatchcase(code, glob) for code in known):
                yield f"shifts[{n}].categories", f"{glob!r} is no category of any scheme"


def _spans(config: Config) -> Iterator[Problem]:
    for n, override in enumerate(config.overrides):
        aware = override.since.tzinfo is not None and override.until.tzinfo is not None
        if aware and override.until <= override.since:
            yield f"overrides[{n}].until", "does not lie after `since`"
