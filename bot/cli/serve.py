"""`serve`: run the bot from a configuration until it is told to stop; SIGHUP reads the configuration anew."""

from __future__ import annotations

import argparse
import asyncio
import logging
from pathlib import Path

import msgspec

from bot.cli import logs
from bot.cli.place import CONFIG
from bot.cli.service import Plan, Service
from bot.cli.service import run as run_service
from bot.config import Config, load, local_settings
from bot.desk.book import Book
from bot.problems import ConfigError
from bot.web.site import Demo

log = logging.getLogger(__name__)


def arguments(parser: argparse.ArgumentParser) -> None:
    """--config --port."""
    parser.add_argument("--config", type=Path, default=CONFIG, help="default config.toml")
    parser.add_argument("--port", type=int, help="instead of the configuration's [web] port")


def run(args: argparse.Namespace) -> int:
    """Serve."""
    logs.start()
    config, book = _read(args.config, args.port)
    home = args.config.parent
    plan = Plan(
        config=config,
        book=book,
        database=home / config.storage.database,
        media=home / config.storage.media,
        local=local_settings(config, book) if config.channels.local or config.web.demo else None,
    )
    asyncio.run(run_service(plan, lambda service: _conduct(service, args.config, args.port)))
    return 0


def _read(path: Path, port: int | None) -> tuple[Config, Book]:
    config, book = load(path)
    if port is not None:
        config = msgspec.structs.replace(config, web=msgspec.structs.replace(config.web, port=port))
    return config, book


async def _conduct(service: Service, path: Path, port: int | None) -> None:
    async def reload() -> None:
        """A broken file is reported and changes nothing; channels and addresses wait for the next start."""
        try:
            config, book = _read(path, port)
        except ConfigError as error:
            log.error("config.refused", extra={"why": str(error)})  # noqa: TRY400  # the sentence says it all
            return
        await service.app.reload(book, config.chats)
        started = service.plan.config
        waits = config.channels != started.channels or config.web != started.web
        log.info("config.reloaded", extra={"contracts": len(book.terms), "restart_needed": waits})

    service.on_reload(reload)
    await service.run(_page(service), lambda: None)


def _page(service: Service) -> Demo | None:
    """The page with the phones, on the real clock, where the configuration asks for it."""
    if not service.plan.config.web.demo or service.plan.local is None:
        return None
    return Demo(
        settings=service.plan.local,
        sentbox=service.store.sentbox,
        book=lambda: service.app.shelf.book,
        customers=("customer", "customer2"),
        media=service.plan.media,
    )
