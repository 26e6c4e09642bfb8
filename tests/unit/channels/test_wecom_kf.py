"""微信客服: nothing is lost between cursor and database, the five are told when they run out, people take over."""

from __future__ import annotations

import asyncio
import json

import msgspec
import pytest

from bot.channels.base import Permanent, Temporary, Window
from bot.channels.wecom.kf_session import State
from bot.domain.messages import Address, Button, Media, Outgoing
from tests.standins.movable import MovableClock
from tests.standins.until import calm, until
from tests.standins.wecom import DESK, OTHER_DESK
from tests.unit.channels.wecom_bench import CUSTOMER, HERE, Company, company

NOTE = Outgoing(key="k1", text="已受理：工单 1")


async def spoken(one: Company, text: str = "豆腐馊了") -> None:
    """The customer writes and the bot is told."""
    one.provider.kf.says(CUSTOMER, content=text)
    count = len(one.inlet.stored) + 1
    await one.provider.kf.tell()
    await one.inlet.has_stored(count)


async def test_what_came_while_away_is_fetched_at_the_start() -> None:
    async with company() as one:
        for number in range(3):
            one.provider.kf.says(CUSTOMER, content=f"第{number}句")
        await one.up(one.kf())
        messages = await one.inlet.has_stored(3)
        assert [message.text for message in messages] == ["第0句", "第1句", "第2句"]
        assert one.inlet.state[f"wecom_kf:default:{DESK}:cursor"] == "c3"


async def test_a_lost_callback_is_made_good_by_the_next_poll() -> None:
    async with company() as one:
        await one.up(one.kf())
        await until(lambda: DESK in one.provider.kf.cursor)
        await calm()
        one.provider.kf.says(CUSTOMER, content="豆腐馊了")
        one.clock.forward(seconds=301)
        (message,) = await one.inlet.has_stored(1)
        assert message.text == "豆腐馊了"


async def test_pages_are_read_to_the_end_over_empty_ones() -> None:
    async with company() as one:
        one.provider.kf.page, one.provider.kf.empty_pages = 7, 3
        for number in range(40):
            one.provider.kf.says(CUSTOMER, content=str(number))
        await one.up(one.kf())
        messages = await one.inlet.has_stored(40)
        assert [message.text for message in messages] == [str(number) for number in range(40)]
        assert len(one.inlet.attempts) == 6


async def test_the_cursor_moves_with_the_commit_and_not_before() -> None:
    async with company() as one:
        one.provider.kf.page = 2
        for number in range(4):
            one.provider.kf.says(CUSTOMER, content=str(number))
        one.inlet.fail(2)
        await one.up(one.kf())
        messages = await one.inlet.has_stored(4)
        assert [message.text for message in messages] == ["0", "1", "2", "3"]
        asked = [[message.text for message in attempt] for attempt in one.inlet.attempts]
        assert asked == [["0", "1"], ["0", "1"], ["0", "1"], ["2", "3"]]


async def test_a_restart_reads_on_where_the_last_commit_was() -> None:
    async with company() as one:
        await one.up(one.kf())
        await spoken(one, "一")
        await one.down()
        one.provider.kf.says(CUSTOMER, content="二")
        await one.up(one.kf())
        messages = await one.inlet.has_stored(2)
        assert [message.text for message in messages] == ["一", "二"]
        assert len(one.inlet.attempts) == 2


async def test_messages_older_than_three_days_are_gone_and_the_rest_is_not() -> None:
    async with company() as one:
        one.provider.kf.says(CUSTOMER, content="四天前")
        one.clock.forward(days=4)
        one.provider.kf.says(CUSTOMER, content="刚才")
        await one.up(one.kf())
        messages = await one.inlet.has_stored(1)
        assert [message.text for message in messages] == ["刚才"]


async def test_an_expired_sync_token_is_left_out_at_the_next_try() -> None:
    async with company() as one:
        channel = await one.up(one.kf())
        await until(lambda: DESK in one.provider.kf.cursor)
        one.provider.kf.says(CUSTOMER, content="豆腐馊了")
        channel._sync.nudge(DESK, "ENC-of-another-day")
        await one.inlet.has_stored(1)
        assert one.inlet.counts["wecom_kf.sync_failed"] == 1


