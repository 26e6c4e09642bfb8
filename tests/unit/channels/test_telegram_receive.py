"""Receiving against the stand-in: what polling and the webhook survive, and who may receive."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio

from bot.channels.base import Permanent, Temporary
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.telegram.webhook import HEADER
from bot.domain.messages import Media
from tests.contract.channels.telegram_harness import TelegramPolling, TelegramWebhook
from tests.standins.telegram import Break
from tests.unit.channels.watched import WatchedClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

OFFSET = "telegram:default:offset"


@pytest_asyncio.fixture
async def polling() -> AsyncIterator[TelegramPolling]:
    async with TelegramPolling() as running:
        yield running


@pytest_asyncio.fixture
async def webhook() -> AsyncIterator[TelegramWebhook]:
    async with TelegramWebhook() as running:
        yield running


def calls(bench: TelegramPolling, method: str) -> list[dict[str, str]]:
    return [asked for name, asked in bench.telegram.calls if name == method]


def texts(bench: TelegramPolling) -> list[str]:
    return [message.text for message in bench.inlet.stored]


OUTAGES = [
    Break.BAD_GATEWAY,
    Break.SERVER_ERROR,
    Break.GATEWAY_TIMEOUT,
    Break.DROP_BEFORE,
    Break.GARBAGE,
    Break.FLOOD,
]


@pytest.mark.parametrize("what", OUTAGES)
async def test_polling_goes_on_after_an_outage(polling: TelegramPolling, what: Break) -> None:
    await polling.writes("一")
    await polling.inlet.has_stored(1)
    polling.telegram.script = {"getupdates": [what] * 5}
    await polling.writes("二")
    await polling.inlet.has_stored(2)
    await polling.settled()
    assert texts(polling) == ["一", "二"]
    assert polling.inlet.counts["telegram.polling_failed"] == 5


async def test_polling_goes_on_after_telegram_was_away(polling: TelegramPolling) -> None:
    await polling.writes("一")
    await polling.inlet.has_stored(1)
    await polling.telegram.stop()
    await polling.telegram.start()
    await polling.writes("二")
    await polling.inlet.has_stored(2)
    assert texts(polling) == ["一", "二"]


async def test_the_pauses_between_failures_grow_to_half_a_minute(polling: TelegramPolling) -> None:
    await polling.writes("一")
    await polling.inlet.has_stored(1)
    began = polling.clock.now()
    polling.telegram.script = {"getupdates": [Break.BAD_GATEWAY] * 7}
    await polling.writes("二")
    await polling.inlet.has_stored(2)
    assert polling.clock.now() - began == timedelta(seconds=1 + 2 + 4 + 8 + 16 + 30 + 30)


async def test_a_flood_is_waited_out(polling: TelegramPolling) -> None:
    await polling.writes("一")
    await polling.inlet.has_stored(1)
    began = polling.clock.now()
    polling.telegram.script = {"getupdates": [Break.FLOOD]}
    await polling.writes("二")
    await polling.inlet.has_stored(2)
    assert polling.clock.now() - began == timedelta(seconds=7)


async def test_it_starts_while_telegram_is_away(polling: TelegramPolling) -> None:
    await polling.leave()
    polling.telegram.script = {"getme": [Break.BAD_GATEWAY] * 3, "deletewebhook": [Break.DROP_BEFORE] * 3}
    await polling.come_back()
    await polling.writes("豆腐馊了")
    await polling.inlet.has_stored(1)
    assert polling.inlet.counts["telegram.start_failed"] == 6
    assert polling.inlet.state["telegram:default:username"] == "yingnuo_bot"


async def test_the_offset_is_stored_with_the_messages_and_survives(polling: TelegramPolling) -> None:
    handle = await polling.writes("一")
    await polling.settled()
    assert polling.inlet.state[OFFSET].endswith(f"/{int(handle) + 1}")
    await polling.leave()
    polling.telegram.calls.clear()
    await polling.come_back()
    await polling.writes("二")
    await polling.inlet.has_stored(2)
    assert calls(polling, "getupdates")[0]["offset"] == str(int(handle) + 1)


@pytest.mark.parametrize(
    "stored", ["555@http://elsewhere/900000000", "123456789@http://elsewhere/900000000", "x", ""]
)
async def test_the_offset_of_another_bot_or_server_is_not_used(polling: TelegramPolling, stored: str) -> None:
    await polling.leave()
    polling.inlet.state[OFFSET] = stored
    polling.telegram.calls.clear()
    await polling.come_back()
    await polling.writes("豆腐馊了")
    await polling.inlet.has_stored(1)
    assert calls(polling, "getupdates")[0]["offset"] == "0"


async def test_numbers_that_start_anew_lower_down_are_followed(polling: TelegramPolling) -> None:
    await polling.writes("一")
    await polling.settled()
    polling.telegram.updates.next_id = 5000
    await polling.writes("二")
    await polling.writes("三")
    await polling.settled()
    await polling.inlet.has_stored(3)
    assert texts(polling) == ["一", "二", "三"]
    assert polling.inlet.state[OFFSET].endswith("/5002")


async def test_a_long_queue_comes_in_whole(polling: TelegramPolling) -> None:
    await polling.leave()
    for number in range(250):
        await polling.writes(str(number))
    await polling.come_back()
    await polling.settled()
    assert texts(polling) == [str(number) for number in range(250)]
    assert [len(attempt) for attempt in polling.inlet.attempts] == [100, 100, 50]


async def test_an_update_that_cannot_be_read_holds_up_no_other(polling: TelegramPolling) -> None:
    await polling.telegram.updates.push("message", {"message_id": "?"})
    await polling.telegram.updates.push("callback_query", {"nonsense": 1})
    await polling.writes("豆腐馊了")
    await polling.settled()
    assert texts(polling) == ["豆腐馊了"]


async def test_only_one_of_two_processes_polls_and_the_other_takes_over() -> None:
    clock = WatchedClock()
    async with TelegramPolling(clock) as bench:
        await bench.writes("一")
        await bench.settled()
        second = TelegramChannel(bench.settings(), clock=clock)
        await second.start(bench.inlet)
        before = bench.telegram.polls
        waiting = asyncio.create_task(second.run())
        await clock.somebody_waits(1)
        assert bench.telegram.polls == before
        await bench.leave()
        await bench.writes("二")
        clock.forward(seconds=5)
        await bench.inlet.has_stored(2)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        await second.stop()
    assert texts(bench) == ["一", "二"]
    assert bench.inlet.counts["telegram.polling_failed"] == 0


LEASE = "telegram:default:polling"


def leave_behind(bench: TelegramPolling, holder: str, seconds: float) -> None:
    """Let that process have had the lease when it was killed."""
    bench.inlet._leases[LEASE] = (holder, bench.clock.now() + timedelta(seconds=seconds))
    bench.inlet.state[f"{LEASE}:holder"] = holder


def killed() -> int:
    """The number of a process that runs no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        return process.pid


