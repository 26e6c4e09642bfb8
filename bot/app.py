"""The composition root: builds all parts, owns start-up, tasks and shutdown."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import msgspec

from bot.channels.base import Channel
from bot.clock import Bell, Clock
from bot.config import ChatSpec
from bot.desk.book import Book, Turn
from bot.desk.handover import plan_next
from bot.desk.ports import Store, Tx
from bot.desk.records import Chat
from bot.domain.messages import Address
from bot.engine.attachments import Attachments
from bot.engine.inbox import InboxEngine
from bot.engine.inlet import StoreInlet
from bot.engine.outbox import OutboxEngine
from bot.engine.parts import Shelf, Switchboard
from bot.engine.timers import TimerEngine
from bot.handlers.router import Router
from bot.intake import Intake

log = logging.getLogger(__name__)

_NAP = timedelta(seconds=60)


class Engine(Protocol):
    """One loop: does what is due, says whether there may be more, and when it is wanted next."""

    async def run_once(self, now: datetime) -> bool:
        """Do what is due; True while there may be more."""

    async def next_at(self) -> datetime | None:
        """When it is wanted next."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What an app is built from."""

    store: Store
    book: Book
    clock: Clock
    intake: Intake
    channels: tuple[Channel, ...]
    chats: tuple[ChatSpec, ...] = ()
    media: Path | None = None  # where attachments are kept; None: only described


class App:
    """The running desk: three engines over one store, and the channels."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.channels = parts.channels
        self.counters: Counter[str] = Counter()
        self.shelf = Shelf(parts.book)
        self.inlet = StoreInlet(parts.store, parts.clock, self.counters)
        switchboard = Switchboard({(c.name, c.account): c for c in self._with_attachments(parts)})
        self.inbox = InboxEngine(parts.store, self.shelf, Router(parts.intake))
        self.outbox = OutboxEngine(parts.store, self.shelf, switchboard)
        self.timers = TimerEngine(parts.store, self.shelf)
        self.bells = {"inbox": Bell(), "outbox": Bell(), "timers": Bell()}
        self._tasks: list[asyncio.Task[None]] = []

    def _with_attachments(self, parts: Parts) -> tuple[Channel, ...]:
        """The channels, and the one that fetches and keeps what comes attached."""
        if parts.media is not None:
            sources = Switchboard({(c.name, c.account): c for c in parts.channels})
            self.channels = (*parts.channels, Attachments(parts.media, sources, parts.clock))
        return self.channels

    @property
    def engines(self) -> dict[str, Engine]:
        """The loops by the name of the table that wakes them."""
        return {"inbox": self.inbox, "timers": self.timers, "outbox": self.outbox}

    def loops(self) -> dict[str, bool]:
        """Whether each engine's loop runs; empty before the start."""
        return {t.get_name(): not t.done() for t in self._tasks if t.get_name() in self.engines}

    async def prepare(self) -> None:
        """Write down what the configuration knows beforehand, and start the channels."""
        await self.parts.store.write(lambda tx: self._settle_in(tx, self.parts.chats))
        for channel in self.channels:
            await channel.start(self.inlet)

    def _settle_in(self, tx: Tx, chats: Sequence[ChatSpec]) -> None:
        for spec in chats:
            remember_chat(tx, spec)
        plan_next(Turn(tx=tx, book=self.shelf.book, now=self.parts.clock.now()))

    async def settle(self) -> None:
        """Work until nothing is due at this instant: for drills, which move the clock themselves."""
        now = self.parts.clock.now()
        busy = True
        while busy:
            busy = False
            for engine in self.engines.values():
                while await engine.run_once(now):
                    busy = True

    async def next_at(self) -> datetime | None:
        """When anything is due next."""
        times = [await engine.next_at() for engine in self.engines.values()]
        return min((t for t in times if t), default=None)

    async def start(self) -> None:
        """Prepare, then run every loop in the background."""
        await self.prepare()
        for name, engine in self.engines.items():
            self._spawn(name, lambda e=engine, n=name: self._loop(e, self.bells[n]))  # type: ignore[misc]
        for channel in self.channels:
            self._spawn(channel.name, channel.run)

    def ring(self, touched: frozenset[str]) -> None:
        """Something was committed: wake the loops whose tables it touched."""
        for table, bell in self.bells.items():
            if table in touched:
                bell.ring()

    async def stop(self) -> None:
        """Stop the loops where they are (everything is durable), then the channels."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        for channel in self.channels:
            await channel.stop()

    async def reload(self, book: Book, chats: Sequence[ChatSpec]) -> None:
        """Go by another book from now on; tickets keep the terms they were opened under."""
        self.shelf.book = book
        await self.parts.store.write(lambda tx: self._settle_in(tx, chats))

    def _spawn(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self._tasks.append(asyncio.create_task(self._keep_alive(name, work), name=name))

    async def _keep_alive(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """A loop that fails starts again, after a pause that grows; one that returns is done."""
        pause = 1.0
        while True:
            began = self.parts.clock.now()
            try:
                await work()
            except Exception:
                log.exception("the loop %s failed and starts again", name)
            else:
                return
            pause = 1.0 if self.parts.clock.now() - began > _NAP else min(pause * 2, 60.0)
            await self.parts.clock.wait(self.parts.clock.now() + timedelta(seconds=pause), Bell())

    async def _loop(self, engine: Engine, bell: Bell) -> None:
        clock = self.parts.clock
        while True:
            if not await engine.run_once(clock.now()):
                soonest = await engine.next_at()
                latest = clock.now() + _NAP  # the wall clock may be set meanwhile
                await clock.wait(min(soonest, latest) if soonest else latest, bell)


def remember_chat(tx: Tx, spec: ChatSpec) -> None:
    """A chat of the configuration, unless it is known with later news of its own."""
    address = Address(channel=spec.channel, account=spec.account, chat=spec.chat, thread=spec.thread)
    known = tx.people.chat(address)
    fresh = Chat(address=address, role=spec.role, contract=spec.contract, title=spec.title)
    if known:
        fresh = msgspec.structs.replace(fresh, last_in_at=known.last_in_at, sent_since_in=known.sent_since_in)
    tx.people.put_chat(fresh)
