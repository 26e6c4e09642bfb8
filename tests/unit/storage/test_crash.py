from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from bot.storage import SqlStore
from tests.contract.storage.build import later

ROOT = Path(__file__).parents[3]
LIVES = 5


def live_and_die(url: str, life: int) -> list[str]:
    """Start a writer, let it be told of some hundred jobs, kill it; the jobs it was told of."""
    command = [sys.executable, "tests/unit/storage/crash_child.py", url, f"{life}"]
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
    ) as child:
        told = [child.stdout.readline() for _ in range(100 + 37 * life)]
        child.send_signal(signal.SIGKILL)
        told += child.stdout.readlines()
    return [line.strip() for line in told if line.endswith("\n")]


async def test_no_job_that_was_told_durable_is_lost_to_sigkill_and_none_is_halved(url: str) -> None:
    told: list[str] = []
    for life in range(LIVES):
        told += live_and_die(url, life)
    store = await SqlStore.open(url)
    tickets = {row["id"]: row["number"] async for row in store.export("tickets")}
    events = sorted([row["ticket"] async for row in store.export("events")])
    notices = {row["key"]: row["ticket"] async for row in store.export("outbox")}
    timers = await store.read(lambda tx: sorted(timer.ticket for timer in tx.timers.due(later(1), 10**6)))
    arrived = await store.read(
        lambda tx: {row.incoming.provider_id for row in tx.inbox.pending(10**6, later(1))}
    )
    assert await store.integrity() == []
    await store.close()
    assert len(told) >= 100 * LIVES
    assert set(told) <= set(tickets.values())
    assert arrived == set(tickets.values()) == set(notices)
    assert events == timers == sorted(tickets)
    assert all(tickets[ticket] == key for key, ticket in notices.items())
