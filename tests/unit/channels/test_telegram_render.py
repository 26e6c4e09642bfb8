"""Notices become texts with marks, and buttons that Telegram takes."""

from __future__ import annotations

import pytest
from telegram import InlineKeyboardMarkup

from bot.channels.base import Permanent
from bot.channels.telegram.render import Part, parts
from bot.domain.messages import Button, Media, Mention, Outgoing

ZHANG = Mention(person="agent1", name="张三", user="2001")
LI = Mention(person="agent2", name="李四😀", user="2002")


def marked(part: Part) -> list[tuple[str, str, int | None]]:
    """Kind, words and person of each mark, cut out as Telegram counts."""
    raw = part.text.encode("utf-16-le")
    return [
        (
            str(one.type),
            raw[2 * one.offset : 2 * (one.offset + one.length)].decode("utf-16-le"),
            one.user.id if one.user else None,
        )
        for one in part.entities
    ]


def only(message: Outgoing) -> Part:
    (part,) = parts(message)
    return part


def test_a_ping_stands_where_the_text_has_the_name() -> None:
    part = only(Outgoing(text="😡 请 @张三 处理", mentions=(ZHANG,)))
    assert part.text == "😡 请 @张三 处理"
    assert marked(part) == [("text_mention", "@张三", 2001)]


def test_other_pings_stand_in_a_line_before_the_text() -> None:
    part = only(Outgoing(text="😡新工单", mentions=(LI, ZHANG)))
    assert part.text == "@李四😀 @张三\n😡新工单"
    assert marked(part) == [("text_mention", "@李四😀", 2002), ("text_mention", "@张三", 2001)]


def test_a_title_is_bold_and_comes_first() -> None:
    part = only(Outgoing(title="⏰超时", text="工单 1", mentions=(ZHANG,)))
    assert part.text == "⏰超时\n@张三\n工单 1"
    assert marked(part) == [("bold", "⏰超时", None), ("text_mention", "@张三", 2001)]


@pytest.mark.parametrize(
    ("user", "shown"), [("", "@张三"), ("WangWei", "@张三"), ("@zhangsan", "@zhangsan"), ("²", "@张三")]
)
def test_who_has_no_number_is_named_all_the_same(user: str, shown: str) -> None:
    part = only(Outgoing(text="工单 1", mentions=(Mention(person="agent1", name="张三", user=user),)))
    assert part.text == f"{shown}\n工单 1"
    assert part.entities == ()


def test_a_name_of_several_lines_is_one_line() -> None:
    part = only(Outgoing(text="工单 1", mentions=(Mention(person="a", name="张\n三", user="1"),)))
    assert marked(part) == [("text_mention", "@张 三", 1)]


def test_a_name_that_is_missing_is_the_person() -> None:
    part = only(Outgoing(text="工单 1", mentions=(Mention(person="agent1", name="", user="1"),)))
    assert marked(part) == [("text_mention", "@agent1", 1)]


def test_marks_go_with_their_part() -> None:
    text = "甲" * 4090 + "@张三" + "乙" * 100
    first, second = parts(Outgoing(text=text, title="题", mentions=(ZHANG,)))
    assert first.text + second.text == f"题\n{text}"
    words = [word for part in (first, second) for kind, word, _ in marked(part) if kind == "text_mention"]
    assert "".join(words) == "@张三"


def test_buttons_stand_under_the_last_text() -> None:
    rows = (
        (Button(label="接单", action="take:1", style="primary"),),
        (),
        (Button(label="误报", action="no:1"),),
    )
    first, second = parts(Outgoing(text="长" * 5000, buttons=rows))
    assert first.keyboard is None
    assert isinstance(second.keyboard, InlineKeyboardMarkup)
    keys = [
        [(key.text, key.callback_data, key.style) for key in row] for row in second.keyboard.inline_keyboard
    ]
    assert keys == [[("接单", "take:1", "primary")], [("误报", "no:1", None)]]


@pytest.mark.parametrize("action", ["", "a" * 65, "转派" * 11, "😡" * 17])
def test_an_action_of_no_or_too_many_bytes_is_refused(action: str) -> None:
    with pytest.raises(Permanent, match=f"has {len(action.encode())} bytes"):
        parts(Outgoing(text="x", buttons=((Button(label="接单", action=action),),)))


@pytest.mark.parametrize("action", ["a", "a" * 64, "转派" * 10 + "abcd", "😡" * 16])
def test_an_action_of_64_bytes_is_taken(action: str) -> None:
    assert only(Outgoing(text="x", buttons=((Button(label="接单", action=action),),))).keyboard


@pytest.mark.parametrize("text", ["", " \n\t ", "\u3000"])
def test_a_notice_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(Permanent, match="says nothing"):
        parts(Outgoing(text=text))


def test_attachments_follow_the_text() -> None:
    picture = Media(kind="photo", ref="f")
    assert [(part.text, part.media) for part in parts(Outgoing(text="图", media=(picture,)))] == [
        ("图", None),
        ("", picture),
    ]
    assert [part.media for part in parts(Outgoing(text="", media=(picture,)))] == [picture]
