"""The example configuration works as it stands, and so does everything in it that is commented out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.channels.settings import Channels
from bot.config import Config, load
from tests.unit.docs.pages import ROOT

EXAMPLE = ROOT / "config.example.toml"
_COMMENTED = re.compile(r"^# (?=\[|[a-z_]+ = )", re.MULTILINE)


def _environment(text: str) -> Mapping[str, str]:
    return dict.fromkeys(re.findall(r"\$\{([A-Z_]+)\}", text), "1:stand-in")


def _all_of_it() -> str:
    return _COMMENTED.sub("", EXAMPLE.read_text(encoding="utf-8"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    schemes = tmp_path / "schemes"
    schemes.mkdir()
    shipped = (ROOT / "bot" / "schemes" / "food.toml").read_text(encoding="utf-8")
    (schemes / "own.toml").write_text(shipped.replace('name = "food"', 'name = "own"'), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("text", [EXAMPLE.read_text(encoding="utf-8"), _all_of_it()], ids=["as it is", "all"])
def test_the_example_is_a_configuration(home: Path, text: str) -> None:
    path = home / "config.toml"
    path.write_text(text, encoding="utf-8")
    config, book = load(path, _environment(text))
    assert config.desk.default_contract in book.terms


def test_the_example_shows_every_section_and_channel() -> None:
    shown = tomllib.loads(_all_of_it())
    assert set(Config.__struct_fields__) - set(shown) == set()
    assert set(Channels.__struct_fields__) - set(shown["channels"]) == set()
