"""A customer's group over the bridge: many speak, matters are told apart, and the bot says no more than it must."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from bot.app import App, Parts
from bot.channels.build import Workshop, build
from bot.channels.local.sentbox import MemorySentbox
from bot.config import load
from bot.storage.store import SqlStore
from tests.contract.channels.server import Loopback
from tests.standins.bridge import GROUPS, SECRET, Gateway
from tests.standins.movable import MovableClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.intake import Intake

PATIENCE = 30.0
CONFIG = """
[desk]
company = "好书配送"
default_contract = "other"

[[contracts]]
id = "school1"
title = "第一小学"
scheme = "books"

[[contracts]]
id = "other"
title = "散客"
scheme = "books"

[[people]]
id = "zhangsan"
name = "张三"
duties = ["质检", "仓库", "调度", "成员"]
reach = {{ bridge = "zhangsan" }}

[[shifts]]
name = "全天"
people = ["zhangsan"]

[[chats]]
channel = "bridge"
chat = "group-1"
role = "customer"
contract = "school1"

[[chats]]
channel = "bridge"
chat = "staff"

[[channels.bridge]]
secret = "{secret}"
push_url = "{gateway}/push"
"""


class Group:
    """The desk behind a gateway, and the people of a customer's group."""

    def __init__(self) -> None:
        self.clock = MovableClock()
        self.gateway = Gateway(self.clock)
        self.server = Loopback()
        self.count = 0

    async def open(self, folder: Path, intake: Intake) -> None:
        path = folder / "config.toml"
        path.write_text(CONFIG.format(secret=SECRET, gateway=self.gateway.site.url), encoding="utf-8")
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
        self.server.answer([route for channel in channels for route in channel.routes()])
        await self.app.prepare()

    async def says(self, person: str, text: str, **more: Any) -> list[dict[str, Any]]:
        """Somebody writes in the group; what is shown anywhere because of it."""
        self.count += 1
        before = len(self.gateway.shown)
        said = {
            "id": f"m{self.count}",
            "group": "group-1",
            "sender": person,
            "sender_name": person,
            "text": text,
        }
        message = {**said, "time": self.clock.now().timestamp(), **more}
        assert await self.gateway.feed(f"{self.server.url}/bridge", message) == 200
        await self.app.settle()
        self.clock.forward(seconds=40)
        return self.gateway.shown[before:]


@asynccontextmanager
async def group(folder: Path, intake: Intake) -> AsyncIterator[Group]:
    one = Group()
    GROUPS.add("staff")
    await one.gateway.start()
    await one.server.listen()
    await one.open(folder, intake)
    try:
        async with asyncio.timeout(PATIENCE):
            yield one
    finally:
        await one.app.stop()
        await one.store.close()
        await one.server.close()
        await one.gateway.stop()


def pages(shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in shown if one["chat"] == "staff" and one["mentions"]]


async def test_talk_that_asks_for_nothing_is_left_alone(tmp_path: Path, intake: Intake) -> None:
    async with group(tmp_path, intake) as one:
        for person, text in (("李老师", "早上好"), ("王老师", "明天家长会几点？"), ("李老师", "[强]")):
            assert [shown for shown in await one.says(person, text) if shown["chat"] == "group-1"] == []


async def test_two_matters_of_two_people_are_two_tickets_and_a_colleague_joins_one(
    tmp_path: Path, intake: Intake
) -> None:
    async with group(tmp_path, intake) as one:
        (page,) = pages(await one.says("李老师", "三班的语文书缺了4页，需要换20本"))
        assert page["mentions"] == ["zhangsan"]
        assert "第一小学" in page["text"]
        assert pages(await one.says("王老师", "我们四班的语文书也缺页，一样的情况")) == []
        assert len(pages(await one.says("刘老师", "送来的数学书封面都破损了，30本"))) == 1


async def test_staffs_own_words_are_no_complaint(tmp_path: Path, intake: Intake) -> None:
    async with group(tmp_path, intake) as one:
        await one.says("李老师", "三班的语文书缺了4页，需要换20本")
        for staff in ("zhangsan", "a driver nobody has registered"):
            shown = await one.says(staff, "收到，缺页的书有20本，今天下午换", staff=True)
            assert shown == []


async def test_a_message_fed_again_changes_nothing(tmp_path: Path, intake: Intake) -> None:
    async with group(tmp_path, intake) as one:
        await one.says("李老师", "三班的语文书缺了4页，需要换20本")
        assert await one.says("李老师", "三班的语文书缺了4页，需要换20本", id="m1") == []


async def test_a_question_with_choices_can_be_answered_by_its_number(tmp_path: Path, intake: Intake) -> None:
    async with group(tmp_path, intake) as one:
        shown = await one.says("李老师", "你们这次的东西怎么回事")
        asked = [text for text in (item["text"] for item in shown) if "\n1 " in text and "\n2 " in text]
        assert asked
        assert any("工单" in item["text"] for item in await one.says("李老师", "1"))


async def test_small_talk_right_after_a_complaint_is_not_part_of_it(tmp_path: Path, intake: Intake) -> None:
    async with group(tmp_path, intake) as one:
        await one.says("李老师", "三班的语文书缺了4页，需要换20本")
        for person, text in (
            ("王老师", "明天家长会几点？"),
            ("赵老师", "早上好"),
            ("孙老师", "谁有空教室的钥匙"),
        ):
            assert await one.says(person, text) == []
        assert await one.says("钱老师", "", media=[{"kind": "sticker", "ref": "s1"}]) == []


async def test_colleagues_who_chime_in_join_the_ticket(tmp_path: Path, intake: Intake) -> None:
    async with group(tmp_path, intake) as one:
        await one.says("李老师", "三班的语文书缺了4页，需要换20本")
        for person, text in (("王老师", "我们班也是"), ("赵老师", "+1"), ("孙老师", "一样的情况")):
            shown = await one.says(person, text)
            assert [item["chat"] for item in shown] == ["staff"]
            assert text in shown[0]["text"]


async def test_a_colleagues_greeting_is_not_the_answer_the_desk_waits_for(
    tmp_path: Path, intake: Intake
) -> None:
    async with group(tmp_path, intake) as one:
        await one.says("李老师", "三班的语文书缺了4页，需要换20本")
        for words in ("接单", "待客户 请李老师确认本数"):
            await one.says("zhangsan", words, group="staff", mentioned=True)
        assert await one.says("赵老师", "早上好") == []
        assert any("20 本" in item["text"] for item in await one.says("李老师", "一共 20 本，没错"))
