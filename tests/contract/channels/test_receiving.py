"""What people write reaches the desk once, unchanged, in order, and durable before it is confirmed."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import pytest

from tests.contract.channels.harness import Trait, needs

if TYPE_CHECKING:
    from tests.contract.channels.harness import Harness

WORDS = {
    "a complaint": "今天送的豆腐有馊味，20斤，早饭没法做了",
    "only emoji": "😡👨‍👩‍👧‍👦🇨🇳",
    "lines and tabs": "第一行\n第二行\t价格<3元 & \"引号\" 'x'",
    "right to left and zero width": "订单\u202e12\u200b3",
    "the longest of Telegram": "坏" * 4096,
    "a number": "42",
    "JSON": '{"text": "x"}',
}


@needs(Trait.RECEIVES)
@pytest.mark.parametrize("text", WORDS.values(), ids=WORDS)
async def test_the_words_arrive_unchanged(harness: Harness, text: str) -> None:
    await harness.writes(text)
    (message,) = await harness.inlet.has_stored(1)
    assert (message.text, message.kind, message.media) == (text, "message", ())


@needs(Trait.RECEIVES)
async def test_a_message_says_whose_it_is_and_where_to_answer(harness: Harness) -> None:
    await harness.writes("书缺页")
    (message,) = await harness.inlet.has_stored(1)
    assert message.provider_id
    assert message.sender
    assert message.sent_at.tzinfo == UTC
    assert (message.address.channel, message.address.account) == (
        harness.channel.name,
        harness.channel.account,
    )
    assert message.address.key == harness.person().key
    assert (message.group, message.addressed) == (False, True)


@needs(Trait.RECEIVES, Trait.CONFIRMS)
async def test_nothing_is_confirmed_before_it_is_durable(harness: Harness) -> None:
    harness.inlet.hold()
    handle = await harness.writes("豆腐馊了")
    await harness.inlet.was_asked(1)
    assert not harness.confirmed(handle)
    harness.inlet.let_go()
    await harness.settled()
    assert harness.confirmed(handle)
    assert len(harness.inlet.stored) == 1


@needs(Trait.RECEIVES, Trait.CONFIRMS)
async def test_what_could_not_be_stored_comes_again_and_is_stored_once(harness: Harness) -> None:
    harness.inlet.fail(3)
    handle = await harness.writes("豆腐馊了")
    await harness.settled()
    assert harness.confirmed(handle)
    assert [message.text for message in harness.inlet.stored] == ["豆腐馊了"]
    assert len(harness.inlet.attempts) >= 4
    assert len({message.provider_id for attempt in harness.inlet.attempts for message in attempt}) == 1


@needs(Trait.RECEIVES, Trait.REPEATS)
async def test_a_repeat_bears_the_same_id(harness: Harness) -> None:
    handle = await harness.writes("豆腐馊了")
    await harness.inlet.has_stored(1)
    await harness.repeats(handle)
    await harness.inlet.was_asked(2)
    await harness.settled()
    assert len(harness.inlet.stored) == 1
    first, second = harness.inlet.attempts
    assert first[0].provider_id == second[0].provider_id


@needs(Trait.RECEIVES)
async def test_the_same_words_twice_are_two_messages(harness: Harness) -> None:
    await harness.writes("在吗")
    await harness.writes("在吗")
    messages = await harness.inlet.has_stored(2)
    assert len({message.provider_id for message in messages}) == 2


@needs(Trait.RECEIVES)
async def test_a_conversation_keeps_its_order(harness: Harness) -> None:
    said = [f"第{number}句" for number in range(30)]
    for text in said:
        await harness.writes(text)
    messages = await harness.inlet.has_stored(30)
    assert [message.text for message in messages] == said


@needs(Trait.RECEIVES, Trait.CONFIRMS)
async def test_a_conversation_keeps_its_order_over_a_database_outage(harness: Harness) -> None:
    said = [f"第{number}句" for number in range(10)]
    harness.inlet.fail(5)
    for text in said:
        await harness.writes(text)
    messages = await harness.inlet.has_stored(10)
    assert [message.text for message in messages] == said


@needs(Trait.RECEIVES)
async def test_two_people_are_two_conversations(harness: Harness) -> None:
    await harness.writes("书缺页", person="customer")
    await harness.writes("书破了", person="customer2")
    first, second = await harness.inlet.has_stored(2)
    assert first.sender != second.sender
    assert first.address.key != second.address.key


@needs(Trait.RECEIVES, Trait.AWAY)
async def test_what_is_written_while_we_are_away_is_stored_once_when_we_are_back(harness: Harness) -> None:
    await harness.writes("一")
    await harness.inlet.has_stored(1)
    await harness.leave()
    await harness.writes("二")
    await harness.writes("三")
    await harness.come_back()
    await harness.settled()
    assert [message.text for message in harness.inlet.stored] == ["一", "二", "三"]


@needs(Trait.RECEIVES, Trait.GROUPS)
async def test_a_group_is_known_as_one_and_is_one_conversation(harness: Harness) -> None:
    await harness.writes("馊了", group=True)
    await harness.writes("我这也是", person="customer2", group=True)
    first, second = await harness.inlet.has_stored(2)
    assert first.group
    assert first.address.key == second.address.key == harness.group().key
    assert first.sender != second.sender


@needs(Trait.PICTURES)
async def test_a_picture_can_be_fetched(harness: Harness) -> None:
    data = bytes(range(256)) * 20
    await harness.sends_picture(data, caption="馊豆腐")
    (message,) = await harness.inlet.has_stored(1)
    (picture,) = message.media
    assert (message.text, picture.kind) == ("馊豆腐", "photo")
    assert await harness.channel.fetch(picture) == data


@needs(Trait.PRESSES)
async def test_a_pressed_button_says_which(harness: Harness) -> None:
    await harness.presses("take:12")
    (message,) = await harness.inlet.has_stored(1)
    assert (message.kind, message.button) == ("button", "take:12")


@needs(Trait.EDITS)
async def test_a_changed_message_is_marked_and_names_the_first_one(harness: Harness) -> None:
    handle = await harness.writes("20斤")
    await harness.edits(handle, "30斤")
    first, second = await harness.inlet.has_stored(2)
    assert (second.kind, second.text) == ("edit", "30斤")
    assert second.provider_id != first.provider_id
    assert second.data["message_id"] == first.data["message_id"]
