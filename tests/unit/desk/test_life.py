"""A ticket in the hands of staff: pauses, corrections and merges never lose or soften a promise."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.desk import correct, handover, life
from bot.desk.book import Turn
from bot.desk.clockwork import climb_of
from bot.desk.firing import fire
from bot.desk.life import Refusal
from bot.domain.calendar import CalendarText, parse_calendar
from bot.domain.roster import Person, Shift
from bot.domain.ticket import Target, Ticket, Timer
from bot.domain.words import EventType, Severity, Status
from tests.unit.desk.conftest import NOON, Desk

FOREVER = NOON + timedelta(days=3650)


async def fresh(desk: Desk, ticket: Ticket) -> Ticket:
    found = await desk.do(lambda turn: turn.tx.tickets.get(ticket.id))
    assert found is not None
    return found


async def target(desk: Desk, ticket: Ticket, stage: str) -> Target:
    found = await desk.do(lambda turn: turn.tx.targets.of_ticket(ticket.id))
    return next(t for t in reversed(found) if t.stage == stage)


async def timers(desk: Desk, of: Target) -> list[Timer]:
    return [t for t in await desk.do(lambda turn: turn.tx.timers.due(FOREVER, 1000)) if t.target == of.id]


async def time_passes(desk: Desk, **span: float) -> None:
    """Every timer that is due on the way fires at its own instant."""
    until = desk.now + timedelta(**span)
    while due := await desk.do(lambda turn: turn.tx.timers.due(until, 1)):
        desk.now = max(desk.now, due[0].at)
        await desk.do(lambda turn, timer=due[0]: fire(turn, timer))
    desk.now = until


def person(desk: Desk, name: str = "agent1") -> Person:
    return desk.book.roster.people[name]


async def act(desk: Desk, ticket: Ticket, what: str, *args: object, who: str = "agent1") -> Ticket:
    current = await fresh(desk, ticket)
    work = getattr(life, what)
    return await desk.do(lambda turn: work(turn, current, person(desk, who), *args))


async def test_a_pause_that_begins_at_the_due_second_does_not_swallow_the_breach(desk: Desk) -> None:
    ticket = await desk.complaint()
    await time_passes(desk, hours=3, minutes=59)
    desk.later(minutes=1)
    await act(desk, ticket, "pause", Status.DISPUTED, "送检")
    await time_passes(desk, days=2)
    assert (await target(desk, ticket, "resolve")).state == "open"
    paused = await fresh(desk, ticket)
    await desk.do(lambda turn: life.resume(turn, paused, "agent1"))
    await time_passes(desk, seconds=1)
    assert (await target(desk, ticket, "resolve")).state == "breached"


async def test_a_pause_does_not_silence_the_ladder_of_a_promise_that_is_broken(desk: Desk) -> None:
    ticket = await desk.complaint()
    await act(desk, ticket, "take")
    await time_passes(desk, hours=4, minutes=1)
    await act(desk, ticket, "pause", Status.WAITING, "等照片")
    broken = await target(desk, ticket, "resolve")
    assert len(await timers(desk, broken)) == 1
    await time_passes(desk, hours=2)
    told = [r.key for r in await desk.outbox(ticket) if r.recipient == "manager" and r.target == broken.id]
    assert len(told) == 2, "after a quarter of an hour and after an hour"


async def test_time_that_stood_still_is_not_late(desk: Desk) -> None:
    ticket = await desk.complaint()
    await act(desk, ticket, "take")
    await time_passes(desk, hours=1)
    await act(desk, ticket, "pause", Status.WAITING, "等照片")
    await time_passes(desk, days=1)
    await act(desk, ticket, "resolve", "换货20斤")
    done = await target(desk, ticket, "resolve")
    assert (done.state, done.due) == ("met", NOON + timedelta(days=1, hours=4))


async def test_withdrawing_while_paused_breaks_nothing(desk: Desk) -> None:
    ticket = await desk.complaint()
    await act(desk, ticket, "take")
    await act(desk, ticket, "pause", Status.WAITING, "等照片")
    await time_passes(desk, days=1)
    current = await fresh(desk, ticket)
    await desk.do(lambda turn: life.close_without_work(turn, current, "requester:1", Status.CANCELLED))
    assert (await target(desk, ticket, "resolve")).state == "cancelled"


async def test_whoever_moves_waits_no_longer(desk: Desk) -> None:
    ticket = await desk.complaint()
    await act(desk, ticket, "take")
    await act(desk, ticket, "pause", Status.WAITING, "等照片")
    await act(desk, ticket, "report", "arrive", "食堂")
    assert (await fresh(desk, ticket)).status == Status.TAKEN
    assert len(await timers(desk, await target(desk, ticket, "resolve"))) == 1


@pytest.mark.parametrize("newer_first", [True, False])
async def test_a_merge_never_moves_a_deadline(desk: Desk, newer_first: bool) -> None:
    older = await desk.complaint()
    desk.later(minutes=5)
    newer = await desk.complaint()
    pair = (newer, older) if newer_first else (older, newer)
    closed, kept = await desk.do(lambda turn: correct.merge(turn, *pair, "agent1"))
    assert (closed.id, kept.id, closed.status) == (newer.id, older.id, Status.MERGED)
    assert (await target(desk, older, "respond")).due == NOON + timedelta(minutes=15)
    assert await timers(desk, await target(desk, newer, "respond")) == []


async def test_tickets_of_two_contracts_do_not_merge(desk: Desk) -> None:
    one, other = await desk.complaint(), await desk.complaint()
    with pytest.raises(Refusal, match="同一合同"):
        await desk.do(lambda turn: correct.merge(turn, one, replace(other, contract="else"), "agent1"))
    with pytest.raises(Refusal):
        await desk.do(lambda turn: correct.merge(turn, one, one, "agent1"))


async def test_a_correction_keeps_the_ladder_of_what_is_broken(desk: Desk) -> None:
    ticket = await desk.complaint("delivery.late")
    await time_passes(desk, hours=4, minutes=1)
    broken = await target(desk, ticket, "resolve")
    assert broken.policy == "F03.resolve"
    current = await fresh(desk, ticket)
    await desk.do(lambda turn: correct.reclassify(turn, current, "food.spoiled", "agent1"))
    after = await target(desk, ticket, "resolve")
    assert (after.id, after.state) == (broken.id, "breached")
    assert len(await timers(desk, after)) == 1
    with pytest.raises(Refusal, match="换货"):
        await act(desk, ticket, "resolve", "处理好了")


async def test_a_correction_of_what_still_runs_starts_from_the_same_message(desk: Desk) -> None:
    ticket = await desk.complaint("delivery.late")
    desk.later(minutes=10)
    current = await fresh(desk, ticket)
    await desk.do(lambda turn: correct.reclassify(turn, current, "food.spoiled", "agent1"))
    found = {t.policy: t for t in await desk.do(lambda turn: turn.tx.targets.of_ticket(ticket.id))}
    assert found["F03.resolve"].state == "cancelled"
    assert found["F03.exchange"].due == NOON + timedelta(hours=4)
    assert found["F03.respond"].state == "open"


async def test_a_kind_is_corrected_like_a_category(desk: Desk) -> None:
    ticket = await desk.complaint("food.spoiled")
    changed = await desk.do(lambda turn: correct.change_kind(turn, ticket, "consultation", "agent1"))
    found = {t.policy: t.state for t in await desk.do(lambda turn: turn.tx.targets.of_ticket(ticket.id))}
    assert changed.kind == "consultation"
    assert (found["F03.respond"], found["F04.answer"]) == ("cancelled", "open")


async def test_severity_pages_everybody_when_it_is_critical(desk: Desk) -> None:
    ticket = await desk.complaint()
    await desk.do(lambda turn: correct.set_severity(turn, ticket, Severity.CRITICAL, "agent1"))
    rows = [
        r
        for r in await desk.outbox(ticket)
        if "重大事项" in r.message.text and r.recipient != f"requester:{ticket.requester}"
    ]
    assert {r.recipient for r in rows} == {"group:demo", "supervisor", "manager"}


async def test_a_take_is_a_lease_that_the_next_stage_confirms(desk: Desk) -> None:
    ticket = await desk.complaint()
    await act(desk, ticket, "take")
    await time_passes(desk, minutes=29)
    await act(desk, ticket, "note", "在路上")
    await time_passes(desk, hours=2)
    assert (await fresh(desk, ticket)).assignee == "agent1"


async def test_a_reply_answers_but_a_transfer_does_not(desk: Desk) -> None:
    ticket = await desk.complaint()
    await act(desk, ticket, "transfer", person(desk, "agent2"))
    assert (await target(desk, ticket, "respond")).state == "open"
    await act(desk, ticket, "reply", "马上来")
    assert (await target(desk, ticket, "respond")).state == "met"


async def test_the_same_act_on_a_closed_ticket_is_refused(desk: Desk) -> None:
    ticket = await desk.complaint()
    await act(desk, ticket, "resolve", "换货20斤")
    for what, args in (("take", ()), ("report", ("arrive", "")), ("pause", (Status.WAITING, ""))):
        with pytest.raises(Refusal, match="已解决，不能再操作"):
            await act(desk, ticket, what, *args)


async def test_a_timer_of_a_promise_that_was_met_does_nothing(desk: Desk) -> None:
    ticket = await desk.complaint()
    respond = await target(desk, ticket, "respond")
    stale = (await timers(desk, respond))[0]
    await act(desk, ticket, "take")
    before = await desk.outbox(ticket)
    desk.later(hours=1)
    await desk.do(lambda turn: fire(turn, stale))
    assert await desk.outbox(ticket) == before


async def test_each_step_of_the_way_happens_once(desk: Desk) -> None:
    ticket = await desk.complaint()
    respond = await target(desk, ticket, "respond")
    way = await desk.do(lambda turn: climb_of(turn, ticket, respond))
    await time_passes(desk, hours=3)
    events = [e.type for e in await desk.log(ticket) if e.data.get("stage") == "respond"]
    wanted = {"warn": EventType.WARNED, "breach": EventType.BREACHED, "escalate": EventType.ESCALATED}
    assert events == [wanted[step.what] for step in way]
    assert await timers(desk, await target(desk, ticket, "respond")) == []


def day_and_night(desk: Desk) -> None:
    day = parse_calendar("day", CalendarText(hours="Mon-Sun=08:00-20:00", tz="Asia/Shanghai"))
    night = parse_calendar("night", CalendarText(hours="Mon-Sun=20:00-32:00", tz="Asia/Shanghai"))
    shifts = (
        Shift(name="白班", people=("agent1",), hours=day),
        Shift(name="夜班", people=("agent2",), hours=night),
    )
    desk.book = replace(desk.book, roster=replace(desk.book.roster, shifts=shifts))


async def test_a_change_of_shift_that_was_slept_through_is_made_up_for(desk: Desk) -> None:
    day_and_night(desk)
    await desk.do(handover.plan_next)
    ticket = await desk.complaint()
    await act(desk, ticket, "take")
    await act(desk, ticket, "note", "在查")
    desk.later(hours=9)  # 21:00: the process was away at 20:00

    def restart(turn: Turn) -> list[Timer]:
        handover.plan_next(turn)
        return [t for t in turn.tx.timers.due(turn.now, 100) if t.kind == "handover"]

    due = await desk.do(restart)
    assert [t.at for t in due] == [NOON + timedelta(hours=8)]
    await desk.do(lambda turn: fire(turn, due[0]))
    assert (await fresh(desk, ticket)).assignee == "agent2"
    after = await desk.do(lambda turn: [t for t in turn.tx.timers.due(FOREVER, 100) if t.kind == "handover"])
    assert [t.at for t in after] == [NOON + timedelta(hours=20)]


async def test_whoever_is_not_on_any_shift_keeps_what_they_took(desk: Desk) -> None:
    day_and_night(desk)
    await desk.do(handover.plan_next)
    ticket = await desk.complaint()
    await act(desk, ticket, "take", who="supervisor")
    await act(desk, ticket, "note", "我来", who="supervisor")
    await time_passes(desk, hours=9)
    assert (await fresh(desk, ticket)).assignee == "supervisor"
