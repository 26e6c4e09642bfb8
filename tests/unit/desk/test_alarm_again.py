"""How long an alarm that reached nobody waits is the contract's own pace."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from bot.desk import delivery
from bot.domain.messages import Address, Purpose
from tests.unit.desk.conftest import NOON, Desk


async def test_an_alarm_waits_as_long_as_the_contract_says(desk: Desk) -> None:
    terms = desk.book.terms["demo"]
    paced = replace(terms, pace=replace(terms.pace, page_again="20m"))
    desk.book = replace(desk.book, terms={"demo": paced})
    ticket = await desk.complaint()
    row = next(row for row in await desk.outbox(ticket) if row.purpose == Purpose.PAGE)
    alarm = replace(
        row, purpose=Purpose.ALARM, recipient="manager", routes=(Address(channel="local", chat="manager"),)
    )
    await desk.do(lambda turn: delivery.refused(turn, alarm, "blocked"))
    again = next(found for found in await desk.outbox(ticket) if found.id == row.id)
    assert (again.state, again.next_at) == ("pending", NOON + timedelta(minutes=20))
