"""What writing promises: whole or not at all, durable once told, one failure alone, nobody stale."""

from __future__ import annotations

import asyncio
import threading

import msgspec
import pytest

from bot.desk.ports import StaleTicket
from bot.storage import SqlStore, StorageError
from tests.contract.storage.build import (
    HERE,
    NOW,
    event,
    incoming,
    message,
    notice,
    opened,
    target,
    ticket,
)

replace = msgspec.structs.replace


class Refused(Exception):
    pass


def refuse(_tx: object) -> None:
    raise Refused("this job fails on purpose")


async def gathered(store: SqlStore, *jobs):
    """Run jobs as one group: the writer is kept busy until all of them wait."""
    started, gate = threading.Event(), threading.Event()
    busy = asyncio.ensure_future(store.write(lambda _: (started.set(), gate.wait())))
    await asyncio.to_thread(started.wait)
    waiting = asyncio.gather(*(store.write(job) for job in jobs), return_exceptions=True)
    await asyncio.sleep(0)
    gate.set()
    await busy
    return await waiting


async def test_a_job_that_fails_leaves_nothing_behind(store: SqlStore) -> None:
    def half(tx):
        tx.state.save("a", "1")
        opened(tx)
        raise Refused

    with pytest.raises(Refused):
        await store.write(half)
    assert await store.read(lambda tx: tx.state.load("a")) is None
    assert await store.read(lambda tx: tx.tickets.by_number("F1")) is None


async def test_one_failing_job_does_not_take_its_group_along(store: SqlStore) -> None:
    def half(tx):
        tx.state.save("shared", "half")
        tx.tickets.next_number("scope")
        raise Refused

    results = await gathered(
        store,
        lambda tx: tx.state.save("first", "1"),
        half,
        lambda tx: (tx.state.load("shared"), tx.tickets.next_number("scope")),
        refuse,
        lambda tx: tx.state.save("last", "1"),
    )
    assert [type(each) for each in results] == [type(None), Refused, tuple, Refused, type(None)]
    assert results[2] == (None, 1)
    kept = await store.read(lambda tx: [tx.state.load(key) for key in ("first", "shared", "last")])
    assert kept == ["1", None, "1"]


async def test_a_database_error_belongs_to_its_job_alone(store: SqlStore) -> None:
    await store.write(opened)
    results = await gathered(
        store, lambda tx: tx.state.save("a", "1"), opened, lambda tx: tx.state.save("b", "1")
    )
    assert results[0] is None
    assert "UNIQUE" in str(results[1])
    assert results[2] is None


async def test_ids_of_jobs_that_failed_are_not_given_out_twice(store: SqlStore) -> None:
    def failing(tx):
        tx.events.append(event(tx.tickets.add(ticket("lost")).id))
        raise Refused

    await gathered(store, failing, *(lambda tx, n=n: opened(tx, f"F{n}") for n in range(300)), failing)
    more = await store.write(lambda tx: [opened(tx, f"G{n}").id for n in range(300)])
    kept = await store.read(lambda tx: [tx.tickets.by_number(f"F{n}").id for n in range(300)])
    assert len({*kept, *more}) == 600


async def test_sixty_four_writers_of_one_ticket_are_never_stale(store: SqlStore) -> None:
    made = await store.write(opened)

    def count(tx):
        seen = tx.tickets.get(made.id)
        return tx.tickets.save(replace(seen, summary=f"{int(seen.summary or 0) + 1}")).version

    await store.write(lambda tx: tx.tickets.save(replace(made, summary="0")))
    versions = await asyncio.gather(*(store.write(count) for _ in range(64)))
    assert sorted(versions) == list(range(2, 66))
    assert (await store.read(lambda tx: tx.tickets.get(made.id))).summary == "64"


async def test_two_who_read_before_writing_cannot_both_win(store: SqlStore) -> None:
    await store.write(opened)
    seen = await store.read(lambda tx: tx.tickets.by_number("F1"))
    results = await gathered(
        store, *(lambda tx, n=n: tx.tickets.save(replace(seen, assignee=n)) for n in "ab")
    )
    assert [type(each) for each in results] == [type(seen), StaleTicket]


async def test_jobs_run_in_the_order_in_which_they_were_queued(store: SqlStore) -> None:
    numbers = await asyncio.gather(*(store.write(lambda tx: tx.tickets.next_number("n")) for _ in range(300)))
    assert numbers == list(range(1, 301))


async def test_a_committed_job_is_seen_by_the_next_read(store: SqlStore) -> None:
    for number in range(50):
        await store.write(lambda tx, n=number: tx.state.save("n", str(n)))
        assert await store.read(lambda tx: tx.state.load("n")) == str(number)


async def test_reading_cannot_write(store: SqlStore) -> None:
    with pytest.raises(Exception, match="readonly"):
        await store.read(lambda tx: tx.state.save("a", "1"))
    assert await store.read(lambda tx: tx.state.load("a")) is None


async def test_a_read_sees_one_snapshot_and_does_not_hold_up_the_writer(store: SqlStore) -> None:
    looked, written = threading.Event(), threading.Event()

    def look(tx):
        first = tx.state.load("a")
        looked.set()
        assert written.wait(10)
        return first, tx.state.load("a")

    reading = asyncio.ensure_future(store.read(look))
    await asyncio.to_thread(looked.wait)
    await store.write(lambda tx: tx.state.save("a", "1"))
    assert await store.read(lambda tx: tx.state.load("a")) == "1"
    written.set()
    assert await reading == (None, None)


