"""Every key of a drill is documented, and nothing that a drill would refuse."""

from __future__ import annotations

from bot.cli.drill_checks import Check
from bot.cli.drill_script import SPEAKERS, Expectation, Step
from bot.config import shipped_schemes
from tests.unit.docs.pages import DOCS, quoted, sections, table

PAGE = DOCS / "reference" / "drills.md"


def _keys(heading: str) -> set[str]:
    return {cell.partition(" =")[0] for row in table(PAGE, heading) for cell in quoted(row[0])}


def test_every_key_of_a_step_is_documented() -> None:
    assert _keys("`[[step]]`") == set(Step.__struct_fields__) - {"speaker", "words"}


def test_every_key_of_a_check_is_documented() -> None:
    assert _keys("`[[check]]`") == set(Check.__struct_fields__)


def test_every_key_of_an_expectation_is_documented() -> None:
    said = set(quoted("\n".join(sections(PAGE)["`[[step]]`"])))
    assert set(Expectation.__struct_fields__) <= said


def test_every_speaker_and_scheme_is_documented() -> None:
    said = set(quoted("\n".join(sections(PAGE)["The head"])))
    assert {*SPEAKERS, *shipped_schemes()} - {"customer2"} <= said
