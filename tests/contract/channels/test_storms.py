"""Floods, outages and slow databases, one after the other and together: nothing is lost, doubled or stuck."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.channels.base import ChannelError, Sent, Temporary
from bot.domain.messages import Outgoing
from tests.contract.channels.harness import Fault, Trait, faces, needs

if TYPE_CHECKING:
    from bot.domain.messages import Address
    from tests.contract.channels.harness import Harness


async def gets_through(harness: Harness, to: Address, notice: Outgoing) -> Sent:
    """Try as delivery does: again after a while, as long as it is told that it may yet work."""
    while True:
        try:
            return await harness.channel.send(to, notice)
        except Temporary as error:
            wait(harness, error.retry_after or 1)
            await asyncio.sleep(0)


def wait(harness: Harness, seconds: float) -> None:
    harness.clock.advance_to(harness.clock.now() + timedelta(seconds=seconds))


@needs(Trait.RECEIVES, Trait.CONFIRMS)
async def test_two_people_write_through_a_database_that_comes_and_goes(harness: Harness) -> None:
    people = ("customer", "customer2")
    for number in range(20):
        harness.inlet.fail(number % 3)
        for person in people:
            await harness.writes(f"{person} {number}", person=person)
    messages = await harness.inlet.has_stored(40)
    await harness.settled()
    assert len(messages) == 40
    for person in people:
        said = [message.text for message in messages if message.text.startswith(f"{person} ")]
        assert said == [f"{person} {number}" for number in range(20)]


@needs(Trait.RECEIVES, Trait.SENDS)
async def test_a_slow_database_holds_up_no_notice(harness: Harness) -> None:
    harness.inlet.hold()
    await harness.writes("豆腐馊了")
    await harness.inlet.was_asked(1)
    await harness.channel.send(harness.person("customer2"), Outgoing(key="n1", text="已处理"))
    assert [one.text for one in await harness.delivered()] == ["已处理"]
    assert harness.inlet.stored == []
    harness.inlet.let_go()
    await harness.inlet.has_stored(1)


@needs(Trait.RECEIVES, Trait.CONFIRMS, Trait.AWAY)
async def test_stopped_before_the_commit_the_message_is_stored_once_afterwards(harness: Harness) -> None:
    harness.inlet.hold()
    await harness.writes("豆腐馊了")
    await harness.inlet.was_asked(1)
    leaving = asyncio.create_task(harness.leave())
    await asyncio.sleep(0)
    harness.inlet.let_go()
    await leaving
    await harness.come_back()
    await harness.settled()
    assert [message.text for message in harness.inlet.stored] == ["豆腐馊了"]


@needs(Trait.RECEIVES, Trait.CONFIRMS, Trait.AWAY)
async def test_restarted_again_and_again_nothing_is_lost_or_doubled(harness: Harness) -> None:
    for number in range(8):
        await harness.writes(f"第{number}句")
        await harness.leave()
        harness.inlet.fail(number % 2)
        await harness.come_back()
    await harness.settled()
    assert [message.text for message in harness.inlet.stored] == [f"第{number}句" for number in range(8)]


@faces(Fault.DOWN)
async def test_after_a_long_outage_the_notice_is_shown_once(harness: Harness) -> None:
    notice = Outgoing(key="n1", text="已受理")
    address = await harness.stage(Fault.DOWN)
    for _ in range(5):
        with pytest.raises(Temporary) as caught:
            await harness.channel.send(address, notice)
        wait(harness, caught.value.retry_after or 1)
    await harness.clear()
    await gets_through(harness, address, notice)
    assert [one.text for one in await harness.delivered()] == ["已受理"]


@needs(Trait.RECEIVES, Trait.AWAY)
@faces(Fault.UNREACHABLE)
async def test_when_the_provider_is_back_both_ways_work_again(harness: Harness) -> None:
    await harness.writes("一")
    await harness.inlet.has_stored(1)
    address = await harness.stage(Fault.UNREACHABLE)
    with pytest.raises(Temporary):
        await harness.channel.send(address, Outgoing(key="n1", text="已受理"))
    await harness.clear()
    await harness.writes("二")
    await harness.inlet.has_stored(2)
    await gets_through(harness, address, Outgoing(key="n1", text="已受理"))
    assert [message.text for message in harness.inlet.stored] == ["一", "二"]
    assert [one.text for one in await harness.delivered()] == ["已受理"]


@needs(Trait.SENDS)
async def test_no_failure_leaves_the_channel_unusable(harness: Harness) -> None:
    for number, fault in enumerate(sorted(harness.faults)):
        address = await harness.stage(fault)
        with pytest.raises(ChannelError):
            await harness.channel.send(address, Outgoing(key=f"bad{number}", text="失败"))
        await harness.clear()
        await gets_through(
            harness, harness.person("customer2"), Outgoing(key=f"n{number}", text=f"好{number}")
        )
    shown = [one.text for one in await harness.delivered() if one.text.startswith("好")]
    assert shown == [f"好{number}" for number in range(len(harness.faults))]
