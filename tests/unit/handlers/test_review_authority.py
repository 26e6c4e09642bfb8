"""Who may do what, also by a forged button, and about whose contract; what a group may read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from bot.app import App, Parts
from bot.channels.local.recording import RecordingChannel
from bot.cli.world import world
from bot.clock import DrillClock
from bot.config import ChatSpec, build_book, shipped_schemes
from bot.domain.messages import Address, Incoming
from bot.domain.scheme import Contract
from bot.intake import Intake
from bot.storage.store import SqlStore


class Desk:
    """Two contracts, each with a staff group; agent2 serves the second alone, supervisor the first alone."""

    def __init__(self, store: SqlStore, intake: Intake) -> None:
        config = world("food")
        limits = {"agent2": ("two",), "supervisor": ("demo",)}
        config = msgspec.structs.replace(
            config,
            contracts=(*config.contracts, Contract(id="two", title="第二小学", scheme="food")),
            people=tuple(msgspec.structs.replace(p, contracts=limits.get(p.id, ())) for p in config.people),
            chats=tuple(
                ChatSpec(channel="local", chat=chat, contract=contract)
                for chat, contract in (("staff", "demo"), ("staff2", "two"))
            ),
        )
        self.clock = DrillClock(datetime(2026, 3, 5, 1, tzinfo=UTC))
        self.phone = RecordingChannel("local", clock=self.clock)
        book = build_book(Path("world"), config, shipped_schemes())
        self.app = App(
            Parts(
                store=store,
                book=book,
                clock=self.clock,
                intake=intake,
                channels=(self.phone,),
                chats=config.chats,
            )
        )
        self.said = 0

    async def says(self, who: str, text: str, chat: str = "", *, button: str = "") -> list[str]:
        """Somebody writes or presses; what was sent into that conversation on that."""
        self.said += 1
        before = len(self.phone.sent)
        where = chat or who
        await self.phone.hear(
            Incoming(
                provider_id=f"m{self.said}",
                address=Address(channel="local", chat=where, user=who),
                sender=who,
                sent_at=self.clock.now(),
                text=text,
                kind="button" if button else "message",
                group=bool(chat),
                button=button,
            )
        )
        await self.app.settle()
        return [r.message.text for r in self.phone.sent[before:] if r.to.chat == where]


@pytest.fixture(scope="module")
def intake() -> Intake:
    return Intake()


@pytest.fixture
async def desk(tmp_path: Path, intake: Intake) -> AsyncIterator[Desk]:
    store = await SqlStore.open(str(tmp_path / "desk.sqlite3"))
    one = Desk(store, intake)
    await one.app.prepare()
    await one.says("customer", "今天送的豆腐有馊味，20斤")
    yield one
    await one.app.stop()
    await store.close()


@pytest.mark.parametrize(
    "action", ["take:1", "resolve:1:换货20斤", "status:1", "code:1:第一小学 员工群", "teach:1:豆腐 变质"]
)
async def test_a_customer_who_forges_a_staff_button_gets_nothing(desk: Desk, action: str) -> None:
    assert await desk.says("customer", "", button=action) == ["这个按钮已失效，请直接发文字。"]


@pytest.mark.parametrize("action", ["escalate:1", "month:1", "code:1:第一小学 员工群", "teach:1:豆腐 变质"])
async def test_an_agent_who_forges_a_chiefs_button_gets_nothing(desk: Desk, action: str) -> None:
    assert await desk.says("agent1", "", "staff", button=action) == ["这个按钮已失效，请直接发文字。"]


@pytest.mark.parametrize(
    "text", ["接单 SC260305-001", "接单 001", "工单 001", "回复 001 你好", "合并 001 002", "状态 第一小学"]
)
async def test_an_agent_of_another_contract_learns_nothing(desk: Desk, text: str) -> None:
    answer = "".join(await desk.says("agent2", text, "staff2"))
    assert "豆腐" not in answer
    assert "没有" in answer


async def test_staff_enter_tickets_only_for_contracts_of_theirs(desk: Desk) -> None:
    await desk.says("agent2", "录入 豆腐有馊味")
    assert "没有" in "".join(await desk.says("supervisor", "工单 002"))
    assert "第二小学" in "".join(await desk.says("manager", "工单 002"))


async def test_a_limited_supervisor_is_shown_no_words_of_other_contracts_customers(desk: Desk) -> None:
    await desk.says("customer", "菜有点返潮，20斤那箱")
    answer = "".join(await desk.says("supervisor", "学词 返潮 运输破损"))
    assert "1 条判断会改变" in answer
    assert "20斤" not in answer


async def test_a_ticket_of_one_contract_is_never_told_in_the_group_of_the_other(desk: Desk) -> None:
    assert not [r for r in desk.phone.sent if r.to.chat == "staff2"]
