"""What the providers allow is counted in their messages, not in ours: long texts and answers in place included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.desk.book import Turn
from bot.desk.notices import Audience, Notice, tell
from bot.domain.messages import Address, Purpose
from tests.scenario.wechat_company import COMPLAINT, CUSTOMER, company
from tests.standins import wecom

if TYPE_CHECKING:
    from pathlib import Path

    from bot.desk.ports import Tx
    from bot.intake import Intake
    from tests.scenario.wechat_company import Company

LONG = "请放心。" * 200  # two messages of 微信客服


def calls(one: Company) -> list[str]:
    """What staff were told about phoning the customer."""
    told = [*one.heard("staff"), *(shown["text"] for shown in one.aibot.shown), *one.heard("zhangsan")]
    return [text for text in told if "电话" in text]


async def test_a_long_answer_never_eats_what_is_kept_for_the_outcome(tmp_path: Path, intake: Intake) -> None:
    async with company(tmp_path, intake) as one:
        await one.writes(COMPLAINT)
        await one.orders("接单")
        await one.orders(f"回复 {LONG}")
        assert one.wecom.kf.left[CUSTOMER] == 1
        await one.orders(f"回复 {LONG}")
        assert calls(one)
        await one.orders("解决 换货 20 斤已送到")
        assert "换货" in one.heard()[-1]
        assert [entry for entry in one.wecom.kf.lists[wecom.DESK] if entry["origin"] == 4] == []


async def test_a_greeting_by_its_code_costs_none_of_the_five(tmp_path: Path, intake: Intake) -> None:
    async with company(tmp_path, intake) as one:
        await one.writes("你好")
        one.wecom.kf.enters(CUSTOMER, scene="school1")
        await one.wecom.kf.tell()
        await one.received(2)
        chat = Address(channel="wecom_kf", chat=CUSTOMER, thread=wecom.DESK)
        known = await one.store.read(lambda tx: tx.people.chat(chat))
        assert known is not None
        assert known.sent_since_in == 5 - one.wecom.kf.left[CUSTOMER]


async def test_a_piece_that_fails_late_becomes_a_call(tmp_path: Path, intake: Intake) -> None:
    async with company(tmp_path, intake) as one:
        await one.writes(COMPLAINT)
        await one.orders("接单")
        await one.orders(f"回复 {LONG}")
        before, count = len(calls(one)), one.app.counters["inbox.received"]
        second = one.wecom.shown[-1]["ref"]
        one.wecom.kf.happens("msg_send_fail", CUSTOMER, fail_msgid=second, fail_type=10)
        await one.wecom.kf.tell()
        await one.received(count + 1)
        assert len(calls(one)) > before


async def test_none_of_a_flood_of_long_notices_is_dropped_in_silence(tmp_path: Path, intake: Intake) -> None:
    alone = Address(channel="wecom_app", chat="lisi", user="lisi")

    def flood(tx: Tx) -> None:
        turn = Turn(tx=tx, book=one.app.shelf.book, now=one.clock.now())
        for number in range(40):
            notice = Notice(key=f"k{number}", purpose=Purpose.REMIND, text=f"第{number}条。{'提醒。' * 400}")
            tell(turn, Audience(recipient="lisi", routes=(alone,)), notice)

    async with company(tmp_path, intake) as one:
        await one.store.write(flood)
        for _ in range(12):
            await one.later(seconds=30)
        told = "".join(one.heard("lisi"))
        assert one.wecom.dropped == 0
        assert all(f"第{number}条" in told for number in range(40))
