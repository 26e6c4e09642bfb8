"""`check` finds what will go wrong before it does."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from bot.channels.base import Finding
from bot.channels.local.settings import LocalSettings
from bot.channels.settings import Channels
from bot.cli.check_rules import rules
from bot.cli.main import main
from bot.cli.world import world
from bot.config import CalendarSpec, Config, OverrideSpec, ShiftSpec, build_book, shipped_schemes
from bot.domain.scheme import Contract, Policy

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


def sound() -> Config:
    return msgspec.structs.replace(world("food"), channels=Channels(local=LocalSettings()))


def findings(config: Config, now: datetime = NOW) -> list[Finding]:
    return list(rules(config, build_book(Path("x"), config, shipped_schemes()), now))


def bad(config: Config, now: datetime = NOW) -> list[Finding]:
    return [f for f in findings(config, now) if f.state != "ok"]


def test_the_demo_world_is_sound() -> None:
    assert bad(sound()) == []


def test_hours_without_anybody_on_duty_are_named() -> None:
    shift = ShiftSpec(name="白班", people=("agent1",), hours="Mon-Fri=08:00-18:00")
    found = bad(msgspec.structs.replace(sound(), shifts=(shift,)))
    assert [f.state for f in found] == ["error"]
    assert "03-02 18:00" in found[0].says
    assert "118" in found[0].says


def test_an_absence_without_a_stand_in_is_a_gap() -> None:
    away = OverrideSpec(person="agent1", since=NOW, until=NOW.replace(hour=5))
    alone = msgspec.structs.replace(
        sound(), shifts=(ShiftSpec(name="全天", people=("agent1",)),), overrides=(away,)
    )
    assert any("4.0" in f.says for f in bad(alone) if f.state == "error")


def test_a_rung_with_nobody_on_it_is_an_error() -> None:
    people = tuple(p for p in sound().people if p.id != "supervisor")
    found = bad(msgspec.structs.replace(sound(), people=people))
    assert [(f.state, "主管" in f.says) for f in found] == [("error", True)]


def test_a_year_without_published_holidays_is_said_sixty_days_ahead() -> None:
    office = CalendarSpec(hours="Mon-Fri=09:00-17:00", cn_public_holidays=True)
    policy = Policy(id="X1", stage="respond", within="4h", calendar="office")
    contract = Contract(
        id="demo", title="第一小学", scheme="food", calendars={"office": office}, policies=(policy,)
    )
    config = msgspec.structs.replace(sound(), contracts=(contract,))
    assert bad(config, datetime(2026, 10, 1, tzinfo=UTC)) == []
    ahead = bad(config, datetime(2026, 12, 1, tzinfo=UTC))
    assert [(f.state, "2027" in f.says) for f in ahead] == [("warning", True)]
    present = bad(config, datetime(2027, 2, 1, tzinfo=UTC))
    assert [(f.state, "2027" in f.says) for f in present] == [("error", True)]


def test_people_nobody_can_reach_and_groups_on_missing_channels_are_named() -> None:
    found = bad(msgspec.structs.replace(sound(), channels=Channels()))
    assert {f.subject for f in found} == {"王师傅", "李师傅", "陈组长", "赵主管", "孙总", "售后群"}
    assert {f.state for f in found if f.subject == "售后群"} == {"error"}


def test_the_example_configuration_has_no_errors(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", "123456:" + "A" * 35)
    assert main(["check", "--offline", "--config", str(ROOT / "config.example.toml")]) == 0
    assert "错误 0" in capsys.readouterr().out


def test_errors_end_with_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        '[desk]\ncompany = "甲"\ndefault_contract = "a"\n'
        '[[contracts]]\nid = "a"\ntitle = "某校"\nscheme = "food"\n[channels.local]\n',
        encoding="utf-8",
    )
    assert main(["check", "--config", str(file)]) == 1
    out = capsys.readouterr().out
    assert "无人值班" in out
    assert "✗" in out
