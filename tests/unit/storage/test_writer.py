"""What the writer does when the database itself says no."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.storage import SqlStore
from bot.storage.writer import MOST
from tests.contract.storage.build import opened, target
from tests.contract.storage.test_writing import gathered


async def test_where_a_group_cannot_be_committed_everyone_is_told_and_the_next_one_works(
    store: SqlStore,
) -> None:
    def orphan(tx):
        tx.session.command("PRAGMA defer_foreign_keys = ON")
        tx.targets.add_all([target(999)])

    results = await gathered(store, lambda tx: tx.state.save("a", "1"), orphan)
    assert [type(each) for each in results] == [sqlite3.IntegrityError] * 2
    assert await store.read(lambda tx: tx.state.load("a")) is None
    assert (await store.write(opened)).id
    assert await store.integrity() == []


async def test_a_full_disk_is_told_and_outlived(store: SqlStore) -> None:
    def fill(tx):
        tx.session.command("PRAGMA max_page_count = 200")
        tx.state.save("big", "x" * 10_000_000)

    with pytest.raises(sqlite3.OperationalError, match="full"):
        await store.write(fill)
    results = await gathered(
        store, lambda tx: tx.state.save("a", "1"), fill, lambda tx: tx.state.save("b", "1")
    )
    assert all("full" in str(each) for each in results)
    await store.write(lambda tx: tx.session.command("PRAGMA max_page_count = 1000000"))
    await store.write(lambda tx: tx.state.save("c", "1"))
    kept = await store.read(lambda tx: [tx.state.load(key) for key in "abc"])
    assert kept == [None, None, "1"]
    assert await store.integrity() == []


async def test_a_writer_waits_for_another_process_and_then_goes_on(store: SqlStore, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "desk.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.ensure_future(store.write(lambda tx: tx.state.save("a", "1")))
        assert await store.read(lambda tx: tx.state.load("a")) is None
        assert not waiting.done()
        other.execute("ROLLBACK")
        await waiting
    assert await store.read(lambda tx: tx.state.load("a")) == "1"


async def test_more_jobs_than_fit_one_group_are_all_done(store: SqlStore) -> None:
    jobs = [lambda tx: tx.tickets.next_number("n")] * (2 * MOST + 5)
    assert await gathered(store, *jobs) == list(range(1, 2 * MOST + 6))


async def test_a_job_that_wants_to_stop_the_thread_only_fails(store: SqlStore) -> None:
    def leave(_tx):
        raise SystemExit(3)

    done = await gathered(store, leave, lambda tx: tx.state.save("a", "1"))
    assert "SystemExit(3)" in str(done[0])
    assert await store.read(lambda tx: tx.state.load("a")) == "1"
