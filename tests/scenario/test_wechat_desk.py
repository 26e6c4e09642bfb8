"""The whole desk on WeChat: customers in 微信客服, pings by the group robot, commands through the smart bot.

Real channels, real database, real engines; the providers' stand-ins over HTTP and WebSocket on loopback.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
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


async def test_from_the_entry_link_to_the_outcome(tmp_path: Path, intake: Intake) -> None:
    async with company(tmp_path, intake) as one:
        one.wecom.kf.enters(CUSTOMER, scene="school1")
        await one.wecom.kf.tell()
        await one.received(1)
        assert "第一小学" in one.wecom.shown[0]["text"]
        await one.writes(COMPLAINT)
        (acknowledged,) = one.heard()
        assert "受理" in acknowledged
        (ping,) = [shown for shown in one.wecom.shown if shown["chat"] == "staff"]
        assert ping["mentions"] == ["zhangsan"]
        assert "豆腐" in ping["text"]
        assert "张三" in await one.orders("接单")
        await one.orders("解决 换货 20 斤已送到")
        assert len(one.heard()) >= 2
        assert one.wecom.kf.left[CUSTOMER] >= 1


async def test_an_unanswered_ping_climbs_to_the_supervisor_alone(tmp_path: Path, intake: Intake) -> None:
    async with company(tmp_path, intake) as one:
        await one.writes(COMPLAINT)
        for _ in range(40):
            await one.later(minutes=1)
        assert any("豆腐" in text or "工单" in text for text in one.heard("lisi"))


async def test_when_the_quota_runs_out_the_outcome_still_arrives(tmp_path: Path, intake: Intake) -> None:
    async with company(tmp_path, intake) as one:
        await one.writes(COMPLAINT)
        await one.orders("接单")
        for number in range(6):
            await one.orders(f"回复 正在处理，第{number}次告知")
        assert one.wecom.kf.left[CUSTOMER] == 1
        staff = [*one.heard("staff"), *(shown["text"] for shown in one.aibot.shown), *one.heard("zhangsan")]
        assert any("电话" in text for text in staff)
        await one.orders("解决 换货 20 斤已送到")
        assert one.wecom.kf.left[CUSTOMER] == 0
        assert "换货" in one.heard()[-1]
        assert [entry for entry in one.wecom.kf.lists[wecom.DESK] if entry["origin"] == 4] == []


async def test_when_the_robot_is_removed_the_next_route_pings(tmp_path: Path, intake: Intake) -> None:
    async with company(tmp_path, intake) as one:
        robots = dict(wecom.KEYS)
        wecom.KEYS.clear()
        try:
            await one.writes(COMPLAINT)
        finally:
            wecom.KEYS.update(robots)
        assert one.heard("staff") == []
        assert any("豆腐" in shown["text"] for shown in one.aibot.shown)
        assert "受理" in one.heard()[0]


async def test_what_comes_while_the_desk_is_down_is_one_ticket_and_one_acknowledgement(
    tmp_path: Path, intake: Intake
) -> None:
    async with company(tmp_path, intake) as one:
        await one.writes("你好")
        await one.close()
        one.wecom.kf.says(CUSTOMER, content=COMPLAINT)
        one.clock.forward(minutes=7)
        await one.open()
        await one.received(1)
        await one.close()
        await one.open()
        await one.wecom.kf.tell()
        await one.app.settle()
        acknowledged = [text for text in one.heard() if "受理" in text]
        numbers = {number for text in acknowledged for number in re.findall(r"\d{8}-\d+|\b\d{3,}\b", text)}
        assert len(acknowledged) == 1
        assert len([shown for shown in one.wecom.shown if shown["mentions"] == ["zhangsan"]]) == 1
        assert numbers


async def test_a_late_failure_at_the_customer_becomes_a_call(tmp_path: Path, intake: Intake) -> None:
    async with company(tmp_path, intake) as one:
        await one.writes(COMPLAINT)
        await one.orders("接单")
        one.wecom.kf.refusing.add(CUSTOMER)
        before = one.app.counters["inbox.received"]
        await one.orders("回复 今天下午送到")
        await one.wecom.kf.tell()
        await one.received(before + 2)
        staff = [*one.heard("staff"), *(shown["text"] for shown in one.aibot.shown), *one.heard("zhangsan")]
        assert any("电话" in text for text in staff)


async def test_a_quoted_message_from_a_customers_group_becomes_a_ticket(
    tmp_path: Path, intake: Intake
) -> None:
    async with company(tmp_path, intake) as one:
        quote = {"msgtype": "text", "text": {"content": "三班中午的豆腐都馊了，30 份"}}
        await one.aibot.push(one.aibot.says("zhangsan", "第一小学", GROUP, quote=quote))
        await one.received(1)
        assert any(shown["mentions"] for shown in one.wecom.shown if shown["chat"] == "staff")
        status = await one.orders("/status", "lisi")
        assert "豆腐" in status or "食" in status


async def test_a_human_seats_words_are_an_answer_and_not_a_complaint(tmp_path: Path, intake: Intake) -> None:
    async with company(tmp_path, intake) as one:
        await one.writes(COMPLAINT)
        shown = len(one.wecom.shown)
        one.wecom.kf.add(
            {
                "open_kfid": wecom.DESK,
                "external_userid": CUSTOMER,
                "origin": 5,
                "servicer_userid": "zhangsan",
                "msgtype": "text",
                "text": {"content": "豆腐馊了我们马上换，还有 10 斤一起送来"},
            }
        )
        await one.wecom.kf.tell()
        await one.received(2)
        assert len(one.wecom.shown) == shown
