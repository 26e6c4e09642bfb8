"""A desk on WeChat with its staff and a customer: real channels, database and engines, the providers' stand-ins."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from bot.app import App, Parts
from bot.channels.build import Workshop, build
from bot.channels.local.sentbox import MemorySentbox
from bot.config import load
from bot.storage.store import SqlStore
from tests.contract.channels.server import Loopback
from tests.standins import aibot, wecom
from tests.standins.movable import MovableClock
from tests.standins.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.intake import Intake

GROUP = "wrStaff"
CUSTOMER = "wmCustomer"
COMPLAINT = "今天送的豆腐有馊味，20斤，早饭没法做了"
PATIENCE = 30.0

CONFIG = """
[desk]
company = "好食配送"
default_contract = "other"

[[contracts]]
id = "school1"
title = "第一小学"
scheme = "food"

[[contracts]]
id = "other"
title = "散客"
scheme = "food"

[[people]]
id = "zhangsan"
name = "张三"
duties = ["质检", "仓库", "调度", "成员"]
reach = {{ wecom_app = "zhangsan", wecom_aibot = "zhangsan", wecom_robot = "zhangsan", wecom_kf = "zhangsan" }}

[[people]]
id = "lisi"
name = "李四"
roles = ["supervisor", "manager", "lead"]
duties = ["组长", "副组长", "总经理"]
reach = {{ wecom_app = "lisi", wecom_aibot = "lisi", wecom_robot = "lisi" }}

[[shifts]]
name = "全天"
people = ["zhangsan"]

[[chats]]
channel = "wecom_robot"
chat = "staff"

[[chats]]
channel = "wecom_aibot"
chat = "wrStaff"

[[channels.wecom_kf]]
corpid = "{corpid}"
secret = "kf-secret"
token = "{token}"
aes_key = "{aes_key}"
open_kfids = ["{desk}"]
api_base = "{api}"

[[channels.wecom_robot]]
keys = {{ staff = "robot-key-1" }}
api_base = "{api}"

[[channels.wecom_app]]
corpid = "{corpid}"
secret = "app-secret"
agentid = {agent}
api_base = "{api}"

[[channels.wecom_aibot]]
bot_id = "{bot}"
secret = "{bot_secret}"
bot_name = "{bot_name}"
ws_url = "{ws}"
api_base = "{ws_http}"
"""


class Company:
    """The desk, its providers, and the hands of those who write."""

    def __init__(self, folder: Path, intake: Intake) -> None:
        self.folder, self.intake = folder, intake
        self.clock = MovableClock()
        self.wecom = wecom.Wecom(self.clock)
        self.aibot = aibot.Aibot(self.clock)
        self.aibot.spoken.add(GROUP)
        self.server = Loopback()
        self.running: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Start the desk on the database in the folder."""
        path = self.folder / "config.toml"
        path.write_text(self._config(), encoding="utf-8")
        config, book = load(path, {})
        self.store = await SqlStore.open(str(self.folder / "desk.sqlite3"))
        workshop = Workshop(clock=self.clock, sentbox=MemorySentbox(), media=self.folder)
        channels = build(config.channels, workshop)
        self.app = App(
            Parts(
                store=self.store,
                book=book,
                clock=self.clock,
                intake=self.intake,
                channels=channels,
                chats=config.chats,
            )
        )
        self.server.answer([route for channel in channels for route in channel.routes()])
        self.wecom.kf.bot_url = f"{self.server.url}/wecom/kf"
        await self.app.prepare()
        self.running = [asyncio.create_task(channel.run()) for channel in channels]
        await self.aibot.subscribed.wait()
        await until(lambda: bool(channels[-1].link.up))  # type: ignore[attr-defined]

    def _config(self) -> str:
        return CONFIG.format(
            corpid=wecom.CORPID,
            token=wecom.TOKEN,
            aes_key=wecom.AES_KEY,
            desk=wecom.DESK,
            agent=wecom.AGENT,
            api=self.wecom.site.url,
            bot=aibot.BOT,
            bot_secret=aibot.SECRET,
            bot_name=aibot.NAME,
            ws=self.aibot.ws_url,
            ws_http=self.aibot.site.url,
        )

    async def close(self) -> None:
        """End the process; the providers go on."""
        for task in self.running:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self.app.stop()
        await self.store.close()

    async def received(self, count: int) -> None:
        """Wait until so many messages are durable, then let the desk work."""
        counters = self.app.counters
        await until(lambda: counters["inbox.received"] >= count)
        await self.app.settle()

    async def writes(self, *texts: str) -> None:
        """The customer writes in 微信客服."""
        before = self.app.counters["inbox.received"]
        for text in texts:
            self.wecom.kf.says(CUSTOMER, content=text)
        await self.wecom.kf.tell()
        await self.received(before + len(texts))

    async def orders(self, words: str, person: str = "zhangsan") -> str:
        """Somebody commands the smart bot in the staff group; what it answers."""
        before = self.app.counters["inbox.received"]
        await self.aibot.push(self.aibot.says(person, words, GROUP))
        await self.received(before + 1)
        return str(self.aibot.shown[-1]["text"])

    async def later(self, **by: float) -> None:
        """Time passes."""
        self.clock.forward(**by)
        await self.app.settle()

    def heard(self, chat: str = CUSTOMER) -> list[str]:
        """What was shown there through 微信客服, the robot or an app message."""
        return [one["text"] for one in self.wecom.shown if one["chat"] == chat]

    async def export(self, what: str) -> list[Any]:
        """Rows of the database."""
        return await self.store.read(lambda tx: list(getattr(tx, what)))


@asynccontextmanager
async def company(folder: Path, intake: Intake) -> AsyncIterator[Company]:
    one = Company(folder, intake)
    await one.wecom.start()
    await one.aibot.start()
    await one.server.listen()
    await one.open()
    try:
        async with asyncio.timeout(PATIENCE):
            yield one
    finally:
        await one.close()
        await one.server.close()
        await one.aibot.stop()
        await one.wecom.stop()
