"""The bridge: the reference client works as documented; groups are told apart; nothing is shown to a listener."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import time
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

from bot.channels.base import Permanent, Temporary
from bot.channels.bridge.channel import BridgeChannel
from bot.channels.bridge.settings import BridgeSettings
from bot.clock import SystemClock
from bot.domain.messages import Address, Media, Mention, Outgoing
from tests.contract.channels.inlet import RecordingInlet
from tests.contract.channels.server import Loopback
from tests.standins.bridge import SECRET, signed
from tests.standins.movable import MovableClock
from tests.standins.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import ModuleType

    from bot.clock import Clock

ROOT = Path(__file__).parents[3]
OLD_SECRET = "the-secret-before-the-last-change"
GROUP = Address(channel="bridge", chat="group-1")
SAID = {
    "id": "m1",
    "group": "group-1",
    "sender": "p1",
    "sender_name": "李妈妈",
    "time": 1772442000,
    "text": "书缺页",
}


def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bridge_client", ROOT / "docs/how-to/bridge_client.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Running:
    """A bridge that is mounted, and hands of a gateway."""

    def __init__(self, clock: Clock, **more: Any) -> None:
        self.clock = clock
        base = BridgeSettings(secret=SECRET, previous_secret=OLD_SECRET, confirm_seconds=5)
        self.channel = BridgeChannel(msgspec.structs.replace(base, **more), clock=clock)
        self.inlet = RecordingInlet(clock)
        self.server = Loopback()

    @property
    def url(self) -> str:
        return f"{self.server.url}/bridge"

    async def post(self, endpoint: str, body: Any, **how: Any) -> tuple[int, Any]:
        raw = json.dumps(body, ensure_ascii=False).encode()
        headers = how.get("headers") or signed(self.clock, raw, how.get("secret", SECRET))
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}/{endpoint}", data=raw, headers=headers) as answer,
        ):
            return answer.status, await answer.json() if answer.status == 200 else await answer.text()


@asynccontextmanager
async def bridge(clock: Clock | None = None, **more: Any) -> AsyncIterator[Running]:
    one = Running(clock or MovableClock(), **more)
    await one.server.listen()
    one.server.answer(one.channel.routes())
    await one.channel.start(one.inlet)
    try:
        yield one
    finally:
        await one.channel.stop()
        await one.server.close()


async def test_the_reference_client_feeds_and_delivers() -> None:
    client = reference()
    shown: list[str] = []

    def send(message: dict[str, Any]) -> str:
        shown.append(message["text"])
        return f"gateway-{len(shown)}"

    async with bridge(SystemClock()) as one:
        assert await asyncio.to_thread(client.feed, one.url, SECRET, [SAID]) == {"stored": 1}
        (message,) = one.inlet.stored
        assert (message.text, message.sender_name) == ("书缺页", "李妈妈")
        await asyncio.to_thread(client.call, f"{one.url}/fetch", SECRET, {})
        serving = asyncio.create_task(asyncio.to_thread(client.deliver, one.url, SECRET, send, {}))
        sent = await one.channel.send(GROUP, Outgoing(key="k1", text="已受理：工单 1"))
        assert (sent.ref, shown) == ("gateway-1", ["已受理：工单 1"])
        one.server.answer(())
        await one.channel.stop()
        with pytest.raises(OSError, match="404"):
            await serving


async def test_the_reference_client_outlives_a_restart_of_the_desk_and_says_what_failed() -> None:
    client = reference()
    client.time = SimpleNamespace(time=time.time, sleep=lambda _seconds: None)
    refused: list[str] = []

    async def starting(request: web.Request) -> web.Response:
        refused.append(request.path)
        return web.Response(status=502)

    def send(message: dict[str, Any]) -> str:
        if "张三" in message["text"]:
            raise RuntimeError("no such member")
        return "gateway-1"

    async with bridge(SystemClock()) as one:
        one.server.answer([web.post("/bridge/fetch", starting)])
        serving = asyncio.create_task(asyncio.to_thread(client.deliver, one.url, SECRET, send, {}))
        await until(lambda: bool(refused))
        one.server.answer(one.channel.routes())
        await until(lambda: not one.channel._absent())
        assert (await one.channel.send(GROUP, Outgoing(key="k1", text="已受理"))).ref == "gateway-1"
        with pytest.raises(Temporary, match="no such member"):
            await one.channel.send(GROUP, Outgoing(key="k2", text="张三已接单"))
        one.server.answer(())
        await one.channel.stop()
        with pytest.raises(OSError, match="404"):
            await serving


def test_the_reference_client_is_as_short_as_promised() -> None:
    lines = (ROOT / "docs/how-to/bridge_client.py").read_text(encoding="utf-8").splitlines()
    code = [line for line in lines if line.strip() and not line.lstrip().startswith(('"""', "#"))]
    assert len(code) <= 30


async def test_a_group_message_says_who_meant_what() -> None:
    more = {
        "group_name": "三年级家长群",
        "staff": True,
        "mentioned": True,
        "media": [{"kind": "photo", "ref": "a/b.jpg", "name": "b.jpg", "size": 5}],
        "quoted": {"id": "m0", "text": "在吗", "sender": "p0"},
    }
    async with bridge() as one:
        assert (await one.post("messages", {"messages": [SAID, SAID | more | {"id": "m2"}]}))[0] == 200
        plain, rich = one.inlet.stored
        assert (plain.group, plain.addressed, plain.address, plain.data) == (True, False, GROUP, {})
        assert (rich.addressed, rich.quoted_id, rich.quoted_text, rich.quoted_sender) == (
            True,
            "m0",
            "在吗",
            "p0",
        )
        assert rich.data == {"by": "staff", "group_name": "三年级家长群"}
        assert rich.media == (Media(kind="photo", ref="a/b.jpg", name="b.jpg", size=5),)


