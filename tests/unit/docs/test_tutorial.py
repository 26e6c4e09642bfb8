"""The tutorial quotes what the demo really says: its steps are played as a drill, and every quoted line is heard."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.cli.drill_run import play
from bot.cli.drill_script import read_script
from bot.intake import Intake
from tests.unit.docs.pages import DOCS, blocks, prose

PAGE = DOCS / "tutorial" / "first-ten-minutes.md"
DRILL = Path(__file__).with_name("first_ten_minutes.toml")


def test_every_quoted_line_is_really_said() -> None:
    report = asyncio.run(play(read_script(DRILL), Intake()))
    heard = {line for sent in report.timeline if sent.direction == "out" for line in sent.text.splitlines()}
    quoted = [line for b in blocks(PAGE) if b.info[1:] == ("seen",) for line in b.text.splitlines()]
    assert [line for line in quoted if line not in heard] == []
    assert len(quoted) > 20


def test_every_quoted_complaint_is_in_the_drill() -> None:
    script = DRILL.read_text(encoding="utf-8")
    typed = [line[2:] for _, line in prose(PAGE) if line.startswith("> ")]
    assert typed
    assert [words for words in typed if words not in script] == []
