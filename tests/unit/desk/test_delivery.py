"""What becomes of a notice: accepted, put off, refused, perhaps delivered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.desk import delivery
from bot.desk.book import Turn
from bot.desk.notices import alone, private
from bot.desk.records import OutboxRow
from bot.domain.messages import Address, Purpose
from bot.domain.ticket import Ticket
from bot.domain.words import EventType
from tests.unit.desk.conftest import NOON, Desk

FIRST, SECOND = Address(channel="telegram", chat="a"), Address(channel="local", chat="b")


async def notice(desk: Desk, ticket: Ticket, purpose: Purpose, *routes: Address) -> OutboxRow:
    """The ticket's own notice of that purpose, on these routes."""
    row = next(row for row in await desk.outbox(ticket) if row.purpose == purpose)
    row = replace(row, routes=routes or row.routes, state="sending")
    await desk.do(lambda turn: turn.tx.outbox.save(row))
    return row


async def stored(desk: Desk, row: OutboxRow) -> OutboxRow:
    found = await desk.do(lambda turn: turn.tx.outbox.get(row.id))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("attempts", "after", "seconds"),
    [
        (1, None, 2),
        (2, None, 4),
        (5, None, 32),
        (9, None, 300),
        (60, None, 300),
        (1, 0.2, 1),
        (1, 17.0, 17),
        (1, 9e9, 3600),
    ],
)
def test_waiting_doubles_unless_the_provider_says(attempts: int, after: float | None, seconds: float) -> None:
    assert delivery.wait_after(attempts, after) == timedelta(seconds=seconds)


async def test_an_accepted_acknowledgement_meets_its_clock_and_stands_in_the_thread(desk: Desk) -> None:
    ticket = await desk.complaint()
    row = await notice(desk, ticket, Purpose.ACKNOWLEDGE)
    desk.later(seconds=3)
    await desk.do(lambda turn: delivery.accepted(turn, row, "77"))
    done = await stored(desk, row)
    assert (done.state, done.ref, done.sent_at) == ("sent", "77", desk.now)
    targets = {t.stage: t for t in await desk.do(lambda turn: turn.tx.targets.of_ticket(ticket.id))}
    assert targets["acknowledge"].met_at == desk.now
    assert targets["respond"].met_at is None, "the bot's acknowledgement is no human's answer"
    said = await desk.do(lambda turn: turn.tx.messages.of_ticket(ticket.id))
    assert [(m.direction, m.provider_id) for m in said] == [("out", "77")]


async def test_an_acknowledgement_counts_for_the_cycle_it_speaks_of(desk: Desk) -> None:
    ticket = await desk.complaint()
    row = await notice(desk, ticket, Purpose.ACKNOWLEDGE)
    await desk.do(lambda turn: turn.tx.tickets.save(replace(ticket, cycle=2)))
    await desk.do(lambda turn: delivery.accepted(turn, row, "77"))
    found = [e.cycle for e in await desk.log(ticket) if e.type == EventType.ACKNOWLEDGED]
    assert found == [1]


async def test_what_is_urgent_takes_the_next_route_after_two_failures_and_comes_round_again(
    desk: Desk,
) -> None:
    ticket = await desk.complaint()
    row = await notice(desk, ticket, Purpose.PAGE, FIRST, SECOND)
    seen = []
    for _ in range(6):
        await desk.do(lambda turn, now=row: delivery.put_off(turn, now, "no line"))
        row = await stored(desk, row)
        seen.append((row.route, (row.next_at - desk.now).total_seconds()))
    assert seen == [(0, 2), (1, 0), (0, 2), (1, 0), (0, 4), (1, 0)]


async def test_a_page_that_fails_for_a_minute_alarms_others_once(desk: Desk) -> None:
    ticket = await desk.complaint()
    row = await notice(desk, ticket, Purpose.PAGE, FIRST)
    for _ in range(12):
        await desk.do(lambda turn, now=row: delivery.put_off(turn, now, "no line"))
        row = await stored(desk, row)
    assert row.state == "pending", "it is still tried"
    alarms = [r.recipient for r in await desk.outbox(ticket) if r.key.startswith("unreachable:")]
    assert sorted(alarms) == ["manager", "supervisor"]
    assert sum(e.type == EventType.UNREACHABLE for e in await desk.log(ticket)) == 1


