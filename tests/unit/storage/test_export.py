from __future__ import annotations

import json

import pytest

from bot.domain.words import EventType
from bot.storage import SqlStore, StorageError, export
from tests.contract.storage.build import NOW, event, later, message, notice, opened, target


async def every(rows):
    return [row async for row in rows]


async def test_every_table_is_exported_as_json_lines(store: SqlStore, url: str) -> None:
    def arrange(tx):
        mine = opened(tx)
        tx.events.append(event(mine.id, EventType.TAKEN, data={"n": 1}))
        tx.targets.add_all([target(mine.id, met_at=NOW), target(mine.id, breached_at=later(600))])
        tx.messages.add(message(ticket=mine.id))
        tx.outbox.add(notice("k", ticket=mine.id))
        return mine

    mine = await store.write(arrange)
    rows = {w: await every(export(url, w)) for w in ("tickets", "events", "targets", "messages", "outbox")}
    assert json.loads(json.dumps(rows)) == rows
    assert rows["tickets"][0]["number"] == "F1"
    assert rows["tickets"][0]["opened_at"] == "2026-02-16T15:50:00.123456Z"
    assert rows["events"][0] | {"id": 0} == {
        "id": 0,
        "ticket": mine.id,
        "cycle": 1,
        "type": "taken",
        "at": "2026-02-16T15:50:00.123456Z",
        "recorded_at": None,
        "actor": "bot",
        "message": 0,
        "data": {"n": 1},
    }
    assert [row["state"] for row in rows["targets"]] == ["met", "breached"]
    assert rows["messages"][0]["text"] == message().text
    assert rows["outbox"][0]["message"]["text"] == "已受理"
    assert await every(store.export("tickets")) == rows["tickets"]


async def test_rows_come_in_the_order_in_which_they_were_made(store: SqlStore) -> None:
    await store.write(lambda tx: [opened(tx, f"F{n}") for n in range(1200)])
    assert [row["number"] async for row in store.export("tickets")] == [f"F{n}" for n in range(1200)]


async def test_an_export_is_one_snapshot(store: SqlStore) -> None:
    await store.write(lambda tx: [opened(tx, f"F{n}") for n in range(5)])
    rows = store.export("tickets")
    await anext(rows)
    await store.write(lambda tx: opened(tx, "F9"))
    assert len(await every(rows)) == 4


def test_an_unknown_table_is_refused_by_name(url: str) -> None:
    with pytest.raises(StorageError, match=r"nonces.*tickets"):
        export(url, "nonces")
