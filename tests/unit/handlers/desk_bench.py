"""A desk with two channels for customers and staff, on a virtual clock."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from bot.app import App, Parts
from bot.channels.local.recording import RecordingChannel
from bot.cli.world import world
from bot.clock import DrillClock
from bot.config import build_book, shipped_schemes
from bot.domain.messages import Address, Incoming
from bot.intake import Intake
from bot.storage.store import SqlStore


class Desk:
    """Whoever writes does so in a private chat named after them; people of the world are staff on `local`."""

    def __init__(self, store: SqlStore) -> None:
        config = world("food")
        self.clock = DrillClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
        self.phones = {n: RecordingChannel(n, clock=self.clock) for n in ("local", "telegram")}
        parts = Parts(
            store=store,
            book=build_book(Path("world"), config, shipped_schemes()),
            clock=self.clock,
            intake=Intake(),
            channels=tuple(self.phones.values()),
            chats=config.chats,
        )
        self.app = App(parts)
        self.said = 0

    async def says(self, channel: str, text: str, who: str = "wang", **more: str) -> str:
        """Somebody writes; the last thing said in that conversation."""
        self.said += 1
        incoming = Incoming(
            provider_id=f"m{self.said}",
            address=Address(channel=channel, chat=who, user=who),
            sender=who,
            sent_at=self.clock.now(),
            text=text,
        )
        await self.phones[channel].hear(replace(incoming, data=more))
        await self.app.settle()
        heard = [r.message.text for r in self.phones[channel].sent if r.to.chat == who]
        return heard[-1] if heard else ""
