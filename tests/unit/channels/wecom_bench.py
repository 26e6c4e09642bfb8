"""Running WeCom channels with their stand-in, for tests of what only they do."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from bot.channels.wecom.app import AppChannel
from bot.channels.wecom.kf import KfChannel
from bot.channels.wecom.robot import RobotChannel
from bot.channels.wecom.settings import AppSettings, KfSettings, RobotSettings
from bot.domain.messages import Address
from tests.contract.channels.inlet import RecordingInlet
from tests.contract.channels.server import Loopback
from tests.standins.movable import ImpatientClock, MovableClock
from tests.standins.wecom import AES_KEY, AGENT, CORPID, DESK, TOKEN, Wecom

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATIENCE = 20.0  # seconds of real time after which a vain wait is a failure
CUSTOMER = "wmAJ2GCAAAme1XQRC"
HERE = Address(channel="wecom_kf", chat=CUSTOMER, thread=DESK, user=CUSTOMER)


class Company:
    """The stand-in, an inlet, and channels connected to them."""

    def __init__(self, clock: MovableClock | None = None) -> None:
        self.clock = clock or ImpatientClock()
        self.provider = Wecom(self.clock)
        self.inlet = RecordingInlet(self.clock)
        self.server = Loopback()
        self._running: list[asyncio.Task[None]] = []
        self._channels: list[Any] = []

    def kf(self, **more: Any) -> Any:
        base = KfSettings(
            corpid=CORPID,
            secret="kf-secret",
            token=TOKEN,
            aes_key=AES_KEY,
            open_kfids=(DESK,),
            api_base=self.provider.site.url,
            timeout=5,
        )
        return self._kept(KfChannel(msgspec.structs.replace(base, **more), clock=self.clock))

    def robot(self, **more: Any) -> Any:
        base = RobotSettings(keys={"staff": "robot-key-1"}, api_base=self.provider.site.url, timeout=5)
        return self._kept(RobotChannel(msgspec.structs.replace(base, **more), clock=self.clock))

    def app(self, **more: Any) -> Any:
        base = AppSettings(
            corpid=CORPID, secret="app-secret", agentid=AGENT, api_base=self.provider.site.url, timeout=5
        )
        return self._kept(AppChannel(msgspec.structs.replace(base, **more), clock=self.clock))

    def _kept(self, channel: Any) -> Any:
        """Every channel is stopped at the end, started or not."""
        self._channels.append(channel)
        return channel

    async def up(self, channel: Any) -> Any:
        """Start a channel, its loop and its routes."""
        self.server.answer(channel.routes())
        self.provider.kf.bot_url = f"{self.server.url}/wecom/kf"
        await channel.start(self.inlet)
        self._running.append(asyncio.create_task(channel.run()))
        return channel

    async def down(self) -> None:
        """Stop every channel, as at the end of the process."""
        for task in self._running:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for channel in self._channels:
            await channel.stop()
        self._running, self._channels = [], []


@asynccontextmanager
async def company(clock: MovableClock | None = None) -> AsyncIterator[Company]:
    one = Company(clock)
    await one.provider.start()
    await one.server.listen()
    try:
        async with asyncio.timeout(PATIENCE):
            yield one
    finally:
        await one.down()
        await one.server.close()
        await one.provider.stop()
