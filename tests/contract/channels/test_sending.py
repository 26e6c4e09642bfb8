"""What the desk says reaches people as it was meant, and a failure says what to do next."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.channels.base import Permanent, Sent, Temporary, Uncertain
from bot.domain.messages import Button, Mention, Outgoing
from tests.contract.channels.harness import Fault, Trait, faces, needs

if TYPE_CHECKING:
    from bot.channels.base import Channel
    from bot.domain.messages import Address
    from tests.contract.channels.harness import Harness

SECRET_WORDS = "客户的话不进日志"


def notice(text: str = SECRET_WORDS, **more: object) -> Outgoing:
    return Outgoing(key=f"notice-{text[:20]}", text=text, **more)


@needs(Trait.SENDS)
async def test_a_notice_arrives_and_its_reference_is_the_providers(harness: Harness) -> None:
    sent = await harness.channel.send(harness.person(), notice("已受理：工单 1"))
    (shown,) = await harness.delivered()
    assert sent == Sent(ref=shown.ref)
    assert shown.ref or Trait.NAMES not in harness.traits
    assert (shown.chat, shown.text) == (harness.person().chat, "已受理：工单 1")


@needs(Trait.SENDS)
async def test_notices_keep_their_order_and_their_readers(harness: Harness) -> None:
    people = [harness.person("customer"), harness.person("customer2")]
    for number in range(6):
        await harness.channel.send(people[number % 2], notice(f"第{number}条"))
        harness.clock.advance_to(harness.clock.now() + timedelta(seconds=1))
    shown = await harness.delivered()
    for which, person in enumerate(people):
        texts = [one.text for one in shown if one.chat == person.chat]
        assert texts == [f"第{number}条" for number in range(which, 6, 2)]


LONG = {
    "lines": "".join(f"{number}. 某学校的豆腐有馊味，请尽快处理😡\n" for number in range(700)),
    "no break anywhere": "豆腐" * 6000,
    "emoji of several parts": "👨‍👩‍👧‍👦🇨🇳👍🏽" * 900,
}


@needs(Trait.SENDS)
@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
async def test_a_long_text_arrives_whole(harness: Harness, text: str) -> None:
    sent = await harness.channel.send(harness.person(), notice(text))
    shown = await harness.delivered()
    assert sent.ref == shown[0].ref
    assert _without_blanks("".join(one.text for one in shown)) == _without_blanks(text)


def _without_blanks(text: str) -> str:
    return "".join(text.split())


@needs(Trait.SENDS_TO_GROUPS)
async def test_a_mention_pings_where_the_channel_says_so(harness: Harness) -> None:
    mention = Mention(person="agent1", name="张三😀", user=harness.member())
    await harness.channel.send(harness.group(), notice("新工单 1：豆腐馊了", mentions=(mention,)))
    shown = (await harness.delivered())[-1]
    pinged = (harness.member(),) if harness.channel.capabilities.mention else ()
    assert shown.mentions == pinged
    assert "新工单 1：豆腐馊了" in shown.text


@needs(Trait.SENDS_TO_GROUPS)
async def test_buttons_are_shown_where_the_channel_says_so(harness: Harness) -> None:
    rows = ((Button(label="接单", action="take:1"), Button(label="转派", action="pass:1")),)
    await harness.channel.send(harness.group(), notice("新工单 1", buttons=rows))
    shown = (await harness.delivered())[-1]
    offered = (("接单", "take:1"), ("转派", "pass:1")) if harness.channel.capabilities.buttons else ()
    assert shown.buttons == offered


@needs(Trait.REPLACES)
async def test_an_earlier_notice_can_be_replaced(harness: Harness) -> None:
    assert harness.channel.capabilities.edit
    first = await harness.channel.send(harness.person(), notice("待接单"))
    await harness.channel.send(harness.person(), notice("张三已接单", edit=first.ref))
    shown = (await harness.delivered())[-1]
    assert (shown.text, shown.replaces) == ("张三已接单", first.ref)


async def fails(channel: Channel, to: Address) -> Exception:
    """What `send` raises; never with the words of the notice in it."""
    with pytest.raises((Temporary, Permanent, Uncertain)) as caught:
        await channel.send(to, notice())
    assert SECRET_WORDS not in str(caught.value)
    assert len(str(caught.value)) > 10
    return caught.value


@faces(Fault.FLOODED)
async def test_a_flood_is_temporary_and_says_for_how_long(harness: Harness) -> None:
    address = await harness.stage(Fault.FLOODED)
    error = await fails(harness.channel, address)
    assert isinstance(error, Temporary)
    assert error.retry_after
    assert error.retry_after > 0
    harness.clock.advance_to(harness.clock.now() + timedelta(seconds=error.retry_after))
    assert await harness.channel.send(address, notice())


@faces(Fault.DOWN)
async def test_an_outage_is_temporary_and_nothing_is_shown_twice(harness: Harness) -> None:
    address = await harness.stage(Fault.DOWN)
    assert isinstance(await fails(harness.channel, address), Temporary)
    await harness.clear()
    await harness.channel.send(address, notice())
    assert [one.text for one in await harness.delivered()] == [SECRET_WORDS]


@faces(Fault.UNREACHABLE)
async def test_no_connection_is_temporary(harness: Harness) -> None:
    address = await harness.stage(Fault.UNREACHABLE)
    assert isinstance(await fails(harness.channel, address), Temporary)


@faces(Fault.LOST_ANSWER)
async def test_a_lost_answer_is_uncertain_unless_a_repeat_shows_once(harness: Harness) -> None:
    address = await harness.stage(Fault.LOST_ANSWER)
    await _expect_doubt(harness, address)


@faces(Fault.SLOW)
async def test_a_late_answer_is_uncertain_unless_a_repeat_shows_once(harness: Harness) -> None:
    address = await harness.stage(Fault.SLOW)
    await _expect_doubt(harness, address)


async def _expect_doubt(harness: Harness, address: Address) -> None:
    error = await fails(harness.channel, address)
    await harness.clear()
    if harness.channel.capabilities.idempotent:
        assert isinstance(error, Temporary)
        await harness.channel.send(address, notice())
    else:
        assert isinstance(error, Uncertain)
    assert [one.text for one in await harness.delivered()] == [SECRET_WORDS]


@faces(Fault.UNKNOWN_CHAT)
async def test_an_unknown_chat_is_permanent(harness: Harness) -> None:
    address = await harness.stage(Fault.UNKNOWN_CHAT)
    assert isinstance(await fails(harness.channel, address), Permanent)


@faces(Fault.BLOCKED)
async def test_somebody_who_blocked_us_is_permanent(harness: Harness) -> None:
    address = await harness.stage(Fault.BLOCKED)
    assert isinstance(await fails(harness.channel, address), Permanent)
