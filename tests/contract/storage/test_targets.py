from __future__ import annotations

import msgspec
import pytest

from bot.desk.records import TargetFilter
from bot.storage import SqlStore
from tests.contract.storage.build import NOW, later, opened, target

replace = msgspec.structs.replace


async def test_targets_come_back_as_they_were_given(store: SqlStore) -> None:
    def arrange(tx):
        mine = opened(tx)
        given = [
            target(mine.id),
            target(mine.id, "arrive", cycle=2, due=None, started_at=None, pausable=True),
        ]
        return mine.id, given, tx.targets.add_all(given)

    mine, given, stored = await store.write(arrange)
    assert stored == [replace(each, id=row.id) for each, row in zip(given, stored, strict=True)]
    assert len({row.id for row in stored}) == 2
    assert await store.read(lambda tx: tx.targets.of_ticket(mine)) == stored
    assert await store.read(lambda tx: tx.targets.of_ticket(mine, 2)) == stored[1:]
    assert await store.read(lambda tx: tx.targets.get(stored[1].id)) == stored[1]


async def test_saving_keeps_the_facts(store: SqlStore) -> None:
    [made] = await store.write(lambda tx: tx.targets.add_all([target(opened(tx).id)]))
    late = replace(made, breached_at=later(600), detected_at=later(601), met_at=later(700), met_by=9)
    await store.write(lambda tx: tx.targets.save(late))
    assert await store.read(lambda tx: tx.targets.get(made.id)) == late


@pytest.mark.parametrize(
    ("wanted", "stages"),
    [
        (TargetFilter(), ["respond", "dispatch", "arrive", "resolve", "replace"]),
        (TargetFilter(contract="canteen"), ["respond", "arrive", "resolve", "replace"]),
        (TargetFilter(assignee="agent2"), ["dispatch"]),
        (TargetFilter(open_only=True), ["respond", "dispatch", "replace"]),
        (TargetFilter(overdue_at=later(20)), ["respond"]),
        (TargetFilter(overdue_at=later(21)), ["respond", "dispatch"]),
        (TargetFilter(since=later(30), until=later(40)), ["arrive"]),
        (TargetFilter(since=later(100), until=later(101)), ["arrive"]),
        (TargetFilter(since=later(40)), ["arrive", "resolve"]),
        (TargetFilter(until=later(20)), ["respond"]),
    ],
)
async def test_find_applies_every_condition(store: SqlStore, wanted: TargetFilter, stages: list[str]) -> None:
    def arrange(tx):
        mine, theirs = opened(tx), opened(tx, "B1", contract="books", assignee="agent2")
        tx.targets.add_all(
            [
                target(mine.id, "respond", due=later(10)),
                target(theirs.id, "dispatch", due=later(20)),
                target(mine.id, "arrive", due=later(30), met_at=later(100), breached_at=later(30)),
                target(mine.id, "resolve", due=later(40), cancelled_at=NOW),
                target(mine.id, "replace", due=None, started_at=None),
            ]
        )

    await store.write(arrange)
    found = await store.read(lambda tx: tx.targets.find(wanted))
    assert [each.stage for _, each in found if each.due] + [
        each.stage for _, each in found if not each.due
    ] == stages
    assert all(mine.id == each.ticket for mine, each in found)
