"""What is made of each kind of update."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from telegram import Bot

from bot.channels.telegram.decode import Decoder
from bot.channels.telegram.meant import Us
from bot.clock import DrillClock
from bot.domain.messages import Address, Media
from tests.standins.telegram import TOKEN
from tests.standins.telegram_world import Chat, Person, World, units

if TYPE_CHECKING:
    from bot.domain.messages import Incoming

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
US = Us(id=123456789, username="yingnuo_bot")
PTB = Bot(TOKEN)
GROUP = -1001234567890


class Desk:
    """A world in which things are said, and how we read them."""

    def __init__(self) -> None:
        clock = DrillClock(NOW)
        self.world = World(clock, bot_id=US.id, username=US.username)
        self.world.privacy = False
        self.customer = self.world.meet(Person(1001, "王老师", username="wang"))
        self.private = self.world.chats[1001]
        self.group = self.world.found(Chat(GROUP, "supergroup", "售后群", topics={7}))
        self.decoder = Decoder(bot=PTB, us=US, account="shop", clock=clock)

    def read(self, number: int) -> Incoming | None:
        return self.decoder.read(self.world.updates.all[number])

    async def said(self, text: str = "", *, group: bool = True, **more: Any) -> Incoming:
        chat = self.group if group else self.private
        message = self.read(await self.world.write(self.customer, chat, text, **more))
        assert message is not None
        return message


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_private_message(desk: Desk) -> None:
    message = await desk.said("书缺页", group=False)
    assert message.provider_id == "123456789.870000001"
    assert message.address == Address(channel="telegram", account="shop", chat="1001", user="1001")
    assert (message.sender, message.sender_name, message.sent_at) == ("1001", "王老师", NOW)
    assert (message.kind, message.group, message.addressed) == ("message", False, True)
    assert message.data == {"message_id": "1", "username": "wang"}


ADDRESSED = [
    ("豆腐馊了", False, "豆腐馊了"),
    ("@yingnuo_bot 豆腐馊了", True, "豆腐馊了"),
    ("豆腐馊了 @Yingnuo_Bot", True, "豆腐馊了"),
    ("@yingnuo_bot", True, ""),
    ("😀😡 @yingnuo_bot 坏了", True, "😀😡  坏了"),
    ("@other_bot 你好", False, "@other_bot 你好"),
    ("a@yingnuo_bot.cn", False, "a@yingnuo_bot.cn"),
    ("/take 12", True, "/take 12"),
    ("/take@yingnuo_bot 12", True, "/take 12"),
    ("/take@other_bot 12", False, "/take@other_bot 12"),
    ("请发 /take 12", False, "请发 /take 12"),
]


@pytest.mark.parametrize(("text", "addressed", "words"), ADDRESSED)
async def test_who_is_meant_in_a_group(desk: Desk, text: str, addressed: bool, words: str) -> None:
    message = await desk.said(text)
    assert (message.addressed, message.text) == (addressed, words)
    assert message.data.get("raw_text", words) == text


async def test_in_private_everything_is_meant(desk: Desk) -> None:
    assert (await desk.said("/take@other_bot 12", group=False)).addressed


@pytest.mark.parametrize(("user", "addressed"), [(US.id, True), (555, False)])
async def test_a_mention_by_id(desk: Desk, user: int, addressed: bool) -> None:
    mark = {
        "type": "text_mention",
        "offset": 0,
        "length": 2,
        "user": {"id": user, "is_bot": True, "first_name": "x"},
    }
    assert (await desk.said("应诺 馊了", entities=[mark])).addressed is addressed


async def test_a_mention_under_a_picture(desk: Desk) -> None:
    caption = "😡 @yingnuo_bot 馊了"
    mark = {"type": "mention", "offset": units("😡 "), "length": len("@yingnuo_bot")}
    message = await desk.said(photo=[photo("a")], caption=caption, caption_entities=[mark])
    assert (message.addressed, message.text) == (True, "😡  馊了")


async def test_while_our_name_is_unknown_any_bot_may_be_us(desk: Desk) -> None:
    desk.decoder = Decoder(bot=PTB, us=Us(id=US.id), account="shop", clock=DrillClock(NOW))
    assert (await desk.said("@any_bot 馊了")).addressed
    assert not (await desk.said("@somebody 馊了")).addressed


def quoted(author: dict[str, Any], **more: Any) -> dict[str, Any]:
    chat = {"id": GROUP, "type": "supergroup"}
    return {"message_id": 5, "date": 1, "chat": chat, "from": author} | more


BOT = {"id": US.id, "is_bot": True, "first_name": "应诺"}
COLLEAGUE = {"id": 2002, "is_bot": False, "first_name": "李四"}


async def test_an_answer_to_us_is_meant_for_us(desk: Desk) -> None:
    message = await desk.said("收到", reply_to_message=quoted(BOT, text="新工单 1"))
    assert message.addressed
    assert (message.quoted_id, message.quoted_text, message.quoted_sender) == ("5", "新工单 1", str(US.id))


async def test_an_answer_to_a_colleague_is_not(desk: Desk) -> None:
    message = await desk.said("收到", reply_to_message=quoted(COLLEAGUE, caption="图"))
    assert not message.addressed
    assert (message.quoted_text, message.quoted_sender) == ("图", "2002")


async def test_the_quoted_words_count_before_the_whole_message(desk: Desk) -> None:
    whole = quoted(COLLEAGUE, text="豆腐馊了，书也缺页")
    message = await desk.said(
        "这个怎么处理", reply_to_message=whole, quote={"text": "书也缺页", "position": 5}
    )
    assert message.quoted_text == "书也缺页"


async def test_a_message_in_a_topic_does_not_answer_its_opening(desk: Desk) -> None:
    opening = quoted(BOT, forum_topic_created={"name": "投诉", "icon_color": 1})
    message = await desk.said("馊了", reply_to_message=opening, message_thread_id=7, is_topic_message=True)
    assert (message.addressed, message.quoted_id, message.address.thread) == (False, "", "7")


async def test_a_thread_of_answers_is_no_topic(desk: Desk) -> None:
    message = await desk.said("馊了", message_thread_id=5, reply_to_message=quoted(COLLEAGUE))
    assert message.address.thread == ""


def photo(name: str, size: int = 900) -> dict[str, Any]:
    return {"file_id": name, "file_unique_id": "u", "width": 1, "height": 1, "file_size": size}


def file(**more: Any) -> dict[str, Any]:
    return {"file_id": "f", "file_unique_id": "u", "file_size": 3, **more}


PIXELS = {"width": 1, "height": 1}
MEDIA = {
    "photo": (
        {"photo": [photo("small", 9), photo("large")]},
        Media(kind="photo", ref="large", size=900),
    ),
    "voice": (
        {"voice": file(duration=3, mime_type="audio/ogg")},
        Media(kind="voice", ref="f", mime="audio/ogg", size=3),
    ),
    "music": (
        {"audio": file(duration=3, file_name="a.mp3", mime_type="audio/mpeg")},
        Media(kind="file", ref="f", name="a.mp3", mime="audio/mpeg", size=3),
    ),
    "video": (
        {"video": file(duration=3, file_name="a.mp4", **PIXELS)},
        Media(kind="video", ref="f", name="a.mp4", size=3),
    ),
    "round video": ({"video_note": file(duration=3, length=1)}, Media(kind="video", ref="f", size=3)),
    "animation, which is also a document": (
        {"animation": file(duration=1, **PIXELS), "document": file()},
        Media(kind="video", ref="f", size=3),
    ),
    "document": (
        {"document": file(file_name="送货单.pdf", mime_type="application/pdf")},
        Media(kind="file", ref="f", name="送货单.pdf", mime="application/pdf", size=3),
    ),
    "sticker": (
        {"sticker": file(type="regular", is_animated=False, is_video=False, emoji="😡", **PIXELS)},
        Media(kind="sticker", ref="f", size=3, text="😡"),
    ),
    "place": (
        {"location": {"latitude": 31.25, "longitude": 121.5}},
        Media(kind="location", text="31.25,121.5"),
    ),
    "venue, which is also a place": (
        {
            "location": {"latitude": 31.25, "longitude": 121.5},
            "venue": {
                "location": {"latitude": 31.25, "longitude": 121.5},
                "title": "实验小学",
                "address": "中山路1号",
            },
        },
        Media(kind="location", text="实验小学 中山路1号 31.25,121.5"),
    ),
    "card": (
        {"contact": {"phone_number": "13800000000", "first_name": "三", "last_name": "张"}},
        Media(kind="unknown", name="contact", text="三 张 13800000000"),
    ),
    "dice": ({"dice": {"emoji": "🎲", "value": 3}}, Media(kind="unknown", name="dice", text="🎲")),
    "something not invented yet": (
        {"hologram": {"title": "豆腐", "depth": 3}},
        Media(kind="unknown", name="hologram", text="豆腐"),
    ),
    "nothing at all": ({}, Media(kind="unknown")),
}


@pytest.mark.parametrize(("content", "expected"), MEDIA.values(), ids=MEDIA)
async def test_what_is_attached(desk: Desk, content: dict[str, Any], expected: Media) -> None:
    message = await desk.said(**content)
    assert message.media == (expected,)


async def test_pictures_sent_as_one_bear_one_album(desk: Desk) -> None:
    first = await desk.said(photo=[photo("a")], caption="三箱都馊了", media_group_id="77")
    second = await desk.said(photo=[photo("b")], media_group_id="77")
    assert (first.album, second.album, second.text) == ("77", "77", "")


SERVICE: list[dict[str, Any]] = [
    {"new_chat_title": "新名字"},
    {"new_chat_members": [COLLEAGUE]},
    {"left_chat_member": COLLEAGUE},
    {"pinned_message": quoted(BOT, text="x")},
    {"group_chat_created": True},
    {"forum_topic_created": {"name": "投诉", "icon_color": 1}},
    {"delete_chat_photo": True},
]


@pytest.mark.parametrize("change", SERVICE, ids=lambda change: next(iter(change)))
async def test_changes_of_a_chat_are_nothing_said(desk: Desk, change: dict[str, Any]) -> None:
    assert desk.read(await desk.world.write(desk.customer, desk.group, **change)) is None


async def test_an_edit(desk: Desk) -> None:
    first = await desk.said("20斤", group=False)
    desk.world.clock.advance_to(datetime(2026, 3, 2, 1, 5, tzinfo=UTC))
    second = desk.read(await desk.world.edit(desk.private, 1, "30斤"))
    assert second is not None
    assert (second.kind, second.text) == ("edit", "30斤")
    assert (first.sent_at, second.sent_at) == (NOW, datetime(2026, 3, 2, 1, 5, tzinfo=UTC))


async def test_a_press(desk: Desk) -> None:
    desk.group.add(
        {"from": BOT, "date": 1, "text": "新工单 1", "message_thread_id": 7, "is_topic_message": True}
    )
    press = desk.read(await desk.world.press(desk.customer, desk.group, 1, "take:1"))
    assert press is not None
    assert (press.kind, press.button, press.quoted_id) == ("button", "take:1", "1")
    assert (press.group, press.sender, press.address.thread) == (True, "1001", "7")
    assert press.reply_token == "4000000000000000000"
    assert press.sent_at == NOW


async def test_a_press_under_a_message_that_is_gone(desk: Desk) -> None:
    press = desk.read(await desk.world.press(desk.customer, desk.group, 99, "take:1"))
    assert press is not None
    assert (press.button, press.quoted_id, press.address.chat) == ("take:1", "99", str(GROUP))


async def test_a_press_in_no_chat_is_nothing(desk: Desk) -> None:
    query = {"id": "1", "from": COLLEAGUE, "chat_instance": "1", "inline_message_id": "x", "data": "a"}
    assert desk.decoder.read({"update_id": 1, "callback_query": query}) is None


async def test_blocked_and_unblocked(desk: Desk) -> None:
    left = desk.read(await desk.world.block(desk.customer))
    back = desk.read(await desk.world._status(desk.customer, desk.private, "kicked", "member"))
    assert left is not None
    assert back is not None
    assert (left.kind, left.group, left.address.chat) == ("left", False, "1001")
    assert (back.kind, back.sender) == ("welcome", "1001")


async def test_removed_from_a_group(desk: Desk) -> None:
    left = desk.read(await desk.world.set_status(desk.customer, desk.group, "left"))
    assert left is not None
    assert (left.kind, left.group, left.data) == ("left", True, {"chat_title": "售后群"})


async def test_other_rights_in_a_group_do_not_matter(desk: Desk) -> None:
    assert desk.read(await desk.world.set_status(desk.customer, desk.group, "administrator")) is None


async def test_a_group_that_moves_says_so_in_both_chats(desk: Desk) -> None:
    old = desk.world.found(Chat(-55, "group", "老群"))
    await desk.world.migrate(desk.customer, old, -1009)
    both = [desk.read(number) for number in sorted(desk.world.updates.all)]
    for message in both:
        assert message is not None
        assert (message.kind, message.address.chat, message.data) == (
            "migrated",
            "-55",
            {"to": "-1009"},
        )
    assert len({message.provider_id for message in both if message}) == 2


async def test_an_anonymous_administrator_is_the_group(desk: Desk) -> None:
    nobody = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    anonymous = {"from": nobody, "sender_chat": desk.group.shown(), "author_signature": "主管"}
    message = await desk.said("都处理好了", **anonymous)
    assert (message.sender, message.sender_name) == (str(GROUP), "主管")


async def test_what_was_forwarded_is_marked(desk: Desk) -> None:
    origin = {"type": "hidden_user", "date": 1, "sender_user_name": "客户"}
    assert (await desk.said("馊了", forward_origin=origin)).data["forwarded"] == "hidden_user"


@pytest.mark.parametrize("kind", ["poll", "channel_post", "chat_join_request", "hologram"])
def test_other_updates_are_nothing_said(desk: Desk, kind: str) -> None:
    assert desk.decoder.read({"update_id": 1, kind: {}}) is None


CHAT = {"id": 1001, "type": "private"}
NESTED: dict[str, Any] = {}
for _ in range(5000):
    NESTED = {"a": NESTED}
UNREADABLE: dict[str, dict[str, Any]] = {
    "no date": {"message_id": 1, "chat": CHAT, "text": "豆腐馊了"},
    "a date that is none": {"message_id": 1, "chat": CHAT, "date": "now", "text": "豆腐馊了"},
    "a date beyond the calendar": {"message_id": 1, "chat": CHAT, "date": 2**60, "text": "豆腐馊了"},
    "no number": {"chat": CHAT, "date": 1772413200, "text": "豆腐馊了"},
    "a sender without a name": {"message_id": 1, "chat": CHAT, "date": 1, "from": {}, "text": "豆腐馊了"},
    "nested too deeply": {"message_id": 1, "chat": CHAT, "date": 1, "text": "豆腐馊了", "x": NESTED},
}


@pytest.mark.parametrize("message", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_kept_as_far_as_it_goes(desk: Desk, message: dict[str, Any]) -> None:
    read = desk.decoder.read({"update_id": 3, "message": message})
    assert read is not None
    assert (read.provider_id, read.text, read.address.chat) == ("123456789.3", "豆腐馊了", "1001")
    assert read.media == (Media(kind="unknown", name="unreadable"),)
    assert read.sent_at.tzinfo == UTC


async def test_half_a_character_is_replaced(desk: Desk) -> None:
    message = await desk.said("坏\ud83d了", entities=[])
    assert message.text == "坏?了"


@pytest.mark.parametrize(
    "raw", [{}, {"message": []}, {"message": {"chat": []}}, {"message": {"chat": {"id": "x"}}}]
)
def test_what_says_nothing_is_nothing(desk: Desk, raw: dict[str, Any]) -> None:
    assert desk.decoder.read({"update_id": 1, **raw}) is None
