"""Every text that the program says exists, and gets the fields it names."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.config import shipped_schemes
from bot.domain.words import STAGES, EventType, Severity, Status
from bot.handlers.commands import COMMANDS
from bot.texts import catalogue, say

BOT = Path(__file__).parents[2] / "bot"


def calls() -> Iterator[tuple[str, str, frozenset[str], bool]]:
    """Every `say("key", field=…)` of the code: where, which key, which fields, whether more come by `**`."""
    for file in BOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say"):
                continue
            if node.args and isinstance(node.args[0], ast.Constant):
                fields = frozenset(k.arg for k in node.keywords if k.arg)
                more = any(k.arg is None for k in node.keywords)
                yield f"{file.relative_to(BOT)}:{node.lineno}", str(node.args[0].value), fields, more


def placeholders(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_every_key_that_is_said_exists_and_gets_its_fields() -> None:
    wrong = []
    for where, key, fields, more in calls():
        text = catalogue().get(key)
        if text is None:
            wrong.append(f"{where}: there is no text {key}")
        elif not more and placeholders(text) - fields:
            wrong.append(f"{where}: {key} also needs {sorted(placeholders(text) - fields)}")
    assert wrong == []


def test_the_scan_sees_the_code() -> None:
    assert sum(1 for _ in calls()) > 100


@pytest.mark.parametrize(
    "keys",
    [
        [f"stage.{stage}" for stage in STAGES],
        [f"status.{status}" for status in Status],
        [f"severity.{severity}" for severity in Severity],
        [f"event.{event}" for event in EventType],
        [f"help.{spec.name}" for spec in COMMANDS],
        [f"target.{state}" for state in ("open", "met", "breached", "cancelled")],
        [f"customer.{what}" for what in ("thank", "greet", "welcome", "noted")],
        [f"page.{why}" for why in ("new", "critical", "transferred", "released", "reopened", "handover")],
        [f"page.{why}" for why in ("triage", "escalated", "human")],
    ],
)
def test_every_word_of_the_domain_has_a_title(keys: list[str]) -> None:
    assert [key for key in keys if key not in catalogue()] == []


def test_stages_are_called_the_same_everywhere() -> None:
    assert {stage: say(f"stage.{stage}") for stage in STAGES} == {s: i.title for s, i in STAGES.items()}


def test_every_category_of_every_scheme_is_in_the_catalogue() -> None:
    codes = {code for scheme in shipped_schemes().values() for code in scheme.categories}
    assert {code for code in codes if f"category.{code.replace('.', '_')}" not in catalogue()} == set()


def test_a_missing_key_or_field_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        say("no.such_text")
    with pytest.raises(KeyError):
        say("ack.complaint")
