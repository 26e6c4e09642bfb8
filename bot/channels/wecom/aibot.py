"""WeCom 智能机器人: takes the staff's commands and shows them cards with buttons.

By long connection (bot id and secret, no public address; the default) or by callback. A message that comes over
the long connection is not confirmed to the provider, so it is put in line at once and stored in order; while the
database does not answer it waits here. What is sent while no connection is up is lost, and nothing here pretends
otherwise.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from bot.channels.base import Capabilities, ChannelError, Finding, Permanent, Quota, Sent
from bot.channels.tencent.errcodes import Busy, Rejected
from bot.channels.tencent.http import Call, Http
from bot.channels.tencent.line import Line, finding
from bot.channels.tencent.parts import Progress
from bot.channels.wecom.aibot_cards import (
    STREAM_BYTES,
    bodies,
    new_task,
    remember,
    settled_card,
    spoken,
)
from bot.channels.wecom.aibot_decode import Undecodable, decode
from bot.channels.wecom.aibot_link import Link
from bot.channels.wecom.aibot_media import opened
from bot.clock import Bell
from bot.domain.messages import Outgoing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aiohttp

    from bot.channels.base import Inlet
    from bot.channels.wecom.aibot_wire import Frame
    from bot.channels.wecom.settings import AibotSettings
    from bot.clock import Clock
    from bot.domain.messages import Address, Incoming, Media

UPDATE_SECONDS = 5.0  # within which a card may be replaced after a press
REPLY_SECONDS = 600.0  # within which a message is answered in place rather than by a push
WELCOME_BYTES = 2048
GONE = {846605, 846608}  # an answer in place comes too late
SUBSCRIPTION_LOST = 846609
WHERE = "企业微信 → 工作台 → 智能机器人 → 该机器人 → API 模式 → 长连接，重新复制 Bot ID 和 Secret"

log = logging.getLogger(__name__)


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """What came in and may be answered in place: when, what it was, and on which card."""

    at: datetime
    kind: str
    task: str = ""


class AibotChannel(Line):
    """智能机器人 by long connection. In an address `chat` is the chatid of a group or the userid of one person."""

    name = "wecom_aibot"
    capabilities = Capabilities(
        quotas=(Quota(limit=30, seconds=60, scope="chat"), Quota(limit=1000, seconds=3600, scope="chat")),
        buttons=True,
        max_chars=STREAM_BYTES,
        max_bytes=STREAM_BYTES,
    )

    def __init__(
        self, settings: AibotSettings, *, clock: Clock, session: aiohttp.ClientSession | None = None
    ) -> None:
        self.account = settings.account
        self._settings = settings
        self._clock = clock
        self._http = Http(settings.api_base, timeout=settings.timeout, session=session)
        self.link = Link(settings, self._http, clock, self._take)
        self._line: deque[Incoming] = deque()
        self._arrived = asyncio.Event()
        self._answerable: OrderedDict[str, Callback] = OrderedDict()
        self._cards: OrderedDict[str, Outgoing] = OrderedDict()
        self._progress = Progress()
        self._bell = Bell()

    async def start(self, inlet: Inlet) -> None:
        """Take the inlet; the connection is made by `run`."""
        await super().start(inlet)

    async def run(self) -> None:
        """Keep the connection up and store what comes."""
        await asyncio.gather(self.link.run(self.inlet), self._store())

    async def stop(self) -> None:
        """Close connections, and make a last attempt to store what is still in line."""
        await self.link.drop()
        try:
            if self._line:
                await self.inlet.receive(tuple(self._line))
                self._line.clear()
        finally:
            await self._http.close()

    def _take(self, frame: Frame) -> str:
        """Put what a frame says in line; the chat it came from, if it came from one."""
        if frame.cmd not in {"aibot_msg_callback", "aibot_event_callback"}:
            return ""
        try:
            message = decode(frame.body, self._settings, frame.req_id, self._clock.now())
        except Undecodable:
            self.count("undecodable")
            return ""
        if message is None:
            return ""
        task = message.data.get("task_id", "")
        remember(self._answerable, frame.req_id, Callback(at=self._clock.now(), kind=message.kind, task=task))
        if message.kind == "welcome" and self._settings.welcome:
            message = replace(message, data={**message.data, "greeted": "true"})
        self._line.append(message)
        self._arrived.set()
        return message.address.chat

    async def _store(self) -> None:
        """Store in order; what cannot be stored waits, because nobody will send it again."""
        while True:
            await self._arrived.wait()
            if not self._line:
                self._arrived.clear()
                continue
            message = self._line[0]
            while not await self._stored(message):
                await self._clock.wait(self._clock.now() + timedelta(seconds=1), self._bell)
            self._line.popleft()
            if message.kind == "welcome" and self._settings.welcome:
                await self._greet(message.reply_token)

    async def _stored(self, message: Incoming) -> bool:
        try:
            await self.inlet.receive([message])
        except Exception:  # a database that fails must not end receiving
            self.count("store_failed")
            log.exception("a message could not be stored, will try again")
            return False
        return True

    async def _welcome(self, message: Outgoing) -> Sent | None:
        """Greet who has just opened the chat: the only thing that may be said to who has never spoken."""
        text = spoken(message)
        if len(text.encode()) > WELCOME_BYTES:
            return None
        body: dict[str, Any] = {"msgtype": "text", "text": {"content": text}}
        return Sent(ref=await self._ask("aibot_respond_welcome_msg", body, message.reply_token))

    async def _greet(self, req_id: str) -> None:
        try:
            await self._welcome(Outgoing(text=self._settings.welcome, reply_token=req_id))
        except ChannelError as error:
            self.count("welcome_failed")
            log.warning("the welcome message was not accepted: %s", error)

    async def send(self, to: Address, message: Outgoing) -> Sent:
        """Send: in place of the pressed card, as the answer to a message, or as a push."""
        in_place = await self._in_place(message)
        if in_place is not None:
            return in_place
        whole = bodies(message)
        done, ref = self._progress.of(message.key)
        for place, body in enumerate(whole):
            if place >= done:
                where = {"chatid": to.chat, "chat_type": 1 if to.user == to.chat else 2}
                known = await self._ask("aibot_send_msg", {**where, **body})
                if "template_card" in body:
                    ref = body["template_card"]["task_id"]
                    remember(self._cards, ref, message)
                ref = ref or known
                self._progress.note(message.key, place + 1, ref)
        self._progress.finish(message.key)
        return Sent(ref=ref, spent=len(whole))

    def messages(self, message: Outgoing) -> int:
        """As many as there are pieces and cards."""
        return len(bodies(message))

    async def _ask(self, cmd: str, body: dict[str, Any], req_id: str = "") -> str:
        try:
            return await self.link.ask(cmd, body, req_id=req_id)
        except Busy as error:
            if error.code == SUBSCRIPTION_LOST:
                await self.link.drop()
            raise

    async def _in_place(self, message: Outgoing) -> Sent | None:
        """Answer the callback the message belongs to, while the provider still takes answers to it."""
        callback = self._answerable.pop(message.reply_token, None)
        if callback is None:
            return None
        age = (self._clock.now() - callback.at).total_seconds()
        try:
            if callback.kind == "button" and age <= UPDATE_SECONDS:
                return await self._replace_card(message, callback.task)
            if callback.kind == "welcome" and not message.buttons and age <= UPDATE_SECONDS:
                return await self._welcome(message)
            if callback.kind == "message" and not message.buttons and age <= REPLY_SECONDS:
                return await self._reply(message)
        except Rejected as error:
            if error.code not in GONE:
                raise
        return None

    async def _replace_card(self, message: Outgoing, task: str) -> Sent | None:
        """Write the answer to a press onto the card, if the card is known and has room; its buttons stay."""
        card = settled_card(self._cards.get(task), message, task)
        if card is None:
            return None
        body = {"response_type": "update_template_card", "template_card": card}
        await self._ask("aibot_respond_update_msg", body, message.reply_token)
        return Sent(ref=task)

    async def _reply(self, message: Outgoing) -> Sent | None:
        text = spoken(message)
        if len(text.encode()) > STREAM_BYTES:
            return None
        stream = {"id": new_task(), "finish": True, "content": text}
        body = {"msgtype": "stream", "stream": stream}
        await self._ask("aibot_respond_msg", body, message.reply_token)
        return Sent(ref=str(stream["id"]))

    async def fetch(self, media: Media) -> bytes:
        """Download an attachment and decrypt it with the key that came with it."""
        key, _, url = media.ref.partition(" ")
        if not url.startswith(("https://", self._settings.api_base)):
            raise Permanent("the attachment has no address from which it can be fetched")
        call = Call(path=url, method="GET", repeatable=True)
        answer = await self._http.request(call, limit=self._settings.media_limit + 64)
        if answer.status != 200:
            raise Permanent(
                f"the provider answered HTTP {answer.status}; attachments expire after five minutes"
            )
        return opened(key, answer.content)

    async def check(self) -> Sequence[Finding]:
        """Say whether the connection is up, or try the credential where it is not."""
        subject = f"智能机器人 {self.account}"
        silent = self.link.watch.silent(self._clock.now())
        if silent:
            says = f"连接正常，但 {len(silent)} 个平时说话的会话很久没有消息"
            todo = "在这些群里 @机器人 说一句试试；没有反应就把机器人移出群再加回来"
            return (Finding(subject=subject, state="warning", says=says, todo=todo),)
        if self.link.up:
            return (Finding(subject=subject, state="ok", says="长连接已建立"),)
        if self.link.kicked_at is not None:
            says = "长连接被另一个使用同一机器人的程序顶替"
            todo = "一个机器人同时只能有一条长连接：停掉另一个程序，或在后台重置 Secret"
            return (Finding(subject=subject, state="error", says=says, todo=todo),)
        try:
            tried = await self.link.tried(self._inlet)
        except Rejected as error:
            return (Finding(subject=subject, state="error", says=str(error), todo=WHERE),)
        except ChannelError as error:
            return (finding(subject, error),)
        says = "Bot ID 和 Secret 都对" if tried else "另一个进程正连接着这个机器人"
        return (Finding(subject=subject, state="ok", says=says),)
