"""`demo`: the embedded default. SQLite and one page on loopback; nothing to configure, no account."""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec.structs import replace

from bot.cli import logs
from bot.cli.faults import UsageError
from bot.cli.service import Plan, Service
from bot.cli.service import run as run_service
from bot.cli.sole import sole
from bot.cli.world import CUSTOMERS, world
from bot.config import Config, Web, build_book, local_settings, shipped_schemes
from bot.desk.book import Book
from bot.texts import say
from bot.web.site import Demo

SCHEMES = ("food", "books", "medical", "survey")
SCHEME = "demo.scheme"  # the key under which the database keeps which trade is shown


def arguments(parser: argparse.ArgumentParser) -> None:
    """--port --scheme --data --fresh."""
    parser.add_argument("--port", type=int, default=8080, help="default 8080")
    parser.add_argument(
        "--scheme", choices=SCHEMES, help="the trade to show (default: the last one, or food)"
    )
    parser.add_argument(
        "--data", type=Path, default=Path("data"), help="folder of the database (default data)"
    )
    parser.add_argument("--fresh", action="store_true", help="start with an empty database")
    parser.add_argument("--verbose", action="store_true", help="log everything, not only warnings")


def run(args: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C."""
    if not 0 < args.port < 65536:
        raise UsageError("--port must be a number from 1 to 65535")
    logs.start(logging.INFO if args.verbose else logging.WARNING)
    database = args.data / "demo.sqlite3"
    if args.fresh:
        with sole(database):
            for suffix in ("", "-wal", "-shm"):  # the lock is held, and what a restore set aside stays
                database.with_name(database.name + suffix).unlink(missing_ok=True)
    config, book = _world(args.scheme or SCHEMES[0], args.port)
    plan = Plan(
        config=config,
        book=book,
        database=database,
        media=args.data / "media",
        local=local_settings(config, book),
    )
    asyncio.run(run_service(plan, lambda service: _conduct(service, args.scheme)))
    return 0


def _world(scheme: str, port: int) -> tuple[Config, Book]:
    """A contract of each trade; whoever writes belongs to the one that is shown."""
    worlds = {name: world(name) for name in SCHEMES}
    contracts = tuple(replace(w.contracts[0], id=f"demo-{name}") for name, w in worlds.items())
    desk = replace(worlds[scheme].desk, default_contract=f"demo-{scheme}")
    config = replace(worlds[scheme], contracts=contracts, desk=desk, web=Web(port=port, demo=True))
    return config, build_book(Path("demo"), config, shipped_schemes())


async def _conduct(service: Service, scheme: str | None) -> None:
    async def switch(wanted: str) -> None:
        config, book = _world(wanted, service.plan.config.web.port)
        await service.store.write(lambda tx: tx.state.save(SCHEME, wanted))
        await service.app.reload(book, config.chats)

    last = await service.store.read(lambda tx: tx.state.load(SCHEME))
    if scheme or last in SCHEMES:
        await switch(scheme or str(last))
    await service.run(_demo(service, switch), lambda: _greet(service))


def _demo(service: Service, switch: Callable[[str], Awaitable[None]]) -> Demo:
    titles = {name: found.title for name, found in shipped_schemes().items()}
    return Demo(
        settings=local_settings(service.plan.config, service.plan.book),
        sentbox=service.store.sentbox,
        book=lambda: service.app.shelf.book,
        customers=CUSTOMERS,
        media=service.plan.media,
        advance=service.clock.advance,
        schemes={name: titles[name] for name in SCHEMES},
        switch=switch,
    )


def _greet(service: Service) -> None:
    print(say("demo.ready", url=f"http://127.0.0.1:{service.plan.config.web.port}"), flush=True)