async def test_another_companys_desk_is_left_alone() -> None:
    async with company() as one:
        await one.up(one.kf())
        one.provider.kf.says(CUSTOMER, desk=OTHER_DESK, content="不归我们")
        assert await one.provider.kf.tell(OTHER_DESK) == [200]
        await calm()
        assert one.inlet.counts["wecom_kf.other_account"] == 1
        assert one.inlet.stored == []


async def test_all_desks_are_served_where_none_is_named() -> None:
    async with company() as one:
        one.provider.kf.says(CUSTOMER, content="豆腐馊了")
        await one.up(one.kf(open_kfids=()))
        (message,) = await one.inlet.has_stored(1)
        assert message.address == HERE


async def test_two_replicas_read_one_after_the_other_and_greet_once() -> None:
    async with company(MovableClock()) as one:
        await one.up(one.kf(welcome="您好"))
        await one.up(one.kf(welcome="您好"))
        one.provider.kf.enters(CUSTOMER, scene="contract-7")
        await one.provider.kf.tell()
        await one.inlet.has_stored(1)
        await until(lambda: one.provider.shown != [])
        one.clock.forward(seconds=2)
        await calm(500)
        assert [shown["text"] for shown in one.provider.shown] == ["您好"]
        assert one.inlet.counts["wecom_kf.sync_failed"] == 0


async def test_the_entry_link_brings_its_contract_back() -> None:
    async with company() as one:
        channel = await one.up(one.kf())
        entry = await channel.entry("contract-7", "班级=三 2")
        assert entry.png.startswith(b"\x89PNG")
        assert entry.link.endswith("&scene_param=%E7%8F%AD%E7%BA%A7%3D%E4%B8%89%202")
        scene = one.provider.kf.links[entry.link.partition("&scene_param")[0]]
        one.provider.kf.enters(CUSTOMER, scene=scene, param="班级=三 2")
        await one.provider.kf.tell()
        (message,) = await one.inlet.has_stored(1)
        assert message.kind == "welcome"
        assert message.data == {"scene": "contract-7", "scene_param": "班级=三 2"}
        for wrong in ("", "合同", "x" * 33):
            with pytest.raises(ValueError, match="scene"):
                await channel.entry(wrong)


async def test_the_welcome_code_is_used_by_the_first_answer_and_costs_nothing() -> None:
    async with company() as one:
        channel = await one.up(one.kf())
        one.provider.kf.says(CUSTOMER, content="在吗")
        one.provider.kf.enters(CUSTOMER)
        await one.provider.kf.tell()
        _, message = await one.inlet.has_stored(2)
        for number in range(2):
            await channel.send(
                HERE, Outgoing(key=f"k{number}", text=f"{number}", reply_token=message.reply_token)
            )
        assert [shown["chat"] for shown in one.provider.shown] == ["welcome", CUSTOMER]
        assert one.provider.kf.left[CUSTOMER] == 4


async def test_who_was_greeted_by_the_channel_or_was_here_lately_is_not_greeted_by_the_desk() -> None:
    async with company() as one:
        await one.up(one.kf(welcome="您好"))
        one.provider.kf.enters(CUSTOMER, scene="contract-7")
        one.provider.kf.happens("enter_session", CUSTOMER, scene="contract-7")
        await one.provider.kf.tell()
        for message in await one.inlet.has_stored(2):
            assert message.data == {"scene": "contract-7", "greeted": "true"}
            assert message.reply_token == ""
        await until(lambda: one.provider.shown != [])
        await calm()
        assert [shown["text"] for shown in one.provider.shown] == ["您好"]


async def test_a_welcome_that_comes_too_late_is_not_tried() -> None:
    async with company() as one:
        one.provider.kf.enters(CUSTOMER)
        one.clock.forward(seconds=21)
        await one.up(one.kf(welcome="您好"))
        await one.inlet.has_stored(1)
        await calm()
        assert one.provider.shown == []
        assert one.inlet.counts["wecom_kf.welcome_failed"] == 0


