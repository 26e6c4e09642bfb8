"""The local channel on its bench: callers post over real HTTP, again and again until it is durable."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

import aiohttp

from bot.channels.local.channel import PATH, LocalChannel
from bot.channels.local.sentbox import MemorySentbox
from bot.channels.local.settings import LocalSettings
from bot.clock import DrillClock
from bot.domain.messages import Address
from tests.contract.channels.harness import Delivered, Fault, Hostile, Trait
from tests.contract.channels.inlet import RecordingInlet
from tests.contract.channels.server import Loopback

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from bot.channels.base import Channel


class LocalHarness:
    """A caller with a list of posts to make, one after the other, each until it is answered with 200."""

    traits: ClassVar[frozenset[Trait]] = frozenset(Trait) - {Trait.CREDENTIAL}
    faults: ClassVar[frozenset[Fault]] = frozenset()

    def __init__(self) -> None:
        self.clock = DrillClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
        self.inlet = RecordingInlet(self.clock)
        self._sentbox = MemorySentbox()
        self.channel: Channel = self._built()
        self._posts: dict[str, dict[str, Any]] = {}
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        self._confirmed: set[str] = set()
        self._server = Loopback()

    def _built(self) -> Channel:
        settings = LocalSettings(max_body=100_000, max_text=20_000)
        return LocalChannel(settings, clock=self.clock, sentbox=self._sentbox)

    async def __aenter__(self) -> Self:
        await self._server.listen()
        await self.come_back()
        self._session = aiohttp.ClientSession(self._server.url)
        self._postman = asyncio.create_task(self._deliver())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._postman.cancel()
        await self._session.close()
        await self.leave()
        await self._server.close()

    async def leave(self) -> None:
        await self.channel.stop()

    async def come_back(self) -> None:
        self.channel = self._built()
        self._server.answer(self.channel.routes())
        await self.channel.start(self.inlet)

    async def _deliver(self) -> None:
        while True:
            handle = await self._waiting.get()
            status = 0
            while status != 200:
                status = await self._status("POST", json=self._posts[handle])
            self._confirmed.add(handle)
            self._waiting.task_done()

    async def _status(self, method: str, **how: Any) -> int:
        async with self._session.request(method, PATH, **how) as answer:
            await answer.read()
            return answer.status

    def _post(self, **post: Any) -> str:
        handle = f"post-{len(self._posts) + 1}"
        self._posts[handle] = {"id": handle, **post}
        self._waiting.put_nowait(handle)
        return handle

    async def writes(self, text: str, *, person: str = "customer", group: bool = False) -> str:
        return self._post(**{"from": person, "text": text}, **({"chat": "staff"} if group else {}))

    async def sends_picture(self, data: bytes, *, caption: str = "") -> str:
        content = base64.b64encode(data).decode()
        picture = {"kind": "photo", "name": "豆腐.jpg", "mime": "image/jpeg", "data": content}
        return self._post(**{"from": "customer", "text": caption, "media": [picture]})

    async def presses(self, action: str) -> str:
        return self._post(**{"from": "agent1", "button": action})

    async def edits(self, handle: str, text: str) -> str:
        return self._post(**{"from": "customer", "text": text, "edit": handle})

    async def repeats(self, handle: str) -> None:
        self._waiting.put_nowait(handle)

    def confirmed(self, handle: str) -> bool:
        return handle in self._confirmed

    async def settled(self) -> None:
        await self._waiting.join()

    async def stage(self, fault: Fault) -> Address:
        raise NotImplementedError(f"nothing on this machine can stage {fault}")

    async def clear(self) -> None:
        """Nothing was staged."""

    def person(self, name: str = "customer") -> Address:
        return Address(channel="local", chat=name)

    def group(self) -> Address:
        return Address(channel="local", chat="staff")

    def member(self) -> str:
        return "agent1"

    async def delivered(self) -> Sequence[Delivered]:
        shown = []
        for reader in ("customer", "customer2", "staff"):
            async with self._session.get(PATH, params={"to": reader}) as answer:
                shown += await answer.json()
        return [_delivered(one) for one in sorted(shown, key=lambda one: one["id"])]

    def hostile(self) -> Sequence[Hostile]:
        def post(wrong: str, **how: Any) -> Hostile:
            return Hostile(wrong=wrong, send=lambda: self._status("POST", **how))

        good = {"from": "customer", "text": "豆腐馊了"}
        return [
            post("not JSON", data=b"{"),
            post("not UTF-8", data=b'{"from":"\xff","text":"x"}'),
            post("half an emoji", data=b'{"from":"customer","text":"\\ud83d"}'),
            post("not an object", data=b"[1]"),
            post("deeply nested", data=b"[" * 50_000),
            post("nobody speaks", json={"text": "x"}),
            post("nothing is said", json={"from": "customer"}),
            post("an unknown key", json=good | {"colour": "red"}),
            post("a name with a line break", json=good | {"from": "a\nb"}),
            post("a number for a text", json=good | {"text": 5}),
            post("a picture that is no base64", json=good | {"media": [{"data": "§"}]}),
            post("too long a text", json=good | {"text": "长" * 20_001}),
            post("too large a body", data=json.dumps(good).encode() + b" " * 100_000),
            post("a page of another site", json=good, headers={"Origin": "http://evil.example"}),
            post("a rebound host name", json=good, headers={"Host": "evil.example"}),
            post("through a proxy", json=good, headers={"X-Forwarded-For": "203.0.113.9"}),
            Hostile(wrong="no reader", send=lambda: self._status("GET")),
            Hostile(wrong="no number", send=lambda: self._status("GET", params={"to": "a", "after": "x"})),
            Hostile(wrong="endless", send=lambda: self._status("GET", params={"to": "a", "wait": "inf"})),
        ]

    def misconfigured(self) -> Channel:
        raise NotImplementedError("the local channel needs no credential")


def _delivered(one: dict[str, Any]) -> Delivered:
    buttons = tuple((button["label"], button["action"]) for row in one["buttons"] for button in row)
    return Delivered(
        ref=str(one["id"]),
        chat=one["to"],
        text=one["text"],
        mentions=tuple(one["mentions"]),
        buttons=buttons,
        replaces=one["edit"],
    )
