"""Staff pass a customer's words on to the bot: by forwarding them they become a ticket."""

from __future__ import annotations

from tests.unit.handlers.desk_bench import Desk


async def test_a_forwarded_message_becomes_a_ticket(desk: Desk) -> None:
    await desk.says("local", "今天送的豆腐有馊味，20斤，要求换货", who="agent1", forwarded="hidden_user")
    ping = next(r.message.text for r in desk.phones["local"].sent if r.to.chat == "staff")
    assert "变质" in ping
    assert "20斤" in ping


async def test_a_customers_forwarded_message_is_theirs(desk: Desk) -> None:
    answer = await desk.says("local", "今天送的豆腐有馊味，20斤，要求换货", forwarded="hidden_user")
    assert "已受理" in answer


async def test_staffs_own_words_are_no_ticket(desk: Desk) -> None:
    assert "没看懂" in await desk.says("local", "今天送的豆腐有馊味，20斤", who="agent1")
