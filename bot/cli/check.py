"""`check`: reads the configuration, talks to every channel, and says what is wrong and what to do."""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bot.channels.base import Channel, Finding
from bot.channels.build import Workshop, build
from bot.channels.local.sentbox import MemorySentbox
from bot.cli.check_rules import rules
from bot.cli.place import CONFIG
from bot.cli.table import table
from bot.clock import SystemClock
from bot.config import Config, load, local_settings
from bot.desk.book import Book
from bot.texts import say

PATIENCE = 20.0  # seconds for each channel
_SIGNS = {"ok": "✓", "warning": "!", "error": "✗"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """--config --offline --json."""
    parser.add_argument("--config", type=Path, default=CONFIG, help="default config.toml")
    parser.add_argument("--offline", action="store_true", help="do not talk to any provider")
    parser.add_argument("--json", action="store_true", help="a JSON line per finding")


def run(args: argparse.Namespace) -> int:
    """Print every finding; 1 where one of them is an error."""
    logging.getLogger().addHandler(logging.NullHandler())
    config, book = load(args.config)
    clock = SystemClock()
    read = Finding(subject=str(args.config), state="ok", says=say("check.read", count=len(book.terms)))
    findings = [read, *rules(config, book, clock.now())]
    if not args.offline:
        findings += asyncio.run(_channels(args.config, config, book, clock))
    print("\n".join(_json(findings) if args.json else _text(findings)))
    return 1 if any(f.state == "error" for f in findings) else 0


async def _channels(path: Path, config: Config, book: Book, clock: SystemClock) -> list[Finding]:
    local = local_settings(config, book) if config.channels.local or config.web.demo else None
    media = path.parent / config.storage.media
    channels = build(
        config.channels, Workshop(clock=clock, sentbox=MemorySentbox(), media=media, local=local)
    )
    found = await asyncio.gather(*(_ask(channel) for channel in channels))
    return [finding for group in found for finding in group]


async def _ask(channel: Channel) -> Sequence[Finding]:
    """A channel that cannot even be asked is a finding too."""
    subject = f"{channel.name} {channel.account}"
    try:
        return await asyncio.wait_for(channel.check(), PATIENCE)
    except TimeoutError:
        return [_failed(subject, say("check.no_answer", seconds=int(PATIENCE)))]
    except Exception as error:  # noqa: BLE001  # whatever ails one channel, the others are still asked
        return [_failed(subject, say("check.failed", error=type(error).__name__))]
    finally:
        await channel.stop()


def _failed(subject: str, says: str) -> Finding:
    return Finding(subject=subject, state="error", says=says, todo=say("check.failed_todo"))


def _json(findings: Sequence[Finding]) -> list[str]:
    return [msgspec.json.encode(finding).decode() for finding in findings]


def _text(findings: Sequence[Finding]) -> list[str]:
    rows = [
        [_SIGNS[f.state], f.subject, f.says + (say("check.todo", todo=f.todo) if f.todo else "")]
        for f in findings
    ]
    counts = {state: sum(f.state == state for f in findings) for state in _SIGNS}
    return [*table(rows), "", say("check.sum", **counts)]
