"""智能机器人: the long connection through kicks, clean closes, stalls and outages; cards in time; quotes."""

from __future__ import annotations

import asyncio
import contextlib
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from bot.channels.base import Permanent, Temporary, Uncertain
from bot.channels.wecom.aibot import AibotChannel
from bot.channels.wecom.aibot_callback import AibotCallbackChannel
from bot.channels.wecom.settings import AibotSettings
from bot.domain.messages import Address, Button, Media, Outgoing
from tests.contract.channels.inlet import RecordingInlet
from tests.contract.channels.server import Loopback
from tests.standins.aibot import AES_KEY, BOT, NAME, SECRET, TOKEN, Aibot
from tests.standins.envelope import decrypt, sign
from tests.standins.movable import MovableClock
from tests.standins.tencent import get, post
from tests.standins.until import calm, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GROUP = "wrStaff"
STAFF = Address(channel="wecom_aibot", chat=GROUP)
NOTE = Outgoing(key="k1", text="工单 1 还没有人接")
ROWS = ((Button(label="接单", action="take:1", style="primary"), Button(label="误报", action="void:1")),)
PATIENCE = 20.0


class Bot:
    """The stand-in, an inlet, and as many replicas as a test wants."""

    def __init__(self) -> None:
        self.clock = MovableClock()
        self.provider = Aibot(self.clock)
        self.inlet = RecordingInlet(self.clock)
        self._replicas: list[tuple[AibotChannel, asyncio.Task[None]]] = []

    def built(self, **more: Any) -> AibotChannel:
        base = AibotSettings(
            bot_id=BOT,
            secret=SECRET,
            bot_name=NAME,
            ws_url=self.provider.ws_url,
            api_base=self.provider.site.url,
        )
        return AibotChannel(msgspec.structs.replace(base, **{"ack": 5, **more}), clock=self.clock)

    async def up(self, *, connected: bool = True, **more: Any) -> AibotChannel:
        channel = self.built(**more)
        await channel.start(self.inlet)
        self._replicas.append((channel, asyncio.create_task(channel.run())))
        if connected:
            await until(lambda: channel.link.up)
        return channel

    async def down(self, channel: AibotChannel) -> None:
        task = next(task for one, task in self._replicas if one is channel)
        self._replicas = [pair for pair in self._replicas if pair[0] is not channel]
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await channel.stop()

    async def down_all(self) -> None:
        for channel, _ in tuple(self._replicas):
            await self.down(channel)

    async def later(self, seconds: float) -> None:
        """Let time pass in steps, so that everything that falls due on the way happens."""
        await calm()
        end = self.clock.now().timestamp() + seconds
        while (now := self.clock.now().timestamp()) < end:
            self.clock.forward(seconds=min(5, end - now))
            await calm(150)

    async def back(self, channel: AibotChannel) -> float:
        """Let time pass until the channel is connected; how many seconds that took."""
        begun = self.clock.now().timestamp()
        while not channel.link.up:
            await self.later(1)
            await calm(200)  # real packets take turns of the loop, not seconds of this clock
        return self.clock.now().timestamp() - begun


@asynccontextmanager
async def bot() -> AsyncIterator[Bot]:
    one = Bot()
    await one.provider.start()
    try:
        async with asyncio.timeout(PATIENCE):
            yield one
    finally:
        await one.down_all()
        await one.provider.stop()


async def test_the_mention_is_taken_off_and_the_quote_is_kept() -> None:
    async with bot() as one:
        await one.up()
        quote = {"msgtype": "text", "text": {"content": "三班的书缺 4 页"}}
        await one.provider.push(one.provider.says("zhangsan", "登记", GROUP, quote=quote))
        (message,) = await one.inlet.has_stored(1)
        assert (message.text, message.quoted_text) == ("登记", "三班的书缺 4 页")
        assert (message.group, message.addressed, message.sender) == (True, True, "zhangsan")
        assert message.address == STAFF


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("@客服 /status", "/status"),
        ("@客服\u2005接单 1", "接单 1"),
        ("接单 1 @客服", "接单 1"),
        ("@RobotA hello", "hello"),
    ],
)
async def test_the_mention_may_stand_anywhere(said: str, text: str) -> None:
    async with bot() as one:
        await one.up()
        body = one.provider.message("zhangsan", GROUP, msgtype="text", text={"content": said})
        await one.provider.push(body)
        (message,) = await one.inlet.has_stored(1)
        assert message.text == text