async def test_the_sixth_message_is_taken_and_fails_late_with_its_reason() -> None:
    async with company() as one:
        channel = await one.up(one.kf())
        await spoken(one)
        refs = [(await channel.send(HERE, Outgoing(key=f"k{n}", text=f"{n}"))).ref for n in range(6)]
        await one.provider.kf.tell()
        _, failed = await one.inlet.has_stored(2)
        assert failed.kind == "send_failed"
        assert failed.data == {"ref": refs[5], "fail_type": "6", "why": "48 小时内超过 5 条"}
        assert channel.capabilities.window == Window(limit=5, seconds=172800, reserve=1)
        await spoken(one, "还有一箱")
        await channel.send(HERE, Outgoing(key="k7", text="七"))
        assert [shown["text"] for shown in one.provider.shown] == ["0", "1", "2", "3", "4", "七"]


async def test_after_48_hours_it_fails_late_too() -> None:
    async with company() as one:
        channel = await one.up(one.kf())
        await spoken(one)
        one.clock.forward(hours=49)
        await channel.send(HERE, NOTE)
        await one.provider.kf.tell()
        _, failed = await one.inlet.has_stored(2)
        assert (failed.kind, failed.data["fail_type"]) == ("send_failed", "4")


async def test_a_person_takes_over_and_the_next_conversation_is_the_bots() -> None:
    async with company() as one:
        channel = await one.up(one.kf())
        await spoken(one)
        await channel.sessions.hand_over(HERE, "zhangsan")
        assert await channel.sessions.state(HERE) == State.HUMAN
        with pytest.raises(Permanent, match="95018"):
            await channel.send(HERE, NOTE)
        assert await channel.sessions.end(HERE)
        assert await channel.sessions.state(HERE) == State.ENDED
        await spoken(one, "还有一件事")
        await channel.send(HERE, NOTE)
        with pytest.raises(Permanent, match="95014"):
            await channel.sessions.hand_over(HERE, "nobody")
        await channel.sessions.hand_over(HERE)
        assert await channel.sessions.state(HERE) == State.POOL


async def test_who_asks_for_a_person_gets_one_and_hears_the_outcome_all_the_same() -> None:
    async with company() as one:
        channel = await one.up(one.kf(seats="zhangsan"))
        await spoken(one)
        await channel.send(HERE, msgspec.structs.replace(NOTE, key="k1", seat="hand_over"))
        assert await channel.sessions.state(HERE) == State.HUMAN
        with pytest.raises(Permanent, match="95018"):
            await channel.send(HERE, msgspec.structs.replace(NOTE, key="k2"))
        left = one.provider.kf.left[HERE.chat]
        outcome = msgspec.structs.replace(NOTE, key="k3", text="已换货", seat="take_back")
        assert (await channel.send(HERE, outcome)).spent == 0
        assert (one.provider.shown[-1]["chat"], one.provider.shown[-1]["text"]) == (HERE.chat, "已换货")
        assert await channel.sessions.state(HERE) == State.ENDED
        assert one.provider.kf.left[HERE.chat] == left


async def test_a_queue_for_people_cannot_be_taken_back_so_the_outcome_goes_another_way() -> None:
    async with company() as one:
        channel = await one.up(one.kf(seats="pool"))
        await spoken(one)
        await channel.sessions.hand_over(HERE)
        with pytest.raises(Permanent, match="95016"):
            await channel.send(HERE, msgspec.structs.replace(NOTE, seat="take_back"))


async def test_a_piece_that_fails_late_names_the_notice_it_was_part_of() -> None:
    async with company() as one:
        channel = await one.up(one.kf())
        await spoken(one)
        one.provider.kf.left[HERE.chat] = 1
        sent = await channel.send(HERE, msgspec.structs.replace(NOTE, text="请放心。" * 300))
        assert sent.spent == 2
        await one.provider.kf.tell()
        _, failed = await one.inlet.has_stored(2)
        assert (failed.kind, failed.data["ref"]) == ("send_failed", sent.ref)


