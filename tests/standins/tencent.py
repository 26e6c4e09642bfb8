"""What the WeChat and WeCom stand-ins share: tokens that expire, faults, and callbacks with their repeats."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

from tests.standins.envelope import encrypt, sign

if TYPE_CHECKING:
    from tests.standins.movable import MovableClock

PATIENCE = 5.0  # seconds within which a callback must be answered
ECHO_PATIENCE = 1.0
TRIES = 4  # one and three repeats


def answer(code: int = 0, words: str = "ok", **more: Any) -> web.Response:
    """HTTP says 200 to everything; the errcode is what counts."""
    return web.json_response({"errcode": code, "errmsg": words, **more})


class TokenDesk:
    """Access tokens: good for two hours by the clock, or until voided."""

    def __init__(self, clock: MovableClock) -> None:
        self._clock = clock
        self._numbers = itertools.count(1)
        self._good: dict[str, float] = {}
        self.issued = 0

    def issue(self, seconds: float = 7200) -> str:
        token = f"token-{next(self._numbers)}"
        self._good[token] = self._clock.now().timestamp() + seconds
        self.issued += 1
        return token

    def void(self) -> None:
        """What happens when somebody else fetches a token or the secret is reset."""
        self._good.clear()

    def trouble(self, token: str) -> int:
        """The errcode for a call with this token; 0 if it is good."""
        if token not in self._good:
            return 40014
        return 42001 if self._clock.now().timestamp() >= self._good[token] else 0

    def good(self) -> str | None:
        now = self._clock.now().timestamp()
        return next((token for token, until in self._good.items() if until > now), None)


class Faults:
    """What goes wrong with what is sent, until cleared."""

    def __init__(self, clock: MovableClock) -> None:
        self.kind = ""
        self._clock = clock
        self._flooded_until = 0.0
        self._cleared = asyncio.Event()

    def set(self, kind: str) -> None:
        self.kind = kind
        self._flooded_until = self._clock.now().timestamp() + 60
        self._cleared.clear()

    def clear(self) -> None:
        self.kind = ""
        self._cleared.set()

    async def after(self, request: web.Request, response: web.Response) -> web.Response:
        """The answer to a message that has been taken, if the fault lets it through."""
        if self.kind == "lost":
            assert request.transport is not None
            request.transport.abort()
        if self.kind == "slow":
            await self._cleared.wait()
        return response

    def before(self) -> web.Response | None:
        """The answer instead of taking the message."""
        if self.kind == "down":
            return web.Response(status=502, text="bad gateway")
        if self.kind == "flooded" and self._clock.now().timestamp() < self._flooded_until:
            return answer(45009, "api freq out of limit")
        return None


class Caller:
    """Sends callbacks to the bot as the provider does: signed, timely, and repeated until they are confirmed."""

    def __init__(self, clock: MovableClock, token: str, aes_key: str, receive_id: str) -> None:
        self.clock, self.token, self.aes_key, self.receive_id = clock, token, aes_key, receive_id
        self.confirmed: set[str] = set()
        self._nonces = itertools.count(263014780)

    def query(self, sealed: str = "") -> dict[str, str]:
        timestamp, nonce = str(int(self.clock.now().timestamp())), str(next(self._nonces))
        query = {"timestamp": timestamp, "nonce": nonce, "signature": sign(self.token, timestamp, nonce)}
        return {**query, "msg_signature": sign(self.token, timestamp, nonce, sealed)} if sealed else query

    def seal(self, text: str) -> str:
        return encrypt(self.aes_key, text, self.receive_id)

    def xml_request(self, plain: str, extra: str = "") -> tuple[dict[str, str], bytes]:
        """Query and body of a secure-mode callback; `extra` are the plain fields of compatible mode."""
        sealed = self.seal(plain)
        body = (
            f"<xml><ToUserName><![CDATA[x]]></ToUserName>{extra}<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        )
        return {**self.query(sealed), "encrypt_type": "aes"}, body.encode()

    def json_request(self, plain: dict[str, Any], field: str = "encrypt") -> tuple[dict[str, str], bytes]:
        sealed = self.seal(json.dumps(plain, ensure_ascii=False))
        return self.query(sealed), json.dumps({field: sealed}).encode()

    async def deliver(self, url: str, handle: str, request: tuple[dict[str, str], bytes]) -> list[int]:
        """Post it until it is answered with 200 in time; the statuses (0: none in time)."""
        statuses = []
        for _ in range(TRIES):
            statuses.append((await post(url, *request))[0])
            if statuses[-1] == 200:
                self.confirmed.add(handle)
                break
        return statuses


async def post(url: str, query: dict[str, str], body: bytes) -> tuple[int, str]:
    """Status and text of the bot's answer; status 0 if it does not come within five seconds."""
    async with aiohttp.ClientSession() as session:
        with contextlib.suppress(TimeoutError, aiohttp.ClientError):
            timeout = aiohttp.ClientTimeout(total=PATIENCE)
            async with session.post(url, params=query, data=body, timeout=timeout) as response:
                return response.status, await response.text()
    return 0, ""


async def get(url: str, query: dict[str, str]) -> tuple[int, str]:
    """The check of the address: the provider waits one second."""
    timeout = aiohttp.ClientTimeout(total=ECHO_PATIENCE)
    async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url, params=query) as response:
        return response.status, await response.text()
