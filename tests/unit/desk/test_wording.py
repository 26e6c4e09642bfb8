"""How times, promises and telephone numbers are put."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from bot.desk.masking import masked
from bot.desk.wording import brief, clock_time, duration, promises, time_left
from bot.domain.ticket import Target
from tests.unit.desk.conftest import NOON, Desk

SHANGHAI = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOON + timedelta(minutes=5), "12:05"),
        (NOON + timedelta(hours=12), "3月6日 00:00"),
        (NOON - timedelta(days=1), "3月4日 12:00"),
        (datetime(2027, 1, 1, tzinfo=UTC), "2027年1月1日 08:00"),
    ],
)
def test_times_are_as_short_as_they_can_be(at: datetime, expected: str) -> None:
    assert clock_time(at, SHANGHAI, NOON) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0秒"),
        (40, "40秒"),
        (90, "1分30秒"),
        (180, "3分钟"),
        (450, "7分钟"),
        (3600, "1小时"),
        (7500, "2小时5分"),
        (86400, "1天"),
        (100_000, "1天3小时"),
        (-90, "1分30秒"),
    ],
)
def test_spans_in_two_units_at_most(seconds: int, expected: str) -> None:
    assert duration(timedelta(seconds=seconds)) == expected


TARGET = Target(
    stage="resolve",
    policy="p",
    within="4h",
    calendar="always",
    ladder="default",
    started_at=NOON,
    due=NOON + timedelta(hours=4),
)


@pytest.mark.parametrize(
    ("target", "after", "expected"),
    [
        (TARGET, 1, "解决 还剩 3小时"),
        (TARGET, 4, "解决 还剩 0秒"),
        (TARGET, 5, "解决 超时 1小时"),
        (replace(TARGET, due=None), 1, "解决 时间待定"),
        (replace(TARGET, met_at=NOON), 5, "解决 已兑现"),
        (replace(TARGET, met_at=NOON, breached_at=NOON), 5, "解决 迟到完成"),
        (replace(TARGET, cancelled_at=NOON), 5, "解决 无需"),
    ],
)
def test_what_is_left_of_a_promise(target: Target, after: int, expected: str) -> None:
    assert time_left(target, NOON + timedelta(hours=after)) == expected


def test_a_clock_that_stands_is_not_late() -> None:
    assert time_left(TARGET, NOON + timedelta(days=2), standing=True) == "解决 暂停计时"


async def test_promises_are_told_nearest_first_without_the_bots_own(desk: Desk) -> None:
    ticket = await desk.complaint()
    targets = await desk.do(lambda turn: turn.tx.targets.of_ticket(ticket.id))
    assert promises(targets, desk.book.of("demo"), NOON) == "响应 12:15 前；解决 16:00 前"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("短", "短"), ("一\n二  三", "一 二 三"), ("长" * 80, "长" * 59 + "…")],
)
def test_the_first_words_on_one_line(text: str, expected: str) -> None:
    assert brief(text) == expected


@pytest.mark.parametrize(
    ("text", "hidden", "kept"),
    [
        ("电话13812345678", "1234", "138****5678"),
        ("138 1234 5678", "1234", "138****5678"),
        ("座机0571-87654321", "8765", "****4321"),
        ("身份证330106199001011234", "19900101", "330106********1234"),
        ("订单号2026030512345", "", "2026030512345"),
        ("共20斤", "", "共20斤"),
    ],
)
def test_numbers_of_people_are_masked(text: str, hidden: str, kept: str) -> None:
    found = masked(text)
    assert kept in found
    assert not hidden or hidden not in found
