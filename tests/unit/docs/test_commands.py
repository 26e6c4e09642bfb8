"""Every chat command stands under the roles that may use it, with every way to type it."""

from __future__ import annotations

import pytest

from bot.domain.words import Role
from bot.handlers.commands import COMMANDS, CommandSpec, parse
from tests.unit.docs.pages import DOCS, quoted, table

PAGE = DOCS / "reference" / "commands.md"
WANTS = {"nothing": "no", "maybe": "optional", "ticket": "yes"}


def _under(heading: str) -> list[CommandSpec]:
    chiefs = [s for s in COMMANDS if Role.AGENT not in s.roles and Role.SUPERVISOR in s.roles]
    return {
        "Requester": [s for s in COMMANDS if Role.REQUESTER in s.roles],
        "Staff": [s for s in COMMANDS if Role.AGENT in s.roles],
        "Supervisor": chiefs,
    }[heading]


def test_every_command_has_a_role_with_a_heading() -> None:
    known = {s.name for heading in ("Requester", "Staff", "Supervisor") for s in _under(heading)}
    assert known == {s.name for s in COMMANDS}


@pytest.mark.parametrize("heading", ["Requester", "Staff", "Supervisor"])
def test_every_command_is_documented(heading: str) -> None:
    documented = [(tuple(quoted(row[0])), row[1]) for row in table(PAGE, heading)]
    assert documented == [(s.words, WANTS[s.wants]) for s in _under(heading)]


@pytest.mark.parametrize(
    ("heading", "role"),
    [("Requester", Role.REQUESTER), ("Staff", Role.AGENT), ("Supervisor", Role.SUPERVISOR)],
)
def test_every_example_is_read_as_that_command(heading: str, role: Role) -> None:
    for row, spec in zip(table(PAGE, heading), _under(heading), strict=True):
        command = parse(quoted(row[2])[0], (role,))
        assert command is not None, row[2]
        assert command.name == spec.name
