"""The real process killed twenty times in the middle of its work: nothing that was taken is lost or done twice."""

from __future__ import annotations

import asyncio
import http.client
import random
import sqlite3
import threading
import time
import urllib.error
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.storage import export
from tests.e2e.conftest import Desk

KILLS = 20
WRITERS = 6
GONE = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)


class Crowd:
    """Customers who each complain once and add a word; whoever gets no 200 says it again, as providers do."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.taken: dict[str, str] = {}  # the id of every message that was answered with 200, and who said it
        self.repeats = 0
        self._next = 0
        self._news = threading.Condition()
        self._up = threading.Event()
        self._over = False
        self._threads = [threading.Thread(target=self._write, daemon=True) for _ in range(WRITERS)]

    def start(self) -> None:
        self._up.set()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over = True
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()

    def desk_is_up(self, up: bool) -> None:
        self._up.set() if up else self._up.clear()

    def wait_for(self, more: int) -> None:
        """Until so many more have been taken."""
        with self._news:
            until = len(self.taken) + more
            assert self._news.wait_for(lambda: len(self.taken) >= until, 60), "nobody is heard any more"

    def _write(self) -> None:
        while not self._over:
            with self._news:
                self._next += 1
                name = f"c{self._next}"
            self._say(f"{name}-1", name, "今天送的豆腐有馊味，20斤")
            self._say(f"{name}-2", name, "整箱都有馊味")

    def _say(self, key: str, name: str, text: str) -> None:
        """Say it until it is taken: the same id each time."""
        while True:
            self._up.wait(60)
            try:
                answer = self.desk.post("/local/messages", {"from": name, "text": text, "id": key})
            except GONE:
                self.repeats += 1
                continue
            assert answer == {"id": key}
            with self._news:
                self.taken[key] = name
                self._news.notify_all()
            return


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Desk]:
    running = Desk(tmp_path / "data", tmp_path / "stderr.log").start()
    yield running
    if running.process.poll() is None:
        running.stop()


def kill(desk: Desk) -> None:
    desk.process.kill()
    desk.process.wait(30)
    assert desk.process.stdout is not None
    desk.process.stdout.close()


def test_twenty_kills_under_load_lose_nothing_and_repeat_nothing(
    fresh: Desk, record_property: Callable[[str, object], None]
) -> None:
    began, dice, crowd = time.monotonic(), random.Random(20260302), Crowd(fresh)
    crowd.start()
    for _ in range(KILLS):
        crowd.wait_for(dice.randint(1, 40))
        crowd.desk_is_up(False)
        kill(fresh)
        fresh.start()
        crowd.desk_is_up(True)
    crowd.wait_for(20)
    crowd.stop()
    heard = {name: told(fresh, name) for name in set(crowd.taken.values())}
    assert fresh.stop() == 0
    books = Books(fresh.folder / "demo.sqlite3")
    books.every_message_is_in_one_ticket(crowd.taken)
    books.every_ticket_has_its_promises_and_timers()
    books.everybody_was_acknowledged_once(heard)
    record_property("messages taken", len(crowd.taken))
    record_property("said again", crowd.repeats)
    record_property("seconds", round(time.monotonic() - began))


def told(desk: Desk, name: str) -> list[str]:
    """What a customer has heard, once they have heard anything."""
    return [message["text"] for message in desk.get(f"/local/messages?to={name}&wait=25")]


async def every(rows: AsyncIterator[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row async for row in rows]


class Books:
    """What the database holds afterwards."""

    def __init__(self, database: Path) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {
            what: asyncio.run(every(export(str(database), what)))
            for what in ("tickets", "messages", "targets", "outbox")
        }
        with closing(sqlite3.connect(database)) as connection:
            assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
            found = connection.execute("select ticket, target from timers where kind = 'target'").fetchall()
            unhandled = connection.execute("select count(*) from inbox where handled_at is null").fetchone()
        self.timers = Counter(found)
        assert unhandled == (0,)

    def every_message_is_in_one_ticket(self, taken: dict[str, str]) -> None:
        incoming = [m for m in self.rows["messages"] if m["direction"] == "in"]
        assert Counter(m["provider_id"] for m in incoming).most_common(1)[0][1] == 1
        ticket = {m["provider_id"]: m["ticket"] for m in incoming}
        of: defaultdict[str, set[int]] = defaultdict(set)
        for key, name in taken.items():
            assert ticket[key], f"{key} was taken and is in no ticket"
            of[name].add(ticket[key])
        assert all(len(tickets) == 1 for tickets in of.values())
        assert len(self.rows["tickets"]) == len({t for tickets in of.values() for t in tickets})
        numbers = Counter(t["number"] for t in self.rows["tickets"])
        assert numbers.most_common(1)[0][1] == 1

    def every_ticket_has_its_promises_and_timers(self) -> None:
        stages: defaultdict[int, list[str]] = defaultdict(list)
        for target in self.rows["targets"]:
            stages[target["ticket"]].append(target["stage"])
            owed = target["met_at"] is None and target["due"] is not None
            assert self.timers[target["ticket"], target["id"]] == owed, target
        for ticket in self.rows["tickets"]:
            assert sorted(stages[ticket["id"]]) == ["acknowledge", "arrive", "resolve", "respond"]

    def everybody_was_acknowledged_once(self, heard: dict[str, list[str]]) -> None:
        rows = [row for row in self.rows["outbox"] if row["purpose"] == "acknowledge"]
        assert {row["ticket"] for row in rows} == {t["id"] for t in self.rows["tickets"]}
        assert len(rows) == len(self.rows["tickets"])
        assert {row["state"] for row in rows} <= {"sent", "uncertain"}
        met = {t["ticket"] for t in self.rows["targets"] if t["stage"] == "acknowledge" and t["met_at"]}
        assert met == {row["ticket"] for row in rows if row["state"] == "sent"}
        for name, texts in heard.items():
            acknowledged = sum("已受理" in text for text in texts)
            assert acknowledged == 1, (name, texts)
