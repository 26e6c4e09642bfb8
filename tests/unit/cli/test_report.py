"""The month's report: its figures come with their evidence, and a row the log does not bear out is found."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bot.cli.drill_run import Stage
from bot.cli.drill_script import read_script
from bot.cli.main import main
from bot.intake import Intake

CASE = """
title = "一条按时，一条超时"
scheme = "food"
start = 2026-02-27T09:00:00+08:00
[[step]]
at = "0s"
customer = "今天送的豆腐有馊味，20斤"
[[step]]
at = "5m"
agent1 = "接单"
[[step]]
at = "2h"
agent1 = "解决 换货20斤，已送到"
[[step]]
at = "3h"
customer2 = "牛奶昨天就过期了，一共3箱"
[[step]]
at = "4h"
agent1 = "接单"
[[step]]
at = "4d"
customer = "面包发霉了"
[[step]]
at = "97h"
"""


async def play(folder: Path) -> None:
    file = folder / "case.toml"
    file.write_text(CASE, encoding="utf-8")
    stage = Stage(read_script(file), Intake(), folder / "month.sqlite3")
    await stage.open()
    await stage.play()
    await stage.close()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("month")
    asyncio.run(play(folder))
    return folder / "month.sqlite3"


def report(database: Path, capsys: pytest.CaptureFixture[str], *flags: str) -> tuple[int, dict[str, Any]]:
    code = main(["report", "--database", str(database), "--json", *flags])
    return code, json.loads(capsys.readouterr().out)


def test_kept_and_broken_promises_of_the_month(played: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = report(played, capsys, "--month", "2026-02")
    stages = {row["stage"]: row for row in found["stages"]}
    assert code == 0
    assert (stages["respond"]["kept"], stages["respond"]["broken"]) == (1, 1)
    assert (stages["respond"]["fastest"], stages["respond"]["slowest"]) == (300.0, 3600.0)
    assert stages["resolve"]["kept"] == 1
    assert {line["ticket"][-3:] for line in found["promises"]} == {"001", "002"}


def test_every_promise_names_the_message_that_started_it(
    played: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, found = report(played, capsys, "--month", "2026-02")
    with sqlite3.connect(played) as connection:
        said = dict(connection.execute("SELECT id, text FROM messages").fetchall())
    texts = {line["ticket"][-3:]: said[line["said"]] for line in found["promises"]}
    assert texts == {"001": "今天送的豆腐有馊味，20斤", "002": "牛奶昨天就过期了，一共3箱"}
    assert all(line["met_event"] for line in found["promises"] if line["met_at"])


def test_a_reopened_ticket_counts_in_the_month_of_its_new_complaint(
    played: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, march = report(played, capsys, "--month", "2026-03")
    assert {(line["ticket"][-3:], line["cycle"]) for line in march["promises"]} == {("001", 2)}


def test_a_month_ends_at_midnight_of_the_zone(played: Path, capsys: pytest.CaptureFixture[str]) -> None:
    late = report(played, capsys, "--month", "2026-03", "--zone", "Pacific/Auckland")[1]["promises"]
    assert {line["ticket"][-3:] for line in late} == {"001"}
    _, january = report(played, capsys, "--month", "2026-01")
    assert january["promises"] == []


def test_the_text_is_for_people(played: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--database", str(played), "--month", "2026-02"]) == 0
    text = capsys.readouterr().out
    assert "违约" in text
    assert "50.0%" in text
    assert "都与工单日志一致" in text


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE targets SET met_by = 0 WHERE stage = 'respond' AND breached_at IS NULL",
        "UPDATE targets SET met_at = due WHERE stage = 'resolve' AND met_at IS NOT NULL",
        "UPDATE targets SET breached_at = NULL, met_at = due WHERE stage = 'respond' AND breached_at IS NOT NULL",
    ],
)
def test_a_figure_the_log_does_not_bear_out_is_found(
    played: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    forged = tmp_path / "forged.sqlite3"
    with sqlite3.connect(played) as source, sqlite3.connect(forged) as copy:
        source.backup(copy)
        assert copy.execute(change).rowcount > 0
    code, found = report(forged, capsys, "--month", "2026-02")
    assert code == 1
    assert [line["stage"] for line in found["promises"] if not line["sound"]]
