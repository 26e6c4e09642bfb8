"""What a follower does reaches the desk in every mode, once, and a forged repeat does not."""

from __future__ import annotations

import asyncio
import random

import pytest

from bot.channels.base import Permanent
from bot.domain.messages import Media
from tests.standins.envelope import sign
from tests.standins.tencent import get, post
from tests.standins.wechat import TOKEN
from tests.unit.channels.wechat_bench import FOLLOWER, HERE, account

OLD_KEY = "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt"


@pytest.mark.parametrize("mode", ["plain", "compatible", "secure", "json"])
async def test_every_mode_brings_the_message(mode: str) -> None:
    async with account(mode) as one:
        assert await one.says(Content="书缺页 <b>&amp;") == (200, "success")
        (message,) = one.inlet.stored
        assert (message.text, message.sender, message.address) == ("书缺页 <b>&amp;", FOLLOWER, HERE)
        assert message.sent_at == one.clock.now()
        assert not message.group


@pytest.mark.parametrize("mode", ["plain", "secure"])
async def test_the_address_is_checked_by_an_echo(mode: str) -> None:
    async with account(mode) as one:
        query = one.provider.caller.query()
        if mode == "secure":
            sealed = one.provider.caller.seal("1616140317555161061")
            query = {**one.provider.caller.query(sealed), "echostr": sealed}
            assert await get(one.url, query) == (200, "1616140317555161061")
        else:
            assert await get(one.url, {**query, "echostr": "4375120948345356249"}) == (
                200,
                "4375120948345356249",
            )


async def test_the_server_checks_a_secure_address_by_a_plain_echo_too() -> None:
    """The admin page sends the check with `signature` only, whatever the mode."""
    async with account("secure") as one:
        query = {**one.provider.caller.query(), "echostr": "4375120948345356249"}
        assert await get(one.url, query) == (200, "4375120948345356249")


async def test_messages_under_the_previous_key_still_open() -> None:
    async with account(
        "secure", aes_key=OLD_KEY, previous_aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    ) as one:
        assert (await one.says())[0] == 200
        assert len(one.inlet.stored) == 1


async def test_three_retries_of_one_message_are_one() -> None:
    async with account() as one:
        fields = one.provider.message(FOLLOWER, "text", Content="豆腐馊了")
        for _ in range(3):
            assert await post(one.url, *one.provider.request(fields)) == (200, "success")
        same = one.provider.request(fields)
        assert await post(one.url, *same) == (200, "success")
        assert await post(one.url, *same) == (200, "success")
        assert len(one.inlet.stored) == 1


async def test_messages_in_any_order_and_doubled_are_stored_once_each_with_their_own_time() -> None:
    async with account() as one:
        requests = []
        for number in range(20):
            one.clock.forward(seconds=1)
            fields = one.provider.message(FOLLOWER, "text", Content=f"第{number}句")
            requests += [one.provider.request(fields), one.provider.request(fields)]
        random.Random(4).shuffle(requests)
        answers = await asyncio.gather(*(post(one.url, *request) for request in requests))
        assert {status for status, _ in answers} == {200}
        said = sorted(one.inlet.stored, key=lambda message: message.sent_at)
        assert [message.text for message in said] == [f"第{number}句" for number in range(20)]


async def test_a_message_that_could_not_be_stored_is_taken_from_its_identical_retry() -> None:
    async with account("plain") as one:
        request = one.provider.request(one.provider.message(FOLLOWER, "text", Content="豆腐馊了"))
        one.inlet.fail()
        assert (await post(one.url, *request))[0] >= 500
        assert await post(one.url, *request) == (200, "success")
        assert len(one.inlet.stored) == 1


@pytest.mark.parametrize("restarted", [False, True])
async def test_an_overheard_plain_signature_carries_no_other_message(restarted: bool) -> None:
    async with account("plain") as one:
        query, body = one.provider.request(one.provider.message(FOLLOWER, "text", Content="豆腐馊了"))
        assert (await post(one.url, query, body))[0] == 200
        if restarted:
            await one.restart()
        forged = body.replace("豆腐馊了".encode(), "全部退款".encode()).replace(b"<MsgId>6", b"<MsgId>7")
        assert (await post(one.url, query, forged))[0] == 403
        assert [message.text for message in one.inlet.stored] == ["豆腐馊了"]
        assert one.inlet.counts["wechat.nonce_reused"] == 1
        assert (await post(one.url, query, body))[0] == 200


async def test_an_overheard_request_is_stale_after_five_minutes() -> None:
    async with account() as one:
        request = one.provider.request(one.provider.message(FOLLOWER, "text", Content="豆腐馊了"))
        one.clock.forward(seconds=299)
        assert (await post(one.url, *request))[0] == 200
        one.clock.forward(seconds=2)
        assert (await post(one.url, *request))[0] == 403
        assert one.inlet.counts["wechat.stale"] == 1


async def test_in_secure_mode_a_plain_message_is_refused_even_if_signed() -> None:
    async with account("secure") as one:
        body = b"<xml><FromUserName>x</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType></xml>"
        assert (await post(one.url, one.provider.caller.query(), body))[0] == 400
        assert one.inlet.stored == []


