"""微信公众号 (服务号). Source: developers.weixin.qq.com 消息推送, 被动回复用户消息, 发送客服消息.

A callback is answered within 5 s, only after the message is durable; the provider's three repeats of one MsgId
are one message. What the desk says goes out in place where it is quick enough, else by `message/custom/send`.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from aiohttp import web
from wechatpy.replies import TextReply

from bot.channels.base import Capabilities, ChannelError, Finding, Sent, Window
from bot.channels.crypto import Seal, key_ring
from bot.channels.tencent.api import wechat_api
from bot.channels.tencent.callback import Door, Letter
from bot.channels.tencent.called_back import CalledBack
from bot.channels.tencent.errcodes import Rejected
from bot.channels.tencent.http import Call, Http
from bot.channels.tencent.line import finding
from bot.channels.tencent.parts import Progress, split
from bot.channels.tencent.passive import Passive, written
from bot.channels.tencent.probe import probed
from bot.channels.tencent.replays import Replays
from bot.channels.wechat.decode import decode
from bot.channels.wechat.entry import wechat_entry
from bot.channels.wechat.outside import outside_call
from bot.domain.messages import Address

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aiohttp
    from wechatpy.messages import BaseMessage

    from bot.channels.base import Inlet
    from bot.channels.wechat.settings import WechatSettings
    from bot.channels.wecom.entry import Entry
    from bot.clock import Clock
    from bot.domain.messages import Media, Outgoing

TEXT_BYTES = 2048
NO_SUCH_OPENID = 40003
NOBODY = Address(channel="wechat", chat="check")
OUTSIDE = {45015, 45047}  # the window is closed; the five messages are used up


class WechatChannel(CalledBack):
    """公众号. In an address `chat` and `user` are the follower's openid."""

    name = "wechat"

    def __init__(
        self, settings: WechatSettings, *, clock: Clock, session: aiohttp.ClientSession | None = None
    ) -> None:
        self.account = settings.account
        self._settings = settings
        self._path = settings.path
        self._clock = clock
        self._http = Http(settings.api_base, timeout=settings.timeout, session=session)
        self.api = wechat_api(self._http, (settings.appid, settings.secret), clock)
        self._seal = _seal(settings)
        replays = Replays(f"wechat:{settings.account}")
        self._door = Door(self._seal, clock, replays, plain="all" if settings.mode == "plain" else "echo")
        self._passive = Passive(TEXT_BYTES)
        self._progress = Progress()
        self.capabilities = _capabilities(settings)

    async def start(self, inlet: Inlet) -> None:
        """Share the access token between replicas."""
        await super().start(inlet)
        self.api.use(inlet)

    async def stop(self) -> None:
        """Close connections."""
        await self.api.close()

    async def _message(self, request: web.Request) -> web.StreamResponse:
        """Store, commit, answer: in place if the desk is quick, else with the word that stops the repeats."""
        letter = await self._door.letter(request, self.inlet)
        incoming, message = decode(letter.plain, self.account)
        person = incoming.address.chat
        if self._settings.passive_seconds <= 0 or incoming.kind in {"left", "send_failed"}:
            await self.inlet.receive([incoming], state=self._door.mark(letter))
            return web.Response(text="success")
        slot = self._passive.open(person)
        try:
            await self.inlet.receive([incoming], state=self._door.mark(letter))
            offer = await self._passive.wait(person, slot, self._settings.passive_seconds)
        finally:
            self._passive.close(person, slot)
        if offer is None:
            return web.Response(text="success")
        response = web.Response(text=self._reply(message, offer.text, letter), content_type="text/xml")
        return await written(request, response, offer)

    def _reply(self, message: BaseMessage, text: str, letter: Letter) -> str:
        """Render with wechatpy; encrypted with the key of the message it answers."""
        now = int(self._clock.now().timestamp())
        xml = str(TextReply(message=message, content=text.replace("]]>", "]] >"), time=now).render())
        if not letter.encrypted:
            return xml
        timestamp, nonce = str(now), secrets.token_hex(8)
        sealed = self._seal.close(xml, key=letter.key)
        signature = self._seal.signature(timestamp, nonce, sealed)
        return (
            f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{signature}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        )

    async def send(self, to: Address, message: Outgoing) -> Sent:
        """Send in place, else as a customer-service message, else (window closed) by the template."""
        if not message.buttons and await self._passive.offer(to.chat, message.text):
            self.count("answered_in_place")
            return Sent(spent=0)
        done, _ = self._progress.of(message.key)
        whole = _bodies(message)
        for place, body in enumerate(whole):
            if place >= done:
                try:
                    await self.api.call(_custom(to, body))
                except Rejected as error:
                    return await self._outside(to, message, error)
                self._progress.note(message.key, place + 1, "")
        self._progress.finish(message.key)
        return Sent(spent=len(whole))

    def messages(self, message: Outgoing) -> int:
        """As many as there are pieces, unless it goes out in place."""
        return len(_bodies(message))

    async def _outside(self, to: Address, message: Outgoing, error: Rejected) -> Sent:
        if error.code not in OUTSIDE or self._settings.template is None:
            raise error
        answer = await self.api.call(outside_call(self._settings.template, to, message, self._clock.now()))
        self.count("sent_by_template")
        return Sent(ref=str(answer.get("msgid", "")))

    async def fetch(self, media: Media) -> bytes:
        """Download a picture, a voice message or a video."""
        return await self.api.download("/cgi-bin/media/get", media.ref, self._settings.media_limit)

    async def entry(self, scene: str) -> Entry:
        """Make the link and QR picture through which a contract's people reach the desk."""
        return await wechat_entry(self.api, scene)

    async def check(self) -> Sequence[Finding]:
        """Try the credential and the address from which we call, and call our own callback."""
        url = self._settings.public_url
        first = await self._credential()
        return (first, await probed(self._http, self._seal, self._clock, url)) if url else (first,)

    async def _credential(self) -> Finding:
        subject = f"公众号 {self.account}"
        try:
            await self.api.call(Call(path="/cgi-bin/get_api_domain_ip", method="GET", repeatable=True))
        except ChannelError as error:
            return finding(subject, error)
        return await self._may_send(subject)

    async def _may_send(self, subject: str) -> Finding:
        """Ask by a message to nobody, which is refused for its addressee if sending is allowed at all."""
        try:
            await self.api.call(_custom(NOBODY, _text("check")))
        except Rejected as error:
            if error.code != NO_SUCH_OPENID:
                return finding(subject, error)
        except ChannelError as error:
            return finding(subject, error)
        return Finding(subject=subject, state="ok", says="appid、AppSecret、IP 白名单与客服消息权限都对")


