"""The phones of a drill: what was sent when, and a route that is down."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.channels.base import Capabilities, Permanent, Sent, Temporary
from bot.channels.local.recording import RecordingChannel
from bot.clock import DrillClock
from bot.domain.messages import Address, Incoming, Media, Outgoing
from tests.contract.channels.inlet import RecordingInlet
from tests.standins.movable import START

TO = Address(channel="telegram", chat="staff")


def spoken() -> Incoming:
    return Incoming(provider_id="1", address=TO, sender="customer", sent_at=START, text="豆腐馊了")


async def test_it_records_when_to_whom_and_what() -> None:
    clock = DrillClock(START)
    phone = RecordingChannel("telegram", clock=clock)
    first = await phone.send(TO, Outgoing(text="新工单"))
    clock.advance_to(START + timedelta(minutes=3))
    second = await phone.send(TO, Outgoing(text="新工单"))
    assert (first, second) == (Sent(ref="1"), Sent(ref="2"))
    assert [(one.at, one.to, one.message.text, one.ref) for one in phone.sent] == [
        (START, TO, "新工单", "1"),
        (START + timedelta(minutes=3), TO, "新工单", "2"),
    ]


async def test_while_down_nothing_goes_out_or_comes_in() -> None:
    clock = DrillClock(START)
    inlet = RecordingInlet(clock)
    phone = RecordingChannel("telegram", clock=clock)
    await phone.start(inlet)
    phone.down()
    with pytest.raises(Temporary, match="telegram is down"):
        await phone.send(TO, Outgoing(text="x"))
    with pytest.raises(Temporary):
        await phone.hear(spoken())
    assert (phone.sent, phone.refused, inlet.stored) == ([], 1, [])
    phone.up()
    await phone.send(TO, Outgoing(text="x"))
    await phone.hear(spoken())
    assert (len(phone.sent), len(inlet.stored)) == (1, 1)


async def test_before_and_after_it_hears_nothing() -> None:
    phone = RecordingChannel("local", clock=DrillClock(START))
    with pytest.raises(Temporary):
        await phone.hear(spoken())
    await phone.start(RecordingInlet(DrillClock(START)))
    await phone.run()
    await phone.stop()
    with pytest.raises(Temporary):
        await phone.hear(spoken())


async def test_it_has_the_abilities_it_is_given_and_no_more() -> None:
    poor = Capabilities(mention=False, buttons=False)
    phone = RecordingChannel("wecom_kf", clock=DrillClock(START), account="shop", capabilities=poor)
    assert (phone.name, phone.account, phone.capabilities) == ("wecom_kf", "shop", poor)
    assert list(phone.routes()) == []
    assert list(await phone.check()) == []
    with pytest.raises(Permanent):
        await phone.fetch(Media(kind="photo", name="a.jpg"))
