"""智能机器人 by callback: for who has a public address and wants no long connection.

What the desk says at once goes out as the reply to the callback: the answer to a message, or the card a button was
pressed on, drawn anew. Each message also brings a `response_url` that takes one answer within an hour; there is no
other way to speak. It is stored with the message, so that an answer finds it after a restart and on another replica.
Source: developer.work.weixin.qq.com/document/path/100719, 101031 (被动回复), 101138.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from bot.channels.base import Capabilities, Finding, Permanent, Sent, Window
from bot.channels.crypto import Seal, key_ring
from bot.channels.tencent.api import accepted
from bot.channels.tencent.callback import Door, Letter, Refused, parse
from bot.channels.tencent.called_back import CalledBack
from bot.channels.tencent.http import Call, Http, decode
from bot.channels.tencent.passive import Passive, written
from bot.channels.tencent.probe import probed
from bot.channels.tencent.replays import Replays
from bot.channels.wecom.aibot_cards import (
    PUSH_BYTES,
    REMEMBER,
    STREAM_BYTES,
    bodies,
    new_task,
    remember,
    settled_card,
    spoken,
)
from bot.channels.wecom.aibot_decode import Undecodable
from bot.channels.wecom.aibot_decode import decode as decode_message
from bot.channels.wecom.aibot_media import opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aiohttp

    from bot.channels.wecom.settings import AibotSettings
    from bot.clock import Clock
    from bot.domain.messages import Address, Incoming, Media, Outgoing


REPLY_BYTES = 2 * STREAM_BYTES  # of the JSON around it


class AibotCallbackChannel(CalledBack):
    """智能机器人 by callback. Addresses are those of the long connection."""

    name = "wecom_aibot"
    capabilities = Capabilities(
        push=False,
        window=Window(limit=1, seconds=3600, reserve=0),
        buttons=True,
        max_chars=PUSH_BYTES,
        max_bytes=PUSH_BYTES,
    )

    def __init__(
        self, settings: AibotSettings, *, clock: Clock, session: aiohttp.ClientSession | None = None
    ) -> None:
        self.account = settings.account
        self._settings = settings
        self._path = settings.path
        self._clock = clock
        self._http = Http(settings.api_base, timeout=settings.timeout, session=session)
        self._seal = Seal(
            token=settings.token,
            keys=key_ring(
                f"channels.wecom_aibot {settings.account}", settings.aes_key, settings.previous_aes_key
            ),
        )
        self._passive = Passive(REPLY_BYTES)
        self._pressed: OrderedDict[str, str] = (
            OrderedDict()
        )  # by response_url: the card that was pressed, or ""
        self._cards: OrderedDict[str, Outgoing] = OrderedDict()
        self._door = Door(self._seal, clock, Replays(f"wecom_aibot:{settings.account}"))

    async def stop(self) -> None:
        """Close connections."""
        await self._http.close()

    async def _message(self, request: web.Request) -> web.StreamResponse:
        """Store, commit, answer: in place if the desk is quick, else with nothing and by the response_url."""
        letter = await self._door.letter(request, self.inlet)
        body = parse(letter.plain.encode())
        url = body.get("response_url")
        mine = url if isinstance(url, str) and self._is_providers(url) else ""
        try:
            message = decode_message(body, self._settings, mine, self._clock.now())
        except Undecodable:
            raise Refused(400, "malformed") from None
        if message is None:
            return web.Response()
        kept = {self._slot(message): mine} if mine else {}
        state = {**self._door.mark(letter), **kept}
        if not mine or self._settings.passive_seconds <= 0:
            await self.inlet.receive([message], state=state)
            return web.Response()
        return await self._answered(request, letter, (message, state))

    async def _answered(
        self, request: web.Request, letter: Letter, stored: tuple[Incoming, dict[str, str]]
    ) -> web.StreamResponse:
        message, state = stored
        token = message.reply_token
        remember(self._pressed, token, message.data.get("task_id", ""))
        slot = self._passive.open(token)
        try:
            await self.inlet.receive([message], state=state)
            offer = await self._passive.wait(token, slot, self._settings.passive_seconds)
        finally:
            self._passive.close(token, slot)
        if offer is None:
            return web.Response()
        return await written(request, web.json_response(self._sealed(offer.text, letter.key)), offer)

    def _sealed(self, text: str, key: int) -> dict[str, Any]:
        """Wrap a reply; encrypted with the key of the message it answers."""
        timestamp, nonce = int(self._clock.now().timestamp()), secrets.token_hex(8)
        sealed = self._seal.close(text, key=key)
        mark = self._seal.signature(str(timestamp), nonce, sealed)
        return {"encrypt": sealed, "msgsignature": mark, "timestamp": timestamp, "nonce": nonce}

    async def _in_place(self, message: Outgoing) -> bool:
        """Offer the reply to the callback that waits for it; False if none does, or it cannot be said there."""
        task = self._pressed.get(message.reply_token)
        if task is None:
            return False
        body = self._redrawn(message, task) if task else _said(message)
        if body is None:
            self._passive.decline(message.reply_token)
            return False
        if not await self._passive.offer(message.reply_token, _json(body)):
            return False
        del self._pressed[message.reply_token]
        self._remember(body, message)
        return True

    def _redrawn(self, message: Outgoing, task: str) -> dict[str, Any] | None:
        drawn = settled_card(self._cards.get(task), message, task)
        return {"response_type": "update_template_card", "template_card": drawn} if drawn else None

    def _remember(self, body: dict[str, Any], message: Outgoing) -> None:
        """A card that is new; one that was drawn anew keeps what it first showed."""
        if card := body.get("template_card"):
            self._cards.setdefault(card["task_id"], message)
            if len(self._cards) > REMEMBER:
                self._cards.popitem(last=False)

    def _is_providers(self, url: str) -> bool:
        """Whether it leads to the provider: nothing in a message may make us call anybody else."""
        return url.startswith(self._settings.api_base.rstrip("/") + "/")

    def _slot(self, message: Incoming) -> str:
        return f"wecom_aibot:{self.account}:{message.address.chat}:answer"

    async def send(self, to: Address, message: Outgoing) -> Sent:
        """Send the one answer that the latest message of the chat allows."""
        if await self._in_place(message):
            return Sent(spent=0)
        slot = f"wecom_aibot:{self.account}:{to.chat}:answer"
        url = message.reply_token or await self.inlet.load(slot) or ""
        if not self._is_providers(url):
            raise Permanent("回调方式的智能机器人只能在收到消息后一小时内回复一次；要主动推送请改用长连接")
        whole = bodies(message)
        if len(whole) > 1:
            raise Permanent(f"回调方式一次只能回复 {PUSH_BYTES} 字节；请改用长连接")
        call = Call(path=url, body=whole[0])
        accepted(decode(call, await self._http.request(call)))
        self._remember(whole[0], message)
        if await self.inlet.load(slot) == url:
            await self.inlet.save(slot, "")
        return Sent()

    async def fetch(self, media: Media) -> bytes:
        """Download an attachment; by callback it is encrypted with the EncodingAESKey."""
        url = media.ref.rpartition(" ")[2]
        if not url.startswith(("https://", self._settings.api_base)):
            raise Permanent("the attachment has no address from which it can be fetched")
        call = Call(path=url, method="GET", repeatable=True)
        answer = await self._http.request(call, limit=self._settings.media_limit + 64)
        if answer.status != 200:
            raise Permanent(
                f"the provider answered HTTP {answer.status}; attachments expire after five minutes"
            )
        return opened(self._settings.aes_key, answer.content)

    async def check(self) -> Sequence[Finding]:
        """Call our own callback; the provider offers nothing that could be asked of a callback bot."""
        if self._settings.public_url:
            return (await probed(self._http, self._seal, self._clock, self._settings.public_url),)
        says = "密钥格式正确；回调地址要在后台点「保存」时由企业微信验证"
        return (Finding(subject=f"智能机器人 {self.account}", state="ok", says=says),)


def _said(message: Outgoing) -> dict[str, Any] | None:
    """The whole answer at once, with a card where it has buttons; None where it does not fit."""
    if message.buttons:
        whole = bodies(message)
        return whole[0] if len(whole) == 1 else None
    text = spoken(message)
    if len(text.encode()) > STREAM_BYTES:
        return None
    return {"msgtype": "stream", "stream": {"id": new_task(), "finish": True, "content": text}}


def _json(body: dict[str, Any]) -> str:
    return msgspec.json.encode(body).decode()
