from __future__ import annotations

from bot.storage import SqlStore
from tests.contract.storage.build import NOW, later, timer


async def test_due_timers_come_earliest_first_and_not_before_their_second(store: SqlStore) -> None:
    await store.write(lambda tx: tx.timers.set(*(timer(n, later(n)) for n in (3, 1, 2))))
    assert await store.read(lambda tx: [t.ticket for t in tx.timers.due(later(2), 10)]) == [1, 2]
    assert await store.read(lambda tx: [t.ticket for t in tx.timers.due(later(9), 2)]) == [1, 2]
    assert await store.read(lambda tx: tx.timers.due(later(0.999), 10)) == []
    assert await store.read(lambda tx: tx.timers.next_at()) == later(1)


async def test_no_timers_means_no_next_one(store: SqlStore) -> None:
    assert await store.read(lambda tx: tx.timers.next_at()) is None


async def test_setting_the_same_timer_again_moves_it(store: SqlStore) -> None:
    await store.write(lambda tx: tx.timers.set(timer(1, NOW, target=5, key="warn")))
    [old] = await store.read(lambda tx: tx.timers.due(NOW, 10))
    await store.write(lambda tx: tx.timers.put_off(old.id, later(1)))
    await store.write(lambda tx: tx.timers.set(timer(1, later(7), target=5, key="warn", step=2)))
    [moved] = await store.read(lambda tx: tx.timers.due(later(99), 10))
    assert (moved.at, moved.step, moved.attempts) == (later(7), 2, 0)


async def test_marking_the_old_one_done_leaves_the_moved_one(store: SqlStore) -> None:
    await store.write(lambda tx: tx.timers.set(timer(1, NOW)))
    [old] = await store.read(lambda tx: tx.timers.due(NOW, 10))

    def handle(tx):
        tx.timers.set(timer(1, later(60), step=1))
        tx.timers.done(old.id)

    await store.write(handle)
    assert await store.read(lambda tx: tx.timers.next_at()) == later(60)


async def test_timers_that_differ_in_any_part_of_the_key_stand_side_by_side(store: SqlStore) -> None:
    several = [timer(1, NOW), timer(2, NOW), timer(1, NOW, target=1), timer(1, NOW, key="k")]
    await store.write(lambda tx: tx.timers.set(*several, timer(1, NOW, kind="lease")))
    assert len(await store.read(lambda tx: tx.timers.due(NOW, 10))) == 5


async def test_done_and_put_off(store: SqlStore) -> None:
    await store.write(lambda tx: tx.timers.set(timer(1, NOW), timer(2, NOW)))
    first, second = await store.read(lambda tx: tx.timers.due(NOW, 10))
    await store.write(lambda tx: (tx.timers.done(first.id), tx.timers.put_off(second.id, later(30))))
    assert await store.read(lambda tx: tx.timers.due(later(29), 10)) == []
    [again] = await store.read(lambda tx: tx.timers.due(later(30), 10))
    assert (again.id, again.ticket, again.attempts) == (second.id, 2, 1)


async def test_clear_takes_a_tickets_timers_or_some_of_them(store: SqlStore) -> None:
    await store.write(
        lambda tx: tx.timers.set(
            timer(1, NOW, target=1),
            timer(1, NOW, target=2),
            timer(1, NOW, kind="lease"),
            timer(2, NOW, target=1),
        )
    )

    async def left(clear):
        await store.write(clear)
        return await store.read(lambda tx: [(t.ticket, t.kind, t.target) for t in tx.timers.due(NOW, 10)])

    assert await left(lambda tx: tx.timers.clear(1, target=1)) == [
        (1, "target", 2),
        (1, "lease", 0),
        (2, "target", 1),
    ]
    assert await left(lambda tx: tx.timers.clear(1, kind="lease")) == [(1, "target", 2), (2, "target", 1)]
    assert await left(lambda tx: tx.timers.clear(1)) == [(2, "target", 1)]