async def test_an_unreachable_supervisor_is_not_told_so_themselves(desk: Desk) -> None:
    ticket = await desk.complaint()
    row = replace(await notice(desk, ticket, Purpose.PAGE, FIRST), recipient="supervisor", error="gone")
    await desk.do(lambda turn: delivery.unreachable(turn, ticket, row))
    assert [r.recipient for r in await desk.outbox(ticket) if r.key.startswith("unreachable:")] == ["manager"]


async def test_a_permanent_failure_takes_the_next_route_at_once_and_then_a_human_phones(desk: Desk) -> None:
    ticket = await desk.complaint(text="豆腐馊了")
    row = await notice(desk, ticket, Purpose.ACKNOWLEDGE, FIRST, SECOND)
    await desk.do(lambda turn: delivery.refused(turn, row, "blocked"))
    row = await stored(desk, row)
    assert (row.route, row.state, row.next_at) == (1, "pending", desk.now)
    await desk.do(lambda turn: delivery.refused(turn, row, "blocked"))
    assert (await stored(desk, row)).state == "failed"
    types = [e.type for e in await desk.log(ticket)]
    assert types[-2:] == [EventType.DELIVERY_FAILED, EventType.CALL_NEEDED]
    calls = [r for r in await desk.outbox(ticket) if r.key.startswith("call:")]
    assert {r.recipient for r in calls} == {"agent1", "group:demo"}
    assert all("请电话联系客户 张老师" in r.message.text for r in calls)


async def test_an_alarm_that_nobody_takes_is_tried_for_ever(desk: Desk) -> None:
    ticket = await desk.complaint()
    row = replace(await notice(desk, ticket, Purpose.PAGE, FIRST), purpose=Purpose.ALARM, recipient="manager")
    await desk.do(lambda turn: turn.tx.outbox.save(row))
    await desk.do(lambda turn: delivery.refused(turn, row, "blocked"))
    again = await stored(desk, row)
    assert (again.state, again.route, again.next_at) == ("pending", 0, NOON + timedelta(minutes=5))


async def test_what_may_have_arrived_is_not_sent_again_and_a_human_is_told(desk: Desk) -> None:
    ticket = await desk.complaint()
    row = await notice(desk, ticket, Purpose.ACKNOWLEDGE)
    await desk.do(lambda turn: delivery.uncertain(turn, row, "timeout"))
    assert (await stored(desk, row)).state == "uncertain"
    assert any("不确定是否送达" in r.message.text for r in await desk.outbox(ticket))
    targets = {t.stage: t for t in await desk.do(lambda turn: turn.tx.targets.of_ticket(ticket.id))}
    assert targets["acknowledge"].met_at is None, "perhaps is not kept"


@pytest.mark.parametrize(("idempotent", "state"), [(True, "pending"), (False, "uncertain")])
async def test_what_a_dead_process_was_sending(desk: Desk, idempotent: bool, state: str) -> None:
    ticket = await desk.complaint()
    row = await notice(desk, ticket, Purpose.ACKNOWLEDGE)
    await desk.do(lambda turn: delivery.expired(turn, row, idempotent=idempotent))
    assert (await stored(desk, row)).state == state


async def test_a_chat_that_moved_is_followed(desk: Desk) -> None:
    ticket = await desk.complaint()
    row = await notice(desk, ticket, Purpose.PAGE, FIRST, SECOND)
    await desk.do(lambda turn: delivery.moved(turn, row, "-100"))
    found = await stored(desk, row)
    assert found.routes == (replace(FIRST, chat="-100"), SECOND)


async def test_a_discreet_matter_never_falls_back_on_the_group(desk: Desk) -> None:
    def routes(turn: Turn) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
        person = turn.book.roster.people["supervisor"]
        return alone(turn, person).routes, private(turn, "demo", person).routes

    own, usual = await desk.do(routes)
    assert own == usual[:1]
    ticket = await desk.complaint("service.attitude", "王师傅骂人")
    groups = [r for r in await desk.outbox(ticket) if r.recipient.startswith("group:")]
    assert groups == []
    assert ticket.blamed == ("agent1",)
    page = next(r for r in await desk.outbox(ticket) if r.purpose == Purpose.PAGE)
    assert (page.recipient, page.routes) == ("supervisor", own)
