"""The whole desk on WeChat: customers in 微信客服, pings by the group robot, commands through the smart bot.

Real channels, real database, real engines; the providers' stand-ins over HTTP and WebSocket on loopback.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.scenario import wechat_company
from tests.scenario.wechat_company import COMPLAINT, CUSTOMER, GROUP, company
from tests.standins import wecom

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from bot.intake import Intake


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


async def test_while_a_seat_speaks_nobody_is_sent_to_the_phone(tmp_path: Path, intake: Intake) -> None:
    async with company(tmp_path, intake) as one:
        await one.writes(COMPLAINT)
        one.wecom.kf.states[CUSTOMER] = 3
        one.clock.forward(minutes=10)
        await one.writes("还有10斤也坏了")
        await one.orders("接单")
        assert not any("电话" in text for text in [*one.heard("staff"), *one.heard("zhangsan")])
        assert any("人工接待" in text and "已接单" in text for text in one.heard("staff"))
        await one.orders("解决 换货 20 斤已送到")
        assert "换货" in one.heard()[-1]


async def test_an_ended_conversation_is_a_call(tmp_path: Path, intake: Intake) -> None:
    async with company(tmp_path, intake) as one:
        await one.writes(COMPLAINT)
        one.wecom.kf.states[CUSTOMER] = 4
        await one.orders("接单")
        assert any("电话" in text for text in one.heard("zhangsan"))


async def test_people_are_reached_by_the_only_account_whatever_its_name(
    tmp_path: Path, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = wechat_company.CONFIG
    for channel in ("wecom_app", "wecom_robot", "wecom_aibot"):
        named = named.replace(f"[[channels.{channel}]]\n", f'[[channels.{channel}]]\naccount = "corp"\n')
    monkeypatch.setattr(wechat_company, "CONFIG", named)
    async with company(tmp_path, intake) as one:
        await one.writes(COMPLAINT)
        for _ in range(40):
            await one.later(minutes=1)
        assert one.heard("staff")
        assert one.heard("lisi")
