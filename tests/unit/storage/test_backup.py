from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.storage import SqlStore, StorageError, integrity, restore
from tests.contract.storage.build import opened


async def test_a_backup_made_while_writing_is_whole_and_can_be_restored(
    store: SqlStore, tmp_path: Path
) -> None:
    """Every job writes a pair; a copy that tears one apart, or misses what was told before it, would show."""
    copies = [tmp_path / f"copy{n}.db" for n in range(3)]
    told = 0

    def pair(tx):
        number = tx.tickets.next_number("n")
        tx.state.save("left", f"{number}")
        opened(tx, f"F{number}")
        tx.state.save("right", f"{number}")
        return number

    async def keep_writing(until):
        nonlocal told
        while not until.is_set():
            told = await store.write(pair)

    done = asyncio.Event()
    writers = [asyncio.ensure_future(keep_writing(done)) for _ in range(4)]
    floors = []
    for copy in copies:
        await store.write(pair)
        floors.append(told)
        await store.backup(copy)
    done.set()
    await asyncio.gather(*writers)
    for copy, floor in zip(copies, floors, strict=True):
        restore(copy, f"{tmp_path}/restored.db")
        again = await SqlStore.open(f"{tmp_path}/restored.db")
        left, right = await again.read(lambda tx: (tx.state.load("left"), tx.state.load("right")))
        tickets = len([row async for row in again.export("tickets")])
        await again.close()
        assert left == right == f"{tickets}"
        assert int(left) >= floor


async def test_a_restored_store_goes_on_where_the_backup_ended(
    store: SqlStore, url: str, tmp_path: Path
) -> None:
    first = await store.write(opened)
    await store.backup(tmp_path / "copy.db")
    await store.write(lambda tx: opened(tx, "F2"))
    await store.close()
    kept = restore(tmp_path / "copy.db", url)
    assert kept == tmp_path / "desk.db.before-restore"
    again = await SqlStore.open(url)
    assert await again.read(lambda tx: tx.tickets.by_number("F2")) is None
    assert await again.read(lambda tx: tx.tickets.by_number("F1")) == first
    assert (await again.write(lambda tx: opened(tx, "F3"))).id > first.id
    assert await again.integrity() == []
    await again.close()
    assert integrity(kept) == []


async def test_restoring_over_a_running_bot_is_refused(store: SqlStore, url: str, tmp_path: Path) -> None:
    await store.write(opened)
    await store.backup(tmp_path / "copy.db")
    with pytest.raises(StorageError, match="in use"):
        restore(tmp_path / "copy.db", url)
    assert await store.read(lambda tx: tx.tickets.by_number("F1"))
    assert (await store.write(lambda tx: opened(tx, "F2"))).number == "F2"


async def test_a_damaged_backup_is_refused_and_the_database_left_alone(
    store: SqlStore, url: str, tmp_path: Path
) -> None:
    await store.write(lambda tx: [opened(tx, f"F{n}") for n in range(500)])
    copy = tmp_path / "copy.db"
    await store.backup(copy)
    await store.close()
    spoiled = bytearray(copy.read_bytes())
    for at in range(8192, len(spoiled), 4096):
        spoiled[at : at + 64] = b"\xff" * 64
    copy.write_bytes(spoiled)
    with pytest.raises(StorageError, match=r"damaged|cannot be copied"):
        restore(copy, url)
    again = await SqlStore.open(url)
    assert await again.read(lambda tx: tx.tickets.by_number("F499"))
    await again.close()


async def test_a_damaged_database_can_be_restored_over_and_is_kept(
    store: SqlStore, url: str, tmp_path: Path
) -> None:
    await store.write(opened)
    await store.backup(tmp_path / "copy.db")
    await store.close()
    (tmp_path / "desk.db").write_bytes(b"what a failing disk left of it" * 200)
    (tmp_path / "desk.db-wal").write_bytes(b"a log that no longer fits")
    kept = restore(tmp_path / "copy.db", url)
    assert kept is not None
    assert kept.read_bytes().startswith(b"what a failing disk")
    assert not (tmp_path / "desk.db-wal").exists()
    again = await SqlStore.open(url)
    assert await again.read(lambda tx: tx.tickets.by_number("F1"))
    assert await again.integrity() == []
    await again.close()


def test_restoring_from_nothing_or_nonsense_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no backup"):
        restore(tmp_path / "missing.db", url)
    (tmp_path / "text.db").write_text("not a database, but long enough to look at" * 50)
    with pytest.raises(StorageError, match="cannot be copied"):
        restore(tmp_path / "text.db", url)
    assert not (tmp_path / "desk.db").exists()


async def test_a_backup_replaces_an_older_one_and_is_private(store: SqlStore, tmp_path: Path) -> None:
    copy = tmp_path / "deep" / "copy.db"
    for number in ("F1", "F2"):
        await store.write(lambda tx, n=number: opened(tx, n))
        await store.backup(copy)
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM tickets").fetchone() == (2,)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in copy.parent.iterdir()) == ["copy.db"]


async def test_integrity_names_what_is_wrong(store: SqlStore, tmp_path: Path) -> None:
    made = await store.write(opened)
    assert await store.integrity() == []
    with closing(sqlite3.connect(tmp_path / "desk.db")) as connection:
        connection.execute("DELETE FROM requesters")
        connection.commit()
    assert await store.integrity() == [f"row {made.id} of tickets refers to a missing row of requesters"]


def test_integrity_of_something_else_says_so(tmp_path: Path) -> None:
    [problem] = integrity(tmp_path / "missing.db")
    assert "cannot be read" in problem