async def test_a_quoted_picture_comes_along_and_can_be_fetched() -> None:
    async with bot() as one:
        channel = await one.up()
        data = b"\xff\xd8" + bytes(range(250))
        quote = {"msgtype": "image", "image": one.provider.picture(data)}
        await one.provider.push(one.provider.says("zhangsan", "登记", GROUP, quote=quote))
        (message,) = await one.inlet.has_stored(1)
        (picture,) = message.media
        assert (picture.kind, message.data) == ("photo", {"quoted_media": "1"})
        assert await channel.fetch(picture) == data
        with pytest.raises(Permanent):
            await channel.fetch(Media(kind="photo", ref="bad-key " + picture.ref.partition(" ")[2]))
        with pytest.raises(Permanent):
            await channel.fetch(Media(kind="file", ref="k file:///etc/passwd"))


async def test_a_voice_message_is_its_words() -> None:
    async with bot() as one:
        await one.up()
        await one.provider.push(one.provider.message("zhangsan", msgtype="voice", voice={"content": "接单"}))
        (message,) = await one.inlet.has_stored(1)
        assert (message.text, message.media[0].kind) == ("接单", "voice")


async def pressed(one: Bot, task: str, count: int) -> str:
    """Somebody presses 接单 on that card; what the answer must bear."""
    press = one.provider.event("zhangsan", "template_card_event", GROUP, event_key="take:1", task_id=task)
    await one.provider.push(press)
    message = (await one.inlet.has_stored(count))[-1]
    assert (message.kind, message.button, message.quoted_id) == ("button", "take:1", task)
    return message.reply_token


async def test_the_answer_to_a_press_is_written_on_the_card_within_five_seconds_and_said_after() -> None:
    async with bot() as one:
        channel = await one.up()
        one.provider.spoken.add(GROUP)
        card = await channel.send(STAFF, Outgoing(key="k", text="新工单 1", buttons=ROWS))
        for number, seconds in enumerate((4, 6)):
            token = await pressed(one, card.ref, number + 1)
            one.clock.forward(seconds=seconds)
            await channel.send(STAFF, Outgoing(key=f"d{number}", text="张三已接单", reply_token=token))
        assert [shown["replaces"] for shown in one.provider.shown] == ["", card.ref, ""]
        assert [shown["text"] for shown in one.provider.shown] == [
            "新工单 1",
            "新工单 1\n张三已接单",
            "张三已接单",
        ]
        assert one.provider.shown[1]["buttons"] == one.provider.shown[0]["buttons"]


@pytest.mark.parametrize("case", ["a long answer", "a card of before the restart"])
async def test_an_answer_that_the_card_cannot_take_is_said(case: str) -> None:
    async with bot() as one:
        channel = await one.up()
        one.provider.spoken.add(GROUP)
        card = await channel.send(STAFF, Outgoing(key="k", text="新工单 1", buttons=ROWS))
        text = "长" * 113 if case == "a long answer" else "张三已接单"
        token = await pressed(one, card.ref if case == "a long answer" else "T-unknown", 1)
        await channel.send(STAFF, Outgoing(key="d", text=text, reply_token=token))
        assert [shown["replaces"] for shown in one.provider.shown] == ["", ""]
        assert one.provider.shown[-1]["text"] == text


async def test_an_answer_goes_in_place_and_a_late_one_is_pushed() -> None:
    async with bot() as one:
        channel = await one.up()
        for seconds in (1, 601):
            await one.provider.push(one.provider.says("zhangsan", "/status", GROUP))
            message = (await one.inlet.has_stored(1))[-1]
            one.clock.forward(seconds=seconds)
            await channel.send(
                STAFF, Outgoing(key=f"k{seconds}", text="没有待办", reply_token=message.reply_token)
            )
            one.inlet.stored.clear()
        cmds = [
            frame["cmd"] for frame in one.provider.frames if frame["cmd"] not in {"ping", "aibot_subscribe"}
        ]
        assert cmds == ["aibot_respond_msg", "aibot_send_msg"]