@pytest.mark.parametrize(
    ("seats", "state"), [("none", State.NEW), ("pool", State.POOL), ("nobody", State.NEW)]
)
async def test_a_wish_for_a_person_goes_where_the_settings_say(seats: str, state: State) -> None:
    async with company() as one:
        channel = await one.up(one.kf(seats=seats))
        await spoken(one)
        sent = await channel.send(HERE, msgspec.structs.replace(NOTE, seat="hand_over"))
        assert sent.ref
        assert await channel.sessions.state(HERE) == state


async def test_what_the_person_says_is_known_as_theirs() -> None:
    async with company() as one:
        await one.up(one.kf())
        one.provider.kf.add(
            {
                "open_kfid": DESK,
                "external_userid": CUSTOMER,
                "origin": 5,
                "servicer_userid": "zhangsan",
                "msgtype": "text",
                "text": {"content": "马上到"},
            }
        )
        await one.provider.kf.tell()
        (message,) = await one.inlet.has_stored(1)
        assert (message.sender, message.address) == ("zhangsan", HERE)
        assert message.data == {"by": "staff"}


RECORD = {
    "title": "三年级家长群的聊天记录",
    "item": [
        {
            "sender_name": "李妈妈",
            "msgtype": "text",
            "msg_content": json.dumps({"text": {"content": "书缺页"}}),
        },
        {"sender_name": "王爸爸", "msgtype": "image", "msg_content": "{"},
    ],
}
KINDS = {
    "picture": ("image", {"media_id": "m"}, (Media(kind="photo", ref="m"),), ""),
    "voice": ("voice", {"media_id": "m"}, (Media(kind="voice", ref="m"),), ""),
    "place": (
        "location",
        {"latitude": 23.1, "longitude": 113.3, "name": "第一中学", "address": "中山路"},
        (Media(kind="location", name="第一中学", text="中山路 (23.1,113.3)"),),
        "",
    ),
    "link": (
        "link",
        {"title": "t", "desc": "d", "url": "u"},
        (Media(kind="link", name="t", text="d u"),),
        "",
    ),
    "record": ("merged_msg", RECORD, (), "三年级家长群的聊天记录\n李妈妈：书缺页\n王爸爸：[image]"),
    "something new": ("hologram", {"x": 1}, (Media(kind="unknown", name="hologram", text='{"x":1}'),), ""),
}


@pytest.mark.parametrize("case", KINDS.values(), ids=KINDS)
async def test_kinds_of_messages(case: tuple[str, dict[str, object], tuple[Media, ...], str]) -> None:
    kind, content, media, text = case
    async with company() as one:
        await one.up(one.kf())
        one.provider.kf.says(CUSTOMER, kind, **content)
        await one.provider.kf.tell()
        (message,) = await one.inlet.has_stored(1)
        assert (message.media, message.text) == (media, text)


async def test_customers_are_known_by_their_names_and_asked_for_them_once() -> None:
    async with company() as one:
        one.provider.kf.nicknames = {CUSTOMER: "李妈妈"}
        for person in (CUSTOMER, "wmNameless", *(f"wm{number}" for number in range(150))):
            one.provider.kf.says(person, content="豆腐馊了")
        await one.up(one.kf())
        named, nameless, *_ = await one.inlet.has_stored(152)
        assert (named.sender_name, nameless.sender_name) == ("李妈妈", "")
        await spoken(one, "还有一箱")
        assert one.inlet.stored[-1].sender_name == "李妈妈"
        assert one.provider.calls.count("/cgi-bin/kf/customer/batchget") == 2


async def test_a_message_goes_on_without_a_name_that_cannot_be_had() -> None:
    async with company() as one:
        one.provider.kf.nicknames = None
        for person in (f"wm{number}" for number in range(3)):
            one.provider.kf.says(person, content="豆腐馊了")
        await one.up(one.kf())
        assert len(await one.inlet.has_stored(3)) == 3


async def test_a_customers_message_that_is_not_as_documented_is_kept_as_it_is() -> None:
    async with company() as one:
        await one.up(one.kf())
        odd = {"origin": 3, "external_userid": CUSTOMER, "text": "豆腐馊了"}
        one.provider.kf.add(odd)
        await one.provider.kf.tell()
        (message,) = await one.inlet.has_stored(1)
        assert "豆腐馊了" in message.media[0].text
        assert (message.sender, message.sent_at) == (CUSTOMER, one.clock.now())


