"""A stand-in for an operator's gateway: feeds a group's messages in, and delivers what it is pushed or fetches."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import itertools
import json
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

from tests.standins.site import Site

if TYPE_CHECKING:
    from tests.standins.movable import MovableClock

SECRET = "a-bridge-secret-of-32-characters"
GROUPS = {"group-1", "customer", "customer2"}


def signed(clock: MovableClock, body: bytes, secret: str = SECRET) -> dict[str, str]:
    stamp = f"{clock.now().timestamp() + next(COUNT) / 1e6:.6f}"
    mark = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-Bridge-Timestamp": stamp, "X-Bridge-Signature": mark}


COUNT = itertools.count()


class Gateway:
    """The operator's side. `kind` is what goes wrong with what is delivered."""

    def __init__(self, clock: MovableClock) -> None:
        self.clock = clock
        self.shown: list[dict[str, Any]] = []
        self.keys: dict[str, str] = {}
        self.confirmed: set[str] = set()
        self.files: dict[str, bytes] = {}
        self.faults = self
        self.fetches = 0
        self.kind = ""
        self._flooded_until = 0.0
        self._cleared = asyncio.Event()
        self.site = Site([web.post("/push", self._push), web.get("/files/{ref:.*}", self._file)])

    async def start(self) -> str:
        return await self.site.start()

    async def stop(self) -> None:
        self.clear()
        await self.site.stop()

    def set(self, kind: str) -> None:
        self.kind = kind
        self._flooded_until = self.clock.now().timestamp() + 60
        self._cleared.clear()

    def clear(self) -> None:
        self.kind = ""
        self._cleared.set()

    def flooded(self) -> bool:
        return self.kind == "flooded" and self.clock.now().timestamp() < self._flooded_until

    def show(self, body: dict[str, Any]) -> str:
        """Deliver once per key; the gateway's id."""
        if body["key"] not in self.keys:
            self.keys[body["key"]] = f"g{len(self.keys) + 1}"
            chat = body["group"] or body["person"]
            pinged = [one["user"] for one in body["mentions"]]
            ref = self.keys[body["key"]]
            self.shown.append(
                {"ref": ref, "chat": chat, "text": body["text"], "mentions": pinged, "buttons": []}
            )
        return self.keys[body["key"]]

    # pushed

    async def _push(self, request: web.Request) -> web.Response:
        raw = await request.read()
        stamp = request.headers["X-Bridge-Timestamp"]
        mark = hmac.new(SECRET.encode(), stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
        if mark != request.headers["X-Bridge-Signature"]:
            return web.Response(status=403)
        body = json.loads(raw)
        if body == {"ping": True}:
            return web.json_response({})
        if (body["group"] or body["person"]) not in GROUPS:
            return web.Response(status=404)
        if self.kind == "down":
            return web.Response(status=502)
        if self.flooded():
            return web.Response(status=429, headers={"Retry-After": "60"})
        ref = self.show(body)
        if self.kind == "lost":
            assert request.transport is not None
            request.transport.abort()
        if self.kind == "slow":
            await self._cleared.wait()
        return web.json_response({"id": ref})

    async def _file(self, request: web.Request) -> web.Response:
        ref = request.match_info["ref"]
        stamp = request.headers["X-Bridge-Timestamp"]
        mark = hmac.new(SECRET.encode(), f"{stamp}.{ref}".encode(), hashlib.sha256).hexdigest()
        good = mark == request.headers["X-Bridge-Signature"]
        return web.Response(body=self.files[ref]) if good else web.Response(status=403)

    # fetching

    async def fetch(self, url: str) -> None:
        """Fetch and deliver, for ever."""
        done: list[dict[str, Any]] = []
        self.fetches = 0
        async with aiohttp.ClientSession() as session:
            while True:
                wait = 5 if self.fetches else 0  # the first fetch only says: here I am
                body = json.dumps({"wait": wait, "done": done}).encode()
                async with session.post(
                    f"{url}/fetch", data=body, headers=signed(self.clock, body)
                ) as answer:
                    if answer.status != 200:
                        await asyncio.sleep(0)
                        continue
                    fetched = (await answer.json())["messages"]
                    self.fetches += 1
                done = [word for one in fetched if (word := self._word(one))]

    def _word(self, body: dict[str, Any]) -> dict[str, Any]:
        if (body["group"] or body["person"]) not in GROUPS:
            return {"key": body["key"], "error": "no such group", "permanent": True}
        if self.kind == "down" or self.flooded():
            return {"key": body["key"], "error": "not now", "retry_after": 60}
        ref = self.show(body)
        return {} if self.kind in {"lost", "slow"} else {"key": body["key"], "id": ref}

    async def feed(self, url: str, message: dict[str, Any]) -> int:
        """Hand a message in, once; the status."""
        body = json.dumps({"messages": [message]}, ensure_ascii=False).encode()
        status = 0
        with contextlib.suppress(aiohttp.ClientError):
            headers = signed(self.clock, body)
            async with (
                aiohttp.ClientSession() as session,
                session.post(f"{url}/messages", data=body, headers=headers) as answer,
            ):
                status = answer.status
        if status == 200:
            self.confirmed.add(message["id"])
        return status