DEAD = {
    "killed": lambda: f"{platform.node()}:{killed()}:{'0' * 32}:1",
    "restarted in a container, with the same number": lambda: f"{platform.node()}:{os.getpid()}:{'0' * 32}:1",
}


@pytest.mark.parametrize("holder", DEAD.values(), ids=DEAD)
async def test_after_a_kill_on_this_machine_the_next_process_receives_at_once(
    holder: Callable[[], str],
) -> None:
    clock = WatchedClock()
    async with TelegramPolling(clock) as bench:
        await bench.leave()
        leave_behind(bench, holder(), 60)
        await bench.come_back()
        began = clock.now()
        await bench.writes("一")
        await bench.inlet.has_stored(1)
        assert clock.now() == began


ALIVE = {
    "another machine": "elsewhere:1:00000000000000000000000000000000:1",
    "alive": f"{platform.node()}:{os.getppid()}:00000000000000000000000000000000:1",
    "of another making": "dead",
    "no number": f"{platform.node()}:x:y:1",
    "a number beyond all": f"{platform.node()}:{10**30}:y:1",
}


@pytest.mark.parametrize("holder", ALIVE.values(), ids=ALIVE)
async def test_who_may_be_alive_is_waited_for_until_the_lease_ends(holder: str) -> None:
    clock = WatchedClock()
    async with TelegramPolling(clock) as bench:
        await bench.leave()
        leave_behind(bench, holder, 60)
        await bench.come_back()
        await bench.writes("一")
        for _ in range(12):
            await clock.somebody_waits(1)
            assert bench.inlet.attempts == []
            clock.forward(seconds=5)
        await bench.inlet.has_stored(1)


