"""Every drill of this folder through the real database, engines and handlers; the drill says what must happen."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.drill_run import play
from bot.cli.drill_script import read_script
from bot.intake import Intake

DRILLS = sorted((Path(__file__).parent / "drills").glob("*.toml"))


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
    titles = [read_script(file).title for file in DRILLS]
    assert sorted(titles) == sorted(set(titles))
