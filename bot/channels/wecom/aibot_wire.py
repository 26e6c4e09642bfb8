"""One long connection of 智能机器人: frames out with their confirmations, frames in.

    up    {"cmd", "headers": {"req_id"}, "body"}
    ack   {"headers": {"req_id"}, "errcode", "errmsg"}
    down  {"cmd": "aibot_msg_callback" | "aibot_event_callback", "headers", "body"}

Source: developer.work.weixin.qq.com/document/path/101463. What comes in is not confirmed to the provider and
what is missed is not sent again, so a frame is handed on at once and nothing here waits for storage.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec

from bot.channels.base import Temporary, Uncertain
from bot.channels.tencent.api import accepted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FRAME_LIMIT = 2 * 1024 * 1024
OPEN_SECONDS = 10.0
CLOSE_SECONDS = 1.0  # for the other side to say goodbye; it may be long gone


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One frame as it came; an acknowledgement has no `cmd`."""

    cmd: str = ""
    headers: dict[str, Any] = {}  # msgspec copies empty defaults
    body: dict[str, Any] = {}
    errcode: int = 0
    errmsg: str = ""

    @property
    def req_id(self) -> str:
        """What an answer must bear."""
        return str(self.headers.get("req_id", ""))


class Wire:
    """An open connection. `ack` is how many seconds the provider has to confirm a frame."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, ack: float) -> None:
        self._socket = socket
        self._ack = ack
        self._waiting: defaultdict[str, deque[asyncio.Future[Frame]]] = defaultdict(deque)

    @classmethod
    async def opened(cls, session: aiohttp.ClientSession, url: str, ack: float) -> Wire:
        """Connect; raises Temporary."""
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                socket = await session.ws_connect(
                    url, max_msg_size=FRAME_LIMIT, timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS)
                )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Temporary(f"no long connection to the provider ({type(error).__name__})") from None
        return cls(socket, ack)

    @property
    def open(self) -> bool:
        """Whether frames can be sent."""
        return not self._socket.closed

    async def ask(self, cmd: str, body: dict[str, Any] | None = None, *, req_id: str = "") -> str:
        """Send a frame and wait for its confirmation; its req_id. Raises Temporary, Permanent or Uncertain."""
        known = req_id or f"{cmd}_{secrets.token_hex(8)}"
        frame = {"cmd": cmd, "headers": {"req_id": known}, **({} if body is None else {"body": body})}
        confirmed: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._waiting[known].append(confirmed)
        try:
            await self._send(frame)
            answer = await asyncio.wait_for(confirmed, self._ack)
        except TimeoutError:
            raise Uncertain("the long connection did not confirm the message in time") from None
        finally:
            self._forget(known, confirmed)
        accepted({"errcode": answer.errcode, "errmsg": answer.errmsg})
        return known

    def _forget(self, known: str, confirmed: asyncio.Future[Frame]) -> None:
        if confirmed in self._waiting[known]:
            self._waiting[known].remove(confirmed)
        if not self._waiting[known]:
            del self._waiting[known]

    async def _send(self, frame: dict[str, Any]) -> None:
        if not self.open:
            raise Temporary("the long connection is closed", retry_after=5)
        try:
            await self._socket.send_str(msgspec.json.encode(frame).decode())
        except (aiohttp.ClientError, ConnectionError, RuntimeError) as error:
            raise Temporary(f"the long connection broke ({type(error).__name__})", retry_after=5) from None

    async def frames(self) -> AsyncIterator[Frame]:
        """What the provider sends, until the connection ends, however it ends; rubbish is left out."""
        async for message in self._socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            try:
                frame = msgspec.json.decode(message.data, type=Frame)
            except (ValueError, RecursionError):
                continue
            if frame.cmd:
                yield frame
            else:
                self._confirm(frame)

    def _confirm(self, frame: Frame) -> None:
        waiting = self._waiting.get(frame.req_id)
        if waiting:
            confirmed = waiting.popleft()
            if not confirmed.done():
                confirmed.set_result(frame)

    async def close(self) -> None:
        """Close; whoever still waits for a confirmation learns that it will not come."""
        await self._socket.close()
        for waiting in list(self._waiting.values()):
            for confirmed in waiting:
                if not confirmed.done():
                    confirmed.set_exception(Uncertain("the long connection ended before the confirmation"))
