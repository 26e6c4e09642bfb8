"""`backup TO`: a consistent, checked copy of the database, while the bot runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.cli import place
from bot.storage.backups import backup


def arguments(parser: argparse.ArgumentParser) -> None:
    """TO, and which database."""
    parser.add_argument(
        "to", type=Path, metavar="TO", help="the file to write; it is replaced only by a whole copy"
    )
    place.arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Copy."""
    source = place.database(args)
    backup(str(source), args.to)
    print(f"{source} copied to {args.to} ({args.to.stat().st_size:,} bytes)")
    return 0
