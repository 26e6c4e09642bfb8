"""What the benches of the WeChat and WeCom channels share: a provider that delivers in order until confirmed."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, ClassVar, Self

from tests.contract.channels.harness import Delivered, Fault, Hostile, Trait
from tests.contract.channels.inlet import RecordingInlet
from tests.contract.channels.server import Loopback
from tests.standins.movable import ImpatientClock
from tests.standins.tencent import get, post

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from types import TracebackType

    from bot.channels.base import Channel
    from bot.domain.messages import Address
    from tests.standins.site import Site
    from tests.standins.tencent import Faults

QUICK = 1.5  # seconds of patience with the stand-in
SENDING = frozenset({Fault.FLOODED, Fault.DOWN, Fault.UNREACHABLE, Fault.LOST_ANSWER, Fault.SLOW})
STAGED = {
    Fault.FLOODED: "flooded",
    Fault.DOWN: "down",
    Fault.LOST_ANSWER: "lost",
    Fault.SLOW: "slow",
}


class Bench:
    """The frame of a harness; each channel's own fills in what is its provider's."""

    traits: ClassVar[frozenset[Trait]]
    faults: ClassVar[frozenset[Fault]]
    path = ""
    provider: Any  # the stand-in

    def __init__(self) -> None:
        self.clock = ImpatientClock()
        self.inlet = RecordingInlet(self.clock)
        self.channel: Channel
        self.server = Loopback()
        self._running: asyncio.Task[None] | None = None
        self._queue: asyncio.Queue[Callable[[], Awaitable[Any]]] = asyncio.Queue()
        self._postman: asyncio.Task[None] | None = None

    @property
    def stood(self) -> Faults:
        return self.provider.faults

    @property
    def site(self) -> Site:
        return self.provider.site

    @property
    def url(self) -> str:
        return self.server.url + self.path

    def built(self, *, wrong: bool = False) -> Channel:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        await self.provider.start()
        await self.server.listen()
        await self.come_back()
        self._postman = asyncio.create_task(self._deliver())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._postman is not None
        self._postman.cancel()
        await self.leave()
        await self.server.close()
        await self.provider.stop()

    async def come_back(self) -> None:
        self.channel = self.built()
        self.server.answer(self.channel.routes())
        await self.channel.start(self.inlet)
        self._running = asyncio.create_task(self.channel.run())

    async def leave(self) -> None:
        self.server.answer(())
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
        await self.channel.stop()

    async def _deliver(self) -> None:
        while True:
            job = await self._queue.get()
            await job()
            self._queue.task_done()

    def later(self, job: Callable[[], Awaitable[Any]]) -> None:
        """The provider does that, after what it was told before."""
        self._queue.put_nowait(job)

    async def until_confirmed(self, handle: str, request: Callable[[], tuple[dict[str, str], bytes]]) -> None:
        """The provider does not give up here: whole rounds of tries until it is confirmed."""
        while handle not in self.provider.caller.confirmed:
            await self.provider.caller.deliver(self.url, handle, request())

    def confirmed(self, handle: str) -> bool:
        return handle in self.provider.caller.confirmed

    async def settled(self) -> None:
        await self._queue.join()

    async def stage(self, fault: Fault) -> Address:
        if fault == Fault.UNREACHABLE:
            await self.site.stop()
        elif fault in STAGED:
            self.stood.set(STAGED[fault])
        else:
            return self.bad_address(fault)
        return self.good_address()

    async def clear(self) -> None:
        self.stood.clear()
        await self.site.start()

    def good_address(self) -> Address:
        return self.person()

    def bad_address(self, fault: Fault) -> Address:
        raise NotImplementedError(fault)

    def person(self, name: str = "customer") -> Address:
        raise NotImplementedError

    async def delivered(self) -> Sequence[Delivered]:
        return [
            Delivered(
                ref=one["ref"],
                chat=one["chat"],
                text=one["text"],
                mentions=tuple(one["mentions"]),
                buttons=tuple(tuple(button) for button in one["buttons"]),
            )
            for one in self.provider.shown
        ]

    def misconfigured(self) -> Channel:
        return self.built(wrong=True)

    def posting(self, wrong: str, query: dict[str, str], body: bytes) -> Hostile:
        async def send() -> int:
            return (await post(self.url, query, body))[0]

        return Hostile(wrong=wrong, send=send)

    def getting(self, wrong: str, query: dict[str, str]) -> Hostile:
        async def send() -> int:
            return (await get(self.url, query))[0]

        return Hostile(wrong=wrong, send=send)

    def hostile(self) -> Sequence[Hostile]:
        """What anybody may send to a callback of theirs."""
        caller = self.provider.caller
        good, body = self.a_request()
        stale = {**good, "timestamp": str(int(good["timestamp"]) - 301)}
        sealed = caller.seal("<xml>")
        bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>'
        half = caller.xml_request("<xml><MsgType>text")
        return [
            self.posting("nothing at all", {}, b""),
            self.posting("no signature", {"timestamp": good["timestamp"], "nonce": "1"}, body),
            self.posting(
                "a forged signature", {**good, "msg_signature": "0" * 40, "signature": "0" * 40}, body
            ),
            self.posting("an old request", stale, body),
            self.posting("a time of the far future", {**good, "timestamp": "9" * 12}, body),
            self.posting("a time that is no number", {**good, "timestamp": "²"}, body),
            self.posting("another body under the signature", good, body.replace(b"Encrypt", b"Encrypted")),
            self.posting("not XML", good, b"<xml><Encrypt>"),
            self.posting("not UTF-8", good, b"<xml><Encrypt>\xff\xfe</Encrypt></xml>"),
            self.posting("entities", good, bomb),
            self.posting("signed rubbish", *caller.xml_request("")),
            self.posting("signed half a message", *half),
            self.posting("no ciphertext", caller.query("xyz"), b"<xml><Encrypt>xyz</Encrypt></xml>"),
            self.posting("too large", good, b" " * 300_000),
            self.posting("deeply nested", good, b"<a>" * 5_000 + b"</a>" * 5_000),
            self.getting("a forged check of the address", {**good, "echostr": sealed, "msg_signature": "x"}),
        ]

    def a_request(self) -> tuple[dict[str, str], bytes]:
        return self.provider.caller.xml_request("<xml><MsgType>text</MsgType></xml>")
