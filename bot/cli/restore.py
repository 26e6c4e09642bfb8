"""`restore FROM`: put a backup in the place of the database. The bot must be stopped."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.cli import place
from bot.cli.sole import sole
from bot.storage import restore


def arguments(parser: argparse.ArgumentParser) -> None:
    """FROM, and which database."""
    parser.add_argument("source", type=Path, metavar="FROM", help="a file made by `backup`")
    place.arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Check the backup, upgrade it if it is old, and put it in place; what stood there is kept beside it."""
    path = place.database(args, existing=False)
    with sole(path):
        kept = restore(args.source, str(path))
    print(f"{path} restored from {args.source}" + (f"; what stood there is kept as {kept}" if kept else ""))
    return 0
