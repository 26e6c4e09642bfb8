"""One-time codes: one person on two channels becomes one requester, and only by a code."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import App, Parts
from bot.channels.local.recording import RecordingChannel
from bot.cli.world import world
from bot.clock import DrillClock
from bot.config import build_book, shipped_schemes
from bot.domain.messages import Address, Incoming
from bot.intake import Intake
from bot.storage.store import SqlStore


class Desk:
    """A desk with two customers' channels."""

    def __init__(self, store: SqlStore) -> None:
        config = world("food")
        self.clock = DrillClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
        self.phones = {n: RecordingChannel(n, clock=self.clock) for n in ("local", "telegram")}
        parts = Parts(
            store=store,
            book=build_book(Path("world"), config, shipped_schemes()),
            clock=self.clock,
            intake=Intake(),
            channels=tuple(self.phones.values()),
            chats=config.chats,
        )
        self.app = App(parts)
        self.said = 0

    async def says(self, channel: str, text: str, **more: str) -> str:
        """A customer writes; the last answer in that conversation."""
        self.said += 1
        address = Address(channel=channel, chat="wang", user="wang")
        incoming = Incoming(
            provider_id=f"m{self.said}",
            address=address,
            sender="wang",
            sent_at=self.clock.now(),
            text=text,
            data=more,
        )
        await self.phones[channel].hear(incoming)
        await self.app.settle()
        heard = [r.message.text for r in self.phones[channel].sent if r.to.chat == "wang"]
        return heard[-1] if heard else ""


@pytest.fixture
async def desk(tmp_path: Path):
    store = await SqlStore.open(str(tmp_path / "desk.sqlite3"))
    desk = Desk(store)
    await desk.app.prepare()
    yield desk
    await desk.app.stop()
    await store.close()


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
