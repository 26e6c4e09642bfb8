"""群机器人: bytes, pings, twenty a minute, and a long notice that goes on where it stopped."""

from __future__ import annotations

import pytest

from bot.channels.base import Permanent, Quota, Temporary
from bot.domain.messages import Address, Button, Mention, Outgoing
from tests.unit.channels.wecom_bench import company

STAFF = Address(channel="wecom_robot", chat="staff")
ZHANG = Mention(person="agent1", name="张三", user="zhangsan")
LI = Mention(person="agent2", name="李四", phone="13800002222")
WANG = Mention(person="agent3", name="王五")


async def test_people_are_pinged_by_userid_by_number_and_at_least_named() -> None:
    async with company() as one:
        robot = await one.up(one.robot())
        await robot.send(STAFF, Outgoing(text="新工单 1", mentions=(ZHANG, LI, WANG)))
        (shown,) = one.provider.shown
        assert shown["mentions"] == ["lisi", "zhangsan"]
        assert shown["text"] == "新工单 1 @王五"
        assert "13800002222" not in shown["text"]


async def test_choices_are_written_out_where_there_are_no_buttons() -> None:
    async with company() as one:
        robot = await one.up(one.robot())
        rows = (
            (Button(label="接单", action="take:1"), Button(label="转派", action="transfer:1")),
            (Button(label="1 缺页", action="triage:1:a"),),
        )
        await robot.send(STAFF, Outgoing(text="新工单 1", buttons=rows, mentions=(WANG,)))
        assert one.provider.shown[0]["text"] == "新工单 1\n〔接单〕〔转派〕\n1 缺页 @王五"


async def test_only_the_first_piece_of_a_long_notice_pings() -> None:
    async with company() as one:
        robot = await one.up(one.robot())
        await robot.send(STAFF, Outgoing(key="k", text="豆腐馊了。" * 300, mentions=(ZHANG,)))
        assert [shown["mentions"] for shown in one.provider.shown] == [["zhangsan"], [], []]
        assert all(len(shown["text"].encode()) <= 2048 for shown in one.provider.shown)


async def test_markdown_pings_inside_its_own_limit() -> None:
    async with company() as one:
        robot = await one.up(one.robot(style="markdown"))
        await robot.send(STAFF, Outgoing(key="k", text="长" * 1365, mentions=(ZHANG, LI)))
        first, second = one.provider.shown
        assert first["text"].endswith("<@zhangsan>")
        assert first["mentions"] == ["zhangsan"]
        assert second["mentions"] == []


async def test_the_twenty_first_in_a_minute_waits() -> None:
    async with company() as one:
        robot = await one.up(one.robot())
        for number in range(20):
            await robot.send(STAFF, Outgoing(key=f"k{number}", text=f"{number}"))
        with pytest.raises(Temporary) as caught:
            await robot.send(STAFF, Outgoing(key="k20", text="20"))
        assert caught.value.retry_after == 60
        one.clock.forward(seconds=60)
        await robot.send(STAFF, Outgoing(key="k20", text="20"))
        assert len(one.provider.shown) == 21
        assert robot.capabilities.quotas == (Quota(limit=20, seconds=60, scope="chat"),)


async def test_a_long_notice_goes_on_where_the_quota_ended() -> None:
    async with company() as one:
        robot = await one.up(one.robot())
        long = Outgoing(key="long", text="".join(f"{number:06d}。" for number in range(6000)))
        with pytest.raises(Temporary):
            await robot.send(STAFF, long)
        assert len(one.provider.shown) == 20
        one.clock.forward(seconds=60)
        await robot.send(STAFF, long)
        assert "".join(shown["text"] for shown in one.provider.shown) == long.text


async def test_an_unknown_group_says_where_to_name_it() -> None:
    async with company() as one:
        robot = await one.up(one.robot())
        with pytest.raises(Permanent, match="keys"):
            await robot.send(Address(channel="wecom_robot", chat="nowhere"), Outgoing(text="x"))


async def test_check_looks_at_every_key_and_shows_nothing() -> None:
    async with company() as one:
        robot = await one.up(one.robot(keys={"staff": "robot-key-1", "second": "wrong"}))
        good, bad = await robot.check()
        assert (good.state, bad.state) == ("ok", "error")
        assert "93000" in bad.says
        assert "重新复制" in bad.todo
        assert one.provider.shown == []
        assert "robot-key-1" not in repr(robot._settings)
