"""A configuration that refers to nothing, or says a thing twice, is refused with file, key and what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import load
from bot.desk.book import Book
from bot.problems import ConfigError

_SOUND = """
[desk]
company = "甲公司"
default_contract = "a"
[[contracts]]
id = "a"
title = "第一小学"
scheme = "food"
[[people]]
id = "p"
name = "王师傅"
[[shifts]]
name = "全天"
people = ["p"]
[[chats]]
channel = "local"
chat = "staff"
"""
_CASES = [
    ('chat = "staff"', 'chat = "staff"\nrole = "stuff"', "chats[0].role", "customer, staff, supervisor"),
    ('chat = "staff"', 'chat = "staff"\ncontract = "b"', "chats[0].contract", "there are a"),
    ('"王师傅"', '"王师傅"\ncontracts = ["b"]', "people[0].contracts", "there are a"),
    ('"王师傅"', '"王师傅"\nroles = []', "people[0].roles", "supervisor"),
    ('"王师傅"', '"王师傅"\nroles = ["boss"]', "people[0].roles[0]", "agent, lead, supervisor, manager"),
    ("[[shifts]]", '[[people]]\nid = "p"\nname = "李师傅"\n[[shifts]]', "people[1].id", "stands twice"),
    ("[[shifts]]", '[[people]]\nid = "q"\nname = "王师傅"\n[[shifts]]', "people[1].name", "stands twice"),
    ('title = "第一小学"', 'title = ""', "contracts[0].title", "is empty"),
    (
        "[[people]]",
        '[[contracts]]\nid = "b"\ntitle = "第一小学"\nscheme = "food"\n[[people]]',
        "contracts[1].title",
        "twice",
    ),
    ('scheme = "food"', 'scheme = "food"\nzone = "Mars/Base"', "contracts[0].zone", "Asia/Shanghai"),
    ('people = ["p"]', 'people = ["p"]\ncontracts = ["b"]', "shifts[0].contracts", "there are a"),
    ('people = ["p"]', 'people = ["p"]\ncategories = ["nope"]', "shifts[0].categories", "no category"),
    (
        "[[chats]]",
        '[[overrides]]\nperson="p"\nsince=2026-01-02T00:00:00Z\nuntil=2026-01-01T00:00:00Z\n[[chats]]',
        "overrides[0].until",
        "after `since`",
    ),
    ("[[contracts]]", "[web]\nport = 99999\n[[contracts]]", "web.port", "65535"),
    ('"甲公司"', '"甲公司"\ncolour = "red"', "desk", "company, default_contract, hotline"),
]


def _load(folder: Path, text: str) -> Book:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, {})[1]


def test_the_sound_one_is_taken(tmp_path: Path) -> None:
    assert list(_load(tmp_path, _SOUND).terms) == ["a"]


@pytest.mark.parametrize(("old", "new", "key", "says"), _CASES, ids=[c[2] for c in _CASES])
def test_a_mistake_names_file_key_and_expectation(
    tmp_path: Path, old: str, new: str, key: str, says: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        _load(tmp_path, _SOUND.replace(old, new, 1))
    assert refused.value.key == key
    assert "config.toml" in str(refused.value)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('prefix = "SC"', 'prefix = "食-1"', "prefix"),
        ("complaint = ", "complain = ", "kinds"),
    ],
)
def test_a_scheme_must_number_its_tickets_and_know_complaints(
    tmp_path: Path, old: str, new: str, key: str
) -> None:
    shipped = Path(__file__).parents[2] / "bot" / "schemes" / "food.toml"
    text = shipped.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "mine.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        _load(tmp_path, 'schemes = "mine"\n' + _SOUND)
    assert refused.value.key == key
    assert "mine.toml" in str(refused.value)


def test_a_chat_without_an_account_is_in_the_only_one_there_is(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    robot = '[[channels.wecom_robot]]\naccount = "corp"\nkeys = { staff = "k" }\n'
    path.write_text(_SOUND.replace('"local"', '"wecom_robot"') + robot, encoding="utf-8")
    config, book = load(path, {})
    assert [chat.account for chat in config.chats] == ["corp"]
    assert book.accounts == {"wecom_robot": "corp"}
