"""Every drill of this folder through the real database, engines and handlers; the drill says what must happen."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.drill_run import play
from bot.cli.drill_script import read_script
from bot.config import shipped_schemes
from bot.intake import Intake

DRILLS = sorted((Path(__file__).parent / "drills").glob("*.toml"))
SCRIPTS = [read_script(file) for file in DRILLS]


@pytest.mark.parametrize("file", DRILLS, ids=lambda file: file.stem)
async def test_drill(file: Path, intake: Intake) -> None:
    report = await play(read_script(file), intake)
    assert report.passed, report.to_text()


@pytest.mark.parametrize("file", DRILLS, ids=lambda file: file.stem)
def test_a_drill_expects_something_of_people_and_of_the_books(file: Path) -> None:
    script = read_script(file)
    assert any(step.expect for step in script.steps)
    assert script.checks


def test_there_are_drills_for_every_title_once() -> None:
    titles = [script.title for script in SCRIPTS]
    assert sorted(titles) == sorted(set(titles))


@pytest.mark.parametrize("state", ["met", "breached"])
def test_every_promise_of_every_scheme_is_seen_kept_and_seen_broken(state: str) -> None:
    shown = {(s.config.contracts[0].scheme, c.policy) for s in SCRIPTS for c in s.checks if c.state == state}
    promised = {(name, p.id) for name, scheme in shipped_schemes().items() for p in scheme.policies}
    assert {(scheme, policy) for scheme, policy in promised - shown if policy != "ack"} == set()
