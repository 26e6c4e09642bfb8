"""应用消息: one member alone; the provider's silences are not taken for success."""

from __future__ import annotations

import pytest

from bot.channels.base import Permanent, Quota
from bot.domain.messages import Address, Outgoing
from tests.unit.channels.wecom_bench import company


def member(user: str = "zhangsan") -> Address:
    return Address(channel="wecom_app", chat=user, user=user)


async def test_the_silent_limit_of_thirty_a_minute_is_declared_and_real() -> None:
    async with company() as one:
        app = await one.up(one.app())
        for number in range(31):
            await app.send(member(), Outgoing(key=f"k{number}", text=f"第{number}条"))
        await app.send(member("lisi"), Outgoing(key="other", text="别人的一条"))
        assert (len(one.provider.shown), one.provider.dropped) == (31, 1)
        assert Quota(limit=30, seconds=70, scope="user") in app.capabilities.quotas


async def test_a_member_the_company_does_not_know_is_permanent_and_says_what_to_do() -> None:
    async with company() as one:
        app = await one.up(one.app())
        with pytest.raises(Permanent, match="81013"):
            await app.send(member("nobody"), Outgoing(text="x"))


async def test_a_repeat_is_shown_once_and_a_later_reminder_in_the_same_words_again() -> None:
    async with company() as one:
        app = await one.up(one.app())
        reminder = Outgoing(key="k", text="工单 1 还没有人接")
        await app.send(member(), reminder)
        await app.send(member(), reminder)
        assert len(one.provider.shown) == 1
        one.clock.forward(seconds=601)
        await app.send(member(), reminder)
        assert len(one.provider.shown) == 2


async def test_equal_pieces_of_one_long_message_are_all_shown() -> None:
    async with company() as one:
        app = await one.up(one.app())
        await app.send(member(), Outgoing(key="k", text="豆腐" * 2000))
        assert "".join(shown["text"] for shown in one.provider.shown) == "豆腐" * 2000


async def test_check_tells_a_wrong_agent_from_a_wrong_address() -> None:
    async with company() as one:
        app = await one.up(one.app())
        (finding,) = await app.check()
        assert finding.state == "ok"
        one.provider.trusted = False
        (finding,) = await app.check()
        assert (finding.state, "60020" in finding.says, "可信IP" in finding.todo) == ("error", True, True)
    async with company() as one:
        app = await one.up(one.app(agentid=7))
        with pytest.raises(Permanent, match="301002"):
            await app.send(member(), Outgoing(text="x"))


async def test_a_member_without_a_licence_gets_nothing_and_the_next_route_is_taken() -> None:
    async with company() as one:
        app = await one.up(one.app())
        one.provider.unlicensed.add("lisi")
        with pytest.raises(Permanent, match="许可"):
            await app.send(member("lisi"), Outgoing(key="k", text="一"))
        assert one.provider.shown == []