async def test_the_lease_is_not_renewed_at_each_poll(polling: TelegramPolling) -> None:
    leased = 0
    lease = polling.inlet.lease

    async def counted(key: str, holder: str, seconds: float) -> bool:
        nonlocal leased
        leased += 1
        return await lease(key, holder, seconds)

    polling.inlet.lease = counted
    for number in range(20):
        await polling.writes(str(number))
        await polling.settled()
        polling.clock.advance_to(polling.clock.now() + timedelta(seconds=1))
    assert 1 <= leased <= 3


async def test_a_webhook_left_behind_is_removed_without_losing_its_messages(polling: TelegramPolling) -> None:
    await polling.leave()
    polling.telegram.webhook["url"] = "https://old.example/hook"
    await polling.writes("豆腐馊了")
    await polling.come_back()
    await polling.inlet.has_stored(1)
    assert polling.telegram.webhook["url"] == ""
    assert calls(polling, "deletewebhook")[-1].get("drop_pending_updates", "false") == "false"


async def test_a_webhook_set_behind_our_back_stops_polling_only_as_long_as_it_is_there(
    polling: TelegramPolling,
) -> None:
    await polling.writes("一")
    await polling.settled()
    polling.telegram.webhook["url"] = "https://other.example/hook"
    await polling.writes("二")
    await polling.telegram.was_asked("getupdates", len(calls(polling, "getupdates")) + 5)
    assert texts(polling)[1:] in ([], ["二"])  # the question under way is still answered
    await polling.writes("三")
    polling.telegram.webhook["url"] = ""
    await polling.inlet.has_stored(3)
    assert texts(polling) == ["一", "二", "三"]
    assert polling.inlet.counts["telegram.polling_failed"] >= 3


async def test_only_wanted_updates_are_asked_for(polling: TelegramPolling) -> None:
    await polling.writes("豆腐馊了")
    await polling.settled()
    asked = json.loads(calls(polling, "getupdates")[0]["allowed_updates"])
    assert asked == ["message", "edited_message", "callback_query", "my_chat_member"]


async def test_a_press_is_answered_once_it_is_durable(polling: TelegramPolling) -> None:
    polling.inlet.hold()
    await polling.presses("take:1")
    await polling.inlet.was_asked(1)
    assert list(polling.telegram.queries.values()) == [False]
    polling.inlet.let_go()
    await polling.settled()
    assert list(polling.telegram.queries.values()) == [True]


async def test_a_press_that_cannot_be_answered_holds_up_nothing(polling: TelegramPolling) -> None:
    polling.telegram.broken = {"answercallbackquery": Break.BAD_GATEWAY}
    await polling.presses("take:1")
    await polling.presses("take:2")
    await polling.writes("豆腐馊了")
    await polling.inlet.has_stored(3)
    await polling.settled()
    assert polling.inlet.counts["telegram.press_not_answered"] == 2


async def test_privacy_mode_withholds_what_is_not_meant_for_us(polling: TelegramPolling) -> None:
    polling.telegram.privacy = True
    await polling.writes("豆腐馊了", group=True)
    await polling.writes("@yingnuo_bot 豆腐馊了", group=True)
    await polling.inlet.has_stored(1)
    await polling.settled()
    assert texts(polling) == ["豆腐馊了"]
    assert polling.inlet.stored[0].addressed


@pytest.mark.parametrize("understates", [False, True])
async def test_the_largest_files_are_refused(polling: TelegramPolling, understates: bool) -> None:
    polling.telegram.understates = understates
    small = TelegramChannel(polling.settings(max_file=1000), clock=polling.clock)
    await polling.sends_picture(b"x" * 1001)
    (message,) = await polling.inlet.has_stored(1)
    with pytest.raises(Permanent, match="larger than 1000 bytes"):
        await small.fetch(message.media[0])
    await small.stop()


async def test_more_than_telegram_gives_out_is_permanent(polling: TelegramPolling) -> None:
    await polling.sends_picture(bytes(20 * 1024 * 1024 + 1))
    (message,) = await polling.inlet.has_stored(1)
    with pytest.raises(Permanent, match="too big"):
        await polling.channel.fetch(message.media[0])


