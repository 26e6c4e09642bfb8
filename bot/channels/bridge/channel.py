"""Bridge: an operator who has a lawful way into a customer's group feeds its messages in and delivers what goes out.

WeChat lets no official bot into a customer's group. 会话内容存档 (paid, with the members' consent) lets a company
read one; a gateway of the operator's own may write. This endpoint is all that the desk needs to know of either.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from aiohttp import web

from bot.channels.base import Capabilities, ChannelError, Finding, Permanent, Quota, Sent, Temporary
from bot.channels.bridge.counter import Counter
from bot.channels.bridge.decode import Done, feed, fetch, incoming
from bot.channels.bridge.signing import MAX_AGE, Signing
from bot.channels.tencent.callback import Refused, guarded
from bot.channels.tencent.http import Answer, Call, Http
from bot.channels.tencent.line import Line
from bot.channels.tencent.parts import Progress, spelled, split

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import aiohttp

    from bot.channels.bridge.settings import BridgeSettings
    from bot.clock import Clock
    from bot.domain.messages import Address, Media, Outgoing

KEY_CHARS = 128
ABSENT = 90.0  # seconds without a fetch after which the gateway is taken to be away


class BridgeChannel(Line):
    """The bridge. In an address `chat` is the gateway's id of a group, or of a person for what is not in one."""

    name = "bridge"

    def __init__(
        self, settings: BridgeSettings, *, clock: Clock, session: aiohttp.ClientSession | None = None
    ) -> None:
        self.account = settings.account
        self._settings = settings
        self._clock = clock
        self._http = Http(settings.push_url, timeout=settings.timeout, session=session)
        self._signing = Signing(settings, clock)
        self._counter = Counter()
        self._progress = Progress()
        self._fetched_at: datetime | None = None
        self.capabilities = _capabilities(settings)

    async def stop(self) -> None:
        """Send waiting gateways away and close connections."""
        self._counter.close()
        await self._http.close()

    def routes(self) -> Sequence[web.RouteDef]:
        """Mount the endpoints."""
        path = self._settings.path.rstrip("/")
        return (
            web.post(f"{path}/messages", guarded(self._messages, self.count)),
            web.post(f"{path}/fetch", guarded(self._fetch, self.count)),
        )

    async def _messages(self, request: web.Request) -> web.Response:
        """Take messages in; a repeat is answered like the first time and stored once."""
        body, _ = await self._signing.body(request)
        now = self._clock.now()
        messages = [incoming(one, self.account, now) for one in feed(body).messages]
        await self.inlet.receive(messages)
        return web.json_response({"stored": len(messages)})

    async def _fetch(self, request: web.Request) -> web.Response:
        """Give out what waits; the same request twice is refused, because it would show notices to a listener."""
        body, signature = await self._signing.body(request)
        asked = fetch(body)
        if not await self.inlet.first_seen(f"bridge:{self.account}:{signature}", 2 * MAX_AGE):
            raise Refused(409, "repeated")
        self._fetched_at = self._clock.now()
        self._counter.settle(asked.done)
        return web.json_response({"messages": await self._counter.take(asked.wait)})

    async def send(self, to: Address, message: Outgoing) -> Sent:
        """Deliver by the gateway, in pieces where it is too long; returns once the gateway has confirmed."""
        key = _short(message.key) or secrets.token_hex(16)
        done, ref = self._progress.of(key)
        pieces = self._pieces(message)
        for place, piece in enumerate(pieces):
            if place >= done:
                known = await self._deliver(self._body(to, message, key, (place, piece)))
                ref = ref or known
                self._progress.note(key, place + 1, ref)
        self._progress.finish(key)
        return Sent(ref=ref, spent=len(pieces))

    def messages(self, message: Outgoing) -> int:
        """As many as there are pieces."""
        return len(self._pieces(message))

    def _pieces(self, message: Outgoing) -> list[str]:
        return split(spelled(message), self._settings.max_bytes)

    def _body(self, to: Address, message: Outgoing, key: str, piece: tuple[int, str]) -> dict[str, Any]:
        place, text = piece
        mentions = [
            {"user": one.user, "name": one.name, "phone": one.phone}
            for one in message.mentions
            if self._settings.mention and place == 0
        ]
        names = [f"@{one.name}" for one in message.mentions if not self._settings.mention and place == 0]
        return {
            "key": f"{key}#{place}" if place else key,
            "group": "" if to.user else to.chat,
            "person": to.user,
            "text": " ".join([text, *names]),
            "mentions": mentions,
            "quoted_id": message.reply_to,
        }

    async def _deliver(self, body: dict[str, Any]) -> str:
        word = await (self._push(body) if self._settings.push_url else self._park(body))
        if word.error and word.permanent:
            raise Permanent(f"the gateway refused the message: {word.error}")
        if word.error:
            raise Temporary(f"the gateway could not deliver: {word.error}", retry_after=word.retry_after)
        return word.id

    async def _park(self, body: dict[str, Any]) -> Done:
        if self._absent():
            raise Temporary("the gateway does not fetch; start it, or look why it stopped", retry_after=30)
        word = await self._counter.confirmed(body["key"], body, self._settings.confirm_seconds)
        if word is None:
            raise Temporary("the gateway has not confirmed the message in time", retry_after=10)
        return word

    def _absent(self) -> bool:
        if self._fetched_at is None:
            return True
        return (self._clock.now() - self._fetched_at).total_seconds() > ABSENT

    async def _push(self, body: dict[str, Any]) -> Done:
        answer = await self._posted(body)
        try:
            return Done(
                key=body["key"], id=str(msgspec.json.decode(answer.content, type=dict[str, Any])["id"])
            )
        except (ValueError, RecursionError, KeyError):
            return Done(key=body["key"])

    async def _posted(self, body: dict[str, Any]) -> Answer:
        raw = msgspec.json.encode(body)
        call = Call(
            path=self._settings.push_url, raw=raw, headers=self._signing.headers(raw), repeatable=True
        )
        answer = await self._http.request(call)
        if answer.status >= 300:
            raise Permanent(f"the gateway answered HTTP {answer.status}; check push_url and the secret")
        return answer

    async def fetch(self, media: Media) -> bytes:
        """Download an attachment from the gateway; the signature is over its ref."""
        if not self._settings.media_base or not media.ref:
            raise Permanent("the bridge has no media_base from which attachments could be fetched")
        call = Call(
            path=f"{self._settings.media_base.rstrip('/')}/{quote(media.ref)}",
            headers=self._signing.headers(media.ref.encode()),
            method="GET",
            repeatable=True,
        )
        answer = await self._http.request(call, limit=self._settings.media_limit)
        if answer.status != 200:
            raise Permanent(f"the gateway answered HTTP {answer.status} for an attachment")
        return answer.content

    async def check(self) -> Sequence[Finding]:
        """Say whether the gateway is there."""
        subject = f"桥接 {self.account}"
        if self._settings.push_url:
            return (await self._pinged(subject),)
        if self._absent():
            todo = "启动网关（参考 docs/how-to/bridge_client.py），并核对地址、密钥和两边的时钟"
            return (Finding(subject=subject, state="warning", says="网关没有来取消息", todo=todo),)
        return (Finding(subject=subject, state="ok", says="网关正在取消息"),)

    async def _pinged(self, subject: str) -> Finding:
        try:
            await self._posted({"ping": True})
        except ChannelError as error:
            todo = '启动网关，并核对 push_url、密钥和两边的时钟；网关要以 2xx 回答 {"ping": true}'
            return Finding(subject=subject, state="error", says=str(error), todo=todo)
        return Finding(subject=subject, state="ok", says="网关在 push_url 上应答")


def _short(key: str) -> str:
    """The key as the gateway may store it: at most 128 characters, and the same for the same notice."""
    return key if len(key) <= KEY_CHARS else hashlib.sha256(key.encode()).hexdigest()


def _capabilities(settings: BridgeSettings) -> Capabilities:
    quota = Quota(limit=settings.per_minute, seconds=60, scope="chat")
    return Capabilities(
        quotas=(quota,) if settings.per_minute else (),
        mention=settings.mention,
        max_chars=settings.max_bytes,
        max_bytes=settings.max_bytes,
        idempotent=True,
    )
