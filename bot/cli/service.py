"""The running bot: store, channels, engines and web server together, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import msgspec
from aiohttp import web

from bot.app import App, Parts
from bot.channels.build import Workshop, build
from bot.channels.local.settings import LocalSettings
from bot.cli.faults import UsageError
from bot.cli.learned import intake_of
from bot.cli.logs import mind_the_loop
from bot.cli.sole import sole
from bot.clock import Bell, SystemClock
from bot.config import Config
from bot.desk.book import Book
from bot.storage.store import SqlStore
from bot.web.app import build as build_web
from bot.web.site import Demo, Site

log = logging.getLogger(__name__)

SHUTDOWN = 5.0  # seconds that open requests are given


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to run. `local`: the local channel's settings, None where there is none."""

    config: Config
    book: Book
    database: Path
    media: Path
    local: LocalSettings | None


class Service:
    """One running bot."""

    def __init__(self, plan: Plan, store: SqlStore) -> None:
        self.plan = plan
        self.store = store
        self.clock = SystemClock()
        workshop = Workshop(clock=self.clock, sentbox=store.sentbox, media=plan.media, local=plan.local)
        self.channels = build(plan.config.channels, workshop)
        self.app = App(
            Parts(
                store=store,
                book=plan.book,
                clock=self.clock,
                intake=intake_of(plan.database),
                channels=self.channels,
                chats=plan.config.chats,
                media=plan.media,
            )
        )
        store.on_commit(self.app.ring)
        self._bell = Bell()
        self._stopping = False
        self._reload: Callable[[], Awaitable[None]] | None = None
        self._asked_to_reload = False

    def site(self, demo: Demo | None) -> Site:
        """What the web server answers for."""
        return Site(
            store=self.store,
            clock=self.clock,
            channels=self.channels,
            counters=self.app.counters,
            loops=self.app.loops,
            on_commit=self.store.on_commit,
            demo=demo,
        )

    async def run(self, demo: Demo | None, ready: Callable[[], None]) -> None:
        """Serve until SIGTERM or Ctrl-C; then stop in order: nothing more in, loops down, connections closed.

        Raises UsageError where the address cannot be had.
        """
        mind_the_loop()
        runner = web.AppRunner(build_web(self.site(demo)), access_log=None, shutdown_timeout=SHUTDOWN)
        await runner.setup()
        try:
            await self._listen(runner)
            await self.store.write(lambda tx: tx.state.free_leases())  # the file is ours alone: see `sole`
            await self.app.start()
            self._heed_signals()
            log.info("service.started", extra={"port": self.plan.config.web.port})
            ready()
            await self._until_told()
        finally:
            log.info("service.stopping")
            await self.app.stop()
            await runner.cleanup()
        log.info("service.stopped")

    async def _listen(self, runner: web.AppRunner) -> None:
        where = self.plan.config.web
        try:
            await web.TCPSite(runner, where.host, where.port).start()
        except OSError as error:
            raise UsageError(
                f"{where.host}:{where.port} cannot be listened on ({(error.strerror or '').lower()}): "
                "stop what uses it, or give another --port"
            ) from None

    def on_reload(self, reload: Callable[[], Awaitable[None]]) -> None:
        """What SIGHUP does."""
        self._reload = reload

    def stop(self) -> None:
        """End `run`."""
        self._stopping = True
        self._bell.ring()

    def _heed_signals(self) -> None:
        loop = asyncio.get_running_loop()
        with suppress(NotImplementedError):  # Windows knows Ctrl-C alone
            for name in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(name, self.stop)
            loop.add_signal_handler(signal.SIGHUP, self._ask_to_reload)

    def _ask_to_reload(self) -> None:
        self._asked_to_reload = True
        self._bell.ring()

    async def _until_told(self) -> None:
        while not self._stopping:
            await self._bell.heard()
            if self._asked_to_reload and self._reload:
                self._asked_to_reload = False
                await self._reload()


async def run(plan: Plan, conduct: Callable[[Service], Awaitable[None]]) -> None:
    """Open the database, let `conduct` run the service, close the database.

    Raises UsageError where another bot runs on it.
    """
    plan.media.mkdir(mode=0o700, parents=True, exist_ok=True)
    with sole(plan.database):
        store = await SqlStore.open(str(plan.database))
        try:
            await conduct(Service(plan, store))
        finally:
            await store.close()
