"""Where a quota is short the most urgent goes first, and nothing of what is joined is lost."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from bot.desk.book import Book
from bot.desk.records import OutboxRow
from bot.domain.messages import PRIORITY, Address, Media, Outgoing, Purpose
from bot.domain.roster import Roster
from bot.engine.outbox import addressed
from bot.engine.quota import joined, squeeze

_NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)
_GROUP = Address(channel="local", chat="staff")


def _row(number: int, purpose: Purpose, media: tuple[Media, ...] = ()) -> OutboxRow:
    return OutboxRow(
        id=number,
        key=str(number),
        purpose=purpose,
        priority=PRIORITY[purpose],
        recipient="group:demo",
        routes=(_GROUP,),
        message=Outgoing(key=str(number), text=f"n{number}", media=media),
        created_at=_NOW,
        next_at=_NOW,
    )


def one(_message: Outgoing) -> int:
    return 1


def by_length(message: Outgoing) -> int:
    """Ten characters to a message."""
    return -(-len(message.text) // 10)


def test_a_page_is_not_kept_waiting_by_a_reminder() -> None:
    rows = [_row(1, Purpose.PAGE), _row(2, Purpose.REMIND), _row(3, Purpose.REMIND)]
    groups, waiting = squeeze(rows, 1, one)
    assert [[r.id for r in g] for g in groups] == [[1]]
    assert [r.id for r in waiting] == [2, 3]


def test_escalations_go_before_answers_and_take_the_reminders_along() -> None:
    rows = [_row(1, Purpose.ESCALATE), _row(2, Purpose.REPLY), _row(3, Purpose.REMIND)]
    groups, waiting = squeeze(rows, 1, one)
    assert [[r.id for r in g] for g in groups] == [[1, 3]]
    assert [r.id for r in waiting] == [2]


def test_without_room_everything_waits() -> None:
    rows = [_row(1, Purpose.PAGE), _row(2, Purpose.REMIND)]
    assert squeeze(rows, 0, one) == ([], rows)


def test_a_long_notice_takes_the_place_of_several() -> None:
    rows = [replace(_row(n, Purpose.PAGE), message=Outgoing(text="x" * 25)) for n in (1, 2)]
    groups, waiting = squeeze(rows, 5, by_length)
    assert [[r.id for r in g] for g in groups] == [[1]]
    assert [r.id for r in waiting] == [2]


def test_reminders_are_joined_only_as_far_as_one_message_holds_them() -> None:
    rows = [_row(n, Purpose.REMIND) for n in (1, 2, 3)]  # two of them and the line between are ten characters
    groups, waiting = squeeze(rows, 2, by_length)
    assert [[r.id for r in g] for g in groups] == [[1, 2], [3]]
    assert waiting == []


def test_joined_notices_keep_every_attachment() -> None:
    photo, voice = Media(kind="photo", ref="a"), Media(kind="voice", ref="b")
    both = joined([_row(1, Purpose.PROGRESS, (photo,)), _row(2, Purpose.PROGRESS, (voice,))])
    assert both.media == (photo, voice)


def test_what_falls_back_on_a_group_is_masked_and_what_goes_to_one_person_is_not() -> None:
    book = Book(company="", terms={}, roster=Roster(), default_contract="")
    told = Outgoing(text="电话：13812345678")
    alone = Address(channel="local", chat="agent1", user="agent1")
    in_group = Address(channel="local", chat="staff", user="agent1")
    assert addressed(told, alone, book).text == told.text
    assert addressed(told, _GROUP, book).text == "电话：138****5678"
    assert addressed(told, in_group, book).text == "电话：138****5678"