async def test_what_a_read_raises_reaches_its_caller(store: SqlStore) -> None:
    with pytest.raises(Refused):
        await store.read(refuse)
    assert await store.read(lambda tx: tx.timers.next_at()) is None


async def test_hooks_are_called_after_the_callers_are_told_with_what_was_written(store: SqlStore) -> None:
    told: list[object] = []
    store.on_commit(told.append)

    async def write(work):
        job = asyncio.ensure_future(store.write(work))
        job.add_done_callback(lambda _: told.append("caller"))
        await job
        await asyncio.sleep(0)

    await write(lambda tx: (tx.inbox.add(incoming(), NOW), tx.outbox.add(notice("k"))))
    assert [each for each in told if each != "caller"] == [frozenset({"counters", "inbox", "outbox"})]
    told.clear()
    await write(lambda tx: tx.timers.next_at())
    assert told == ["caller"]


async def test_a_failed_job_rings_no_bell(store: SqlStore) -> None:
    told: list[frozenset[str]] = []
    store.on_commit(told.append)

    def half(tx):
        tx.outbox.add(notice("k"))
        raise Refused

    with pytest.raises(Refused):
        await store.write(half)
    await store.write(lambda tx: tx.state.save("a", "1"))
    assert told == [frozenset({"settings"})]


async def test_a_hook_that_fails_does_not_stop_the_others(store: SqlStore) -> None:
    loop, reported, told = asyncio.get_running_loop(), [], []
    loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))
    store.on_commit(refuse)
    store.on_commit(told.append)
    await store.write(lambda tx: tx.state.save("a", "1"))
    await store.write(lambda tx: tx.state.save("a", "2"))
    assert len(told) == 2
    assert [type(each) for each in reported] == [Refused, Refused]


async def test_a_caller_that_went_away_does_not_stop_its_job(store: SqlStore) -> None:
    gate = threading.Event()
    busy = asyncio.ensure_future(store.write(lambda _: gate.wait()))
    gone = asyncio.ensure_future(store.write(lambda tx: tx.state.save("a", "1")))
    await asyncio.sleep(0)
    gone.cancel()
    gate.set()
    await busy
    await store.write(lambda tx: tx.state.save("b", "1"))
    assert gone.cancelled()
    assert await store.read(lambda tx: tx.state.load("a")) == "1"


async def test_closing_finishes_what_was_queued_and_refuses_more(url: str) -> None:
    store = await SqlStore.open(url)
    jobs = [
        asyncio.ensure_future(store.write(lambda tx, n=n: tx.state.save(str(n), "1"))) for n in range(300)
    ]
    await asyncio.sleep(0)
    await store.close()
    await store.close()
    assert await asyncio.gather(*jobs) == [None] * 300
    with pytest.raises(StorageError, match="written"):
        await store.write(lambda tx: tx.state.load("0"))
    with pytest.raises(StorageError, match="read"):
        await store.read(lambda tx: tx.state.load("0"))
    again = await SqlStore.open(url)
    assert await again.read(lambda tx: tx.state.load("299")) == "1"
    await again.close()


async def test_ids_keep_growing_over_a_restart(url: str) -> None:
    seen: list[int] = []
    for number in range(3):
        store = await SqlStore.open(url)
        seen += await store.write(lambda tx, n=number: [opened(tx, f"F{n}-{each}").id for each in range(3)])
        await store.close()
    assert seen == sorted(set(seen))


async def test_two_stores_on_one_database_share_numbers_and_ids(store: SqlStore, url: str) -> None:
    other = await SqlStore.open(url)
    made = await asyncio.gather(
        *(
            each.write(lambda tx, n=n: (tx.tickets.next_number("n"), opened(tx, f"F{n}").id))
            for n in range(40)
            for each in [(store, other)[n % 2]]
        )
    )
    await other.close()
    assert sorted(number for number, _ in made) == list(range(1, 41))
    assert len({row for _, row in made}) == 40


async def test_references_must_exist(store: SqlStore) -> None:
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await store.write(lambda tx: tx.targets.add_all([target(999)]))


async def test_what_is_written_is_seen_at_once_by_the_same_work_and_the_next(store: SqlStore) -> None:
    """Inserts may be held back for a while, but never so that anybody could tell."""

    def opens(tx):
        said = tx.messages.add(message("m1"))
        found = opened(tx)
        tx.messages.set_understanding(said, "{}")
        tx.messages.attach(said, found.id)
        tx.events.append(event(found.id))
        tx.targets.add_all([target(found.id)])
        seen = tx.messages.by_provider(HERE, "m1")
        tx.messages.replace_text(said, "改过")
        return found.id, (seen.ticket, seen.understanding, seen.text == "改过")

    def looks(tx):
        found = tx.tickets.by_number("F1").id
        return (
            len(tx.events.of_ticket(found)),
            len(tx.targets.of_ticket(found)),
            tx.messages.of_ticket(found)[0].text,
        )

    [(opened_id, seen), looked] = await gathered(store, opens, looks)
    assert seen == (opened_id, "{}", False)
    assert looked[1:] == (1, "改过")
    assert looked[0] == await store.read(lambda tx: len(tx.events.of_ticket(opened_id)))


async def test_rows_held_back_by_work_that_fails_are_never_written(store: SqlStore) -> None:
    def fails(tx):
        tx.messages.add(message("lost"))
        raise Refused

    await gathered(store, fails, lambda tx: tx.messages.add(message("kept")))
    assert await store.read(lambda tx: tx.messages.by_provider(HERE, "lost")) is None
    assert await store.read(lambda tx: tx.messages.by_provider(HERE, "kept")) is not None
