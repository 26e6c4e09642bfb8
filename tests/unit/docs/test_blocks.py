"""What the pages show is what the program takes: schemes, configurations, drills and JSON lines are run."""

from __future__ import annotations

import asyncio
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from bot.cli.classify import answer as classify_line
from bot.cli.deadline_questions import answer_line
from bot.cli.drill_run import play
from bot.cli.drill_script import read_script
from bot.config import Config, build_book, convert, load, read_schemes, shipped_schemes
from bot.intake import Context, Intake
from tests.unit.docs.pages import Block, blocks, pages

BASE = {
    "desk": {"company": "示范公司", "default_contract": "school1"},
    "contracts": [{"id": "school1", "title": "第一小学", "scheme": "food"}],
}
OTHER = {("scheme",), ("scheme-part",), ("config",), ("drill",)}
ALL = list(blocks(*pages()))


def _marked(*info: str) -> list[object]:
    return [pytest.param(b, id=b.name) for b in ALL if b.info[: len(info)] == info]


@pytest.fixture(scope="module")
def intake() -> Intake:
    return Intake()


def _written(block: Block, folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text(block.text, encoding="utf-8")
    return path


@pytest.mark.parametrize("block", _marked("toml", "scheme"))
def test_schemes_are_read(block: Block, tmp_path: Path) -> None:
    _written(block, tmp_path, "own.toml")
    assert len(read_schemes(tmp_path)) == 1


@pytest.mark.parametrize("block", _marked("toml", "config"))
def test_configurations_are_read(block: Block, tmp_path: Path) -> None:
    secrets = dict.fromkeys(re.findall(r"\$\{(\w+)\}", block.text), "1:stand-in")
    config, book = load(_written(block, tmp_path, "config.toml"), secrets)
    assert set(book.terms) == {c.id for c in config.contracts}


@pytest.mark.parametrize("block", [p for p in _marked("toml") if p.values[0].info[1:2] not in OTHER])
def test_parts_of_configurations_fit_into_one(block: Block, tmp_path: Path) -> None:
    """Whatever is not marked as something else is part of a configuration."""
    whole = BASE | tomllib.loads(block.text)
    path = tmp_path / "config.toml"
    assert build_book(path, convert(whole, Config, path), shipped_schemes()).terms


@pytest.mark.parametrize("block", _marked("toml", "scheme-part"))
def test_parts_of_schemes_fit_into_one(block: Block, tmp_path: Path) -> None:
    """Tables are added to the shipped scheme of food as a contract would lay them over."""
    part = tomllib.loads(block.text)
    contract = BASE["contracts"][0] | part
    path = tmp_path / "config.toml"
    config = convert(BASE | {"contracts": [contract]}, Config, path)
    assert build_book(path, config, shipped_schemes()).terms


@pytest.mark.parametrize("block", _marked("toml", "drill"))
def test_drills_pass(block: Block, tmp_path: Path, intake: Intake) -> None:
    report = asyncio.run(play(read_script(_written(block, tmp_path, "drill.toml")), intake))
    assert report.failures == ()
    shown = _following(block, ("text", "drill-output"))
    if shown:
        lines = report.to_text().splitlines()
        rest = iter(line.rstrip() for line in lines)
        missing = [line for line in shown.text.splitlines() if line and line.rstrip() not in rest]
        assert missing == [], "\n".join(lines)


def _following(block: Block, info: tuple[str, ...]) -> Block | None:
    later = [b for b in ALL if b.page == block.page and b.line > block.line]
    return later[0] if later and later[0].info == info else None


def _answers(block: Block, respond: Callable[[str], object]) -> None:
    """Lines with a question are followed by the answer it gets."""
    lines = [line for line in block.text.splitlines() if line.strip()]
    for question, answer in zip(lines[::2], lines[1::2], strict=True):
        assert respond(question) == json.loads(answer)


@pytest.mark.parametrize("block", [p for p in _marked("jsonl") if "classify" not in p.values[0].info])
def test_questions_get_the_answers_shown(block: Block) -> None:
    _answers(block, lambda question: json.loads(answer_line(question)))


@pytest.mark.parametrize("block", _marked("jsonl", "classify"))
def test_messages_mean_what_is_shown(block: Block, intake: Intake) -> None:
    """The page shows a part of the answer: every key it shows is as it says."""
    lines = [line for line in block.text.splitlines() if line.strip()]
    for question, shown in zip(lines[::2], lines[1::2], strict=True):
        got = msgspec.to_builtins(classify_line(intake, question.encode(), Context()))
        assert {key: got[key] for key in json.loads(shown)} == json.loads(shown)
