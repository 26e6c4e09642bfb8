"""What `drill FILE… --json` prints, and when it fails: the format others build on."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli.drill_run import play
from bot.cli.drill_script import read_script
from bot.intake import Intake
from bot.problems import ConfigError

ROOT = Path(__file__).parents[2]
NIGHT = Path(__file__).parent / "drills" / "food_f03_broken_at_night.toml"
SMALL = """
title = "小演练"
scheme = "food"
start = 2026-03-05T09:00:00+08:00

[[step]]
at = "0s"
customer = "今天送的豆腐有馊味，20斤"

[[step]]
at = "{at}"
expect = {{ to = "{to}", says = ["{says}"]{more} }}
"""


def drill(
    folder: Path, *, at: str = "1s", to: str = "customer", says: str = "已受理", more: str = ""
) -> Path:
    file = folder / "small.toml"
    file.write_text(SMALL.format(at=at, to=to, says=says, more=more), encoding="utf-8")
    return file


@pytest.fixture
async def night(intake: Intake) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((await play(read_script(NIGHT), intake)).to_json())
    return found


async def test_the_report_has_the_parts_that_were_promised(night: dict[str, Any]) -> None:
    assert set(night) >= {"passed", "timeline", "tickets", "targets", "failures"}
    assert (night["passed"], night["failures"]) == (True, [])
    line = {"at", "time", "direction", "from", "to", "text", "mentions", "ticket", "event"}
    assert all(set(entry) >= line for entry in night["timeline"])
    assert {entry["direction"] for entry in night["timeline"]} == {"in", "out", "event"}
    assert all(set(t) >= {"number", "category", "severity", "status", "assignee"} for t in night["tickets"])
    target = {"ticket", "stage", "due", "met_at", "breached_at", "state"}
    assert all(set(t) >= target for t in night["targets"])
    assert {t["state"] for t in night["targets"]} <= {"open", "met", "breached", "cancelled"}


async def test_times_are_since_the_start_and_on_the_wall(night: dict[str, Any]) -> None:
    start = datetime.fromisoformat("2026-02-16T23:50:00+08:00")
    for entry in night["timeline"]:
        assert datetime.fromisoformat(entry["time"]) == start + timedelta(seconds=entry["at"])
    times = [entry["at"] for entry in night["timeline"]]
    assert times == sorted(times)


async def test_the_timeline_says_who_said_what_to_whom(night: dict[str, Any]) -> None:
    said = night["timeline"][0]
    assert (said["direction"], said["from"]) == ("in", "customer")
    assert "馊味" in said["text"]
    page = next(e for e in night["timeline"] if e["direction"] == "out" and e["to"] == "staff")
    assert (page["mentions"], page["ticket"]) == (["agent1"], "SC260216-001")
    events = [e["event"] for e in night["timeline"] if e["direction"] == "event"]
    assert events[:3] == ["opened", "paged", "acknowledged"]
    assert "breached" in events


async def test_the_text_report_is_for_people(intake: Intake) -> None:
    text = (await play(read_script(NIGHT), intake)).to_text()
    assert "SC260216-001 响应：02-17 00:05:00 前，违约" in text
    assert "全部符合预期" in text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"says": "没有这句话"}, "step 1: expected to customer saying 没有这句话"),
        ({"to": "manager"}, "step 1: expected to manager saying 已受理; got nothing"),
        ({"more": ', mentions = "agent2"'}, "mentioning agent2"),
        ({"more": ", times = 2"}, "2 times"),
    ],
)
async def test_what_was_expected_and_did_not_come_fails(
    tmp_path: Path, intake: Intake, wrong: dict[str, str], sentence: str
) -> None:
    report = await play(read_script(drill(tmp_path, **wrong)), intake)
    assert not report.passed
    assert sentence in report.failures[0]


async def test_what_was_not_expected_and_came_fails(tmp_path: Path, intake: Intake) -> None:
    file = drill(tmp_path)
    file.write_text(file.read_text(encoding="utf-8").replace("expect =", "expect_none ="), encoding="utf-8")
    report = await play(read_script(file), intake)
    assert report.failures[0].startswith("step 1: did not expect to customer saying 已受理")


@pytest.mark.parametrize(
    ("check", "sentence"),
    [
        ("tickets = 2", "expected 2 tickets; there are 1"),
        ('ticket = "009"', "there is no ticket 009"),
        ('category = "food.expired"', "category: food.spoiled is not food.expired"),
        ('stage = "respond"\nstate = "met"', "respond state: open is not met"),
        ('stage = "respond"\ndue = 2026-03-05T09:14:00+08:00', "is not 2026-03-05 09:14:00+08:00"),
        ('stage = "replace"\nstate = "open"', "promises no replace"),
        ('stage = "respond"\nstate = "none"', "should promise no respond"),
        ('event = "taken"', "taken of SC260305-001 should be logged at least once; it is 0 times"),
        ('event = "opened"\ntimes = 2', "should be logged 2 times; it is 1 times"),
        ('assignee = "agent1"', "is not agent1"),
    ],
)
async def test_a_check_that_does_not_hold_fails(
    tmp_path: Path, intake: Intake, check: str, sentence: str
) -> None:
    file = drill(tmp_path)
    file.write_text(file.read_text(encoding="utf-8") + f"\n[[check]]\n{check}\n", encoding="utf-8")
    report = await play(read_script(file), intake)
    assert not report.passed
    assert sentence in report.failures[0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("title =", "cannot be read as a drill"),
        ('scheme = "food"', "start: must be a time with offset"),
        ('scheme = "food"\nstart = 2026-03-05T09:00:00', "start: must be a time with offset"),
        ('scheme = "toys"\nstart = 2026-03-05T09:00:00+08:00', "scheme: 'toys' is not one of books"),
        ('scheme = "food"\nstart = 2026-03-05T09:00:00+08:00', "there is no [[step]]"),
    ],
)
def test_a_broken_drill_says_what_is_wrong(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "broken.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        read_script(file)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ('customer = "在吗"', "step[0].at: must be a time since the start"),
        ('at = "soon"', "step[0].at: must be a time since the start"),
        ('at = "1m"\nsomebody = "在吗"', "step[0].somebody: is no speaker"),
        ('at = "1m"\ncustomer = "在吗"\nagent1 = "在"', "has two speakers"),
        ('at = "2m"\n[[step]]\nat = "1m"', "steps must stand in the order"),
        ('at = "1m"\nexpect = { says = ["a"] }', "to"),
        ('at = "1m"\nexpect = { to = "customer", say = "a" }', "say"),
        ('at = "1m"\n[[check]]\nstagr = "respond"', "stagr"),
    ],
)
def test_a_broken_step_says_which_and_why(tmp_path: Path, step: str, sentence: str) -> None:
    file = tmp_path / "broken.toml"
    head = 'scheme = "food"\nstart = 2026-03-05T09:00:00+08:00\n[[step]]\n'
    file.write_text(head + step, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        read_script(file)
    assert sentence in str(refused.value)
    assert str(file) in str(refused.value)


def test_the_command_prints_json_and_exits_by_the_outcome(tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    wrong = drill(tmp_path / "bad", says="没有这句话")
    right = drill(tmp_path)

    def run(*files: Path) -> tuple[int, list[dict[str, Any]]]:
        command = [sys.executable, "run_bot.py", "drill", "--json", *map(str, files)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    code, reports = run(right)
    assert (code, [r["passed"] for r in reports]) == (0, [True])
    code, reports = run(right, wrong)
    assert (code, [r["passed"] for r in reports]) == (1, [True, False])
