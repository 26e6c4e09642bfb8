"""A running 公众号 channel with its stand-in, for tests of what only it does."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from bot.channels.wechat.channel import WechatChannel
from bot.channels.wechat.settings import WechatSettings
from bot.domain.messages import Address
from tests.contract.channels.inlet import RecordingInlet
from tests.contract.channels.server import Loopback
from tests.standins.movable import MovableClock
from tests.standins.tencent import post
from tests.standins.wechat import AES_KEY, APPID, SECRET, TOKEN, Wechat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATIENCE = 20.0  # seconds of real time after which a vain wait is a failure
FOLLOWER = "oyORnuP8q7ou2gfYjqLzSIWZf0rs"
HERE = Address(channel="wechat", chat=FOLLOWER, user=FOLLOWER)


class Account:
    """The stand-in, the channel, and the follower's hands."""

    def __init__(self, mode: str = "secure", **settings: Any) -> None:
        self.clock = MovableClock()
        self.provider = Wechat(self.clock, mode)
        self.inlet = RecordingInlet(self.clock)
        self.server = Loopback()
        self.given = {"mode": "plain" if mode == "plain" else "secure", "passive_seconds": 0, **settings}
        if mode == "compatible":
            self.given["mode"] = "compatible"

    def built(self, **more: Any) -> WechatChannel:
        base = WechatSettings(
            appid=APPID,
            secret=SECRET,
            token=TOKEN,
            aes_key=AES_KEY,
            api_base=self.provider.site.url,
            timeout=5,
        )
        return WechatChannel(msgspec.structs.replace(base, **{**self.given, **more}), clock=self.clock)

    async def restart(self, **more: Any) -> None:
        self.channel = self.built(**more)
        self.server.answer(self.channel.routes())
        await self.channel.start(self.inlet)

    @property
    def url(self) -> str:
        return f"{self.server.url}/wechat"

    async def says(self, kind: str = "text", **fields: Any) -> tuple[int, str]:
        """The follower does something; status and text of the bot's answer."""
        fields = fields or {"Content": "豆腐馊了"}
        return await post(self.url, *self.provider.request(self.provider.message(FOLLOWER, kind, **fields)))


@asynccontextmanager
async def account(mode: str = "secure", **settings: Any) -> AsyncIterator[Account]:
    one = Account(mode, **settings)
    await one.provider.start()
    await one.server.listen()
    await one.restart()
    try:
        async with asyncio.timeout(PATIENCE):
            yield one
    finally:
        await one.channel.stop()
        await one.server.close()
        await one.provider.stop()