async def test_an_answer_whose_callback_is_gone_is_pushed() -> None:
    async with bot() as one:
        channel = await one.up()
        await one.provider.push(one.provider.says("zhangsan", "/status", GROUP))
        (message,) = await one.inlet.has_stored(1)
        one.provider.requests.clear()
        await channel.send(STAFF, Outgoing(key="k", text="没有待办", reply_token=message.reply_token))
        assert [shown["text"] for shown in one.provider.shown] == ["没有待办"]


async def test_a_card_with_a_long_text_and_many_buttons() -> None:
    async with bot() as one:
        channel = await one.up()
        one.provider.spoken.add(GROUP)
        many = tuple((Button(label=f"超过十个字的按钮标签{n}", action=f"a:{n}"),) for n in range(8))
        await channel.send(STAFF, Outgoing(key="k", title="新工单" * 20, text="长" * 113, buttons=many))
        assert [len(shown["buttons"]) for shown in one.provider.shown] == [0, 6, 2]
        assert one.provider.shown[0]["text"] == "长" * 113


async def test_customers_words_ping_nobody() -> None:
    async with bot() as one:
        channel = await one.up()
        one.provider.spoken.add(GROUP)
        await channel.send(STAFF, Outgoing(key="k", text="客户说：<@all> 快来"))
        assert one.provider.shown[0]["text"] == "客户说：＜@all> 快来"


async def test_a_chat_that_never_spoke_says_what_to_do() -> None:
    async with bot() as one:
        channel = await one.up()
        with pytest.raises(Permanent, match="846607"):
            await channel.send(Address(channel="wecom_aibot", chat="wrNew"), NOTE)


async def test_thirty_a_minute_and_chat() -> None:
    async with bot() as one:
        channel = await one.up()
        one.provider.spoken.update({GROUP, "wrOther"})
        for number in range(30):
            await channel.send(STAFF, Outgoing(key=f"k{number}", text=f"{number}"))
        with pytest.raises(Temporary) as caught:
            await channel.send(STAFF, NOTE)
        assert caught.value.retry_after == 60
        await channel.send(Address(channel="wecom_aibot", chat="wrOther"), NOTE)


async def test_the_welcome_is_said_when_the_chat_is_opened() -> None:
    async with bot() as one:
        await one.up(welcome="您好，发 帮助 看用法")
        await one.provider.push(one.provider.event("zhangsan", "enter_chat"))
        (message,) = await one.inlet.has_stored(1)
        await until(lambda: one.provider.shown != [])
        assert (message.kind, message.data) == ("welcome", {"greeted": "true"})
        assert one.provider.shown[0]["text"] == "您好，发 帮助 看用法"


async def test_the_desks_own_welcome_goes_out_as_one_and_in_time_only() -> None:
    async with bot() as one:
        channel = await one.up()
        for seconds in (1, 6):
            await one.provider.push(one.provider.event("zhangsan", "enter_chat"))
            message = (await one.inlet.has_stored(1))[-1]
            assert message.data == {}
            one.clock.forward(seconds=seconds)
            hello = Outgoing(key=f"w{seconds}", text="您好", reply_token=message.reply_token)
            await channel.send(message.address, hello)
            one.inlet.stored.clear()
        cmds = [
            frame["cmd"] for frame in one.provider.frames if frame["cmd"] not in {"ping", "aibot_subscribe"}
        ]
        assert cmds == ["aibot_respond_welcome_msg", "aibot_send_msg"]


async def test_it_pings_every_thirty_seconds() -> None:
    async with bot() as one:
        channel = await one.up()
        await one.later(95)
        first, *rest = [frame["cmd"] for frame in one.provider.frames]
        assert first == "aibot_subscribe"
        assert rest in (["ping"] * 2, ["ping"] * 3)
        assert channel.link.up