def _seal(settings: WechatSettings) -> Seal:
    """Keys are needed in compatible and secure mode; raises ValueError if they are missing or wrong."""
    if settings.mode == "plain":
        return Seal(token=settings.token)
    keys = key_ring(f"channels.wechat {settings.account}", settings.aes_key, settings.previous_aes_key)
    return Seal(token=settings.token, keys=keys, receive_id=settings.appid)


def _capabilities(settings: WechatSettings) -> Capabilities:
    """With a template there is always something that can be said; without, only inside the window."""
    closed = settings.template is None
    return Capabilities(
        push=not closed,
        window=Window(limit=5, seconds=172800, reserve=1) if closed else None,
        buttons=True,
        max_chars=TEXT_BYTES,
        max_bytes=TEXT_BYTES,
    )


def _custom(to: Address, body: dict[str, Any]) -> Call:
    return Call(path="/cgi-bin/message/custom/send", body={"touser": to.chat, **body})


def _bodies(message: Outgoing) -> list[dict[str, Any]]:
    choices = [button for row in message.buttons for button in row]
    pieces = split(message.text, TEXT_BYTES)
    if not choices:
        return [_text(piece) for piece in pieces]
    items = [{"id": one.action, "content": one.label} for one in choices]
    menu = {"head_content": pieces[-1], "list": items, "tail_content": ""}
    return [*(_text(piece) for piece in pieces[:-1]), {"msgtype": "msgmenu", "msgmenu": menu}]


def _text(content: str) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": content}}
