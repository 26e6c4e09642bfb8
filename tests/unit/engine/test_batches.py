"""Rows are worked off in batches; one that cannot be handled undoes nobody else's work and holds up no one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.app import App, Parts
from bot.channels.local.channel import LocalChannel
from bot.cli.world import world
from bot.clock import DrillClock
from bot.config import build_book, local_settings, shipped_schemes
from bot.desk.records import TicketFilter
from bot.domain.messages import Address, Incoming
from bot.engine.inbox import MAX_ATTEMPTS
from bot.intake import Intake
from bot.storage.store import SqlStore

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
COMPLAINT = "今天送的豆腐有馊味，20斤"


def said(number: int, who: str, **more: object) -> Incoming:
    given = {"address": Address(channel="local", chat=who, user=who), "sender": who, "sent_at": START}
    return Incoming(provider_id=f"m{number}", **{"text": COMPLAINT, **given, **more})


def unreadable(number: int, who: str) -> Incoming:
    """A move of a chat that does not say where to: no channel of ours writes that, so nothing can read it."""
    return said(number, who, kind="migrated")


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    config = world("food")
    book = build_book(Path("world"), config, shipped_schemes())
    clock = DrillClock(START)
    store = await SqlStore.open(str(tmp_path / "desk.sqlite3"))
    channel = LocalChannel(local_settings(config, book), clock=clock, sentbox=store.sentbox)
    parts = Parts(
        store=store, book=book, clock=clock, intake=Intake(), channels=(channel,), chats=config.chats
    )
    running = App(parts)
    await running.prepare()
    yield running
    await store.close()


async def complainants(app: App) -> list[str]:
    """Who has a ticket, in the order of opening."""
    found = await app.parts.store.read(lambda tx: tx.tickets.find(TicketFilter()))
    return [ticket.origin.chat for ticket in sorted(found, key=lambda t: t.id)]


async def test_a_row_that_cannot_be_handled_holds_back_its_own_conversation_only(app: App) -> None:
    await app.inlet.receive([said(1, "ann"), unreadable(2, "bob"), said(3, "bob"), said(4, "cid")])
    await app.inbox.run_once(START)
    assert await complainants(app) == ["ann", "cid"]


async def test_after_the_last_try_supervisors_read_it_and_the_conversation_goes_on(app: App) -> None:
    await app.inlet.receive([unreadable(1, "bob"), said(2, "bob")])
    tries = 0
    at: datetime | None = START
    while at is not None:
        await app.inbox.run_once(at)
        tries += 1
        at = await app.inbox.next_at()
    await app.inbox.run_once(START)
    assert tries == MAX_ATTEMPTS
    assert await complainants(app) == ["bob"]
    alarms = await app.parts.store.write(lambda tx: tx.outbox.claim(START.replace(hour=23), START, 99))
    assert any(row.key.startswith("unreadable:1:") for row in alarms)


async def test_a_timer_that_cannot_be_fired_stops_no_other_clock(app: App) -> None:
    store = app.parts.store
    await app.inlet.receive([said(1, "ann"), said(2, "bob"), said(3, "cid")])
    await app.inbox.run_once(START)
    tickets = await store.read(lambda tx: tx.tickets.find(TicketFilter()))
    bob = next(t for t in tickets if t.origin.chat == "bob")
    await store.write(lambda tx: tx.tickets.save(replace(bob, terms="of a version that is lost")))
    told = {t.origin.chat: await notices(app, t.id) for t in tickets}
    at = await app.timers.next_at()
    assert at is not None
    while await app.timers.run_once(at):
        pass
    more = {t.origin.chat: await notices(app, t.id) - told[t.origin.chat] for t in tickets}
    assert more["bob"] == 0
    assert more["ann"] == more["cid"] > 0
    later = await store.read(lambda tx: tx.timers.due(at.replace(year=2027), 99))
    assert {t.attempts for t in later if t.ticket == bob.id} == {0, 1}


async def notices(app: App, ticket: int) -> int:
    """How many notices there are about a ticket."""
    return await app.parts.store.read(lambda tx: len(tx.outbox.of_ticket(ticket)))