async def test_a_time_in_the_future_is_now_and_an_old_one_is_kept() -> None:
    async with bridge() as one:
        later = one.clock.now().timestamp() + 3600
        await one.post("messages", {"messages": [SAID | {"time": later}, SAID | {"id": "m2"}]})
        first, second = one.inlet.stored
        assert first.sent_at == one.clock.now()
        assert second.sent_at.timestamp() == SAID["time"]


async def test_the_previous_secret_is_still_good_and_another_is_not() -> None:
    async with bridge() as one:
        body = {"messages": [SAID]}
        assert (await one.post("messages", body, secret=OLD_SECRET))[0] == 200
        assert (await one.post("messages", body, secret="x" * 32))[0] == 403
        with pytest.raises(ValueError, match="16"):
            BridgeChannel(BridgeSettings(secret="short"), clock=one.clock)


async def test_a_repeated_feed_is_answered_and_stored_once_and_a_repeated_fetch_is_refused() -> None:
    async with bridge() as one:
        raw = json.dumps({"messages": [SAID]}, ensure_ascii=False).encode()
        headers = signed(one.clock, raw)
        for _ in range(2):
            assert (await one.post("messages", {"messages": [SAID]}, headers=headers))[0] == 200
        assert len(one.inlet.stored) == 1
        headers = signed(one.clock, b"{}")
        assert (await one.post("fetch", {}, headers=headers))[0] == 200
        assert (await one.post("fetch", {}, headers=headers))[0] == 409


async def fetched(one: Running, **body: Any) -> list[dict[str, Any]]:
    status, answer = await one.post("fetch", {"wait": 5, **body})
    assert status == 200
    return answer["messages"]


async def test_what_is_fetched_names_the_people_to_ping() -> None:
    async with bridge() as one:
        await one.post("fetch", {})
        mention = Mention(person="agent1", name="张三", user="zhangsan", phone="13800001111")
        out = Outgoing(key="k", text="请看", mentions=(mention,), reply_to="m1")
        sending = asyncio.create_task(one.channel.send(GROUP, out))
        (message,) = await fetched(one)
        assert message == {
            "key": "k",
            "group": "group-1",
            "person": "",
            "text": "请看",
            "mentions": [{"user": "zhangsan", "name": "张三", "phone": "13800001111"}],
            "quoted_id": "m1",
        }
        await one.post("fetch", {"done": [{"key": "k", "id": "g1"}]})
        assert (await sending).ref == "g1"


async def test_nothing_is_taken_for_sent_before_the_gateway_says_so() -> None:
    async with bridge(confirm_seconds=0.05) as one:
        with pytest.raises(Temporary, match="does not fetch"):
            await one.channel.send(GROUP, Outgoing(key="k", text="x"))
        await one.post("fetch", {})
        sending = asyncio.create_task(one.channel.send(GROUP, Outgoing(key="k", text="x")))
        assert [message["key"] for message in await fetched(one)] == ["k"]
        with pytest.raises(Temporary, match="not confirmed"):
            await sending
        await one.post("fetch", {"done": [{"key": "k", "id": "late"}]})
        assert (await one.channel.send(GROUP, Outgoing(key="k", text="x"))).ref == "late"


async def test_an_unconfirmed_notice_is_given_out_again_under_the_same_key() -> None:
    async with bridge(confirm_seconds=0.05) as one:
        await one.post("fetch", {})
        keys = []
        for _ in range(2):
            sending = asyncio.create_task(one.channel.send(GROUP, Outgoing(key="k", text="x")))
            keys += [message["key"] for message in await fetched(one)]
            with pytest.raises(Temporary):
                await sending
        assert keys == ["k", "k"]


async def test_the_gateways_no_is_passed_on() -> None:
    async with bridge() as one:
        await one.post("fetch", {})
        for word, kind in (({"permanent": True}, Permanent), ({"retry_after": 7}, Temporary)):
            sending = asyncio.create_task(one.channel.send(GROUP, Outgoing(key="k", text="x")))
            await fetched(one)
            await one.post("fetch", {"done": [{"key": "k", "error": "不在群里", **word}]})
            with pytest.raises(kind, match="不在群里") as caught:
                await sending
            if isinstance(caught.value, Temporary):
                assert caught.value.retry_after == 7


async def test_a_gateway_that_stops_fetching_is_noticed() -> None:
    async with bridge() as one:
        assert (await one.channel.check())[0].state == "warning"
        await one.post("fetch", {})
        assert (await one.channel.check())[0].state == "ok"
        assert isinstance(one.clock, MovableClock)
        one.clock.forward(seconds=91)
        assert (await one.channel.check())[0].state == "warning"
        with pytest.raises(Temporary):
            await one.channel.send(GROUP, Outgoing(text="x"))


async def test_stopping_sends_a_waiting_gateway_away() -> None:
    async with bridge() as one:
        waiting = asyncio.create_task(one.post("fetch", {"wait": 25}))
        await until(lambda: one.channel._fetched_at is not None)
        await one.channel.stop()
        assert await waiting == (200, {"messages": []})


async def test_without_a_place_for_files_there_are_none() -> None:
    async with bridge() as one:
        with pytest.raises(Permanent, match="media_base"):
            await one.channel.fetch(Media(kind="photo", ref="x"))
        assert SECRET not in repr(one.channel._settings)