@pytest.mark.parametrize("code", [1000, 1001, 1011])
async def test_it_comes_back_after_a_close_however_clean(code: int) -> None:
    async with bot() as one:
        channel = await one.up()
        await one.provider.close(code)
        await until(lambda: not channel.link.up)
        with pytest.raises(Temporary):
            await channel.send(STAFF, NOTE)
        assert await one.back(channel) < 30
        assert one.provider.connections == 2


async def test_it_backs_off_while_the_server_is_away_and_comes_back() -> None:
    async with bot() as one:
        channel = await one.up()
        await one.provider.site.stop()
        await until(lambda: not channel.link.up)
        begun = one.clock.now().timestamp()
        while one.inlet.counts["wecom_aibot.not_connected"] < 6:
            await one.later(1)
            await calm(100)
        assert one.clock.now().timestamp() - begun >= 2 + 4 + 8 + 16 + 32
        await one.provider.start()
        assert await one.back(channel) < 120


async def test_a_connection_that_takes_and_says_nothing_is_given_up() -> None:
    async with bot() as one:
        channel = await one.up(ack=0.05)
        one.provider.deaf = True
        one.clock.forward(seconds=30)
        await until(lambda: not channel.link.up)
        one.provider.deaf = False
        assert await one.back(channel) < 60


async def test_a_group_that_goes_silent_makes_the_connection_be_renewed_once() -> None:
    async with bot() as one:
        channel = await one.up(stall=600)
        for _ in range(5):
            await one.provider.push(one.provider.says("zhangsan", "/status", GROUP))
            await one.provider.push(one.provider.says("lisi", "/status"))
            await one.later(60)
        one.provider.muted.add(GROUP)
        await one.later(700)
        await one.back(channel)
        assert one.inlet.counts["wecom_aibot.stalled"] == 1
        (finding,) = await channel.check()
        assert (finding.state, "@机器人" in finding.todo) == ("warning", True)
        await one.later(2000)
        assert one.inlet.counts["wecom_aibot.stalled"] == 1
        assert one.provider.connections == 2


async def test_a_kick_is_reported_and_answered_with_growing_patience() -> None:
    async with bot() as one:
        channel = await one.up()
        for seconds in (1, 2, 4, 8, 16):
            await one.provider.kick()
            await until(lambda: not channel.link.up)
            (finding,) = await channel.check()
            assert (finding.state, "顶替" in finding.says) == ("error", True)
            assert seconds - 1 <= await one.back(channel) < seconds + 30
        assert one.inlet.counts["wecom_aibot.kicked"] == 5
        assert (await channel.check())[0].state == "ok"


async def test_of_two_replicas_one_connects_and_the_other_takes_over() -> None:
    async with bot() as one:
        first = await one.up()
        second = await one.up(connected=False)
        await one.later(120)
        assert (first.link.up, second.link.up, one.provider.connections) == (True, False, 1)
        assert one.inlet.counts["wecom_aibot.kicked"] == 0
        with pytest.raises(Temporary):
            await second.send(STAFF, NOTE)
        await one.down(first)
        assert await one.back(second) < 65


async def test_a_dead_replicas_lease_runs_out() -> None:
    async with bot() as one:
        await one.inlet.lease("wecom_aibot:default:connection", "a replica that died", 90)
        channel = await one.up(connected=False)
        assert 85 <= await one.back(channel) < 155


async def test_what_comes_during_a_database_outage_waits_and_keeps_its_order() -> None:
    async with bot() as one:
        await one.up()
        one.inlet.fail(3)
        for number in range(4):
            await one.provider.push(one.provider.says("zhangsan", f"{number}", GROUP))
        await one.inlet.was_asked(1)
        await one.later(20)
        messages = await one.inlet.has_stored(4)
        assert [message.text for message in messages] == ["0", "1", "2", "3"]


async def test_what_is_still_in_line_at_the_end_is_stored() -> None:
    async with bot() as one:
        channel = await one.up()
        one.inlet.fail(1)
        for number in range(3):
            await one.provider.push(one.provider.says("zhangsan", f"{number}", GROUP))
        await one.inlet.was_asked(1)
        await calm()
        await one.down(channel)
        assert [message.text for message in one.inlet.stored] == ["0", "1", "2"]