async def test_in_compatible_mode_the_sealed_part_counts() -> None:
    async with account("compatible") as one:
        query, body = one.provider.request(one.provider.message(FOLLOWER, "text", Content="豆腐馊了"))
        body = body.replace(b"<Content><![CDATA[" + "豆腐馊了".encode(), b"<Content><![CDATA[forged", 1)
        assert (await post(one.url, query, body))[0] == 200
        assert one.inlet.stored[0].text == "豆腐馊了"


EVENTS = {
    "follow": ({"Event": "subscribe"}, "welcome", {"event": "subscribe"}, ""),
    "follow by an entry": (
        {"Event": "subscribe", "EventKey": "qrscene_contract-7", "Ticket": "T"},
        "welcome",
        {"event": "subscribe_scan", "scene": "contract-7"},
        "",
    ),
    "scan": (
        {"Event": "SCAN", "EventKey": "contract-7"},
        "welcome",
        {"event": "scan", "scene": "contract-7"},
        "",
    ),
    "menu": ({"Event": "CLICK", "EventKey": "progress"}, "button", {}, "progress"),
    "leave": ({"Event": "unsubscribe"}, "left", {}, ""),
}


@pytest.mark.parametrize("case", EVENTS.values(), ids=EVENTS)
async def test_events(case: tuple[dict[str, str], str, dict[str, str], str]) -> None:
    fields, kind, data, button = case
    async with account() as one:
        assert (await one.says("event", **fields))[0] == 200
        (message,) = one.inlet.stored
        assert (message.kind, message.data, message.button) == (kind, data, button)


async def test_a_template_that_did_not_arrive_is_told() -> None:
    async with account() as one:
        await one.says("event", Event="TEMPLATESENDJOBFINISH", MsgID=200163836, Status="failed:user block")
        (message,) = one.inlet.stored
        assert (message.kind, message.data["why"]) == ("send_failed", "failed:user block")
        assert message.data["ref"] == "200163836"


async def test_the_same_event_twice_is_one_and_two_events_in_a_second_are_two() -> None:
    async with account() as one:
        for event in ("CLICK", "CLICK", "VIEW"):
            await one.says("event", Event=event, EventKey="k")
        assert len(one.inlet.stored) == 2


MESSAGES = {
    "picture": ("image", {"MediaId": "m1", "PicUrl": "http://x/"}, Media(kind="photo", ref="m1"), ""),
    "voice": (
        "voice",
        {"MediaId": "m2", "Format": "amr", "Recognition": "豆腐馊了"},
        Media(kind="voice", ref="m2", mime="audio/amr", text="豆腐馊了"),
        "豆腐馊了",
    ),
    "video": ("shortvideo", {"MediaId": "m3", "ThumbMediaId": "t"}, Media(kind="video", ref="m3"), ""),
    "place": (
        "location",
        {"Location_X": "23.1", "Location_Y": "113.3", "Scale": 20, "Label": "第一中学"},
        Media(kind="location", text="第一中学 (23.1,113.3)"),
        "",
    ),
    "link": (
        "link",
        {"Title": "照片", "Description": "缺页", "Url": "http://x/1"},
        Media(kind="link", name="照片", text="缺页 http://x/1"),
        "",
    ),
    "something new": ("hologram", {"Hologram": "h"}, Media(kind="unknown", name="hologram"), ""),
}


@pytest.mark.parametrize("case", MESSAGES.values(), ids=MESSAGES)
async def test_attachments(case: tuple[str, dict[str, object], Media, str]) -> None:
    kind, fields, media, text = case
    async with account() as one:
        assert (await one.says(kind, **fields))[0] == 200
        (message,) = one.inlet.stored
        assert (message.media, message.text) == ((media,), text)


async def test_a_picture_is_fetched_and_a_missing_one_is_permanent() -> None:
    async with account(media_limit=1000) as one:
        one.provider.media = {"m1": b"\xff\xd8" + b"x" * 900, "big": b"x" * 1001}
        assert await one.channel.fetch(Media(kind="photo", ref="m1")) == one.provider.media["m1"]
        for ref in ("big", "gone"):
            with pytest.raises(Permanent):
                await one.channel.fetch(Media(kind="photo", ref=ref))


async def test_a_signature_in_another_alphabet_is_refused() -> None:
    async with account("plain") as one:
        query, body = one.provider.request(one.provider.message(FOLLOWER, "text", Content="x"))
        assert (await post(one.url, {**query, "signature": "签名"}, body))[0] == 403
        assert (await post(one.url, {**query, "nonce": "另外"}, body))[0] == 403
        again = {**query, "nonce": "随机", "signature": sign(TOKEN, query["timestamp"], "随机")}
        assert (await post(one.url, again, body))[0] == 200


@pytest.mark.parametrize("mode", ["plain", "secure"])
async def test_check_calls_the_callback_from_outside(mode: str) -> None:
    async with account(mode) as one:
        found = []
        for settings in (
            {"public_url": one.url},
            {"public_url": f"{one.server.url}/elsewhere"},
            {"public_url": one.url, "token": "another"},
        ):
            asking = one.built(**settings)
            found.append((await asking.check())[1])
            await asking.stop()
        good, nowhere, other = found
        assert (good.state, good.todo) == ("ok", "")
        assert (nowhere.state, "404" in nowhere.says, "反向代理" in nowhere.todo) == ("error", True, True)
        assert (other.state, "bad_signature" in other.says) == ("error", True)
