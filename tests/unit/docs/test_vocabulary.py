"""Every word of the code that people meet in files, exports and reports stands in the vocabulary."""

from __future__ import annotations

from typing import get_args

import pytest

from bot.desk.records import OutboxState
from bot.domain.messages import PRIORITY, Purpose
from bot.domain.ticket import TargetState
from bot.domain.words import HUMAN_ACTS, STAGES, EventType, Role, Severity, Status
from bot.intake.model import titles
from bot.intake.types import Intent
from bot.texts import say
from tests.unit.docs.pages import DOCS, quoted, sections, table

PAGE = DOCS / "reference" / "vocabulary.md"
INTENTS = set(get_args(Intent))

LISTS = {
    "Roles": [*Role],
    "Severities": [*Severity],
    "Statuses": [*Status],
    "Stages": [*STAGES],
    "Target states": [*get_args(TargetState)],
    "Events": [*EventType],
    "Outbox states": [*get_args(OutboxState)],
    "Intents": [*INTENTS],
    "Categories": [code for code in titles() if code not in INTENTS],
    "Purposes": [*Purpose],
}


@pytest.mark.parametrize("heading", LISTS)
def test_every_word_is_documented(heading: str) -> None:
    documented = [quoted(row[0])[0] for row in table(PAGE, heading)]
    assert sorted(documented) == sorted(map(str, LISTS[heading]))


@pytest.mark.parametrize(
    ("heading", "group"),
    [("Severities", "severity"), ("Statuses", "status"), ("Events", "event"), ("Target states", "target")],
)
def test_every_chinese_name_is_the_one_people_read(heading: str, group: str) -> None:
    documented = {quoted(row[0])[0]: row[1] for row in table(PAGE, heading)}
    assert documented == {word: say(f"{group}.{word}") for word in documented}


def test_stages_say_what_meets_them_and_whether_they_pause() -> None:
    for name, chinese, met, pausable in table(PAGE, "Stages"):
        stage = STAGES[quoted(name)[0]]
        assert (chinese, pausable == "yes") == (stage.title, stage.pausable)
        assert set(quoted(met)) == (set() if stage.met_by == HUMAN_ACTS else {e.value for e in stage.met_by})


def test_every_act_of_a_human_is_named() -> None:
    sentence = next(line for line in sections(PAGE)["Stages"] if '"Any act of a human" is' in line)
    named = set(quoted(sentence.split("is one of:")[1]))
    assert named == {event.value for event in HUMAN_ACTS}


def test_purposes_have_their_priority() -> None:
    documented = {quoted(row[0])[0]: int(row[1]) for row in table(PAGE, "Purposes")}
    assert documented == {purpose.value: number for purpose, number in PRIORITY.items()}