async def test_a_confirmation_that_does_not_come_is_uncertain_and_one_of_another_is_not_taken_for_it() -> (
    None
):
    async with bot() as one:
        channel = await one.up(ack=0.3)
        one.provider.spoken.add(GROUP)
        one.provider.faults.set("slow")
        with pytest.raises(Uncertain):
            await channel.send(STAFF, NOTE)
        one.provider.faults.clear()
        await channel.send(STAFF, Outgoing(key="k2", text="二"))


async def test_frames_that_make_no_sense_are_counted_and_stop_nothing() -> None:
    async with bot() as one:
        await one.up()
        socket = one.provider.current
        assert socket is not None
        for rubbish in (
            "",
            "{",
            "[]",
            '"x"',
            '{"cmd":5}',
            "\x00",
            '{"cmd":"aibot_msg_callback"}',
            '{"errcode":"x"}',
        ):
            await socket.send_str(rubbish)
        await socket.send_bytes(b"\xff\xfe")
        await socket.send_json({"cmd": "aibot_msg_callback", "headers": {}, "body": {"from": [], "msgid": 1}})
        await one.provider.push(one.provider.says("zhangsan", "在", GROUP))
        (message,) = await one.inlet.has_stored(1)
        assert message.text == "在"
        assert one.inlet.counts["wecom_aibot.undecodable"] == 2


async def test_check_tries_the_credential_unless_somebody_is_connected() -> None:
    async with bot() as one:
        other = one.built(secret="wrong")
        (finding,) = await other.check()
        assert (finding.state, "853000" in finding.says, "Secret" in finding.todo) == ("error", True, True)
        (finding,) = await one.built().check()
        assert (finding.state, one.provider.connections) == ("ok", 2)
        await one.up()
        standby = one.built()
        await standby.start(one.inlet)
        (finding,) = await standby.check()
        assert (finding.state, one.provider.connections) == ("ok", 3)


@asynccontextmanager
async def by_callback(**more: Any) -> AsyncIterator[tuple[Bot, AibotCallbackChannel, str]]:
    async with bot() as one:
        server = Loopback()
        await server.listen()
        given = {"passive_seconds": 0.0, **more}
        settings = AibotSettings(
            mode="callback", token=TOKEN, aes_key=AES_KEY, api_base=one.provider.site.url, **given
        )
        channel = AibotCallbackChannel(settings, clock=one.clock)
        server.answer(channel.routes())
        await channel.start(one.inlet)
        yield one, channel, f"{server.url}/wecom/aibot"
        await channel.stop()
        await server.close()


async def test_by_callback_each_message_takes_one_answer_within_the_hour() -> None:
    async with by_callback() as (one, channel, url):
        caller = one.provider.caller
        body = one.provider.callback(one.provider.says("zhangsan", "/status", GROUP))
        assert await caller.deliver(url, "m", caller.json_request(body)) == [200]
        (message,) = one.inlet.stored
        assert message.sent_at == one.clock.now()
        await channel.send(STAFF, Outgoing(text="没有待办", buttons=ROWS))
        assert one.provider.shown[0]["buttons"] == [("接单", "take:1"), ("误报", "void:1")]
        with pytest.raises(Permanent, match="长连接"):
            await channel.send(STAFF, NOTE)
        with pytest.raises(Permanent):
            await channel.send(STAFF, Outgoing(text="x", reply_token=message.reply_token))


async def test_by_callback_nothing_makes_us_call_anybody_else() -> None:
    async with by_callback() as (one, channel, url):
        caller = one.provider.caller
        body = {**one.provider.says("zhangsan", "x", GROUP), "response_url": "http://169.254.169.254/latest/"}
        await caller.deliver(url, "m", caller.json_request(body))
        assert one.inlet.stored[0].reply_token == ""
        with pytest.raises(Permanent):
            await channel.send(STAFF, Outgoing(text="x", reply_token="http://169.254.169.254/latest/"))


