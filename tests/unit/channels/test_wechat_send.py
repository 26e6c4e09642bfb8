"""What the desk says to a follower: in place, inside the window, after it; and the tokens behind it."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from bot.channels.base import Permanent, Temporary, Window
from bot.channels.wechat.settings import TemplateSettings
from bot.domain.messages import Button, Outgoing
from tests.standins.envelope import decrypt
from tests.standins.wechat import AES_KEY, APPID, TEMPLATE, query_sealed
from tests.unit.channels.wechat_bench import FOLLOWER, HERE, Account, account

NOTE = Outgoing(key="k1", text="已受理：工单 1", title="受理通知")
TEMPLATES = TemplateSettings(id=TEMPLATE, fields={"thing1": "{title}", "thing2": "{text}", "time3": "{time}"})


async def follower(one: Account) -> None:
    await one.says()


async def test_five_messages_and_no_sixth() -> None:
    async with account() as one:
        await follower(one)
        for number in range(5):
            await one.channel.send(HERE, Outgoing(key=f"k{number}", text=f"第{number}条"))
        with pytest.raises(Permanent, match="45047"):
            await one.channel.send(HERE, NOTE)
        assert one.channel.capabilities.window == Window(limit=5, seconds=172800, reserve=1)
        assert not one.channel.capabilities.push


async def test_after_48_hours_it_is_too_late() -> None:
    async with account() as one:
        await follower(one)
        one.clock.forward(hours=48, seconds=1)
        with pytest.raises(Permanent, match="45015"):
            await one.channel.send(HERE, NOTE)


async def test_a_new_follower_may_be_greeted_three_times_within_a_minute() -> None:
    async with account() as one:
        await one.says("event", Event="subscribe")
        (message,) = one.inlet.stored
        for number in range(3):
            await one.channel.send(
                HERE, Outgoing(key=f"k{number}", text="您好", reply_token=message.reply_token)
            )
        with pytest.raises(Permanent, match="45015"):
            await one.channel.send(HERE, NOTE)
        assert len(one.provider.shown) == 3


async def test_a_template_says_it_after_the_window() -> None:
    async with account(template=TEMPLATES) as one:
        await follower(one)
        one.clock.forward(hours=49)
        sent = await one.channel.send(
            HERE, Outgoing(key="k", text="您反映的豆腐问题已经处理完毕，请您确认一下")
        )
        assert sent.ref == one.provider.shown[-1]["ref"]
        assert "您反映的豆腐问题已经处理完毕，请您确认…" in one.provider.shown[-1]["text"]
        assert "2026-03-04 18:00" in one.provider.shown[-1]["text"]
        assert one.channel.capabilities.push
        assert one.channel.capabilities.window is None


async def test_a_subscription_message_needs_a_consent_for_each() -> None:
    async with account(template=replace(TEMPLATES, kind="subscribe")) as one:
        await follower(one)
        one.clock.forward(hours=49)
        one.provider.consents[FOLLOWER] = 1
        await one.channel.send(HERE, NOTE)
        with pytest.raises(Permanent, match="43101"):
            await one.channel.send(HERE, NOTE)


async def test_buttons_are_a_menu() -> None:
    async with account() as one:
        await follower(one)
        rows = ((Button(label="撤销", action="cancel:1"),), (Button(label="人工", action="human:1"),))
        await one.channel.send(HERE, Outgoing(key="k", text="请选择", buttons=rows))
        assert one.provider.shown[-1]["buttons"] == [("撤销", "cancel:1"), ("人工", "human:1")]


@pytest.mark.parametrize("mode", ["plain", "compatible", "secure"])
async def test_a_quick_answer_goes_out_in_place(mode: str) -> None:
    async with account(mode, passive_seconds=5) as one:
        asked = asyncio.create_task(one.says())
        await one.inlet.has_stored(1)
        sent = await one.channel.send(HERE, NOTE)
        status, reply = await asked
        if mode != "plain":
            reply = decrypt(AES_KEY, query_sealed(reply.encode()), APPID)
        assert (status, sent.ref) == (200, "")
        assert "<Content><![CDATA[已受理：工单 1]]></Content>" in reply
        assert f"<ToUserName><![CDATA[{FOLLOWER}]]></ToUserName>" in reply
        assert one.provider.calls == []
        assert one.provider.left[FOLLOWER] == 5


async def test_one_callback_takes_one_answer_and_the_rest_is_sent() -> None:
    async with account(passive_seconds=5) as one:
        asked = asyncio.create_task(one.says())
        await one.inlet.has_stored(1)
        await one.channel.send(HERE, NOTE)
        await one.channel.send(HERE, Outgoing(key="k2", text="正在派员"))
        assert "Encrypt" in (await asked)[1]
        assert [shown["text"] for shown in one.provider.shown] == ["正在派员"]


async def test_without_an_answer_the_callback_is_closed_in_time_and_the_answer_is_sent() -> None:
    async with account(passive_seconds=0.01) as one:
        assert await one.says() == (200, "success")
        await one.channel.send(HERE, NOTE)
        assert [shown["text"] for shown in one.provider.shown] == ["已受理：工单 1"]


async def test_an_answer_too_long_for_a_reply_in_place_is_sent() -> None:
    async with account(passive_seconds=5) as one:
        asked = asyncio.create_task(one.says())
        await one.inlet.has_stored(1)
        await one.channel.send(HERE, Outgoing(key="k", text="长" * 700))
        assert await asked == (200, "success")
        assert [len(shown["text"]) for shown in one.provider.shown] == [682, 18]


async def test_words_cannot_break_out_of_the_reply() -> None:
    async with account("plain", passive_seconds=5) as one:
        asked = asyncio.create_task(one.says())
        await one.inlet.has_stored(1)
        await one.channel.send(HERE, Outgoing(text="]]></Content><Evil>x</Evil><!["))
        assert "<Evil>" not in (await asked)[1].replace("]] ></Content><Evil>", "")


async def test_eight_senders_fetch_one_token() -> None:
    async with account() as one:
        await follower(one)
        one.provider.left[FOLLOWER] = 8
        await asyncio.gather(*(one.channel.send(HERE, Outgoing(key=f"k{n}", text=f"{n}")) for n in range(8)))
        assert one.provider.calls.count("/cgi-bin/stable_token") == 1


async def test_a_token_that_was_voided_is_fetched_once_more_and_the_message_goes_out() -> None:
    async with account() as one:
        await follower(one)
        await one.channel.send(HERE, NOTE)
        one.provider.tokens.void()
        await one.channel.send(HERE, Outgoing(key="k2", text="二"))
        assert len(one.provider.shown) == 2
        assert one.provider.calls.count("/cgi-bin/stable_token") == 2


async def test_a_token_that_is_refused_although_the_server_still_gives_it_is_forced() -> None:
    async with account() as one:
        await follower(one)
        await one.channel.send(HERE, NOTE)
        good = one.provider.tokens.trouble
        first = one.provider.tokens.good()
        one.provider.tokens.trouble = lambda token: 40001 if token == first else good(token)
        await one.channel.send(HERE, Outgoing(key="k2", text="二"))
        assert len(one.provider.shown) == 2


async def test_a_credential_that_stays_refused_is_tried_once_and_no_more() -> None:
    async with account() as one:
        await follower(one)
        one.provider.tokens.trouble = lambda _token: 40001
        with pytest.raises(Permanent, match="40001"):
            await one.channel.send(HERE, NOTE)
        assert one.provider.calls.count("/cgi-bin/message/custom/send") == 2


async def test_check_names_a_wrong_secret_and_an_address_that_is_not_trusted() -> None:
    async with account() as one:
        other = one.built(secret="wrong")
        (finding,) = await other.check()
        assert (finding.state, "40125" in finding.says, "AppSecret" in finding.todo) == ("error", True, True)
        await other.stop()
        one.provider.tokens.trouble = lambda _token: 40164
        (finding,) = await one.channel.check()
        assert (finding.state, "IP 白名单" in finding.todo) == ("error", True)


async def test_check_finds_that_an_account_may_not_write_to_its_followers() -> None:
    async with account() as one:
        assert [found.state for found in await one.channel.check()] == ["ok"]
        one.provider.certified = False
        (finding,) = await one.channel.check()
        assert (finding.state, "48001" in finding.says, "接口权限" in finding.todo) == ("error", True, True)
        assert one.provider.shown == []


async def test_an_entry_comes_back_as_the_scene() -> None:
    async with account() as one:
        entry = await one.channel.entry("contract-7")
        assert entry.png.startswith(b"\x89PNG")
        scene = one.provider.scenes[entry.link]
        await one.says("event", Event="SCAN", EventKey=scene)
        assert one.inlet.stored[0].data["scene"] == "contract-7"
        with pytest.raises(ValueError, match="64"):
            await one.channel.entry("")


async def test_a_token_server_that_is_down_is_temporary() -> None:
    async with account() as one:
        await follower(one)
        one.provider.faults.set("down")
        with pytest.raises(Temporary):
            await one.channel.send(HERE, NOTE)


async def test_secrets_are_not_printed() -> None:
    one = Account()
    shown = repr(one.built()._settings)
    assert "mp-secret" not in shown
    assert "spamtest" not in shown
    assert "appid='wx2c2769f8efd9abc2'" in shown
