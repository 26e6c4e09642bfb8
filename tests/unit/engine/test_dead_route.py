"""A route that does not answer costs a round two time limits at most, and everything behind learns of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import App, Parts
from bot.channels.base import ChannelError, Sent, Temporary, Uncertain
from bot.channels.local.channel import LocalChannel
from bot.cli.world import world
from bot.clock import DrillClock
from bot.config import build_book, local_settings, shipped_schemes
from bot.desk.book import Turn
from bot.desk.notices import Audience, Notice, tell
from bot.domain.messages import Address, Outgoing, Purpose
from bot.intake import Intake
from bot.storage.store import SqlStore

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
ROUTES = (Address(channel="local", chat="ann", user="ann"), Address(channel="local", chat="staff"))


class Broken(LocalChannel):
    """Fails as it is told, for whoever is not in the staff group; counts how often it was asked."""

    asked = 0
    failures: tuple[ChannelError | None, ...] = ()

    async def send(self, to: Address, message: Outgoing) -> Sent:
        if to.chat == "staff":
            return await super().send(to, message)
        self.asked += 1
        error = self.failures[(self.asked - 1) % len(self.failures)]
        if error is not None:
            raise error
        return await super().send(to, message)


@pytest.mark.parametrize(
    ("failures", "asked"),
    [
        ((Temporary("no answer"),), 2),
        ((Uncertain("no answer"),), 2),
        ((Temporary("this one"), None), 5),
    ],
)
async def test_a_dead_route_is_asked_twice_in_a_round(
    tmp_path: Path, failures: tuple[ChannelError | None, ...], asked: int
) -> None:
    config = world("food")
    book = build_book(Path("world"), config, shipped_schemes())
    clock = DrillClock(START)
    store = await SqlStore.open(str(tmp_path / "desk.sqlite3"))
    channel = Broken(local_settings(config, book), clock=clock, sentbox=store.sentbox)
    channel.failures = failures
    app = App(Parts(store=store, book=book, clock=clock, intake=Intake(), channels=(channel,)))
    await app.prepare()
    audience = Audience(recipient="ann", routes=ROUTES)
    await store.write(
        lambda tx: [
            tell(
                Turn(tx=tx, book=book, now=START),
                audience,
                Notice(key=f"k{n}", purpose=Purpose.PAGE, text=f"n{n}"),
            )
            for n in range(5)
        ]
    )
    await app.outbox.run_once(START)
    rows = [await store.read(lambda tx, n=n: tx.outbox.get(n + 1)) for n in range(5)]
    assert channel.asked == asked
    assert all(row is not None and (row.attempts == 1 or row.state in {"sent", "uncertain"}) for row in rows)
    await store.close()
