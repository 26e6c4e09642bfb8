"""`export WHAT`: the database as JSON lines, for spreadsheets, audits and checks."""

from __future__ import annotations

import argparse
import asyncio
import sys

import msgspec

from bot.cli import place
from bot.storage import export

WHAT = ("tickets", "events", "messages", "targets", "outbox")


def arguments(parser: argparse.ArgumentParser) -> None:
    """WHAT, and which database."""
    parser.add_argument("what", choices=WHAT)
    place.arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Write every row, oldest first."""
    asyncio.run(_write(str(place.database(args)), args.what))
    return 0


async def _write(database: str, what: str) -> None:
    async for row in export(database, what):
        sys.stdout.write(msgspec.json.encode(row).decode() + "\n")
