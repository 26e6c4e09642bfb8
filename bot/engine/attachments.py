"""Keeps what customers attach: fetched from the provider once the message is durable, stored under its own digest.

It stands in the outbox's way of things as a channel, so that it is retried, leased and bounded like any sending,
and an acknowledgement never waits for a picture.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import mimetypes
import os
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from aiohttp import web
from msgspec.structs import replace

from bot.channels.base import Capabilities, Channel, Finding, Inlet, Permanent, Sent
from bot.clock import Clock
from bot.domain.messages import Address, Incoming, Media, Outgoing
from bot.engine.parts import Switchboard

log = logging.getLogger(__name__)

_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}")


class Attachments:
    """`to.chat` is the message's id and `to.thread` the channel and account it came by."""

    name = "attachments"
    account = "default"
    capabilities = Capabilities(private=False, idempotent=True)

    def __init__(self, folder: Path, switchboard: Switchboard, clock: Clock) -> None:
        self._folder = folder
        self._switchboard = switchboard
        self._clock = clock
        self._inlet: Inlet | None = None

    async def start(self, inlet: Inlet) -> None:
        """Get ready to fetch."""
        self._inlet = inlet

    async def run(self) -> None:
        """There is nothing to receive."""

    async def stop(self) -> None:
        """There is nothing to close."""

    def routes(self) -> Sequence[web.RouteDef]:
        """Nobody calls us."""
        return ()

    async def send(self, to: Address, message: Outgoing) -> Sent:
        """Fetch and store every attachment of one message. Raises Temporary or Permanent."""
        channel, _, account = to.thread.partition(":")
        source = self._switchboard.channel(Address(channel=channel, account=account, chat=""))
        if source is None:
            raise Permanent(f"the channel {channel} is not configured any more")
        kept = await self._all(source, message.media)
        stored = Incoming(
            provider_id=message.key,
            address=to,
            sender="attachments",
            sent_at=self._clock.now(),
            media=kept,
            kind="fetched",
        )
        if self._inlet is not None:
            await self._inlet.receive([stored])
        return Sent(ref=message.key)

    async def _all(self, source: Channel, media: Sequence[Media]) -> tuple[Media, ...]:
        """Those that can be had; one that is gone costs nobody the others. Raises Permanent where none is left."""
        kept, gone = [], []
        for one in media:
            try:
                kept.append(await self._keep(one, await source.fetch(one)))
            except Permanent as error:
                gone.append(error)
                kept.append(one)
                log.warning("an attachment (%s) cannot be had: %s", one.kind, error)
        if len(gone) == len(media):
            raise gone[0]
        return tuple(kept)

    async def _keep(self, media: Media, data: bytes) -> Media:
        digest = hashlib.sha256(data).hexdigest()
        path = Path(digest[:2]) / f"{digest}{ending(media)}"
        await asyncio.to_thread(write_once, self._folder / path, data)
        return replace(media, path=str(path), sha256=digest, size=len(data), ref="")

    async def fetch(self, media: Media) -> bytes:
        """Give back what is stored. Raises Permanent where it is gone."""
        try:
            return await asyncio.to_thread((self._folder / media.path).read_bytes)
        except OSError as error:
            raise Permanent(f"the attachment {media.sha256} cannot be read: {error.strerror}") from None

    async def check(self) -> Sequence[Finding]:
        """There is nobody to talk to."""
        return ()


def ending(media: Media) -> str:
    """A harmless file ending: of the name, else of the type; "" where neither has one."""
    given = Path(media.name).suffix or (mimetypes.guess_extension(media.mime) or "")
    return given.lower() if _ENDING.fullmatch(given) else ""


def write_once(path: Path, data: bytes) -> None:
    """Write the file whole or not at all, durably; one that is there already is the same."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
