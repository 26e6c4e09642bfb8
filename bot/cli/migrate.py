"""`migrate`: bring the database to the form this version needs. `serve` and `demo` do it by themselves."""

from __future__ import annotations

import argparse

from bot.cli import place
from bot.storage import migrate


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which database."""
    place.arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Migrate, making the database where there is none."""
    path = place.database(args, existing=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    migrate(str(path))
    print(f"{path}: up to date")
    return 0
