"""A stand-in for the server of 智能机器人: long connections, callbacks' response_url, attachments.

Written from developer.work.weixin.qq.com/document/path/100719, 101463, 101138. It enforces one connection per bot,
the subscription, confirmations, unique task ids, 5 s for cards and welcomes, 30 a minute and 1,000 an hour for
each chat, and that the bot speaks only where it has been spoken to.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
from typing import TYPE_CHECKING, Any

from aiohttp import WSCloseCode, WSMsgType, web
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.standins.site import Site
from tests.standins.tencent import Caller, Faults, answer
from tests.standins.wecom import Rate

if TYPE_CHECKING:
    from tests.standins.movable import MovableClock

BOT, SECRET, NAME = "bot-1", "aibot-secret", "客服"
TOKEN, AES_KEY = "AIBOTTOKEN", "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt"
SILENT = 60.0  # seconds without a ping after which a connection is dropped


class Aibot:
    """The server; `shown` is what people see, `frames` everything the bot sent."""

    def __init__(self, clock: MovableClock) -> None:
        self.clock = clock
        self.faults = Faults(clock)
        self.caller = Caller(clock, TOKEN, AES_KEY, "")
        self.bot_url = ""
        self.shown: list[dict[str, Any]] = []
        self.frames: list[dict[str, Any]] = []
        self.spoken: set[str] = set()
        self.requests: dict[str, tuple[float, str, str]] = {}  # req_id: when, kind, chat
        self.tasks: set[str] = set()
        self.minute = Rate(clock, 30, 60)
        self.hour = Rate(clock, 1000, 3600)
        self.answers: dict[str, tuple[float, str]] = {}  # response code: until when, chat
        self.files: dict[str, bytes] = {}
        self.current: web.WebSocketResponse | None = None
        self.connections = 0
        self.subscribed = asyncio.Event()
        self.deaf = False  # takes everything and says nothing: a silent stall
        self.muted: set[str] = set()  # chats that are not delivered any more
        self.numbers = itertools.count(1)
        self.site = Site(
            [
                web.get("/", self._connection),
                web.post("/cgi-bin/aibot/response", self._response),
                web.get("/files/{name}", self._file),
            ]
        )

    async def start(self) -> str:
        return await self.site.start()

    @property
    def ws_url(self) -> str:
        return self.site.url.replace("http", "ws") + "/"

    async def stop(self) -> None:
        self.faults.clear()
        await self.close(WSCloseCode.GOING_AWAY)
        await self.site.stop()

    # the long connection

    async def _connection(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.connections += 1
        mine = False
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            frame = json.loads(message.data)
            if not mine and frame["cmd"] != "aibot_subscribe":
                await self._ack(socket, frame, 846609, "not subscribed")
                continue
            mine = await self._frame(socket, frame) or mine
        if self.current is socket:
            self.current = None
            self.subscribed.clear()
        return socket

    async def _frame(self, socket: web.WebSocketResponse, frame: dict[str, Any]) -> bool:
        """Answer one frame; True if it was a good subscription."""
        self.frames.append(frame)
        if self.deaf:
            return False
        if frame["cmd"] == "aibot_subscribe":
            return await self._subscribe(socket, frame)
        if frame["cmd"] == "ping":
            await self._ack(socket, frame)
            return False
        if self.faults.kind == "down":
            await self._ack(socket, frame, -1, "system busy")
            return False
        code, words = self._trouble(frame)
        if not code:
            self._show(frame)
        if self.faults.kind == "lost":
            assert socket._req is not None
            assert socket._req.transport is not None
            socket._req.transport.abort()
        elif self.faults.kind != "slow":
            await self._ack(socket, frame, code, words)
        return False

    async def _ack(
        self, socket: web.WebSocketResponse, frame: dict[str, Any], code: int = 0, words: str = "ok"
    ) -> None:
        await socket.send_json({"headers": frame["headers"], "errcode": code, "errmsg": words})

    async def _subscribe(self, socket: web.WebSocketResponse, frame: dict[str, Any]) -> bool:
        if frame["body"] != {"bot_id": BOT, "secret": SECRET}:
            await self._ack(socket, frame, 853000, "invalid bot_id or secret")
            return False
        await self._ack(socket, frame)
        if self.current is not None and self.current is not socket:
            await self.kick()
        self.current = socket
        self.subscribed.set()
        return True

    async def kick(self) -> None:
        """What the old connection sees when a newcomer subscribes."""
        old, self.current = self.current, None
        self.subscribed.clear()
        if old is not None and not old.closed:
            event = {"msgid": f"E{next(self.numbers)}", "aibotid": BOT, "msgtype": "event"}
            event["event"] = {"eventtype": "disconnected_event"}  # type: ignore[assignment]
            await old.send_json({"cmd": "aibot_event_callback", "headers": {"req_id": "R0"}, "body": event})
            await old.close()

    async def close(self, code: int = WSCloseCode.OK) -> None:
        """A clean close from the server's side."""
        old, self.current = self.current, None
        self.subscribed.clear()
        if old is not None:
            await old.close(code=code)

    def _trouble(self, frame: dict[str, Any]) -> tuple[int, str]:
        body, cmd = frame["body"], frame["cmd"]
        if cmd != "aibot_send_msg":
            trouble = self._reply_trouble(frame)
        elif body["chatid"] not in self.spoken:
            trouble = 846607, "no session"
        elif body["msgtype"] not in {"markdown", "template_card"}:
            trouble = 40008, "invalid message type"
        else:
            trouble = _content_trouble(body)
        task = _task(body)
        if not trouble[0] and cmd != "aibot_respond_update_msg" and task in self.tasks:
            trouble = 40058, "task_id already used"
        if not trouble[0] and not self._in_quota(self._chat(frame)):
            trouble = 45009, "api freq out of limit"
        return trouble

    def _in_quota(self, chat: str) -> bool:
        flooded = self.faults.before() is not None
        return not flooded and self.minute.allows(chat) and self.hour.allows(chat)

    def _reply_trouble(self, frame: dict[str, Any]) -> tuple[int, str]:
        at, kind, _ = self.requests.get(frame["headers"]["req_id"], (0.0, "", ""))
        age = self.clock.now().timestamp() - at
        wanted = {"aibot_respond_update_msg": "press", "aibot_respond_welcome_msg": "enter"}
        if kind != wanted.get(frame["cmd"], "message"):
            return 846605, "invalid req_id"
        if age > (600 if kind == "message" else 5):
            return 846608, "stream message update expired"
        return _content_trouble(frame["body"])

    def _chat(self, frame: dict[str, Any]) -> str:
        return frame["body"].get("chatid") or self.requests[frame["headers"]["req_id"]][2]

    def _show(self, frame: dict[str, Any]) -> None:
        self.tasks.update({_task(frame["body"])} - {""})
        self.shown.append(
            {"chat": self._chat(frame), "mentions": [], **_seen(frame["body"], frame["headers"]["req_id"])}
        )

    # what people do

    def message(self, person: str, chat: str = "", **content: Any) -> dict[str, Any]:
        """The body of a message; in a group (a chat is named) it mentions the bot."""
        self.spoken.add(chat or person)
        body = {"msgid": f"M{next(self.numbers)}", "aibotid": BOT, "from": {"userid": person}}
        body |= {"chattype": "group", "chatid": chat} if chat else {"chattype": "single"}
        return {**body, "create_time": int(self.clock.now().timestamp()), **content}

    def says(self, person: str, text: str, chat: str = "", **more: Any) -> dict[str, Any]:
        words = f"@{NAME} {text}" if chat else text
        return self.message(person, chat, msgtype="text", text={"content": words}, **more)

    def event(self, person: str, kind: str, chat: str = "", **more: Any) -> dict[str, Any]:
        return self.message(person, chat, msgtype="event", event={"eventtype": kind, **more})

    async def push(self, body: dict[str, Any]) -> bool:
        """Send it down the connection; False if nobody is there, and then it is lost."""
        socket = self.current
        if socket is None or socket.closed or body.get("chatid") in self.muted or self.deaf:
            return False
        event = body.get("event", {}).get("eventtype", "")
        kind = {"template_card_event": "press", "enter_chat": "enter", "": "message"}.get(event, event)
        req_id = f"R{next(self.numbers)}"
        chat = body.get("chatid") or body["from"]["userid"]
        self.requests[req_id] = (self.clock.now().timestamp(), kind, chat)
        cmd = "aibot_event_callback" if event else "aibot_msg_callback"
        await socket.send_json({"cmd": cmd, "headers": {"req_id": req_id}, "body": body})
        return True

    def picture(self, data: bytes, *, key: str = "") -> dict[str, str]:
        """Store an encrypted picture; what a message says of it."""
        aeskey = key or base64.b64encode(os.urandom(32)).decode()
        raw = base64.b64decode(aeskey + "=" * (-len(aeskey) % 4))
        pad = 32 - len(data) % 32
        cipher = Cipher(algorithms.AES(raw), modes.CBC(raw[:16])).encryptor()
        name = f"f{next(self.numbers)}"
        self.files[name] = cipher.update(data + bytes([pad]) * pad) + cipher.finalize()
        return {"url": f"{self.site.url}/files/{name}?sign=a%2Fb%3D&t=1", "aeskey": aeskey}

    async def _file(self, request: web.Request) -> web.Response:
        if request.raw_path.partition("?")[2] != "sign=a%2Fb%3D&t=1":
            return web.Response(status=403, text="the signature does not match")
        found = self.files.get(request.match_info["name"])
        return web.Response(status=404) if found is None else web.Response(body=found)

    # by callback

    def callback(self, body: dict[str, Any]) -> dict[str, Any]:
        """The same message as a callback brings it: with a response_url, without a time."""
        code = f"code{next(self.numbers)}"
        chat = body.get("chatid") or body["from"]["userid"]
        self.answers[code] = (self.clock.now().timestamp() + 3600, chat)
        url = f"{self.site.url}/cgi-bin/aibot/response?response_code={code}"
        return {**{name: value for name, value in body.items() if name != "create_time"}, "response_url": url}

    async def _response(self, request: web.Request) -> web.Response:
        body = await request.json()
        until, chat = self.answers.pop(request.query.get("response_code", ""), (0.0, ""))
        if until <= self.clock.now().timestamp():
            return answer(40058, "response_code is invalid or used")
        if instead := self.faults.before():
            return instead
        self.shown.append({"chat": chat, "mentions": [], **_seen(body, "")})
        return await self.faults.after(request, answer())


