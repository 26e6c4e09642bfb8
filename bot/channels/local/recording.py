"""A channel of any name that only remembers: the phones of a drill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from bot.channels.base import Capabilities, Permanent, Sent, Temporary

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aiohttp import web

    from bot.channels.base import Finding, Inlet
    from bot.clock import Clock
    from bot.domain.messages import Address, Incoming, Media, Outgoing

EVERYTHING = Capabilities(mention=True, buttons=True, edit=True, media=True, max_chars=200_000)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted message: when, by the drill's clock, to whom, what, and its number on this channel."""

    at: datetime
    to: Address
    message: Outgoing
    ref: str


class RecordingChannel:
    """Accepts every message and records it with its virtual time, unless it is down.

    It drops no repeats: a message sent twice is recorded twice, so that a drill can see it.
    """

    def __init__(
        self, name: str, *, clock: Clock, account: str = "default", capabilities: Capabilities = EVERYTHING
    ) -> None:
        self.name = name
        self.account = account
        self.capabilities = capabilities
        self.sent: list[Record] = []
        self.refused = 0  # sends tried while down
        self._clock = clock
        self._inlet: Inlet | None = None
        self._is_down = False

    def down(self) -> None:
        """Take the route away: sending fails for now, and nothing comes in."""
        self._is_down = True

    def up(self) -> None:
        """Give the route back."""
        self._is_down = False

    async def hear(self, *messages: Incoming) -> None:
        """Somebody speaks: returns once it is durable. Raises Temporary while down or not started."""
        if self._is_down or self._inlet is None:
            raise Temporary(f"the channel {self.name} is down: nothing comes in")
        await self._inlet.receive(messages)

    async def start(self, inlet: Inlet) -> None:
        """Take messages from now on."""
        self._inlet = inlet

    async def run(self) -> None:
        """There is nothing to fetch."""

    async def stop(self) -> None:
        """Take no more messages."""
        self._inlet = None

    def routes(self) -> Sequence[web.RouteDef]:
        """There is nothing to serve."""
        return ()

    async def send(self, to: Address, message: Outgoing) -> Sent:
        """Record the message. Raises Temporary while down."""
        if self._is_down:
            self.refused += 1
            raise Temporary(f"the channel {self.name} is down")
        record = Record(at=self._clock.now(), to=to, message=message, ref=str(len(self.sent) + 1))
        self.sent.append(record)
        return Sent(ref=record.ref)

    async def fetch(self, media: Media) -> bytes:
        """Drills attach descriptions only. Raises Permanent."""
        raise Permanent(f"the attachment {media.name!r} of a drill has no content")

    async def check(self) -> Sequence[Finding]:
        """There is nobody to talk to."""
        return ()
