"""Keeps the one long connection of a bot up: lease, subscription, heartbeat, watchdog, back-off.

A newcomer with the same bot id is given the connection and the old one is kicked. So among our replicas a lease
decides who connects; a kick from outside is counted, reported by `check`, and answered with patience.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.channels.base import ChannelError, Temporary
from bot.channels.wecom.aibot_watch import Watch
from bot.channels.wecom.aibot_wire import Frame, Wire
from bot.clock import Bell

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.channels.base import Inlet
    from bot.channels.tencent.http import Http
    from bot.channels.wecom.settings import AibotSettings
    from bot.clock import Clock

LEASE_BEATS = 3  # heartbeats for which a lease is taken
BACK_OFF = (1.0, 60.0)
KICKED_BACK_OFF = (1.0, 300.0)
KICK_MEMORY = 600.0

log = logging.getLogger(__name__)


class Link:
    """The connection, while `run` runs. Frames go to `take`, which must not wait."""

    def __init__(
        self, settings: AibotSettings, http: Http, clock: Clock, take: Callable[[Frame], str]
    ) -> None:
        self._settings = settings
        self._http = http
        self._clock = clock
        self._take = take
        self._wire: Wire | None = None
        self._ended = Bell()
        self._never = Bell()
        self._holder = secrets.token_hex(8)
        self._failures = 0
        self._kicks = 0
        self.kicked_at: datetime | None = None
        self.refusal: ChannelError | None = None
        self.watch = Watch(settings.stall)

    @property
    def up(self) -> bool:
        """Whether messages can be sent now."""
        return self._wire is not None and self._wire.open

    @property
    def lease(self) -> str:
        """The key of the lease of this bot's one connection."""
        return f"wecom_aibot:{self._settings.account}:connection"

    async def ask(self, cmd: str, body: dict[str, object], *, req_id: str = "") -> str:
        """Send a frame over the connection; raises Temporary, Permanent or Uncertain."""
        if self._wire is None:
            raise Temporary("智能机器人的长连接没有建立（正在重连，或由另一个进程连接）", retry_after=5)
        return await self._wire.ask(cmd, body, req_id=req_id)

    async def run(self, inlet: Inlet) -> None:
        """Connect, and again whenever the connection ends, however it ends."""
        try:
            while True:
                if await self._holds(inlet, unsure=False):
                    await self._once(inlet)
                    await self._pause(self._patience(), self._never)
                else:
                    await self._pause(self._settings.heartbeat, self._never)
        finally:
            await inlet.release(self.lease, self._holder)

    async def _holds(self, inlet: Inlet, *, unsure: bool) -> bool:
        """Take or extend the lease; `unsure` is the answer while the database gives none."""
        try:
            return await inlet.lease(self.lease, self._holder, self._settings.heartbeat * LEASE_BEATS)
        except Exception:  # a database that fails must not end the connection: it would lose messages
            log.exception("the lease of the bot's connection could not be taken")
            return unsure

    async def _once(self, inlet: Inlet) -> None:
        try:
            await self._connected(inlet)
        except ChannelError as error:
            self._failures += 1
            self.refusal = error
            inlet.count("wecom_aibot.not_connected")
            log.warning("the long connection is not up: %s", error)

    def _patience(self) -> float:
        """Seconds until the next try: longer after each failure, and after being kicked again and again."""
        if self.kicked_at is not None and self._since(self.kicked_at) < KICK_MEMORY:
            return float(min(KICKED_BACK_OFF[0] * 2 ** min(self._kicks - 1, 10), KICKED_BACK_OFF[1]))
        self._kicks = 0
        return float(min(BACK_OFF[0] * 2 ** min(self._failures, 10), BACK_OFF[1]))

    def _since(self, at: datetime) -> float:
        return (self._clock.now() - at).total_seconds()

    async def _pause(self, seconds: float, bell: Bell) -> None:
        await self._clock.wait(self._clock.now() + timedelta(seconds=seconds), bell)

    async def _opened(self) -> Wire:
        return await Wire.opened(self._http.session(), self._settings.ws_url, self._settings.ack)

    async def _connected(self, inlet: Inlet) -> None:
        wire = await self._opened()
        try:
            await both(self._read(wire, inlet), self._live(wire, inlet))
        finally:
            self._wire = None
            await wire.close()

    async def _read(self, wire: Wire, inlet: Inlet) -> None:
        try:
            async for frame in wire.frames():
                if _is_kick(frame):
                    self._kicked(inlet)
                    break
                chat = self._take(frame)
                if chat:
                    self.watch.heard(chat, self._clock.now())
        finally:
            inlet.count("wecom_aibot.closed")
            await wire.close()
            self._ended.ring()

    def _kicked(self, inlet: Inlet) -> None:
        self.kicked_at = self._clock.now()
        self._kicks += 1
        inlet.count("wecom_aibot.kicked")
        log.warning("another connection has taken this bot over")

    async def _live(self, wire: Wire, inlet: Inlet) -> None:
        """Subscribe, then ping until a ping fails, the lease is lost or a chat has gone silent."""
        try:
            await self.subscribe(wire)
            self._wire, self._failures, self.refusal = wire, 0, None
            while wire.open and await self._healthy(inlet):
                await self._pause(self._settings.heartbeat, self._ended)
                if wire.open:
                    await wire.ask("ping")
        finally:
            await wire.close()

    async def subscribe(self, wire: Wire) -> None:
        """Say who we are."""
        await wire.ask("aibot_subscribe", {"bot_id": self._settings.bot_id, "secret": self._settings.secret})

    async def _healthy(self, inlet: Inlet) -> bool:
        if not await self._holds(inlet, unsure=True):
            log.warning("another replica holds this bot's connection now")
            return False
        if self.watch.should_renew(self._clock.now()):
            inlet.count("wecom_aibot.stalled")
            log.warning("a chat has gone silent; renewing the connection")
            return False
        return True

    async def drop(self) -> None:
        """Close the connection so that a new one is made."""
        if self._wire is not None:
            await self._wire.close()

    async def tried(self, inlet: Inlet | None) -> bool:
        """Try the credential with a connection of its own, unless a replica has one; whether it was tried."""
        if inlet is not None and not await inlet.lease(self.lease, self._holder, 30):
            return False
        wire = await self._opened()
        try:
            await both(_drain(wire), self._subscribe_and_close(wire))
        finally:
            await wire.close()
            if inlet is not None:
                await inlet.release(self.lease, self._holder)
        return True

    async def _subscribe_and_close(self, wire: Wire) -> None:
        try:
            await self.subscribe(wire)
        finally:
            await wire.close()


async def both(one: Awaitable[None], other: Awaitable[None]) -> None:
    """Wait until both have ended (each ends the other by closing the connection), then raise what went wrong."""
    for outcome in await asyncio.gather(one, other, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


async def _drain(wire: Wire) -> None:
    async for _ in wire.frames():
        pass


def _is_kick(frame: Frame) -> bool:
    event = frame.body.get("event")
    return isinstance(event, dict) and event.get("eventtype") == "disconnected_event"
