"""Telegram with the whole desk behind it: what is written in a group is answered there, and quoted."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from bot.app import App, Parts
from bot.channels.build import Workshop, build
from bot.channels.local.sentbox import MemorySentbox
from bot.config import load
from bot.storage.store import SqlStore
from tests.standins.movable import MovableClock
from tests.standins.telegram import TOKEN, TelegramStandIn
from tests.standins.telegram_world import Chat, Person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.intake import Intake

PATIENCE = 30.0
CUSTOMER, AGENT = 1001, 2001
STAFF, SCHOOL = -1000000000001, -1000000000002
CONFIG = f"""
[desk]
company = "示范食品有限公司"
default_contract = "school1"

[[contracts]]
id = "school1"
title = "第一小学"
scheme = "food"

[[people]]
id = "wang"
name = "王师傅"
reach = {{ telegram = "{AGENT}" }}

[[shifts]]
name = "全天"
people = ["wang"]

[[chats]]
channel = "telegram"
chat = "{STAFF}"

[[chats]]
channel = "telegram"
chat = "{SCHOOL}"
role = "customer"
contract = "school1"

[[channels.telegram]]
token = "{TOKEN}"
api_base = "API_BASE"
"""


class Desk:
    """The desk on long polling, and the people on Telegram."""

    def __init__(self) -> None:
        self.clock = MovableClock()
        self.telegram = TelegramStandIn(self.clock)
        self.telegram.privacy = False
        for number, name in ((CUSTOMER, "李老师"), (AGENT, "王师傅")):
            self.telegram.meet(Person(number, name))
        for number in (STAFF, SCHOOL):
            self.telegram.found(Chat(number, "supergroup", "群"))

    async def open(self, folder: Path, intake: Intake) -> None:
        path = folder / "config.toml"
        path.write_text(CONFIG.replace("API_BASE", self.telegram.url), encoding="utf-8")
        config, book = load(path, {})
        self.store = await SqlStore.open(str(folder / "desk.sqlite3"))
        workshop = Workshop(clock=self.clock, sentbox=MemorySentbox(), media=folder)
        channels = build(config.channels, workshop)
        parts = Parts(
            store=self.store,
            book=book,
            clock=self.clock,
            intake=intake,
            channels=channels,
            chats=config.chats,
        )
        self.app = App(parts)
        await self.app.prepare()
        self._polling = asyncio.create_task(channels[0].run())

    async def close(self) -> None:
        self._polling.cancel()
        await asyncio.gather(self._polling, return_exceptions=True)
        await self.app.stop()
        await self.store.close()

    async def write(self, person: int, chat: int, text: str) -> list[dict[str, Any]]:
        """Somebody writes; what the bot says in that chat because of it."""
        place = self.telegram.chats[chat]
        await self.telegram.write(self.telegram.people[person], place, text)
        written = max(place.messages)
        await self.telegram.updates.drained()
        await self.app.settle()
        self.clock.forward(seconds=40)
        return [message for number, message in place.messages.items() if number > written]


@asynccontextmanager
async def desk(folder: Path, intake: Intake) -> AsyncIterator[Desk]:
    one = Desk()
    await one.telegram.start()
    await one.open(folder, intake)
    try:
        async with asyncio.timeout(PATIENCE):
            yield one
    finally:
        await one.close()
        await one.telegram.stop()


def quoted(message: dict[str, Any]) -> str:
    return str(message["reply_to_message"]["text"])


@pytest.mark.parametrize("talk", [0, 3])
async def test_a_complaint_in_a_group_is_acknowledged_there(
    tmp_path: Path, intake: Intake, talk: int
) -> None:
    async with desk(tmp_path, intake) as one:
        for _ in range(talk):
            assert await one.write(CUSTOMER, SCHOOL, "早上好") == []
        (ack,) = await one.write(CUSTOMER, SCHOOL, "今天送的豆腐有馊味，20斤")
        assert "已受理" in ack["text"]
        assert quoted(ack) == "今天送的豆腐有馊味，20斤"


async def test_staff_are_answered_in_their_group(tmp_path: Path, intake: Intake) -> None:
    async with desk(tmp_path, intake) as one:
        await one.write(CUSTOMER, CUSTOMER, "今天送的豆腐有馊味，20斤")
        (taken,) = await one.write(AGENT, STAFF, "接单")
        assert "王师傅 已接单" in taken["text"]
        assert quoted(taken) == "接单"
        (told,) = await one.write(CUSTOMER, CUSTOMER, "进度")
        assert "王师傅" in told["text"]
        assert "reply_to_message" not in told
