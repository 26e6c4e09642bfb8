"""What the README says about trades, folders and the first commands is so."""

from __future__ import annotations

import re

import pytest

from bot.config import shipped_schemes
from tests.unit.docs.pages import ROOT, blocks, quoted, table

README = ROOT / "README.md"
_SPAN = re.compile(r"[a-z]+ (?:\d+[smhd]|eod)")


def test_every_shipped_scheme_is_in_the_table() -> None:
    rows = table(README, "What the four trades promise")
    assert [quoted(row[1])[0] for row in rows] == sorted(shipped_schemes())


@pytest.mark.parametrize("row", table(README, "What the four trades promise"), ids=lambda row: row[0])
def test_every_promise_of_the_table_is_one_of_the_scheme(row: tuple[str, ...]) -> None:
    scheme = shipped_schemes()[quoted(row[1])[0]]
    promised = {f"{policy.stage} {policy.within}" for policy in scheme.policies}
    claimed = quoted(row[2]) + quoted(row[3])
    assert claimed
    assert [words for words in claimed if not _SPAN.fullmatch(words) or words not in promised] == []


def test_the_house_is_as_drawn() -> None:
    drawn = next(block for block in blocks(README) if block.info == ("text",))
    names = [line.split()[0] for line in drawn.text.splitlines()]
    assert [name for name in names if not (ROOT / name).exists()] == []
    parts = {f"bot/{path.name}" for path in (ROOT / "bot").iterdir() if (path / "__init__.py").exists()}
    assert parts <= set(names)


def test_the_two_commands_come_first() -> None:
    first = next(block for block in blocks(README) if block.info == ("console",))
    assert first.text == "$ make run\n$ make test\n"
