"""A stand-in for the official account's server, written from developers.weixin.qq.com.

Callbacks in plain, compatible and secure mode; stable tokens; customer-service messages, five within 48 hours of
a follower's message; template and subscription messages; media.
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.standins.site import Site
from tests.standins.tencent import Caller, Faults, TokenDesk, answer

if TYPE_CHECKING:
    from tests.standins.movable import MovableClock

APPID, SECRET = "wx2c2769f8efd9abc2", "mp-secret"
TOKEN, AES_KEY = "spamtest", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
TEMPLATE = "template-1"


class Wechat:
    """The server; `shown` is what followers see, `calls` every request that was made."""

    def __init__(self, clock: MovableClock, mode: str = "secure") -> None:
        self.clock = clock
        self.mode = mode
        self.tokens = TokenDesk(clock)
        self.faults = Faults(clock)
        self.caller = Caller(clock, TOKEN, AES_KEY, APPID)
        self.calls: list[str] = []
        self.shown: list[dict[str, Any]] = []
        self.media: dict[str, bytes] = {}
        self.spoke: dict[str, float] = {}
        self.moments: dict[str, tuple[float, int]] = {}
        self.left: dict[str, int] = {}
        self.consents: dict[str, int] = {}
        self.scenes: dict[str, str] = {}
        self.numbers = itertools.count(6054768590064713728)
        self.forced_at = 0.0
        self.certified = True
        self.site = Site(
            [
                web.post("/cgi-bin/stable_token", self._token),
                web.get("/cgi-bin/get_api_domain_ip", self._with_token(self._ips)),
                web.post("/cgi-bin/message/custom/send", self._with_token(self._custom)),
                web.post("/cgi-bin/message/template/send", self._with_token(self._template)),
                web.post("/cgi-bin/message/subscribe/bizsend", self._with_token(self._subscribe)),
                web.post("/cgi-bin/qrcode/create", self._with_token(self._qrcode)),
                web.get("/cgi-bin/media/get", self._with_token(self._media)),
            ]
        )

    async def start(self) -> str:
        return await self.site.start()

    async def stop(self) -> None:
        self.faults.clear()
        await self.site.stop()

    # what a follower does

    def message(self, person: str, kind: str, **fields: Any) -> dict[str, Any]:
        """Fields of a message or event as the server would push them; the window opens."""
        now = int(self.clock.now().timestamp())
        if fields.get("Event") in {"subscribe", "SCAN", "CLICK"}:
            self.moments[person] = (self.clock.now().timestamp() + 60, 3)
        if kind != "event":
            self.spoke[person], self.left[person] = self.clock.now().timestamp(), 5
            fields["MsgId"] = next(self.numbers)
        said = {"ToUserName": "gh_10f6c3c3ac5a", "FromUserName": person, "CreateTime": now, "MsgType": kind}
        return {**said, **fields}

    def request(self, fields: dict[str, Any]) -> tuple[dict[str, str], bytes]:
        """Query and body of the callback, in the account's mode."""
        inside = "".join(f"<{name}>{_cdata(value)}</{name}>" for name, value in fields.items())
        if self.mode == "plain":
            return self.caller.query(), f"<xml>{inside}</xml>".encode()
        if self.mode == "json":
            return self.caller.json_request(fields, "Encrypt")
        extra = inside if self.mode == "compatible" else ""
        return self.caller.xml_request(f"<xml>{inside}</xml>", extra)

    # what the server answers

    async def _token(self, request: web.Request) -> web.Response:
        self.calls.append(request.path)
        body = await request.json()
        if self.faults.kind == "down":
            return web.Response(status=502)
        if body["appid"] != APPID:
            return answer(40013, "invalid appid")
        if body["secret"] != SECRET:
            return answer(40125, "invalid appsecret")
        now = self.clock.now().timestamp()
        if body["force_refresh"]:
            if now - self.forced_at < 30:
                return answer(45009, "reach max api daily quota limit")
            self.forced_at = now
            self.tokens.void()
        return web.json_response(
            {"access_token": self.tokens.good() or self.tokens.issue(), "expires_in": 7200}
        )

    def _with_token(self, handler: Any) -> Any:
        async def handle(request: web.Request) -> web.Response:
            self.calls.append(request.path)
            trouble = self.tokens.trouble(request.query.get("access_token", ""))
            return answer(trouble, "invalid credential") if trouble else await handler(request)

        return handle

    async def _ips(self, _request: web.Request) -> web.Response:
        return web.json_response({"ip_list": ["203.0.113.1"]})

    async def _custom(self, request: web.Request) -> web.Response:
        body = await request.json()
        person = body["touser"]
        if not self.certified:
            return answer(48001, "api unauthorized")
        if person not in self.spoke and person not in self.moments:
            return answer(40003, "invalid openid")
        content = body[body["msgtype"]].get("content") or body[body["msgtype"]].get("head_content", "")
        if len(content.encode()) > 2048:
            return answer(45002, "content size out of limit")
        if instead := self.faults.before():
            return instead
        if wrong := self._outside(person):
            return wrong
        choices = [(one["content"], one["id"]) for one in body[body["msgtype"]].get("list", [])]
        self.shown.append({"ref": "", "chat": person, "text": content, "buttons": choices, "mentions": []})
        return await self.faults.after(request, answer())

    def _outside(self, person: str) -> web.Response | None:
        """Three within a minute of an event, else five within 48 hours of a message; counts what it allows."""
        now = self.clock.now().timestamp()
        until, free = self.moments.get(person, (0.0, 0))
        if now < until and free > 0:
            self.moments[person] = (until, free - 1)
            return None
        if now - self.spoke.get(person, 0.0) > 48 * 3600:
            return answer(45015, "response out of time limit or subscription is canceled")
        if self.left[person] <= 0:
            return answer(45047, "out of response count limit")
        self.left[person] -= 1
        return None

    async def _template(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body["template_id"] != TEMPLATE:
            return answer(40037, "invalid template_id")
        return self._notice(body, {name: one["value"] for name, one in body["data"].items()})

    async def _subscribe(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.consents.get(body["touser"], 0) <= 0:
            return answer(43101, "user refuse to accept the msg")
        self.consents[body["touser"]] -= 1
        return self._notice(body, {name: one["value"] for name, one in body["data"].items()})

    def _notice(self, body: dict[str, Any], values: dict[str, str]) -> web.Response:
        for name, value in values.items():
            if name.startswith("thing") and len(value) > 20:
                return answer(47003, f"argument invalid! data.{name}.value is too long")
        ref = str(next(self.numbers))
        text = json.dumps(values, ensure_ascii=False)
        self.shown.append({"ref": ref, "chat": body["touser"], "text": text, "buttons": [], "mentions": []})
        return answer(msgid=int(ref))

    async def _qrcode(self, request: web.Request) -> web.Response:
        body = await request.json()
        scene = body["action_info"]["scene"]["scene_str"]
        link = f"http://weixin.qq.com/q/{len(self.scenes)}"
        self.scenes[link] = scene
        return web.json_response({"ticket": "T", "url": link})

    async def _media(self, request: web.Request) -> web.Response:
        found = self.media.get(request.query.get("media_id", ""))
        return answer(40007, "invalid media_id") if found is None else web.Response(body=found)


def _cdata(value: Any) -> str:
    return str(value) if isinstance(value, int) else f"<![CDATA[{value}]]>"


def query_sealed(body: bytes) -> str:
    """The ciphertext in an XML envelope."""
    return body.decode().rpartition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
