"""The bridge on its bench: with a gateway that fetches, and with one that is pushed to."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any, ClassVar

import aiohttp

from bot.channels.bridge.channel import BridgeChannel
from bot.channels.bridge.settings import BridgeSettings
from bot.domain.messages import Address
from tests.contract.channels.harness import Fault, Hostile, Trait
from tests.contract.channels.tencent_bench import QUICK, SENDING, Bench
from tests.standins.bridge import SECRET, Gateway, signed
from tests.standins.until import until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.channels.base import Channel

GROUP = "group-1"


class BridgeHarness(Bench):
    """A gateway that fetches what goes out."""

    traits: ClassVar[frozenset[Trait]] = frozenset(
        {
            Trait.RECEIVES,
            Trait.CONFIRMS,
            Trait.REPEATS,
            Trait.GROUPS,
            Trait.PICTURES,
            Trait.AWAY,
            Trait.SENDS,
            Trait.NAMES,
            Trait.SENDS_TO_GROUPS,
            Trait.REQUESTS,
        }
    )
    faults: ClassVar[frozenset[Fault]] = SENDING - {Fault.UNREACHABLE} | {Fault.UNKNOWN_CHAT}
    path = "/bridge"
    fetches = True

    def __init__(self) -> None:
        super().__init__()
        self.provider = Gateway(self.clock)
        self._said: dict[str, dict[str, Any]] = {}
        self._fetching: asyncio.Task[None] | None = None

    def built(self, *, wrong: bool = False) -> Channel:
        push = "" if self.fetches else f"{self.site.url}/push"
        settings = BridgeSettings(
            secret=SECRET,
            push_url=push,
            media_base=f"{self.site.url}/files",
            confirm_seconds=QUICK,
            timeout=QUICK,
        )
        return BridgeChannel(settings, clock=self.clock)

    async def come_back(self) -> None:
        await super().come_back()
        if self.fetches:
            self._fetching = asyncio.create_task(self.provider.fetch(self.url))
            await until(lambda: self.provider.fetches > 0)

    async def leave(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            with contextlib.suppress(asyncio.CancelledError, aiohttp.ClientError):
                await self._fetching
        await super().leave()

    def _fed(self, **message: Any) -> str:
        handle = f"m{len(self._said) + 1}"
        message = {"id": handle, "time": self.clock.now().timestamp(), **message}
        self._said[handle] = message
        self.later(lambda: self._until_taken(message))
        return handle

    async def _until_taken(self, message: dict[str, Any]) -> None:
        while message["id"] not in self.provider.confirmed:
            await self.provider.feed(self.url, message)

    async def writes(self, text: str, *, person: str = "customer", group: bool = False) -> str:
        return self._fed(sender=person, text=text, **({"group": GROUP} if group else {}))

    async def sends_picture(self, data: bytes, *, caption: str = "") -> str:
        ref = "2026/豆腐 1.jpg"
        self.provider.files[ref] = data
        return self._fed(sender="customer", text=caption, media=[{"kind": "photo", "ref": ref}])

    async def repeats(self, handle: str) -> None:
        self.later(lambda: self.provider.feed(self.url, self._said[handle]))

    def confirmed(self, handle: str) -> bool:
        return handle in self.provider.confirmed

    def person(self, name: str = "customer") -> Address:
        return Address(channel="bridge", chat=name, user=name)

    def group(self) -> Address:
        return Address(channel="bridge", chat=GROUP)

    def member(self) -> str:
        return "wm-123"

    def bad_address(self, fault: Fault) -> Address:
        return Address(channel="bridge", chat=f"no group for {fault.name}")

    def hostile(self) -> Sequence[Hostile]:
        good = {"id": "1", "sender": "a", "time": 1, "text": "x"}

        def wrong(what: str, body: bytes, endpoint: str = "messages", **headers: str) -> Hostile:
            async def send() -> int:
                url = f"{self.url}/{endpoint}"
                marked = {**signed(self.clock, body), **headers}
                async with (
                    aiohttp.ClientSession() as session,
                    session.post(url, data=body, headers=marked) as one,
                ):
                    return one.status

            return Hostile(wrong=what, send=send)

        def message(**more: Any) -> bytes:
            return json.dumps({"messages": [good | more]}).encode()

        stamp = {"X-Bridge-Timestamp": "1"}
        return [
            wrong("a forged signature", message(), **{"X-Bridge-Signature": "0" * 64}),
            wrong("no signature", message(), **{"X-Bridge-Signature": ""}),
            wrong("an old request", message(), **stamp),
            wrong("no time", message(), **{"X-Bridge-Timestamp": ""}),
            wrong("a time that is no number", message(), **{"X-Bridge-Timestamp": "nan"}),
            wrong("not JSON", b"{"),
            wrong("not UTF-8", b'{"messages":[{"id":"\xff"}]}'),
            wrong("half an emoji", b'{"messages":[{"id":"1","sender":"a","time":1,"text":"\\ud83d"}]}'),
            wrong("nothing", b""),
            wrong("no messages", b'{"messages":[]}'),
            wrong("too many", json.dumps({"messages": [good] * 101}).encode()),
            wrong("no sender", message(sender="")),
            wrong("a number for a text", message(text=5)),
            wrong("an endless time", message(time=1e300)),
            wrong("too long a name", message(id="x" * 129)),
            wrong("deeply nested", b'{"messages":' + b"[" * 50_000),
            wrong("too large", b" " * 300_000),
            wrong("an endless wait", b'{"wait":1e9}', "fetch"),
            wrong("a fetch by somebody else", b"{}", "fetch", **{"X-Bridge-Signature": "f" * 64}),
        ]


class BridgePushHarness(BridgeHarness):
    """A gateway that is pushed to."""

    faults: ClassVar[frozenset[Fault]] = SENDING | {Fault.UNKNOWN_CHAT}
    fetches = False
