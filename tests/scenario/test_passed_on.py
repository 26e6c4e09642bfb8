"""What staff see in a customer's group reaches the bot by quoting or forwarding; its own notices are told from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.desk.records import TicketFilter
from tests.scenario.wechat_company import COMPLAINT, CUSTOMER, GROUP, company

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from bot.domain.ticket import Ticket
    from bot.intake import Intake
    from tests.scenario.wechat_company import Company

SEEN = "三班中午的豆腐都馊了，30 份"


def text(content: str) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": content}}


async def tickets(one: Company) -> list[Ticket]:
    """All of them, the newest first."""
    return await one.store.read(lambda tx: tx.tickets.find(TicketFilter()))


async def hears(one: Company, words: str, chat: str = GROUP, **more: Any) -> str:
    """The smart bot is told something; its last words."""
    before = one.app.counters["inbox.received"]
    await one.aibot.push(one.aibot.says("zhangsan", words, chat, **more))
    await one.received(before + 1)
    return str(one.aibot.shown[-1]["text"]) if one.aibot.shown else ""


async def test_the_contract_named_beside_a_quoted_message_gets_the_ticket(
    tmp_path: Path, intake: Intake
) -> None:
    async with company(tmp_path, intake) as one:
        for words in ("登记 第一小学", "录入 第一小学", "第一小学", "这是第一小学的老师说的"):
            await hears(one, words, quote=text(SEEN))
        found = await tickets(one)
        assert [ticket.contract for ticket in found] == ["school1"] * 4
        assert all(ticket.summary.startswith(SEEN) for ticket in found)


async def test_a_quoted_picture_becomes_a_ticket(tmp_path: Path, intake: Intake) -> None:
    async with company(tmp_path, intake) as one:
        picture = {"msgtype": "image", "image": one.aibot.picture(b"mould")}
        await hears(one, "第一小学", quote=picture)
        (ticket,) = await tickets(one)
        assert (ticket.contract, ticket.summary) == ("school1", "[图片]")


async def test_the_bots_own_notice_quoted_is_no_complaint(tmp_path: Path, intake: Intake) -> None:
    async with company(tmp_path, intake) as one:
        await one.writes(COMPLAINT)
        answer = await hears(one, "收到，我来处理", quote=text(one.heard("staff")[0]))
        (ticket,) = await tickets(one)
        assert ticket.number in answer


async def test_a_command_under_a_quoted_notice_is_about_its_ticket(tmp_path: Path, intake: Intake) -> None:
    async with company(tmp_path, intake) as one:
        await one.writes(COMPLAINT)
        one.clock.forward(hours=1)
        await one.writes("牛奶少送了5箱")
        first = (await tickets(one))[-1]
        await hears(one, "接单", quote=text(one.heard("staff")[0]))
        assert [(t.number, t.assignee) for t in await tickets(one) if t.assignee] == [
            (first.number, "zhangsan")
        ]


async def test_a_customers_words_about_a_ticket_are_not_the_bots_notice(
    tmp_path: Path, intake: Intake
) -> None:
    async with company(tmp_path, intake) as one:
        await one.writes(COMPLAINT)
        (ticket,) = await tickets(one)
        await hears(one, "第一小学", quote=text(f"{ticket.number} 怎么还没人来，豆腐全馊了"))
        assert len(await tickets(one)) == 2


async def test_what_is_forwarded_in_private_becomes_a_ticket_by_one_touch(
    tmp_path: Path, intake: Intake
) -> None:
    async with company(tmp_path, intake) as one:
        await hears(one, SEEN, "")
        card = one.aibot.shown[-1]
        assert await tickets(one) == []
        action = next(key for label, key in card["buttons"] if label == "第一小学")
        for _ in range(2):
            before = one.app.counters["inbox.received"]
            pressed = {"event_key": action, "task_id": card["ref"]}
            await one.aibot.push(one.aibot.event("zhangsan", "template_card_event", **pressed))
            await one.received(before + 1)
        (ticket,) = await tickets(one)
        assert (ticket.contract, ticket.summary) == ("school1", SEEN)


async def test_the_entry_scanned_last_says_whose_matter_it_is(tmp_path: Path, intake: Intake) -> None:
    async with company(tmp_path, intake) as one:
        for count, scene in enumerate(("other", "school1"), start=1):
            one.wecom.kf.enters(CUSTOMER, scene=scene)
            await one.wecom.kf.tell()
            await one.received(count)
        assert "第一小学" in one.heard("welcome")[-1]
        await one.writes(COMPLAINT)
        assert [ticket.contract for ticket in await tickets(one)] == ["school1"]