async def test_by_callback_the_address_is_checked() -> None:
    async with by_callback() as (one, _, url):
        sealed = one.provider.caller.seal("1288432023552776189")
        query = {**one.provider.caller.query(sealed), "echostr": sealed}
        assert await get(url, query) == (200, "1288432023552776189")
        assert (await get(url, {**query, "msg_signature": "0" * 40}))[0] == 403


async def in_place(one: Bot, url: str, body: dict[str, Any]) -> asyncio.Task[tuple[int, str]]:
    """A callback that waits for its answer."""
    before = len(one.inlet.stored)
    asking = asyncio.create_task(post(url, *one.provider.caller.json_request(body)))
    await one.inlet.has_stored(before + 1)
    return asking


def opened(answer: tuple[int, str]) -> dict[str, Any]:
    """What stands in the reply to a callback, as the provider reads it."""
    assert answer[0] == 200
    sealed = json.loads(answer[1])
    signed = (TOKEN, str(sealed["timestamp"]), sealed["nonce"], sealed["encrypt"])
    assert sign(*signed) == sealed["msgsignature"]
    return dict(json.loads(decrypt(AES_KEY, sealed["encrypt"], "")))


async def test_by_callback_a_quick_answer_goes_in_place_and_leaves_the_later_one() -> None:
    async with by_callback(passive_seconds=5) as (one, channel, url):
        body = one.provider.callback(one.provider.says("zhangsan", "/status", GROUP))
        asking = await in_place(one, url, body)
        token = one.inlet.stored[0].reply_token
        assert (await channel.send(STAFF, Outgoing(text="没有待办", reply_token=token))).spent == 0
        reply = opened(await asking)
        assert (reply["msgtype"], reply["stream"]["finish"]) == ("stream", True)
        assert reply["stream"]["content"] == "没有待办"
        await channel.send(STAFF, Outgoing(text="来了一张新工单"))
        assert [shown["text"] for shown in one.provider.shown] == ["来了一张新工单"]


async def test_by_callback_a_pressed_card_is_drawn_anew_in_place() -> None:
    async with by_callback(passive_seconds=5) as (one, channel, url):
        asked = one.provider.callback(one.provider.says("zhangsan", "/status", GROUP))
        asking = await in_place(one, url, asked)
        shown = Outgoing(text="新工单 1", buttons=ROWS, reply_token=one.inlet.stored[0].reply_token)
        await channel.send(STAFF, shown)
        task = opened(await asking)["template_card"]["task_id"]
        press = one.provider.event("zhangsan", "template_card_event", GROUP, event_key="take:1", task_id=task)
        asking = await in_place(one, url, one.provider.callback(press))
        answer = Outgoing(text="张三已接单", reply_token=one.inlet.stored[1].reply_token)
        await channel.send(STAFF, answer)
        reply = opened(await asking)
        assert reply["response_type"] == "update_template_card"
        assert reply["template_card"]["task_id"] == task
        assert "张三已接单" in reply["template_card"]["sub_title_text"]


async def test_by_callback_an_answer_too_long_for_a_card_lets_the_callback_go() -> None:
    async with by_callback(passive_seconds=60) as (one, channel, url):
        asked = one.provider.callback(one.provider.says("zhangsan", "/status", GROUP))
        asking = await in_place(one, url, asked)
        long = Outgoing(text="长" * 200, buttons=ROWS, reply_token=one.inlet.stored[0].reply_token)
        with pytest.raises(Permanent, match="一次只能"):
            await channel.send(STAFF, long)
        assert await asking == (200, "")


async def test_by_callback_an_answer_that_is_not_quick_goes_by_the_response_url() -> None:
    async with by_callback(passive_seconds=0.01) as (one, channel, url):
        body = one.provider.callback(one.provider.says("zhangsan", "/status", GROUP))
        assert (await (await in_place(one, url, body))) == (200, "")
        token = one.inlet.stored[0].reply_token
        await channel.send(STAFF, Outgoing(text="没有待办", reply_token=token))
        assert [shown["text"] for shown in one.provider.shown] == ["没有待办"]
