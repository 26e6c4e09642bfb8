"""The local channel: who may speak, where words go, what is listed, and how a listing waits."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.test_utils import make_mocked_request

from bot.channels.base import Permanent, Temporary
from bot.channels.local.channel import PATH, LocalChannel
from bot.channels.local.guard import objection
from bot.channels.local.sentbox import MemorySentbox
from bot.channels.local.settings import LocalSettings
from bot.clock import DrillClock
from bot.domain.messages import Address, Button, Media, Mention, Outgoing
from tests.contract.channels.inlet import RecordingInlet
from tests.contract.channels.server import Loopback
from tests.standins.movable import START
from tests.unit.channels.watched import WatchedClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CUSTOMER = Address(channel="local", chat="customer")


class Bench:
    """A local channel with default settings behind a real server, on a clock moved by hand."""

    def __init__(self, settings: LocalSettings | None = None) -> None:
        self.clock = WatchedClock()
        self.inlet = RecordingInlet(self.clock)
        self.sentbox = MemorySentbox()
        self.channel = LocalChannel(settings or LocalSettings(), clock=self.clock, sentbox=self.sentbox)
        self.server = Loopback()

    async def open(self) -> None:
        await self.server.listen()
        self.server.answer(self.channel.routes())
        await self.channel.start(self.inlet)
        self.session = aiohttp.ClientSession(self.server.url)

    async def close(self) -> None:
        await self.channel.stop()
        await self.session.close()
        await self.server.close()

    async def post(self, **post: Any) -> dict[str, Any]:
        async with self.session.post(PATH, json=post) as answer:
            return {"status": answer.status} | await answer.json()

    async def list(self, **question: str) -> list[dict[str, Any]]:
        async with self.session.get(PATH, params=question) as answer:
            assert answer.status == 200
            return await answer.json()


@pytest_asyncio.fixture
async def bench() -> AsyncIterator[Bench]:
    running = Bench()
    await running.open()
    yield running
    await running.close()


WHERE = [
    ({"from": "customer"}, "customer", False),
    ({"from": "customer", "chat": "private"}, "customer", False),
    ({"from": "customer", "chat": "staff"}, "staff", True),
    ({"from": "customer", "chat": "某校采购群"}, "某校采购群", True),
    ({"from": "agent1"}, "staff", True),
    ({"from": "supervisor"}, "staff", True),
    ({"from": "supervisor", "chat": "private"}, "supervisor", False),
    ({"from": "agent1", "chat": "agent1"}, "agent1", False),
]


@pytest.mark.parametrize(("post", "chat", "group"), WHERE)
async def test_where_words_go(bench: Bench, post: dict[str, str], chat: str, group: bool) -> None:
    assert (await bench.post(text="豆腐馊了", **post))["status"] == 200
    (message,) = bench.inlet.stored
    assert message.address == Address(channel="local", chat=chat, user=post["from"])
    assert (message.group, message.sender) == (group, post["from"])


MEANT = [
    ({"text": "收到，马上到"}, False),
    ({"text": "接单 1"}, False),
    ({"text": "/take 1"}, True),
    ({"text": "@应诺 接单"}, True),
    ({"text": "已处理", "quote": "3"}, True),
    ({"button": "take:1"}, True),
]


@pytest.mark.parametrize(("post", "addressed"), MEANT)
async def test_what_is_meant_for_us_in_a_group(bench: Bench, post: dict[str, str], addressed: bool) -> None:
    await bench.post(**{"from": "agent1"}, **post)
    assert bench.inlet.stored[0].addressed is addressed


async def test_in_private_everything_is_meant_for_us(bench: Bench) -> None:
    await bench.post(**{"from": "customer", "text": "豆腐馊了"})
    assert bench.inlet.stored[0].addressed


async def test_a_post_without_id_is_given_one_and_one_with_an_id_keeps_it(bench: Bench) -> None:
    first = await bench.post(**{"from": "customer", "text": "豆腐馊了"})
    second = await bench.post(**{"from": "customer", "text": "豆腐馊了"})
    third = await bench.post(**{"from": "customer", "text": "豆腐馊了", "id": "m-1"})
    again = await bench.post(**{"from": "customer", "text": "又说一遍", "id": "m-1"})
    assert third == again == {"status": 200, "id": "m-1"}
    assert [one.provider_id for one in bench.inlet.stored] == [first["id"], second["id"], "m-1"]
    assert first["id"] != second["id"]


async def test_a_press_and_an_edit_name_what_they_are_about(bench: Bench) -> None:
    await bench.post(**{"from": "agent1", "button": "take:1", "quote": "5"})
    await bench.post(**{"from": "customer", "text": "30斤", "edit": "m-1", "id": "m-2", "name": "王老师"})
    press, edit = bench.inlet.stored
    assert (press.kind, press.button, press.quoted_id, press.sender_name) == (
        "button",
        "take:1",
        "5",
        "agent1",
    )
    assert (edit.kind, edit.data, edit.sender_name) == ("edit", {"message_id": "m-1"}, "王老师")


LARGE = "坏" * 100_000


async def test_a_very_long_text_and_a_large_picture_are_taken(bench: Bench) -> None:
    data = bytes(3 * 1024 * 1024)
    picture = {"kind": "photo", "data": base64.b64encode(data).decode(), "mime": "image/jpeg"}
    assert (await bench.post(**{"from": "customer", "text": LARGE, "media": [picture]}))["status"] == 200
    (message,) = bench.inlet.stored
    assert message.text == LARGE
    assert message.media[0].size == len(data)
    assert await bench.channel.fetch(message.media[0]) == data


async def test_a_place_has_no_content(bench: Bench) -> None:
    await bench.post(**{"from": "customer", "media": [{"kind": "location", "text": "31.2,121.5"}]})
    (media,) = bench.inlet.stored[0].media
    assert media == Media(kind="location", text="31.2,121.5")
    with pytest.raises(Permanent):
        await bench.channel.fetch(media)


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "text/plain", "application/json"]
)
async def test_the_content_type_does_not_matter(bench: Bench, content_type: str) -> None:
    body = '{"from": "customer", "text": "豆腐馊了"}'.encode()
    async with bench.session.post(PATH, data=body, headers={"Content-Type": content_type}) as answer:
        assert answer.status == 200


async def test_what_could_not_be_stored_is_not_confirmed(bench: Bench) -> None:
    bench.inlet.fail(1)
    refused = await bench.post(**{"from": "customer", "text": "豆腐馊了", "id": "m-1"})
    assert refused["status"] == 503
    assert "post it again" in refused["error"]
    assert (await bench.post(**{"from": "customer", "text": "豆腐馊了", "id": "m-1"}))["status"] == 200
    assert len(bench.inlet.stored) == 1


async def test_a_refusal_says_what_is_wrong_and_where(bench: Bench) -> None:
    refused = await bench.post(**{"from": "customer", "text": 5})
    assert refused["status"] == 400
    assert "$.text" in refused["error"]
    refused = await bench.post(**{"from": "customer", "words": "x"})
    assert "words" in refused["error"]


async def test_the_listing_shows_all_of_a_notice(bench: Bench) -> None:
    notice = Outgoing(
        title="新工单",
        text="豆腐馊了",
        mentions=(
            Mention(person="agent1", name="张三"),
            Mention(person="agent2", name="李四", user="agent-two"),
        ),
        buttons=((Button(label="接单", action="take:1", style="primary"),),),
        edit="7",
        reply_to="m-1",
        media=(Media(kind="photo", name="a.jpg", path="ab/cd.jpg"),),
    )
    await bench.channel.send(Address(channel="local", chat="staff"), notice)
    assert await bench.list(to="staff") == [
        {
            "id": 1,
            "at": "2026-03-02T09:00:00Z",
            "from": "应诺",
            "to": "staff",
            "text": "豆腐馊了",
            "title": "新工单",
            "mentions": ["agent1", "agent-two"],
            "names": ["张三", "李四"],
            "buttons": [[{"label": "接单", "action": "take:1", "style": "primary"}]],
            "edit": "7",
            "reply_to": "m-1",
            "media": [{"kind": "photo", "name": "a.jpg", "path": "ab/cd.jpg"}],
        }
    ]


async def test_everybody_sees_what_was_sent_to_them_after_what_they_have_seen(bench: Bench) -> None:
    for number, reader in enumerate(("customer", "staff", "customer")):
        await bench.channel.send(Address(channel="local", chat=reader), Outgoing(text=str(number)))
    assert [(one["id"], one["text"]) for one in await bench.list(to="customer")] == [(1, "0"), (3, "2")]
    assert [one["id"] for one in await bench.list(to="customer", after="1")] == [3]
    assert await bench.list(to="customer", after="3") == []
    assert await bench.list(to="nobody") == []


async def test_what_was_sent_survives_a_restart(bench: Bench) -> None:
    await bench.channel.send(CUSTOMER, Outgoing(text="已受理"))
    again = LocalChannel(LocalSettings(), clock=bench.clock, sentbox=bench.sentbox)
    bench.server.answer(again.routes())
    await again.start(bench.inlet)
    await again.send(CUSTOMER, Outgoing(text="已处理"))
    assert [one["text"] for one in await bench.list(to="customer")] == ["已受理", "已处理"]


async def test_a_repeated_key_is_shown_once(bench: Bench) -> None:
    first = await bench.channel.send(CUSTOMER, Outgoing(key="7", text="已受理"))
    assert await bench.channel.send(CUSTOMER, Outgoing(key="7", text="已受理")) == first
    await bench.channel.send(CUSTOMER, Outgoing(text="已受理"))
    await bench.channel.send(CUSTOMER, Outgoing(text="已受理"))
    assert len(await bench.list(to="customer")) == 3


class Broken(MemorySentbox):
    async def append(self, to: str, payload: str, *, key: str = "") -> int:
        raise OSError("disk full")


async def test_what_cannot_be_stored_is_sent_later() -> None:
    channel = LocalChannel(LocalSettings(), clock=DrillClock(START), sentbox=Broken())
    with pytest.raises(Temporary, match="OSError"):
        await channel.send(CUSTOMER, Outgoing(text="已受理"))


async def test_an_address_without_a_chat_is_permanent(bench: Bench) -> None:
    with pytest.raises(Permanent):
        await bench.channel.send(Address(channel="local", chat=""), Outgoing(text="x"))


async def test_a_waiting_listing_returns_as_soon_as_something_is_sent(bench: Bench) -> None:
    listing = asyncio.create_task(bench.list(to="customer", wait="25"))
    other = asyncio.create_task(bench.list(to="staff", wait="25"))
    await bench.clock.somebody_waits(2)
    await bench.channel.send(CUSTOMER, Outgoing(text="已受理"))
    assert [one["text"] for one in await listing] == ["已受理"]
    assert not other.done()
    bench.clock.forward(seconds=25)
    assert await other == []


async def test_a_listing_waits_no_longer_than_asked_and_allowed(bench: Bench) -> None:
    short = asyncio.create_task(bench.list(to="a", wait="5"))
    long = asyncio.create_task(bench.list(to="b", wait="9999"))
    await bench.clock.somebody_waits(2)
    bench.clock.forward(seconds=5)
    assert await short == []
    assert not long.done()
    bench.clock.forward(seconds=20)
    assert await long == []


async def test_stopping_ends_the_waiting(bench: Bench) -> None:
    listing = asyncio.create_task(bench.list(to="a", wait="25"))
    await bench.clock.somebody_waits(1)
    await bench.channel.stop()
    assert await listing == []
    assert (await bench.post(**{"from": "customer", "text": "x"}))["status"] == 503


# --- who may speak ---------------------------------------------------------------------------------------

LOCAL = {"Host": "127.0.0.1:8080"}
GUARD: dict[str, tuple[str, dict[str, str], bool]] = {
    "this machine": ("127.0.0.1", LOCAL, True),
    "this machine by name": ("127.0.0.1", {"Host": "localhost:8080"}, True),
    "this machine by its newer address": ("::1", {"Host": "[::1]:8080"}, True),
    "our own page": ("127.0.0.1", LOCAL | {"Origin": "http://127.0.0.1:8080"}, True),
    "another machine": ("203.0.113.9", LOCAL, False),
    "another machine of the network": ("192.168.1.5", {"Host": "192.168.1.2:8080"}, False),
    "nobody knows": ("", LOCAL, False),
    "a name that points here": ("127.0.0.1", {"Host": "evil.example:8080"}, False),
    "a name that looks like here": ("127.0.0.1", {"Host": "127.0.0.1.evil.example"}, False),
    "a page of another site": ("127.0.0.1", LOCAL | {"Origin": "https://evil.example"}, False),
    "a page of another port": ("127.0.0.1", LOCAL | {"Origin": "http://127.0.0.1:9999"}, False),
    "a page without a site": ("127.0.0.1", LOCAL | {"Origin": "null"}, False),
    "a page of no readable site": ("127.0.0.1", LOCAL | {"Origin": "http://[::1"}, False),
    "a host that is none": ("127.0.0.1", {"Host": "[::1"}, False),
    "what another site's page embeds": (
        "127.0.0.1",
        LOCAL | {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        False,
    ),
    "a link followed from another site": (
        "127.0.0.1",
        LOCAL | {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        True,
    ),
    "through a proxy": ("127.0.0.1", LOCAL | {"X-Forwarded-For": "203.0.113.9"}, False),
    "through another proxy": ("127.0.0.1", LOCAL | {"Forwarded": "for=203.0.113.9"}, False),
}


def refused(remote: str, headers: dict[str, str], settings: LocalSettings) -> bool:
    request = make_mocked_request("POST", PATH, headers=headers).clone(remote=remote)
    return bool(objection(request, settings))


@pytest.mark.parametrize(("remote", "headers", "welcome"), GUARD.values(), ids=GUARD)
def test_only_this_machine_may_speak(remote: str, headers: dict[str, str], welcome: bool) -> None:
    assert refused(remote, headers, LocalSettings()) is not welcome


def test_others_may_speak_where_it_is_set() -> None:
    assert not refused("203.0.113.9", {"Host": "desk.example"}, LocalSettings(remote=True))
    foreign = {"Host": "desk.example", "Origin": "https://evil.example"}
    assert refused("203.0.113.9", foreign, LocalSettings(remote=True))


TOKENS = [
    ("Bearer right", True),
    ("right", True),
    ("Bearer wrong", False),
    ("Bearer", False),
    ("", False),
    ("密", False),
]


@pytest.mark.parametrize(("header", "welcome"), TOKENS)
@pytest.mark.parametrize("remote", [True, False])
def test_where_a_token_is_set_everybody_needs_it(header: str, welcome: bool, remote: bool) -> None:
    settings = LocalSettings(remote=remote, token="right")
    assert refused("127.0.0.1", LOCAL | {"Authorization": header}, settings) is not welcome
    assert refused("127.0.0.1", LOCAL, settings)


@pytest.mark.parametrize(
    ("settings", "state"),
    [
        (LocalSettings(), "ok"),
        (LocalSettings(remote=True, token="right"), "ok"),
        (LocalSettings(remote=True), "warning"),
    ],
)
async def test_check_warns_of_an_open_door(settings: LocalSettings, state: str) -> None:
    channel = LocalChannel(settings, clock=DrillClock(START), sentbox=MemorySentbox())
    (finding,) = await channel.check()
    assert (finding.state, bool(finding.todo)) == (state, state == "warning")
    assert finding.says


def test_the_token_is_not_shown() -> None:
    assert "right" not in repr(LocalSettings(token="right"))
