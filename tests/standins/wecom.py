"""A stand-in for WeCom's API server: tokens, 群机器人, 应用消息, 微信客服. It enforces what the real one enforces.

Written from developer.work.weixin.qq.com/document/path/90968, 91039, 99110, 90236, 94670, 94677, 94669, 94665.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.standins.site import Site
from tests.standins.tencent import Caller, Faults, TokenDesk, answer

if TYPE_CHECKING:
    from tests.standins.movable import MovableClock

CORPID, AES_KEY, TOKEN = "ww5823bf96d3bd56c7", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "QDG6eK"
SECRETS = {"kf-secret": "kf", "app-secret": "app"}
KEYS = {"robot-key-1": "staff", "robot-key-2": "second"}
AGENT = 1000002
MEMBERS = {"zhangsan": "13800001111", "lisi": "13800002222"}
DESK, OTHER_DESK = "wkAJ2GCAAASSm4", "wkOTHER"
CHANGES = {0: {1, 2, 3, 4}, 1: {2, 3, 4}, 2: {3}, 3: {3, 4}, 4: set()}  # of a session's state, by the API
MSGID = re.compile(r"[0-9A-Za-z_-]{1,32}")


class Rate:
    """At most so many in so many seconds, for each name."""

    def __init__(self, clock: MovableClock, limit: int, seconds: float) -> None:
        self._clock, self._limit, self._seconds = clock, limit, seconds
        self._times: defaultdict[str, deque[float]] = defaultdict(deque)

    def allows(self, name: str) -> bool:
        now, times = self._clock.now().timestamp(), self._times[name]
        while times and times[0] <= now - self._seconds:
            times.popleft()
        if len(times) >= self._limit:
            return False
        times.append(now)
        return True


class Wecom:
    """The server; `shown` is what people see, `calls` every request that was made."""

    def __init__(self, clock: MovableClock) -> None:
        self.clock = clock
        self.tokens = TokenDesk(clock)
        self.faults = Faults(clock)
        self.caller = Caller(clock, TOKEN, AES_KEY, CORPID)
        self.calls: list[str] = []
        self.shown: list[dict[str, Any]] = []
        self.media: dict[str, bytes] = {}
        self.trusted = True
        self.robot_rate = Rate(clock, 20, 60)
        self.app_rate = Rate(clock, 30, 60)
        self.app_repeats: dict[str, float] = {}
        self.dropped = 0
        self.unlicensed: set[str] = set()
        self.kf = Kf(self)
        self.numbers = itertools.count(1)
        self.site = Site(
            [
                web.get("/cgi-bin/gettoken", self._gettoken),
                web.post("/cgi-bin/webhook/send", self._webhook),
                web.post("/cgi-bin/message/send", self._with_token(self._app)),
                web.get("/cgi-bin/agent/get", self._with_token(self._agent)),
                web.get("/cgi-bin/media/get", self._with_token(self._media)),
                *(web.post(f"/cgi-bin/kf/{path}", self._with_token(one)) for path, one in self.kf.calls()),
            ]
        )

    async def start(self) -> str:
        return await self.site.start()

    async def stop(self) -> None:
        self.faults.clear()
        await self.site.stop()

    async def _gettoken(self, request: web.Request) -> web.Response:
        self.calls.append(request.path)
        if self.faults.kind == "down":
            return web.Response(status=502)
        if request.query.get("corpid") != CORPID:
            return answer(40013, "invalid corpid")
        if request.query.get("corpsecret") not in SECRETS:
            return answer(40001, "invalid credential, hint: [1], from ip: 203.0.113.7")
        return answer(access_token=self.tokens.issue(), expires_in=7200)

    def _with_token(self, handler: Any) -> Any:
        async def handle(request: web.Request) -> web.Response:
            self.calls.append(request.path)
            trouble = self.tokens.trouble(request.query.get("access_token", ""))
            if trouble:
                return answer(trouble, "invalid access_token" if trouble == 40014 else "access_token expired")
            if not self.trusted:
                return answer(60020, "not allow to access from your ip, from ip: 203.0.113.7")
            return await handler(request)

        return handle

    # 群机器人

    async def _webhook(self, request: web.Request) -> web.Response:
        self.calls.append(request.path)
        group = KEYS.get(request.query.get("key", ""))
        if group is None:
            return answer(93000, "invalid webhook url, hint: [2], from ip: 203.0.113.7")
        body = await request.json()
        if wrong := self._content_trouble(body):
            return wrong
        if instead := self.faults.before():
            return instead
        if not self.robot_rate.allows(request.query["key"]):
            return answer(45009, "api freq out of limit")
        self.shown.append({"ref": "", "chat": group, **_seen(body)})
        return await self.faults.after(request, answer())

    def _content_trouble(self, body: dict[str, Any]) -> web.Response | None:
        kind = body.get("msgtype")
        limit = {"text": 2048, "markdown": 4096}.get(str(kind))
        if limit is None:
            return answer(40008, "invalid message type")
        content = body[kind].get("content", "")
        if not content:
            return answer(44004, "empty content")
        if len(content.encode()) > limit:
            return answer(40058, f"content exceed max length {limit}")
        return None

    # 应用消息

    async def _agent(self, _request: web.Request) -> web.Response:
        return answer(agentid=AGENT, name="应诺")

    async def _app(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("agentid") != AGENT:
            return answer(301002, "no privilege to access/modify agent")
        if wrong := self._content_trouble(body):
            return wrong
        if instead := self.faults.before():
            return instead
        users = body["touser"].split("|")
        unlicensed = "|".join(one for one in users if one in self.unlicensed)
        known = [one for one in users if one in MEMBERS and one not in self.unlicensed]
        if not known and not unlicensed:
            return answer(81013, "user & party & tag all invalid")
        msgid = f"app-{next(self.numbers)}"
        for user in known:
            self._app_shows(user, body, msgid)
        bad = "|".join(one for one in users if one not in MEMBERS)
        return await self.faults.after(
            request, answer(invaliduser=bad, unlicenseduser=unlicensed, msgid=msgid)
        )

    def _app_shows(self, user: str, body: dict[str, Any], msgid: str) -> None:
        """Beyond 30 a minute it says ok and shows nothing; a repeat within the asked time likewise."""
        now = self.clock.now().timestamp()
        same = f"{user}:{body['msgtype']}:{body[body['msgtype']]['content']}"
        if body.get("enable_duplicate_check") and self.app_repeats.get(same, 0) > now:
            return
        self.app_repeats[same] = now + body.get("duplicate_check_interval", 1800)
        if not self.app_rate.allows(user):
            self.dropped += 1
            return
        self.shown.append({"ref": msgid, "chat": user, **_seen(body)})

    async def _media(self, request: web.Request) -> web.Response:
        found = self.media.get(request.query.get("media_id", ""))
        if found is None:
            return answer(40007, "invalid media_id")
        return web.Response(body=found, content_type="image/jpeg")


class Kf:
    """微信客服: a list of messages for each 客服账号, read by cursor; five messages after each of the customer's."""

    def __init__(self, wecom: Wecom) -> None:
        self._wecom = wecom
        self.bot_url = ""
        self.lists: dict[str, list[dict[str, Any]]] = {DESK: [], OTHER_DESK: []}
        self.cursor: dict[str, int] = {}  # the furthest that was asked for: what is before it is confirmed
        self.page = 1000
        self.empty_pages = 0
        self.states: dict[str, int] = {}
        self.spoke: dict[str, float] = {}
        self.left: dict[str, int] = {}
        self.refusing: set[str] = set()
        self.msgids: set[str] = set()
        self.codes: dict[str, tuple[float, str]] = {}
        self.sync_tokens: dict[str, float] = {}
        self.links: dict[str, str] = {}
        self.nicknames: dict[str, str] | None = {}  # None: the application may not ask
        self.numbers = itertools.count(1)

    def calls(self) -> list[tuple[str, Any]]:
        return [
            ("account/list", self._accounts),
            ("sync_msg", self._sync),
            ("send_msg", self._send),
            ("send_msg_on_event", self._on_event),
            ("service_state/get", self._state),
            ("service_state/trans", self._trans),
            ("add_contact_way", self._way),
            ("customer/batchget", self._customers),
        ]

    # what the customer does

    def add(self, raw: dict[str, Any], desk: str = DESK) -> str:
        """Put an entry on the list; its msgid."""
        msgid = raw.get("msgid") or f"from_msgid_{next(self.numbers)}"
        now = int(self._wecom.clock.now().timestamp())
        self.lists[desk].append({"send_time": now, **raw, "msgid": msgid})
        return msgid

    def says(self, person: str, kind: str = "text", desk: str = DESK, **content: Any) -> str:
        """A customer writes; the list has it, the bot is not told yet."""
        self.spoke[person] = self._wecom.clock.now().timestamp()
        self.left[person] = 5
        if self.states.get(person, 4) == 4:
            self.states[person] = 0
        said = {"open_kfid": desk, "external_userid": person, "origin": 3, "msgtype": kind, kind: content}
        return self.add(said, desk)

    def happens(self, event_type: str, person: str, desk: str = DESK, **more: Any) -> str:
        event = {"event_type": event_type, "open_kfid": desk, "external_userid": person, **more}
        return self.add({"origin": 4, "msgtype": "event", "event": event}, desk)

    def enters(self, person: str, scene: str = "", param: str = "") -> str:
        code = self._code("welcome")
        return self.happens("enter_session", person, scene=scene, scene_param=param, welcome_code=code)

    def event_request(self, desk: str = DESK) -> tuple[dict[str, str], bytes]:
        """The callback that says: there is something."""
        token = f"ENC{next(self.numbers)}"
        self.sync_tokens[token] = self._wecom.clock.now().timestamp() + 600
        xml = (
            f"<xml><ToUserName><![CDATA[{CORPID}]]></ToUserName><CreateTime>1348831860</CreateTime>"
            "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[kf_msg_or_event]]></Event>"
            f"<Token><![CDATA[{token}]]></Token><OpenKfId><![CDATA[{desk}]]></OpenKfId></xml>"
        )
        return self._wecom.caller.xml_request(xml)

    async def tell(self, desk: str = DESK) -> list[int]:
        return await self._wecom.caller.deliver(self.bot_url, "event", self.event_request(desk))

    def confirmed(self, msgid: str) -> bool:
        """Whether the bot has asked for what comes after that one."""
        for desk, entries in self.lists.items():
            for place, entry in enumerate(entries):
                if entry["msgid"] == msgid:
                    return place < self.cursor.get(desk, 0)
        raise KeyError(msgid)

    # what the server answers

    async def _accounts(self, _request: web.Request) -> web.Response:
        return answer(account_list=[{"open_kfid": DESK, "name": "售后"}])

    async def _sync(self, request: web.Request) -> web.Response:
        body = await request.json()
        desk, now = body["open_kfid"], self._wecom.clock.now().timestamp()
        if desk not in self.lists:
            return answer(95000, "invalid open_kfid")
        if body.get("token") and self.sync_tokens.get(body["token"], 0) < now:
            return answer(95007, "invalid msg token")
        start = int(body.get("cursor", "c0").lstrip("c"))
        self.cursor[desk] = max(start, self.cursor.get(desk, 0))
        if self.empty_pages and start < len(self.lists[desk]):
            self.empty_pages -= 1
            return answer(next_cursor=f"c00{start}", has_more=1, msg_list=[])
        size = min(self.page, body.get("limit", 1000))
        entries = self.lists[desk][start : start + size]
        recent = [one for one in entries if one["send_time"] > now - 3 * 86400]
        end = start + len(entries)
        return answer(next_cursor=f"c{end}", has_more=int(end < len(self.lists[desk])), msg_list=recent)

    async def _send(self, request: web.Request) -> web.Response:
        body = await request.json()
        if wrong := self._refusal(body):
            return wrong
        if instead := self._wecom.faults.before():
            return instead
        self.msgids.add(body["msgid"])
        self._deliver(body)
        return await self._wecom.faults.after(request, answer(msgid=body["msgid"]))

    def _refusal(self, body: dict[str, Any]) -> web.Response | None:
        person, msgid = body["touser"], body.get("msgid", "")
        if body["open_kfid"] not in self.lists:
            return answer(95000, "invalid open_kfid")
        if person not in self.spoke and person not in self.refusing:
            return answer(40096, "invalid external userid")
        if msgid and not MSGID.fullmatch(msgid):
            return answer(40058, "invalid Request Parameter msgid")
        if msgid in self.msgids:
            return answer(95019, "msgid already used")
        if self.states.get(person, 0) not in {0, 1}:
            return answer(95018, "send msg session status invalid")
        return self._too_long(body)

    def _too_long(self, body: dict[str, Any]) -> web.Response | None:
        if body["msgtype"] == "text" and len(body["text"]["content"].encode()) > 2048:
            return answer(45002, "content size out of limit")
        if body["msgtype"] == "msgmenu" and len(body["msgmenu"]["head_content"].encode()) > 1024:
            return answer(45002, "content size out of limit")
        return None

    def _deliver(self, body: dict[str, Any]) -> None:
        """Show it, or accept it and say later that it failed."""
        person, now = body["touser"], self._wecom.clock.now().timestamp()
        late = now - self.spoke.get(person, now) > 48 * 3600
        over = self.left.get(person, 5) <= 0
        if late or over or person in self.refusing:
            why = 10 if person in self.refusing else 4 if late else 6
            self.happens("msg_send_fail", person, fail_msgid=body["msgid"], fail_type=why)
            return
        self.left[person] = self.left.get(person, 5) - 1
        self._wecom.shown.append({"ref": body["msgid"], "chat": person, **_seen(body)})

    async def _on_event(self, request: web.Request) -> web.Response:
        body = await request.json()
        until, person = self.codes.pop(body["code"], (0.0, ""))
        if until <= self._wecom.clock.now().timestamp():
            return answer(95005, "invalid event code")
        if wrong := self._too_long(body):
            return wrong
        self._wecom.shown.append({"ref": body["msgid"], "chat": person, **_seen(body)})
        return answer(msgid=body["msgid"])

    async def _state(self, request: web.Request) -> web.Response:
        body = await request.json()
        return answer(service_state=self.states.get(body["external_userid"], 0))

    async def _trans(self, request: web.Request) -> web.Response:
        body = await request.json()
        person, to = body["external_userid"], body["service_state"]
        if to not in CHANGES[self.states.get(person, 0)]:
            return answer(95016, "not allow to change service state")
        if to == 3 and body.get("servicer_userid") not in MEMBERS:
            return answer(95014, "servicer is not online")
        self.states[person] = to
        return answer(msg_code=self._code(person))

    def _code(self, person: str) -> str:
        """With it one thing can be said to that customer, within 20 s."""
        code = f"code-{next(self.numbers)}"
        self.codes[code] = (self._wecom.clock.now().timestamp() + 20, person)
        return code

    async def _customers(self, request: web.Request) -> web.Response:
        asked = (await request.json())["external_userid_list"]
        if self.nicknames is None:
            return answer(48002, "api forbidden")
        if not 0 < len(asked) <= 100:
            return answer(40058, "invalid external_userid_list")
        known = [
            {"external_userid": one, "nickname": self.nicknames[one]}
            for one in asked
            if one in self.nicknames
        ]
        return answer(customer_list=known, invalid_external_userid=[])

    async def _way(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body["open_kfid"] not in self.lists:
            return answer(95000, "invalid open_kfid")
        link = f"https://work.weixin.qq.com/kfid/{body['open_kfid']}?enc_scene=ENC{body['scene']}"
        self.links[link] = body["scene"]
        return answer(url=link)


def _seen(body: dict[str, Any]) -> dict[str, Any]:
    """Text, pings and buttons as people see them."""
    inside = body[body["msgtype"]]
    if body["msgtype"] == "msgmenu":
        choices = [(one["click"]["content"], one["click"]["id"]) for one in inside["list"]]
        return {"text": inside["head_content"], "buttons": choices, "mentions": []}
    phones = {phone: user for user, phone in MEMBERS.items()}
    pinged = [phones[one] for one in inside.get("mentioned_mobile_list", []) if one in phones]
    pinged += [one for one in inside.get("mentioned_list", []) if one in MEMBERS or one == "@all"]
    pinged += re.findall(r"<@([^>]+)>", inside["content"]) if body["msgtype"] == "markdown" else []
    return {"text": inside["content"], "mentions": pinged, "buttons": []}
