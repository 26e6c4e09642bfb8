"""What can be wrong with a configuration or a scheme, as sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import inspect

from bot.domain.calendar import CalendarError, find_zone
from bot.domain.clocks import calendar_of, length
from bot.domain.scheme import Policy, Terms
from bot.domain.span import parse_span
from bot.domain.words import STAGES, Role

_RUNG_WORDS = {"duty", "assignee", Role.LEAD, Role.SUPERVISOR, Role.MANAGER}


_PREFIX = re.compile(r"[A-Z]{1,4}")
_STEP = re.compile(r"\[[^\]]*\]|[^.\[\]]+")


class ConfigError(Exception):
    """A configuration cannot be used; says in which file, at which key, and what was expected."""

    def __init__(self, file: Path, key: str, why: str) -> None:
        super().__init__(f"{file}: {key}: {why}" if key else f"{file}: {why}")
        self.file = file
        self.key = key


def expectation(kind: type, key: str) -> str:
    """What may stand at that key, as the end of a sentence; "" where the type alone says it."""
    node: inspect.Type = inspect.type_info(kind)
    for step in _STEP.findall(key):
        node = _below(node, step)
    if isinstance(node, inspect.StructType):
        return f"; there are {', '.join(field.encode_name for field in node.fields)}"
    if isinstance(node, inspect.EnumType):
        return f"; there are {', '.join(str(member.value) for member in node.cls)}"
    if isinstance(node, inspect.LiteralType):
        return f"; there are {', '.join(map(str, node.values))}"
    return ""


def _below(node: inspect.Type, step: str) -> inspect.Type:
    """The type one step down a key's path."""
    if isinstance(node, inspect.UnionType):
        node = next((t for t in node.types if not isinstance(t, inspect.NoneType)), node)
    if isinstance(node, inspect.StructType):
        return next((f.type for f in node.fields if f.encode_name == step), inspect.AnyType())
    if isinstance(node, inspect.DictType):
        return node.value_type
    if isinstance(node, inspect.VarTupleType | inspect.ListType):
        return node.item_type
    return inspect.AnyType()


def terms_problems(terms: Terms) -> list[tuple[str, str]]:
    """Everything in a scheme (with a contract's overrides) that refers to nothing or cannot be read."""
    return [*_names(terms), *_calendars(terms), *_policies(terms), *_ladders(terms), *_pace(terms)]


def _names(terms: Terms) -> Iterator[tuple[str, str]]:
    if not _PREFIX.fullmatch(terms.prefix):
        yield (
            "prefix",
            f"{terms.prefix!r} cannot begin a ticket number: write one to four capital letters, as SC",
        )
    if "complaint" not in terms.kinds:
        yield "kinds", "has no `complaint`: every scheme needs that kind of matter"
    try:
        find_zone(terms.zone)
    except CalendarError as error:
        yield "zone", str(error)


def _calendars(terms: Terms) -> Iterator[tuple[str, str]]:
    for name in terms.calendars:
        try:
            calendar_of(terms, name)
        except CalendarError as error:
            yield f"calendars.{name}.{error.key}", str(error)


def _policies(terms: Terms) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for policy in terms.policies:
        key = f"policies.{policy.id}"
        if policy.id in seen:
            yield f"{key}.id", "stands twice: every policy needs an id of its own"
        seen.add(policy.id)
        if policy.stage not in STAGES:
            yield f"{key}.stage", f"{policy.stage!r} is no stage; there are {', '.join(STAGES)}"
        if policy.ladder not in terms.ladders:
            yield f"{key}.ladder", f"{policy.ladder!r} is no ladder of this scheme"
        for kind in policy.when.kinds:
            if kind not in terms.kinds:
                yield f"{key}.when.kinds", f"{kind!r} is not in [kinds]"
        for code in policy.when.categories:
            if "*" not in code and code not in terms.categories:
                yield f"{key}.when.categories", f"{code!r} is not in [categories]"
        yield from _times(terms, policy, key)


def _times(terms: Terms, policy: Policy, key: str) -> Iterator[tuple[str, str]]:
    if policy.calendar not in {*terms.calendars, "always", "cn-office"}:
        yield (
            f"{key}.calendar",
            f"{policy.calendar!r} is no calendar: name one of [calendars], always or cn-office",
        )
    if policy.within and policy.before:
        yield f"{key}.before", "stands beside `within`: a promise has one of them"
    if not policy.within and policy.starts != "requested":
        yield f"{key}.within", "is missing: write a duration such as 15m, 4h, 3d, 2wd or eod"
    try:
        if policy.within:
            parse_span(policy.within)
        if policy.before:
            length(policy.before)
    except ValueError as error:
        yield f"{key}.{'within' if policy.within else 'before'}", str(error)


def _ladders(terms: Terms) -> Iterator[tuple[str, str]]:
    for name, rungs in terms.ladders.items():
        for n, rung in enumerate(rungs):
            for word in rung.to:
                if word not in _RUNG_WORDS and not word.startswith("duty:"):
                    yield (
                        f"ladders.{name}[{n}].to",
                        f"{word!r} is nobody: duty, assignee, lead, supervisor, manager or duty:NAME",
                    )


def _pace(terms: Terms) -> Iterator[tuple[str, str]]:
    for name in terms.pace.__struct_fields__:
        try:
            length(getattr(terms.pace, name))
        except ValueError as error:
            yield f"pace.{name}", str(error)
