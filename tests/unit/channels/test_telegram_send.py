"""Sending against the stand-in: what interrupts it, what is taken up again, and what each failure means."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot.channels.base import ChannelError, Moved, Permanent, Sent, Temporary, Uncertain
from bot.channels.telegram.channel import TelegramChannel
from bot.domain.messages import Address, Button, Media, Outgoing
from tests.contract.channels.telegram_harness import GROUP, TelegramPolling
from tests.standins.telegram import Break
from tests.standins.telegram_world import Chat, Person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

THREE_PARTS = "甲" * 4096 + "乙" * 4096 + "丙"
OWN_TOPIC = 7


@pytest_asyncio.fixture
async def bench() -> AsyncIterator[TelegramPolling]:
    async with TelegramPolling() as running:
        yield running


def shown(bench: TelegramPolling) -> list[str]:
    """The first character of each message that people got."""
    return [one.get("text", "")[:1] for one in bench.telegram.shown]


def calls(bench: TelegramPolling, method: str) -> int:
    return sum(1 for name, _ in bench.telegram.calls if name == method)


async def failure(bench: TelegramPolling, to: Address, message: Outgoing) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await bench.channel.send(to, message)
    return caught.value


def forward(bench: TelegramPolling, seconds: float) -> None:
    bench.clock.advance_to(bench.clock.now() + timedelta(seconds=seconds))


MEANING = {
    Break.BAD_GATEWAY: Temporary,
    Break.SERVER_ERROR: Temporary,
    Break.FLOOD: Temporary,
    Break.GATEWAY_TIMEOUT: Uncertain,
    Break.DROP_BEFORE: Uncertain,
    Break.DROP_AFTER: Uncertain,
    Break.HANG_AFTER: Uncertain,
    Break.GARBAGE: Uncertain,
}


@pytest.mark.parametrize(("what", "kind"), MEANING.items())
async def test_what_a_broken_network_means(
    bench: TelegramPolling, what: Break, kind: type[ChannelError]
) -> None:
    bench.telegram.broken = {"sendmessage": what}
    assert type(await failure(bench, bench.person(), Outgoing(text="已受理"))) is kind


@pytest.mark.parametrize("what", MEANING)
async def test_replacing_may_always_be_tried_again(bench: TelegramPolling, what: Break) -> None:
    first = await bench.channel.send(bench.person(), Outgoing(text="待接单"))
    bench.telegram.broken = {"editmessagetext": what}
    change = Outgoing(text="张三已接单", edit=first.ref)
    assert type(await failure(bench, bench.person(), change)) is Temporary
    bench.telegram.broken = {}
    forward(bench, 60)
    assert await bench.channel.send(bench.person(), change) == first


@pytest.mark.parametrize("what", [Break.FLOOD, Break.BAD_GATEWAY])
async def test_an_interrupted_notice_goes_on_where_it_stopped(bench: TelegramPolling, what: Break) -> None:
    notice = Outgoing(key="7", text=THREE_PARTS)
    bench.telegram.script = {"sendmessage": [None, what]}
    assert isinstance(await failure(bench, bench.person(), notice), Temporary)
    assert shown(bench) == ["甲"]
    forward(bench, 60)
    sent = await bench.channel.send(bench.person(), notice)
    assert shown(bench) == ["甲", "乙", "丙"]
    assert sent.ref == str(bench.telegram.shown[0]["message_id"])


async def test_two_interrupted_notices_are_not_mixed_up(bench: TelegramPolling) -> None:
    first, second = Outgoing(key="1", text="子" * 5000), Outgoing(key="2", text="丑" * 5000)
    bench.telegram.script = {"sendmessage": [None, Break.BAD_GATEWAY, None, Break.BAD_GATEWAY]}
    for notice in (first, second, second, first):
        forward(bench, 60)
        if bench.telegram.script["sendmessage"]:
            await failure(bench, bench.person(), notice)
        else:
            await bench.channel.send(bench.person(), notice)
    assert shown(bench) == ["子", "丑", "丑", "子"]


async def test_without_a_key_a_notice_of_which_a_part_arrived_is_uncertain(bench: TelegramPolling) -> None:
    bench.telegram.script = {"sendmessage": [None, Break.BAD_GATEWAY]}
    error = await failure(bench, bench.person(), Outgoing(text=THREE_PARTS))
    assert isinstance(error, Uncertain)
    assert "first 1 messages" in str(error)


async def test_after_a_flood_only_that_chat_is_left_alone(bench: TelegramPolling) -> None:
    bench.telegram.script = {"sendmessage": [Break.FLOOD]}
    error = await failure(bench, bench.person(), Outgoing(text="一"))
    assert isinstance(error, Temporary)
    assert error.retry_after == 7
    forward(bench, 3)
    error = await failure(bench, bench.person(), Outgoing(text="一"))
    assert isinstance(error, Temporary)
    assert error.retry_after == 4
    assert calls(bench, "sendmessage") == 1
    await bench.channel.send(bench.person("customer2"), Outgoing(text="二"))
    forward(bench, 4)
    await bench.channel.send(bench.person(), Outgoing(text="三"))
    assert shown(bench) == ["二", "三"]


async def test_the_twenty_first_message_of_a_minute_in_a_group_is_too_many(bench: TelegramPolling) -> None:
    for number in range(20):
        await bench.channel.send(bench.group(), Outgoing(text=f"第{number}条"))
        forward(bench, 1)
    error = await failure(bench, bench.group(), Outgoing(text="太多"))
    assert isinstance(error, Temporary)
    assert error.retry_after == 40


async def test_a_group_that_has_moved(bench: TelegramPolling) -> None:
    old = bench.telegram.found(Chat(-55, "group", "老群"))
    await bench.telegram.migrate(bench.telegram.people[2001], old, -1009)
    error = await failure(bench, Address(channel="telegram", chat="-55", thread="3"), Outgoing(text="x"))
    assert isinstance(error, Moved)
    assert error.new == Address(channel="telegram", chat="-1009", thread="3")


@pytest.mark.parametrize("chat", ["customer", "", "12x", "-1", "٣"])
async def test_a_chat_that_is_none(bench: TelegramPolling, chat: str) -> None:
    error = await failure(bench, Address(channel="telegram", chat=chat), Outgoing(text="x"))
    assert isinstance(error, Permanent)


async def test_removed_from_the_group(bench: TelegramPolling) -> None:
    bench.telegram.chats[GROUP].members = {}
    error = await failure(bench, bench.group(), Outgoing(text="x"))
    assert isinstance(error, Permanent)
    assert "kicked" in str(error)


async def test_somebody_who_never_wrote_to_us(bench: TelegramPolling) -> None:
    bench.telegram.meet(Person(3003, "陌生人", started=False))
    error = await failure(bench, Address(channel="telegram", chat="3003"), Outgoing(text="x"))
    assert isinstance(error, Permanent)


async def test_a_revoked_token_does_not_appear_in_the_failure(bench: TelegramPolling) -> None:
    old, bench.telegram.token = bench.telegram.token, "123456789:AAnewTokenAfterTheOldWasRevoked_01"
    error = await failure(bench, bench.person(), Outgoing(text="x"))
    assert isinstance(error, Permanent)
    assert old not in str(error)
    assert "@BotFather" in str(error)


async def test_a_topic_is_kept(bench: TelegramPolling) -> None:
    bench.telegram.chats[GROUP].topics = {OWN_TOPIC}
    await bench.channel.send(_topic(OWN_TOPIC), Outgoing(text="新工单"))
    assert bench.telegram.shown[0]["message_thread_id"] == OWN_TOPIC


async def test_where_the_topic_was_deleted_the_group_is_told(bench: TelegramPolling) -> None:
    bench.telegram.chats[GROUP].topics = {OWN_TOPIC}
    await bench.channel.send(_topic(OWN_TOPIC + 1), Outgoing(text="新工单"))
    assert "message_thread_id" not in bench.telegram.shown[0]


def _topic(number: int) -> Address:
    return Address(channel="telegram", chat=str(GROUP), thread=str(number))


async def test_an_answer_quotes_what_it_answers_on_its_first_part(bench: TelegramPolling) -> None:
    chat = bench.telegram.chats[GROUP]
    await bench.telegram.write(bench.telegram.people[1001], chat, "豆腐馊了")
    await bench.channel.send(bench.group(), Outgoing(text="长" * 5000, reply_to="1"))
    quoted = [one.get("reply_to_message", {}).get("text") for one in bench.telegram.shown]
    assert quoted == ["豆腐馊了", None]


async def test_an_answer_to_a_deleted_message_arrives_all_the_same(bench: TelegramPolling) -> None:
    await bench.channel.send(bench.group(), Outgoing(text="已处理", reply_to="99"))
    assert shown(bench) == ["已"]


async def test_what_is_replaced_by_the_same_is_well(bench: TelegramPolling) -> None:
    first = await bench.channel.send(bench.person(), Outgoing(text="待接单"))
    assert await bench.channel.send(bench.person(), Outgoing(text="待接单", edit=first.ref)) == first


async def test_a_replaced_notice_loses_its_buttons(bench: TelegramPolling) -> None:
    rows = ((Button(label="接单", action="take:1"),),)
    first = await bench.channel.send(bench.group(), Outgoing(text="待接单", buttons=rows))
    await bench.channel.send(bench.group(), Outgoing(text="张三已接单", edit=first.ref))
    _, change = [asked for name, asked in bench.telegram.calls if name in {"sendmessage", "editmessagetext"}]
    assert "reply_markup" not in change


async def test_replacing_what_is_gone_is_permanent(bench: TelegramPolling) -> None:
    assert isinstance(await failure(bench, bench.person(), Outgoing(text="x", edit="99")), Permanent)


async def test_replacing_by_something_long_goes_on_below(bench: TelegramPolling) -> None:
    first = await bench.channel.send(bench.person(), Outgoing(text="待接单"))
    assert await bench.channel.send(bench.person(), Outgoing(text=THREE_PARTS, edit=first.ref)) == first
    assert shown(bench) == ["待", "甲", "乙", "丙"]


KINDS = [
    ("photo", "photo"),
    ("voice", "voice"),
    ("video", "video"),
    ("file", "document"),
    ("unknown", "document"),
]


@pytest.mark.parametrize(("kind", "sent_as"), KINDS)
async def test_a_stored_attachment_is_sent(
    bench: TelegramPolling, tmp_path: Path, kind: str, sent_as: str
) -> None:
    (tmp_path / "1.bin").write_bytes(b"tofu")
    channel = TelegramChannel(bench.settings(media_dir=str(tmp_path)), clock=bench.clock)
    await channel.send(bench.group(), Outgoing(text="", media=(Media(kind=kind, path="1.bin", text="馊"),)))
    await channel.stop()
    (message,) = bench.telegram.shown
    assert (message["sent_as"], message["caption"]) == (sent_as, "馊")
    assert bench.telegram.files[message["document"]["file_id"]] == b"tofu"


async def test_an_attachment_that_telegram_has_is_sent_by_its_id(bench: TelegramPolling) -> None:
    ref = bench.telegram.store(b"tofu")
    await bench.channel.send(bench.group(), Outgoing(text="图", media=(Media(kind="sticker", ref=ref),)))
    assert [one.get("sent_as") for one in bench.telegram.shown] == [None, "sticker"]


WORDS = {
    "a place": (Media(kind="location", text="31.2,121.5"), "[位置] 31.2,121.5"),
    "a link": (Media(kind="link", ref="https://evil.example/x", text="x"), "[链接] x"),
    "an address instead of an id": (Media(kind="photo", ref="https://evil.example/x.jpg"), "[图片]"),
    "an id of another channel": (Media(kind="photo", ref="MEDIA_ID_OF_WECOM_0123456789"), "[图片]"),
    "what the local channel carries": (Media(kind="photo", ref="data:image/png;base64,AAAA"), "[图片]"),
    "outside of the folder": (Media(kind="file", name="a", path="../secret.bin"), "[文件] a"),
    "an absolute path": (Media(kind="file", path="/etc/hostname"), "[文件]"),
    "a stored one that is gone": (Media(kind="voice", path="missing.bin"), "[语音]"),
    "the folder itself": (Media(kind="file", path="."), "[文件]"),
}


@pytest.mark.parametrize(("media", "words"), WORDS.values(), ids=WORDS)
async def test_what_cannot_be_sent_is_named(
    bench: TelegramPolling, tmp_path: Path, media: Media, words: str
) -> None:
    (tmp_path / "secret.bin").write_bytes(b"secret")
    (tmp_path / "media").mkdir()
    channel = TelegramChannel(bench.settings(media_dir=str(tmp_path / "media")), clock=bench.clock)
    await channel.send(bench.group(), Outgoing(text="请看附件", media=(media,)))
    await channel.stop()
    assert [one.get("text") for one in bench.telegram.shown] == ["请看附件", words]
    assert b"secret" not in bench.telegram.files.values()


async def test_after_stopping_sending_is_temporary(bench: TelegramPolling) -> None:
    await bench.leave()
    assert isinstance(await failure(bench, bench.person(), Outgoing(text="x")), Temporary)


async def test_many_chats_at_once(bench: TelegramPolling) -> None:
    for number in range(5000, 5025):
        bench.telegram.meet(Person(number, "x"))
    chats = [Address(channel="telegram", chat=str(number)) for number in range(5000, 5025)]
    sent = await asyncio.gather(*(bench.channel.send(chat, Outgoing(text="通知")) for chat in chats))
    assert sent == [Sent(ref="1")] * 25
