from __future__ import annotations

from datetime import timedelta, timezone

import msgspec
import pytest

from bot.desk.ports import StaleTicket
from bot.desk.records import TicketFilter
from bot.domain.ticket import Field, Interval
from bot.domain.words import EventType, Severity, Status
from bot.storage import SqlStore
from tests.contract.storage.build import HERE, NOW, STAFF, event, later, opened, requester, ticket

replace = msgspec.structs.replace


async def test_a_ticket_comes_back_as_it_was_given(store: SqlStore) -> None:
    given = ticket(
        categories=("food.spoiled", "food.short"),
        severity=Severity.CRITICAL,
        status=Status.WAITING,
        because=("馊",),
        fields=(Field(name="quantity", text="20斤", value="20 jin"),),
        triage=True,
        blamed=("agent1",),
        pauses=(Interval(since=NOW), Interval(since=NOW, until=later(5), why="disputed")),
        requested_at=later(9),
        closed_at=later(10),
        confidence=0.25,
    )
    stored = await store.write(lambda tx: tx.tickets.add(given))
    assert stored == replace(given, id=stored.id)
    assert stored.id
    assert await store.read(lambda tx: tx.tickets.get(stored.id)) == stored
    assert await store.read(lambda tx: tx.tickets.by_number("F1")) == stored
    assert await store.read(lambda tx: tx.tickets.by_number("F2")) is None


async def test_times_are_kept_to_the_microsecond_and_come_back_in_utc(store: SqlStore) -> None:
    shanghai = timezone(timedelta(hours=8))
    await store.write(lambda tx: tx.tickets.add(ticket(opened_at=NOW.astimezone(shanghai))))
    found = await store.read(lambda tx: tx.tickets.by_number("F1"))
    assert found is not None
    assert (found.opened_at.isoformat(), found.opened_at) == ("2026-02-16T15:50:00.123456+00:00", NOW)


async def test_a_naive_time_is_refused(store: SqlStore) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        await store.write(lambda tx: tx.tickets.add(ticket(opened_at=NOW.replace(tzinfo=None))))


async def test_saving_counts_versions_and_refuses_a_stale_one(store: SqlStore) -> None:
    first = await store.write(opened)
    second = await store.write(lambda tx: tx.tickets.save(replace(first, assignee="agent1")))
    assert second.version == first.version + 1
    with pytest.raises(StaleTicket, match="F1"):
        await store.write(lambda tx: tx.tickets.save(replace(first, assignee="agent2")))
    assert await store.read(lambda tx: tx.tickets.get(first.id)) == second


async def test_saving_moves_the_ticket_between_lists(store: SqlStore) -> None:
    first = await store.write(opened)
    closed = replace(first, status=Status.RESOLVED, closed_at=later(5), origin=STAFF)
    await store.write(lambda tx: tx.tickets.save(closed))
    assert await store.read(lambda tx: tx.tickets.open_of(first.requester)) == []
    assert await store.read(lambda tx: tx.tickets.of_chat(HERE.key, NOW)) == []
    assert len(await store.read(lambda tx: tx.tickets.of_chat(STAFF.key, NOW))) == 1


async def test_numbers_count_up_per_scope(store: SqlStore) -> None:
    counted = await store.write(lambda tx: [tx.tickets.next_number(scope) for scope in "aab"])
    assert counted == [1, 2, 1]
    assert await store.write(lambda tx: tx.tickets.next_number("a")) == 3


async def test_lists_of_a_requester_and_of_a_chat(store: SqlStore) -> None:
    def arrange(tx):
        who = tx.people.add(requester()).id
        other = tx.people.add(requester()).id
        tx.tickets.add(ticket("open-old", requester=who, opened_at=later(-9)))
        tx.tickets.add(ticket("open-new", requester=who))
        tx.tickets.add(
            ticket("just", requester=who, status=Status.RESOLVED, closed_at=later(1), opened_at=later(-5))
        )
        tx.tickets.add(ticket("long-ago", requester=who, status=Status.INVALID, closed_at=later(-1)))
        tx.tickets.add(ticket("theirs", requester=other, origin=STAFF))
        return who

    who = await store.write(arrange)

    async def numbers(work):
        return [each.number for each in await store.read(work)]

    assert await numbers(lambda tx: tx.tickets.open_of(who)) == ["open-new", "open-old"]
    assert await numbers(lambda tx: tx.tickets.recent_of(who, NOW)) == ["open-new", "just", "open-old"]
    assert await numbers(lambda tx: tx.tickets.of_chat(HERE.key, NOW)) == ["open-new", "just", "open-old"]
    assert await numbers(lambda tx: tx.tickets.of_chat(STAFF.key, NOW)) == ["theirs"]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (TicketFilter(), ["c", "b", "a"]),
        (TicketFilter(limit=2), ["c", "b"]),
        (TicketFilter(contract="books"), ["b"]),
        (TicketFilter(assignee="agent1"), ["c", "a"]),
        (TicketFilter(assignee="agent1", open_only=True), ["a"]),
        (TicketFilter(open_only=True), ["b", "a"]),
        (TicketFilter(opened_since=later(1)), ["c", "b"]),
        (TicketFilter(opened_since=later(1), opened_until=later(2)), ["b"]),
        (TicketFilter(requester=999), []),
    ],
)
async def test_find_applies_every_condition(
    store: SqlStore, wanted: TicketFilter, numbers: list[str]
) -> None:
    def arrange(tx):
        tx.tickets.add(ticket("a", assignee="agent1"))
        tx.tickets.add(ticket("b", contract="books", opened_at=later(1)))
        tx.tickets.add(ticket("c", assignee="agent1", opened_at=later(2), status=Status.CANCELLED))

    await store.write(arrange)
    assert [each.number for each in await store.read(lambda tx: tx.tickets.find(wanted))] == numbers


async def test_the_log_keeps_order_and_everything_said(store: SqlStore) -> None:
    def arrange(tx):
        mine = opened(tx)
        given = [
            event(mine.id, at=later(5), recorded_at=later(6), data={"why": ["馊"], "n": 1}),
            event(mine.id, EventType.TAKEN, at=later(1), actor="agent1"),
        ]
        return mine.id, [replace(each, id=tx.events.append(each)) for each in given]

    mine, stored = await store.write(arrange)
    assert await store.read(lambda tx: tx.events.of_ticket(mine)) == stored
    assert await store.read(lambda tx: tx.events.between(later(1), later(5))) == stored[1:]
    assert await store.read(lambda tx: tx.events.between(later(1), later(6))) == stored[::-1]
