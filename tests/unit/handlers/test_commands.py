"""Commands as people type them."""

from __future__ import annotations

import pytest

from bot.domain.words import STAFF_ROLES, Role
from bot.handlers.commands import BY_NAME, COMMANDS, Command, from_button, parse, unknown_slash
from bot.handlers.registry import runs
from bot.intake import Intake

CUSTOMER = (Role.REQUESTER,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("接单", Command(name="take")),
        ("/take", Command(name="take")),
        ("/TAKE", Command(name="take")),
        ("/take@our_bot 001", Command(name="take", number="001")),
        ("接单 001", Command(name="take", number="001")),
        ("接单001", Command(name="take", number="001")),
        ("接单 7", Command(name="take", number="7")),
        ("接单：SC260216-001", Command(name="take", number="SC260216-001")),
        ("接单sc260216-001", Command(name="take", number="sc260216-001")),
        ("解决 001 换货20斤已送到", Command(name="resolve", number="001", words="换货20斤已送到")),
        ("解决 001，换货20斤", Command(name="resolve", number="001", words="换货20斤")),
        ("解决 换货20斤", Command(name="resolve", words="换货20斤")),
        ("解决 20斤已补", Command(name="resolve", words="20斤已补")),
        ("解决 1000斤已补", Command(name="resolve", words="1000斤已补")),
        ("回复 10点前到", Command(name="reply", words="10点前到")),
        ("回复 10:30到", Command(name="reply", words="10:30到")),
        ("回复 2026年的货", Command(name="reply", words="2026年的货")),
        ("备注 2人已出发", Command(name="note", words="2人已出发")),
        ("派员 001 李师傅14点到", Command(name="dispatch", number="001", words="李师傅14点到")),
        ("合并 002 001", Command(name="merge", number="002", words="001")),
        ("程度 001 重大", Command(name="severity", number="001", words="重大")),
        ("应急 第一中学 整批印错", Command(name="incident", words="第一中学 整批印错")),
        ("  状态  ", Command(name="status")),
        ("/status SC260216-001", Command(name="status", words="SC260216-001")),
        ("换货 001", Command(name="replace", number="001")),
    ],
)
def test_what_staff_type(text: str, expected: Command) -> None:
    assert parse(text, (*STAFF_ROLES,)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "解决不了",
        "接单的人呢",
        "到场了吗",
        "我的天",
        "回复一下客户",
        "今天送的豆腐馊了",
        "状态不好",
        "",
        " ",
        "/",
        "/nosuch",
    ],
)
def test_words_that_only_begin_like_a_command_are_words(text: str) -> None:
    assert parse(text, (*STAFF_ROLES,)) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("进度", "progress"),
        ("我的工单", "mytickets"),
        ("转人工", "human"),
        ("撤销 001", "withdraw"),
        ("评价 5", "rate"),
    ],
)
def test_what_customers_type(text: str, name: str) -> None:
    command = parse(text, CUSTOMER)
    assert command is not None
    assert command.name == name


def test_nobody_gets_a_command_that_is_not_for_them() -> None:
    assert parse("接单 001", CUSTOMER) is None
    assert parse("今日", (Role.AGENT,)) is None
    assert parse("今日", (Role.SUPERVISOR,)) == Command(name="today")
    assert parse("撤销", (Role.AGENT,)) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("/foo", "/foo"), (" /Foo bar", "/Foo"), ("/a", ""), ("foo", ""), ("/123", ""), ("看/foo", "")],
)
def test_a_slash_command_that_nobody_knows(text: str, expected: str) -> None:
    assert unknown_slash(text) == expected


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("take:12", Command(name="take", ticket=12)),
        ("rate:3:5", Command(name="rate", ticket=3, words="5")),
        ("triage:12:food.spoiled", Command(name="triage", ticket=12, words="food.spoiled")),
        ("transfer:12:agent2", Command(name="transfer", ticket=12, words="agent2")),
        ("take:", None),
        ("take:x", None),
        ("take:１２", None),
        ("take:-1", None),
        ("take:1234567890123", None),
        ("drop:1", None),
        ("", None),
    ],
)
def test_buttons(action: str, expected: Command | None) -> None:
    assert from_button(action) == expected


def test_no_two_commands_share_a_word() -> None:
    words = [(role, word) for spec in COMMANDS for word in spec.words for role in spec.roles]
    assert len(words) == len(set(words))
    assert len(BY_NAME) == len(COMMANDS)


def test_every_command_has_a_chinese_word_a_slash_and_something_it_does() -> None:
    table = runs(Intake())
    for spec in COMMANDS:
        assert spec.name in table
        assert any(word.startswith("/") for word in spec.words)
        assert any("\u4e00" <= word[0] <= "\u9fff" for word in spec.words)
    assert set(table) - set(BY_NAME) == {"triage"}
