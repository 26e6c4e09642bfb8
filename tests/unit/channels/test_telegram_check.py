"""What `check` finds wrong and what it says to click; and that nothing secret is written anywhere."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from bot.channels.base import ChannelError
from bot.channels.telegram.channel import TelegramChannel
from bot.domain.messages import Outgoing
from tests.contract.channels.telegram_harness import GROUP, TelegramPolling, TelegramWebhook
from tests.standins.telegram import Break

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.channels.base import Finding


@pytest_asyncio.fixture
async def bench() -> AsyncIterator[TelegramPolling]:
    async with TelegramPolling() as running:
        yield running


async def findings(bench: TelegramPolling, **settings: Any) -> list[Finding]:
    channel = TelegramChannel(bench.settings(**settings), clock=bench.clock)
    try:
        return list(await channel.check())
    finally:
        await channel.stop()


def wrong(found: list[Finding]) -> list[tuple[str, str]]:
    return [(one.state, one.says + one.todo) for one in found if one.state != "ok"]


async def test_all_is_well(bench: TelegramPolling) -> None:
    found = await findings(bench, groups=(str(GROUP),))
    assert wrong(found) == []
    assert [one.subject for one in found] == ["telegram:default"] * 4
    assert "@yingnuo_bot" in found[0].says


TOKENS = ["", "abc", "123456789", "123456789:short", "密:AAStandInTokenOfNobody_0123456789abc"]


@pytest.mark.parametrize("token", TOKENS)
async def test_a_token_that_is_none_is_not_even_tried(bench: TelegramPolling, token: str) -> None:
    bench.telegram.calls.clear()
    ((state, says),) = wrong(await findings(bench, token=token))
    assert state == "error"
    assert "@BotFather" in says
    assert not any(name == "getme" for name, _ in bench.telegram.calls)


async def test_privacy_mode_is_a_warning_that_says_what_to_click(bench: TelegramPolling) -> None:
    bench.telegram.privacy = True
    ((state, says),) = wrong(await findings(bench))
    assert state == "warning"
    assert "/setprivacy" in says


async def test_in_privacy_mode_a_group_is_heard_only_by_an_administrator(bench: TelegramPolling) -> None:
    bench.telegram.privacy = True
    _, (state, says) = wrong(await findings(bench, groups=(str(GROUP),)))
    assert (state, "管理员" in says) == ("warning", True)
    bench.telegram.chats[GROUP].members[bench.telegram.bot["id"]] = "administrator"
    assert len(wrong(await findings(bench, groups=(str(GROUP),)))) == 1


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize("status", ["left", "kicked"])
async def test_a_group_without_us_is_an_error(bench: TelegramPolling, status: str, public: bool) -> None:
    bench.telegram.chats[GROUP].public = public
    bench.telegram.chats[GROUP].members[bench.telegram.bot["id"]] = status
    ((state, says),) = wrong(await findings(bench, groups=(str(GROUP),)))
    assert (state, "拉进群" in says) == ("error", True)


@pytest.mark.parametrize("group", ["-42", "staff"])
async def test_a_group_that_does_not_exist_is_an_error(bench: TelegramPolling, group: str) -> None:
    ((state, says),) = wrong(await findings(bench, groups=(group,)))
    assert (state, group in says) == ("error", True)


async def test_many_waiting_messages_are_a_warning(bench: TelegramPolling) -> None:
    await bench.leave()
    for _ in range(100):
        await bench.writes("豆腐馊了")
    ((state, says),) = wrong(await findings(bench))
    assert (state, "100" in says) == ("warning", True)


async def test_a_webhook_of_somebody_else_is_a_warning(bench: TelegramPolling) -> None:
    await bench.leave()
    bench.telegram.webhook["url"] = "https://old.example/hook"
    ((state, says),) = wrong(await findings(bench))
    assert (state, "Webhook" in says) == ("warning", True)


async def test_a_webhook_that_is_not_registered_is_a_warning(bench: TelegramPolling) -> None:
    hook = {"mode": "webhook", "webhook_url": "https://bot.example/tg"}
    ((state, says),) = wrong(await findings(bench, **hook))
    assert (state, "https://bot.example/tg" in says) == ("warning", True)


async def test_a_webhook_that_fails_is_a_warning_with_telegrams_words() -> None:
    async with TelegramWebhook() as bench:
        assert wrong(await findings(bench)) == []
        bench.inlet.fail(1)
        await bench.writes("豆腐馊了")
        await bench.settled()
        ((state, says),) = wrong(await findings(bench))
        assert (state, "503" in says) == ("warning", True)


@pytest.mark.parametrize("method", ["getme", "getwebhookinfo", "getchatmember"])
async def test_an_outage_in_the_midst_is_an_error(bench: TelegramPolling, method: str) -> None:
    bench.telegram.broken = {method: Break.BAD_GATEWAY}
    ((state, says),) = wrong(await findings(bench, groups=(str(GROUP),)))
    assert (state, "代理" in says) == ("error", True)


WORDS = "豆腐馊了，电话13800000000"


async def test_neither_token_nor_words_are_logged(
    bench: TelegramPolling, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await bench.leave()
    await bench.come_back()
    bench.inlet.fail(1)
    await bench.writes(WORDS)
    await bench.settled()
    for what in Break:
        bench.telegram.script = {"getupdates": [what]} if what is not Break.HANG_AFTER else {}
        bench.telegram.broken = {"sendmessage": what}
        with pytest.raises(ChannelError):
            await bench.channel.send(bench.person("customer2"), Outgoing(text=WORDS))
        bench.clock.advance_to(bench.clock.now() + timedelta(minutes=1))
    await bench.writes("再来一条")
    await bench.settled()
    assert caplog.records
    for record in caplog.records:
        line = f"{record.getMessage()} {record.__dict__}"
        assert bench.telegram.token.partition(":")[2] not in line
        assert WORDS not in line
        assert "13800000000" not in line