def _content_trouble(body: dict[str, Any]) -> tuple[int, str]:
    card = body.get("template_card")
    if card:
        labels = [one["text"] for one in card.get("button_list", [])]
        wrong = any(len(one) > 10 for one in labels) or len(labels) > 6
        too_long = len(card.get("sub_title_text", "")) > 112 or len(card["main_title"]["title"]) > 26
        return (40058, "template_card is not as it should be") if wrong or too_long else (0, "ok")
    kind = body["msgtype"]
    limit = {"stream": 20480, "markdown": 4096, "text": 2048}[kind]
    return (45002, "content too long") if len(body[kind]["content"].encode()) > limit else (0, "ok")


def _task(body: dict[str, Any]) -> str:
    return body.get("template_card", {}).get("task_id", "")


def _seen(body: dict[str, Any], ref: str) -> dict[str, Any]:
    card = body.get("template_card")
    if card:
        buttons = [(one["text"], one["key"]) for one in card.get("button_list", [])]
        replaces = card["task_id"] if body.get("response_type") else ""
        text = card["sub_title_text"]
        return {"text": text, "buttons": buttons, "ref": card["task_id"], "replaces": replaces}
    inside = body[body["msgtype"]]
    return {"text": inside["content"], "buttons": [], "ref": inside.get("id", ref), "replaces": ""}
