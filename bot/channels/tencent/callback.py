"""Requests from the providers: size, age, signature, decryption and replays, before anything else looks at them.

Whatever is wrong with a request is a `Refused` with a 4xx status and a counter; nothing in a request can make
a traceback.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal
from xml.etree.ElementTree import Element, ParseError

import msgspec
from aiohttp import web
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bot.channels.crypto import Forged, Seal, Unreadable

if TYPE_CHECKING:
    from bot.channels.base import Inlet
    from bot.channels.tencent.replays import Replays
    from bot.clock import Clock

BODY_LIMIT = 256 * 1024  # the largest callback, a forwarded chat record, is a few dozen kilobytes
READ_SECONDS = 4.0  # the providers give up after five
MAX_AGE = 300.0  # seconds by which a timestamp may be off
DEPTH = 12

Plain = Literal["nothing", "echo", "all"]


class Refused(Exception):
    """A request that is answered with `status` and counted as `what`."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status
        self.what = what


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A verified message: its plain text, and what an answer or the record of its nonce needs."""

    plain: str
    nonce: str
    timestamp: str
    encrypted: bool
    key: int = 0

    @property
    def once(self) -> str:
        """The nonce with its timestamp: used by one message only."""
        return f"{self.timestamp}-{self.nonce}"


class Door:
    """Lets requests in at one callback address.

    `plain` says what may come unencrypted: nothing (WeCom), the check of the address (公众号 in every mode), or
    messages too (公众号 in plain mode).
    """

    def __init__(self, seal: Seal, clock: Clock, replays: Replays, *, plain: Plain = "nothing") -> None:
        self._seal = seal
        self._clock = clock
        self._replays = replays
        self._plain = plain

    def echo(self, query: Mapping[str, str]) -> str:
        """The answer to the check of the address (GET): the echo string, decrypted where it is encrypted."""
        timestamp, nonce = self._times(query)
        echo = query.get("echostr", "")
        if "msg_signature" in query:
            return self._unsealed(query, echo).plain
        if self._plain == "nothing":
            raise Refused(403, "bad_signature")
        self._verify(query.get("signature", ""), (timestamp, nonce, ""))
        return echo

    def _times(self, query: Mapping[str, str]) -> tuple[str, str]:
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not (
            timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12 and 0 < len(nonce) <= 128
        ):
            raise Refused(400, "bad_query")
        if abs(self._clock.now().timestamp() - int(timestamp)) > MAX_AGE:
            raise Refused(403, "stale")
        return timestamp, nonce

    def _verify(self, given: str, signed: tuple[str, str, str]) -> None:
        try:
            self._seal.check(given, *signed)
        except (Forged, UnicodeEncodeError):
            raise Refused(403, "bad_signature") from None

    def _unsealed(self, query: Mapping[str, str], encrypt: str) -> Letter:
        timestamp, nonce = self._times(query)
        self._verify(query.get("msg_signature", ""), (timestamp, nonce, encrypt))
        try:
            opened = self._seal.open(encrypt)
        except Unreadable:
            raise Refused(400, "unreadable") from None
        return Letter(plain=opened.text, nonce=nonce, timestamp=timestamp, encrypted=True, key=opened.key)

    async def letter(self, request: web.Request, inlet: Inlet) -> Letter:
        """The message in a POST; raises Refused."""
        body = await read(request)
        letter = self._opened(request.query, body)
        if await self._replays.refuses(inlet, letter.once, letter.plain.encode()):
            raise Refused(403, "nonce_reused")
        return letter

    def _opened(self, query: Mapping[str, str], body: bytes) -> Letter:
        """In secure and compatible mode the encrypted part counts and `msg_signature` covers it."""
        timestamp, nonce = self._times(query)
        fields = parse(body)
        encrypt = fields.get("Encrypt", fields.get("encrypt"))
        if isinstance(encrypt, str) and not (self._plain == "all" and "msg_signature" not in query):
            return self._unsealed(query, encrypt)
        if self._plain != "all":
            raise Refused(400, "not_encrypted")
        self._verify(query.get("signature", ""), (timestamp, nonce, ""))
        return Letter(plain=body.decode(), nonce=nonce, timestamp=timestamp, encrypted=False)

    def mark(self, letter: Letter) -> dict[str, str]:
        """State to store with the message, so that its nonce serves no other."""
        return self._replays.state(letter.once, letter.plain.encode())


async def read(request: web.Request) -> bytes:
    """The body, if it comes in time and is not too large."""
    if (request.content_length or 0) > BODY_LIMIT:
        raise Refused(413, "too_large")
    whole = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.content.iter_any():
                whole += chunk
                if len(whole) > BODY_LIMIT:
                    raise Refused(413, "too_large")
    except TimeoutError:
        raise Refused(408, "too_slow") from None
    except (web.RequestPayloadError, ConnectionError):
        request.content.set_exception(TimeoutError())  # aiohttp reads on after the answer, and knows this one
        raise Refused(400, "broken_off") from None
    return bytes(whole)


def parse(body: bytes) -> dict[str, Any]:
    """A JSON object or flat XML as a dict; raises Refused. Entities and document types are not accepted."""
    try:
        if body.lstrip()[:1] == b"{":
            return msgspec.json.decode(body, type=dict[str, Any])
        body.decode()
        root = fromstring(body, forbid_dtd=True)
        inside = _inside(root, DEPTH)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
        raise Refused(400, "malformed") from None
    if not isinstance(inside, dict):
        raise Refused(400, "malformed")
    return inside


def _inside(element: Element, depth: int) -> object:
    children = list(element)
    if not children:
        return element.text or ""
    if depth == 0:
        raise ValueError("nested too deeply")
    return {child.tag: _inside(child, depth - 1) for child in children}


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded(handler: Handler, count: Callable[[str], None]) -> Handler:
    """The handler with refusals turned into their status and counted."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refused as refused:
            count(refused.what)
            return web.Response(status=refused.status, text=refused.what)

    return answer