async def test_an_entry_that_makes_no_sense_stops_nothing() -> None:
    async with company() as one:
        await one.up(one.kf())
        one.provider.kf.add({"origin": 3, "msgtype": "text"})
        one.provider.kf.add({"origin": 4, "msgtype": "event", "event": None})
        one.provider.kf.add(
            {"origin": 4, "msgtype": "event", "event": {"event_type": "servicer_status_change"}}
        )
        await spoken(one)
        assert one.inlet.counts["wecom_kf.undecodable"] == 2
        assert len(one.inlet.stored) == 1


async def test_buttons_are_a_menu_and_a_long_text_goes_before_it() -> None:
    async with company() as one:
        channel = await one.up(one.kf())
        await spoken(one)
        rows = ((Button(label="撤销", action="cancel:1"), Button(label="人工", action="human:1")),)
        await channel.send(HERE, Outgoing(key="k", text="请选择", buttons=rows))
        assert one.provider.shown[-1]["buttons"] == [("撤销", "cancel:1"), ("人工", "human:1")]
        await channel.send(HERE, Outgoing(key="k2", text="长" * 400, buttons=rows, title="工单 1"))
        assert [len(shown["text"]) for shown in one.provider.shown] == [3, 400, 4]


async def test_a_voice_message_is_fetched() -> None:
    async with company() as one:
        channel = await one.up(one.kf())
        one.provider.media["m"] = b"#!AMR" + bytes(range(200))
        assert await channel.fetch(Media(kind="voice", ref="m")) == one.provider.media["m"]
        with pytest.raises(Permanent, match="40007"):
            await channel.fetch(Media(kind="voice", ref="gone"))


async def test_a_token_that_expires_or_is_voided_mid_run_is_renewed_and_shared() -> None:
    async with company() as one:
        channel, other = await one.up(one.kf()), one.kf()
        await other.start(one.inlet)
        await spoken(one)
        await channel.send(HERE, NOTE)
        await other.send(HERE, Outgoing(key="k2", text="二"))
        assert one.provider.tokens.issued == 1
        one.clock.forward(seconds=7200 - 299)
        await asyncio.gather(
            *(c.send(HERE, Outgoing(key=f"e{n}", text="三")) for n, c in enumerate((channel, other)))
        )
        assert one.provider.tokens.issued == 2
        one.provider.tokens.void()
        await channel.send(HERE, Outgoing(key="k4", text="四"))
        assert one.provider.tokens.issued == 3
        await other.stop()


async def test_a_token_that_another_replica_never_finishes_fetching_is_temporary_or_taken_over() -> None:
    async with company() as one:
        channel = one.kf()
        await channel.start(one.inlet)
        await one.inlet.lease("token:wecom:ww5823bf96d3bd56c7:kf:lease", "a replica that died", 30)
        one.provider.kf.says(CUSTOMER, content="x")
        try:
            await channel.send(HERE, NOTE)
        except Temporary:
            one.clock.forward(seconds=31)
            await channel.send(HERE, NOTE)
        assert one.provider.shown[-1]["text"] == NOTE.text
        await channel.stop()


async def test_check_says_what_to_click() -> None:
    async with company() as one:
        wrong, missing = one.kf(secret="wrong"), one.kf(open_kfids=("wkGONE",))
        (finding,) = await wrong.check()
        assert (finding.state, "40001" in finding.says, "Secret" in finding.todo) == ("error", True, True)
        (finding,) = await missing.check()
        assert (finding.state, "wkGONE" in finding.says) == ("error", True)
        one.provider.trusted = False
        (finding,) = await one.kf().check()
        assert (finding.state, "60020" in finding.says, "企业可信IP" in finding.todo) == ("error", True, True)
        (finding,) = await one.kf(corpid="ww-wrong").check()
        assert (finding.state, "40013" in finding.says) == ("error", True)


async def test_an_address_without_a_desk_is_served_by_the_first() -> None:
    async with company() as one:
        channel = await one.up(one.kf())
        await spoken(one)
        await channel.send(Address(channel="wecom_kf", chat=CUSTOMER), NOTE)
        assert one.provider.shown[-1]["text"] == NOTE.text
