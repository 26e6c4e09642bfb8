"""Corrections reach the trainer as what they were, and a model that cannot be read is not the end."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from bot.cli.learn import corrections_of
from bot.cli.learned import intake_of, model_of
from bot.cli.main import main
from bot.desk.records import Example
from bot.intake import Intake
from bot.storage import migrate

TOFU = "今天送的豆腐有馊味，20斤"


def corrected(source: str, label: str) -> Example:
    return Example(
        text=TOFU,
        labels=(label,),
        severity="serious",
        source=source,  # type: ignore[arg-type]
        by="agent1",
        at=datetime(2026, 3, 2, tzinfo=UTC),
    )


def test_each_kind_of_correction_is_told_apart() -> None:
    given = [
        corrected("invalid", "chitchat"),
        corrected("reclassified", "food.expired"),
        corrected("customer", "food.spoiled"),
        corrected("word", "food.spoiled"),
        corrected("reclassified", "own.category"),
    ]
    assert [(c.verdict, c.code, c.severity) for c in corrections_of(given)] == [
        ("false_alarm", "chitchat", "serious"),
        ("recategorised", "food.expired", "serious"),
        ("answered", "food.spoiled", "serious"),
    ]


def test_without_corrections_there_is_nothing_to_learn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = tmp_path / "x.sqlite3"
    migrate(str(database))
    assert main(["learn", "--database", str(database)]) == 0
    assert "还没有可学的更正" in capsys.readouterr().out
    assert not model_of(database).exists()


def test_a_learned_model_is_used(tmp_path: Path) -> None:
    database = tmp_path / "x.sqlite3"
    plain = Intake()
    model_of(database).write_bytes((files("bot.intake") / "data" / "model.bin").read_bytes())
    assert intake_of(database).understand(TOFU) == plain.understand(TOFU)


def test_a_broken_model_is_reported_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    database = tmp_path / "x.sqlite3"
    model_of(database).write_bytes(b"\x05\x00\x00\x00 not a model")
    with caplog.at_level(logging.ERROR):
        assert intake_of(database).understand(TOFU).complaint is True
    assert [record.message for record in caplog.records] == ["learned.unreadable"]
