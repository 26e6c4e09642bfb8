"""`entry`: each contract's own way in: a link and a QR picture for the customer's group, the contract bound to it."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Protocol, runtime_checkable

from bot.channels.base import Channel, ChannelError
from bot.channels.build import Workshop, build
from bot.channels.local.sentbox import MemorySentbox
from bot.channels.wecom.entry import Entry
from bot.cli.faults import UsageError
from bot.cli.place import CONFIG
from bot.clock import SystemClock
from bot.config import Config, load


@runtime_checkable
class HasEntry(Protocol):
    """A channel that can make an entry of its own for a contract."""

    name: str

    async def entry(self, scene: str) -> Entry:
        """The link and the picture; `scene` comes back with whoever enters by it."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """CONTRACT… --config --out."""
    parser.add_argument("contract", nargs="*", help="contract ids (default: all)")
    parser.add_argument("--config", type=Path, default=CONFIG, help="default config.toml")
    parser.add_argument("--out", type=Path, default=Path("entries"), help="folder for the pictures")


def run(args: argparse.Namespace) -> int:
    """Write a PNG for each contract and channel, and print the links."""
    config, book = load(args.config)
    unknown = [c for c in args.contract if c not in book.terms]
    if unknown:
        raise UsageError(f"there is no contract {unknown[0]!r}; there are {', '.join(book.terms)}")
    return asyncio.run(_write(config, args, args.contract or list(book.terms)))


async def _write(config: Config, args: argparse.Namespace, contracts: list[str]) -> int:
    workshop = Workshop(clock=SystemClock(), sentbox=MemorySentbox(), media=args.out)
    channels = build(config.channels, workshop)
    doors = [c for c in channels if isinstance(c, HasEntry)]
    if not doors:
        raise UsageError("no channel has entries: configure [[channels.wecom_kf]] or [[channels.wechat]]")
    args.out.mkdir(parents=True, exist_ok=True)
    try:
        for contract in contracts:
            for door in doors:
                await _one(door, contract, args.out)
    finally:
        await _stop(channels)
    return 0


async def _one(door: HasEntry, contract: str, folder: Path) -> None:
    try:
        entry = await door.entry(contract)
    except (ChannelError, ValueError) as error:
        raise UsageError(f"{door.name} gives no entry for {contract}: {error}") from None
    file = folder / f"{contract}-{door.name}.png"
    file.write_bytes(entry.png)
    print(f"{contract}\t{door.name}\t{entry.link}\t{file}")


async def _stop(channels: tuple[Channel, ...]) -> None:
    for channel in channels:
        await channel.stop()