@pytest.mark.parametrize("what", [Break.BAD_GATEWAY, Break.DROP_AFTER, Break.FLOOD, Break.GARBAGE])
async def test_an_outage_while_fetching_is_temporary(polling: TelegramPolling, what: Break) -> None:
    await polling.sends_picture(b"tofu")
    (message,) = await polling.inlet.has_stored(1)
    polling.telegram.broken = {"getfile": what}
    with pytest.raises(Temporary):
        await polling.channel.fetch(message.media[0])
    polling.telegram.broken = {}
    assert await polling.channel.fetch(message.media[0]) == b"tofu"


async def test_a_file_that_is_gone_is_permanent(polling: TelegramPolling) -> None:
    await polling.sends_picture(b"tofu")
    (message,) = await polling.inlet.has_stored(1)
    polling.telegram.files.clear()
    with pytest.raises(Permanent):
        await polling.channel.fetch(message.media[0])


async def test_only_files_can_be_fetched(polling: TelegramPolling) -> None:
    with pytest.raises(Permanent, match="location"):
        await polling.channel.fetch(Media(kind="location", text="31.2,121.5"))


# --- webhook ---------------------------------------------------------------------------------------------


async def test_the_webhook_is_registered_with_a_secret(webhook: TelegramWebhook) -> None:
    (asked,) = calls(webhook, "setwebhook")
    settings = webhook.settings()
    assert asked["url"] == settings.webhook_url
    assert asked["secret_token"] == settings.secret
    assert len(settings.secret) == 64
    assert asked.get("drop_pending_updates", "false") == "false"


async def test_a_press_through_the_webhook_is_answered_in_place(webhook: TelegramWebhook) -> None:
    await webhook.presses("take:1")
    await webhook.settled()
    assert list(webhook.telegram.queries.values()) == [True]
    assert len(calls(webhook, "answercallbackquery")) == 1


async def test_the_webhook_waits_for_start(webhook: TelegramWebhook) -> None:
    idle = TelegramChannel(webhook.settings(), clock=webhook.clock)
    webhook.server.answer(idle.routes())
    settings = webhook.settings()
    body = {"update_id": 1}
    async with aiohttp.ClientSession(headers={HEADER: settings.secret}) as session:
        async with session.post(settings.webhook_url, json=body) as answer:
            assert answer.status == 503
        await idle.start(webhook.inlet)
        async with session.post(settings.webhook_url, json=body) as answer:
            assert answer.status == 200
        await idle.stop()
        async with session.post(settings.webhook_url, json=body) as answer:
            assert answer.status == 503


async def test_what_is_not_stored_is_told_to_telegram(webhook: TelegramWebhook) -> None:
    webhook.inlet.fail(2)
    await webhook.writes("豆腐馊了")
    await webhook.settled()
    assert webhook.inlet.counts["telegram.not_stored"] == 2
    assert webhook.telegram.webhook["error"].startswith("Wrong response from the webhook: 503")


async def test_a_large_backlog_of_pushes_keeps_its_order_through_failures(webhook: TelegramWebhook) -> None:
    webhook.inlet.fail(10)
    for number in range(60):
        await webhook.writes(str(number))
    await webhook.settled()
    assert texts(webhook) == [str(number) for number in range(60)]


# --- settings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["with space", "密", "x" * 257, "a\nb"])
def test_a_secret_that_telegram_refuses_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="webhook_secret"):
        TelegramSettings(webhook_secret=secret)


@pytest.mark.parametrize("url", ["", "http://example.com/x", "ftp://example.com"])
def test_a_webhook_address_that_telegram_refuses_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="webhook_url"):
        TelegramSettings(mode="webhook", webhook_url=url)


def test_the_path_of_the_webhook_is_its_address_s_or_ones_own() -> None:
    def path(**more: str) -> str:
        settings = TelegramSettings(mode="webhook", webhook_url="https://bot.example/in/tg", **more)
        (route,) = TelegramChannel(settings, clock=None).routes()
        return route.path

    assert path() == "/in/tg"
    assert path(webhook_path="/tg") == "/tg"


def test_polling_needs_no_route() -> None:
    assert list(TelegramChannel(TelegramSettings(), clock=None).routes()) == []


def test_settings_keep_their_secrets() -> None:
    settings = TelegramSettings(
        token="123:secret", webhook_secret="hidden", proxy="http://me:password@127.0.0.1:1"
    )
    for shown in (repr(settings), str(settings), f"{settings}"):
        assert not any(word in shown for word in ("secret", "hidden", "password"))
