"""The command line: what is wrong is one sentence on stderr, and the exit code says how it went."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli.main import VERBS, main
from bot.cli.report import month
from bot.cli.table import table, width

ROOT = Path(__file__).parents[3]

DRILL = """
title = "馊豆腐"
scheme = "food"
start = 2026-03-02T09:00:00+08:00
[[step]]
at = "0s"
customer = "今天送的豆腐有馊味，20斤"
[[step]]
at = "{at}"
expect = {{ to = "customer", says = ["{says}"] }}
"""


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_every_verb_has_a_module_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in VERBS:
        with pytest.raises(SystemExit) as left:
            main([verb, "--help"])
        assert left.value.code == 0
    assert capsys.readouterr().err == ""


def test_drills_pass_and_fail_by_their_expectations(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = write(tmp_path / "a.toml", DRILL.format(at="30s", says="已受理"))
    bad = write(tmp_path / "b.toml", DRILL.format(at="30s", says="不会说的话"))
    assert main(["drill", good]) == 0
    assert "馊豆腐" in capsys.readouterr().out
    assert main(["drill", "--json", good, bad]) == 1
    passed, failed = map(json.loads, capsys.readouterr().out.splitlines())
    assert passed["passed"] is True
    assert passed["failures"] == []
    assert passed["timeline"][0]["direction"] == "in"
    assert passed["tickets"][0]["category"] == "food.spoiled"
    assert {t["stage"] for t in passed["targets"]} >= {"acknowledge", "respond", "resolve"}
    assert failed["passed"] is False
    assert "不会说的话" in failed["failures"][0]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["drill", "missing.toml"], "missing.toml"),
        (["serve", "--config", "missing.toml"], "config.example.toml"),
        (["check", "--config", "missing.toml"], "missing.toml"),
        (["export", "tickets", "--database", "missing.db"], "no database at missing.db"),
        (["report", "--month", "2026-13", "--database", "missing.db"], "2026-13"),
        (["restore", "missing.db", "--database", "x.db"], "missing.db"),
        (["deadlines", "--scheme", "nope"], "books"),
        (["deadlines", "--scheme", "food", "--at", "gestern"], "--at"),
        (["deadlines", "--scheme", "food", "--kind", "nope"], "complaint"),
        (["deadlines", "--scheme", "food", "--category", "nope"], "food.spoiled"),
        (["deadlines", "--contract", "x"], "--config"),
        (["demo", "--port", "70000"], "65535"),
    ],
)
def test_mistakes_are_sentences(
    argv: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(argv) == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert out.err.startswith("error: ")
    assert said in out.err
    assert "Traceback" not in out.err


def test_deadlines_by_flags(capsys: pytest.CaptureFixture[str]) -> None:
    flags = [
        "deadlines",
        "--scheme",
        "food",
        "--category",
        "food.spoiled",
        "--at",
        "2026-02-16T23:50:00+08:00",
    ]
    assert main([*flags, "--json"]) == 0
    rows = {row["stage"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["respond"] == {
        "stage": "respond",
        "within": "15m",
        "calendar": "always",
        "due": "2026-02-17T00:05:00+08:00",
    }
    assert rows["resolve"]["due"] == "2026-02-17T03:50:00+08:00"
    assert main([*flags, "--explain"]) == 0
    assert "起算：2026年2月16日（周一）23:50" in capsys.readouterr().out


def test_deadlines_count_from_taking_and_from_the_chosen_time(capsys: pytest.CaptureFixture[str]) -> None:
    flags = [
        "deadlines",
        "--scheme",
        "food",
        "--category",
        "food.spoiled",
        "--at",
        "2026-03-02T09:00:00+08:00",
    ]
    main([*flags, "--json"])
    assert any(row["due"] is None for row in json.loads(capsys.readouterr().out))
    main([*flags, "--json", "--requested", "2026-03-03T10:00:00+08:00"])
    assert "2026-03-03T10:00:00+08:00" in {row["due"] for row in json.loads(capsys.readouterr().out)}


def run(*argv: str, given: str = "", cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "run_bot.py"), *argv]
    return subprocess.run(
        command, input=given, capture_output=True, text=True, cwd=cwd, check=False, timeout=120
    )


def test_classify_answers_each_line_and_survives_bad_ones() -> None:
    lines = [
        '{"id": 1, "text": "今天送的豆腐有馊味，20斤"}',
        "{",
        '{"id": "b", "text": 5}',
        '{"id": 3, "text": ""}',
    ]
    done = run("classify", given="\n".join(lines))
    first, broken, wrong, empty = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 0
    assert first["id"] == 1
    assert first["complaint"] is True
    assert first["categories"][0]["code"] == "food.spoiled"
    assert first["fields"]["quantity"] == "20 斤"
    assert 0 <= first["confidence"] <= 1
    assert "error" in broken
    assert "error" in wrong
    assert empty["complaint"] is False


def test_deadlines_answer_json_lines_on_stdin() -> None:
    question = {"id": 7, "op": "deadline", "start": "2026-03-02T09:00:00+08:00", "calendar": "always"}
    done = run("deadlines", given=json.dumps({**question, "target_seconds": 60}) + "\n")
    assert json.loads(done.stdout) == {"id": 7, "answer": "2026-03-02T09:01:00+08:00"}


def test_without_its_packages_it_says_how_to_get_them() -> None:
    command = [sys.executable, "-S", "run_bot.py", "demo"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60)
    assert done.returncode == 2
    assert "is not installed" in done.stderr
    assert "make run" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} run_bot.py deadlines --scheme food --explain | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stderr == ""


def test_without_a_verb_a_configuration_is_served_where_there_is_one(tmp_path: Path) -> None:
    write(tmp_path / "config.toml", "[desk]\ncompany = 1\n")
    done = run(cwd=tmp_path)
    assert done.returncode == 2
    assert "config.toml: desk.company" in done.stderr


def test_a_month_begins_at_midnight_of_its_zone() -> None:
    since, until = month("2026-12", "Asia/Shanghai")
    assert since.astimezone(UTC) == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert until.astimezone(UTC) == datetime(2026, 12, 31, 16, tzinfo=UTC)


def test_tables_line_up_whatever_the_script() -> None:
    lines = table([["环节", "到期"], ["ok", "x"]])
    assert lines == ["环节  到期", "ok    x"]
    assert width("环节ok") == 6


def test_deadlines_take_every_category_a_message_can_have(capsys: pytest.CaptureFixture[str]) -> None:
    words = (
        "deadlines --scheme books --kind consultation --category query --at 2026-02-13T17:40:00+08:00 --json"
    )
    assert main(words.split()) == 0
    assert [row["stage"] for row in json.loads(capsys.readouterr().out)] == ["acknowledge", "answer"]
