"""One-time codes: one person on two channels becomes one requester, and only by a code."""

from __future__ import annotations

import re

from tests.unit.handlers.desk_bench import Desk


def code_in(text: str) -> str:
    found = re.search(r"绑定 ([0-9A-F]{8})", text)
    assert found, text
    return found[1]


async def test_a_code_read_on_one_channel_joins_the_other(desk: Desk) -> None:
    await desk.says("local", "今天送的豆腐有馊味，20斤，要求换货")
    assert "还没有工单" in await desk.says("telegram", "我的工单")
    code = code_in(await desk.says("local", "关联"))
    assert "已关联" in await desk.says("telegram", f"绑定 {code}")
    assert "变质" in await desk.says("telegram", "我的工单")


async def test_a_phone_number_alone_proves_nothing(desk: Desk) -> None:
    await desk.says("local", "今天送的豆腐有馊味，20斤，要求换货", phone="13800000000")
    answer = await desk.says("telegram", "关联 13800000000")
    assert not re.search("[0-9A-F]{8}", answer)
    code = code_in(desk.phones["local"].sent[-1].message.text)
    assert "已关联" in await desk.says("telegram", f"绑定 {code}")


async def test_a_code_works_once(desk: Desk) -> None:
    await desk.says("local", "今天送的豆腐有馊味，20斤，要求换货")
    code = code_in(await desk.says("local", "关联"))
    await desk.says("telegram", f"绑定 {code}")
    assert "无效" in await desk.says("telegram", f"绑定 {code}")


async def test_guessing_is_stopped(desk: Desk) -> None:
    await desk.says("local", "您好")
    answers = [await desk.says("telegram", f"绑定 0000000{n}") for n in range(7)]
    assert "无效" in answers[4]
    assert "试得太多" in answers[5]
