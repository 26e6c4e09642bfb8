from __future__ import annotations

import msgspec

from bot.domain.messages import Button, Mention, Outgoing, Purpose
from bot.storage import SqlStore
from tests.contract.storage.build import HERE, NOW, STAFF, later, notice, opened

replace = msgspec.structs.replace


async def test_a_notice_comes_back_as_it_was_given(store: SqlStore) -> None:
    def arrange(tx):
        said = Outgoing(
            text="请接单",
            buttons=((Button(label="接单", action="take:1"),),),
            mentions=(Mention(person="agent1", name="小李"),),
        )
        given = notice("k", purpose=Purpose.PAGE, message=said, ticket=opened(tx).id, target=3, coalesce="c")
        [row] = tx.outbox.add(given)
        return replace(given, id=row)

    stored = await store.write(arrange)
    assert await store.read(lambda tx: tx.outbox.get(stored.id)) == stored
    assert await store.read(lambda tx: tx.outbox.of_ticket(stored.ticket)) == [stored]


async def test_a_key_is_stored_once(store: SqlStore) -> None:
    a, b, _ = await store.write(lambda tx: tx.outbox.add(notice("a"), notice("b"), notice("a")))
    _, c = await store.write(lambda tx: tx.outbox.add(notice("b"), notice("c")))
    kept = await store.write(lambda tx: tx.outbox.claim(NOW, later(30), 10))
    assert [(row.id, row.key) for row in kept] == [(a, "a"), (b, "b"), (c, "c")]


async def test_a_row_can_be_changed_in_the_transaction_that_adds_it(store: SqlStore) -> None:
    def work(tx):
        [row] = tx.outbox.add(notice("a"))
        tx.outbox.save(replace(notice("a"), id=row, state="failed"))
        return row

    row = await store.write(work)
    assert (await store.read(lambda tx: tx.outbox.get(row))).state == "failed"


async def test_claim_takes_due_rows_by_priority_and_age_once(store: SqlStore) -> None:
    await store.write(
        lambda tx: tx.outbox.add(
            notice("digest", priority=60),
            notice("first", priority=0),
            notice("future", priority=0, next_at=later(1)),
            notice("second", priority=0),
        )
    )
    taken = await store.write(lambda tx: tx.outbox.claim(NOW, later(30), 2))
    rest = await store.write(lambda tx: tx.outbox.claim(NOW, later(30), 10))
    assert [[row.key for row in each] for each in (taken, rest)] == [["first", "second"], ["digest"]]
    assert {(row.state, row.leased_until) for row in taken + rest} == {("sending", later(30))}
    assert await store.read(lambda tx: tx.outbox.next_at()) == later(1)


async def test_rows_whose_lease_ran_out_are_found(store: SqlStore) -> None:
    [row] = await store.write(lambda tx: tx.outbox.add(notice("a")))
    [taken] = await store.write(lambda tx: tx.outbox.claim(NOW, later(30), 1))
    assert await store.read(lambda tx: tx.outbox.expired(later(29))) == []
    assert await store.read(lambda tx: tx.outbox.expired(later(30))) == [taken]
    await store.write(lambda tx: tx.outbox.save(replace(taken, state="uncertain", leased_until=None)))
    assert await store.read(lambda tx: tx.outbox.expired(later(99))) == []
    assert (await store.read(lambda tx: tx.outbox.get(row))).state == "uncertain"


async def test_what_was_sent_is_in_the_ledger_of_the_route_it_took(store: SqlStore) -> None:
    def arrange(tx):
        for key, route, at in (("a", 0, 1), ("b", 1, 2), ("c", 0, 3)):
            [row] = tx.outbox.add(notice(key))
            tx.outbox.save(notice(key, id=row, route=route, state="sent", sent_at=later(at), ref=f"r{key}"))

    await store.write(arrange)
    assert await store.read(lambda tx: tx.outbox.sent_to(HERE.key, NOW)) == [later(1), later(3)]
    assert await store.read(lambda tx: tx.outbox.sent_to(HERE.key, later(2))) == [later(3)]
    assert await store.read(lambda tx: tx.outbox.sent_to(STAFF.key, NOW)) == [later(2)]


async def test_by_ref_finds_what_a_provider_speaks_of(store: SqlStore) -> None:
    [row, _] = await store.write(lambda tx: tx.outbox.add(notice("a"), notice("unsent")))
    await store.write(lambda tx: tx.outbox.save(notice("a", id=row, state="sent", sent_at=NOW, ref="77")))
    found = await store.read(lambda tx: tx.outbox.by_ref("local", "77"))
    assert found is not None
    assert found.id == row
    assert await store.read(lambda tx: tx.outbox.by_ref("telegram", "77")) is None
    assert await store.read(lambda tx: tx.outbox.by_ref("local", "")) is None


async def test_pending_like_gathers_what_may_be_sent_as_one(store: SqlStore) -> None:
    await store.write(
        lambda tx: tx.outbox.add(*(notice(key, coalesce="remind") for key in "ab"), notice("c"))
    )
    [first, *_] = await store.write(lambda tx: tx.outbox.claim(NOW, later(1), 1))
    assert first.key == "a"
    assert [row.key for row in await store.read(lambda tx: tx.outbox.pending_like("remind"))] == ["b"]
    assert await store.read(lambda tx: tx.outbox.pending_like("")) == []


async def test_a_row_without_routes_is_kept(store: SqlStore) -> None:
    [row] = await store.write(lambda tx: tx.outbox.add(notice("nowhere", routes=())))
    assert (await store.read(lambda tx: tx.outbox.get(row))).routes == ()


async def test_next_at_is_empty_without_pending_rows(store: SqlStore) -> None:
    await store.write(lambda tx: tx.outbox.add(notice("a", state="failed")))
    assert await store.read(lambda tx: tx.outbox.next_at()) is None
