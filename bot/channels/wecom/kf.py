"""微信客服: the door for customers, with or without a WeChat group around it.

Source: developer.work.weixin.qq.com/document/path/94677 (five messages in 48 hours after each message of the
customer, text 2,048 bytes, our own msgid), 95122 (welcome message, once, within 20 s).
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.channels.base import Attended, Capabilities, ChannelError, Finding, Permanent, Sent, Window
from bot.channels.crypto import Seal, key_ring
from bot.channels.tencent.api import wecom_api
from bot.channels.tencent.callback import Door, parse
from bot.channels.tencent.called_back import CalledBack
from bot.channels.tencent.errcodes import Rejected
from bot.channels.tencent.http import Call, Http
from bot.channels.tencent.line import finding
from bot.channels.tencent.parts import Progress, clip, split
from bot.channels.tencent.probe import probed
from bot.channels.tencent.replays import Replays
from bot.channels.wecom.entry import Entry, kf_entry
from bot.channels.wecom.kf_decode import NAME_CHARS
from bot.channels.wecom.kf_session import Sessions, State
from bot.channels.wecom.kf_sync import Sync, desks
from bot.domain.messages import Outgoing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aiohttp

    from bot.channels.base import Inlet
    from bot.channels.wecom.settings import KfSettings
    from bot.clock import Clock
    from bot.domain.messages import Address, Incoming, Media

TEXT_BYTES = 2048
MENU_HEAD_BYTES = 1024
MENU_ITEM_BYTES = 128
MENU_ITEMS = 10
WELCOME_SECONDS = 20

log = logging.getLogger(__name__)


NOT_OURS = 95018  # a human seat holds the conversation, or it has ended


class KfChannel(CalledBack):
    """微信客服. In an address `chat` is the customer's external_userid and `thread` the open_kfid."""

    name = "wecom_kf"
    capabilities = Capabilities(
        push=False,
        window=Window(limit=5, seconds=172800, reserve=1),
        buttons=True,
        max_chars=TEXT_BYTES,
        max_bytes=TEXT_BYTES,
        idempotent=True,
    )

    def __init__(
        self, settings: KfSettings, *, clock: Clock, session: aiohttp.ClientSession | None = None
    ) -> None:
        self.account = settings.account
        self._settings = settings
        self._path = settings.path
        self._clock = clock
        self._http = Http(settings.api_base, timeout=settings.timeout, session=session)
        self.api = wecom_api(self._http, (settings.corpid, settings.secret), clock, "kf")
        self.sessions = Sessions(self.api)
        self._sync = Sync(settings, self.api, clock, self._greet)
        keys = key_ring(f"channels.wecom_kf {settings.account}", settings.aes_key, settings.previous_aes_key)
        self._seal = Seal(token=settings.token, keys=keys, receive_id=settings.corpid)
        self._door = Door(self._seal, clock, Replays(f"wecom_kf:{settings.account}"))
        self._progress = Progress()

    async def start(self, inlet: Inlet) -> None:
        """Share the access token; fetching begins with `run`."""
        await super().start(inlet)
        self.api.use(inlet)

    async def run(self) -> None:
        """Catch up with what came while we were away, then keep up."""
        await self._sync.run(self.inlet)

    async def stop(self) -> None:
        """Close connections."""
        await self.api.close()

    async def _message(self, request: web.Request) -> web.Response:
        """Answer at once: the messages are safe with the provider until the cursor moves."""
        letter = await self._door.letter(request, self.inlet)
        fields = parse(letter.plain.encode())
        if fields.get("Event") == "kf_msg_or_event":
            known = self._sync.nudge(str(fields.get("OpenKfId", "")), str(fields.get("Token", "")))
            self.count("nudged" if known else "other_account")
        return web.Response(text="success")

    async def _greet(self, message: Incoming) -> None:
        """Say the configured welcome, if its code is still good; a failure is only counted."""
        age = (self._clock.now() - message.sent_at).total_seconds()
        if not self._settings.welcome or not message.reply_token or age > WELCOME_SECONDS:
            return
        try:
            await self._on_event(message.reply_token, Outgoing(text=self._settings.welcome))
        except ChannelError as error:
            self.count("welcome_failed")
            log.warning("the welcome message was not accepted: %s", error)

    async def _on_event(self, code: str, message: Outgoing) -> Sent:
        """Say the one thing that a code allows; it costs none of the five. What does not fit is cut off."""
        whole, msgid = _bodies(message), _msgid(message.key, 0)
        said = whole[0] if len(whole) == 1 else _text(clip(message.text, TEXT_BYTES))
        body = {"code": code, "msgid": msgid, **said}
        await self.api.call(Call(path="/cgi-bin/kf/send_msg_on_event", body=body, repeatable=True))
        return Sent(ref=msgid, spent=0)

    async def send(self, to: Address, message: Outgoing) -> Sent:
        """Send; a welcome code in `reply_token` is used first, because it costs none of the five."""
        if message.reply_token and not message.buttons:
            try:
                return await self._on_event(message.reply_token, message)
            except Rejected as error:
                log.info("the welcome code is used up (%s); sending as an ordinary message", error.code)
        try:
            sent = await self._all(to, message)
        except Rejected as error:
            if error.code != NOT_OURS:
                raise
            if message.seat != "take_back":
                raise await self._why(to, error) from None
            sent = await self._on_event(await self.sessions.end(to), message)
        if message.seat == "hand_over":
            await self._hand_over(to)
        return sent

    async def _why(self, to: Address, refusal: Rejected) -> Permanent:
        """Whether a person holds the conversation, or is being waited for; else it has ended."""
        held = await self.sessions.state(to) in {State.POOL, State.HUMAN}
        return Attended(str(refusal)) if held else refusal

    async def _hand_over(self, to: Address) -> None:
        """Let a person take it, where there are seats; a pool that cannot be reached is only counted."""
        if self._settings.seats == "none":
            return
        seat = "" if self._settings.seats == "pool" else self._settings.seats
        try:
            await self.sessions.hand_over(to, seat)
        except ChannelError as error:
            self.count("hand_over_failed")
            log.warning("the conversation was not handed over: %s", error)

    async def _all(self, to: Address, message: Outgoing) -> Sent:
        bodies = _bodies(message)
        done, ref = self._progress.of(message.key)
        for place, body in enumerate(bodies[done:], start=done):
            msgid = await self._say(to, body, _msgid(message.key, place))
            ref = ref or msgid
            self._progress.note(message.key, place + 1, ref)
        self._progress.finish(message.key)
        return Sent(ref=ref, spent=len(bodies))

    def messages(self, message: Outgoing) -> int:
        """As many as there are pieces, and the menu where it stands alone."""
        return len(_bodies(message))

    async def _say(self, to: Address, body: dict[str, Any], msgid: str) -> str:
        desk = await self.desk(to)
        full = {"touser": to.chat, "open_kfid": desk, "msgid": msgid, **body}
        try:
            await self.api.call(Call(path="/cgi-bin/kf/send_msg", body=full, repeatable=True))
        except Rejected as error:
            if "msgid" not in error.words.lower():  # the id is known: our repeat of one that had arrived
                raise
        return msgid

    async def desk(self, to: Address) -> str:
        """Name the 客服账号 that serves this address: its own, else the first configured or listed."""
        known = (to.thread, *self._settings.open_kfids)
        found = next((one for one in known if one), "") or next(iter(await desks(self.api)), "")
        if not found:
            raise Permanent("没有客服账号：在 微信客服 → 客服账号 里新建一个，并把它交给本应用管理")
        return found

    async def fetch(self, media: Media) -> bytes:
        """Download a picture, a voice message, a video or a file."""
        return await self.api.download("/cgi-bin/media/get", media.ref, self._settings.media_limit)

    async def entry(self, scene: str, param: str = "") -> Entry:
        """Make the link and QR picture through which a contract's people reach the first of our accounts.

        Raises Permanent where the settings name none.
        """
        if not self._settings.open_kfids:
            raise Permanent("`open_kfids` names no account: put the 客服账号 customers should reach there")
        return await kf_entry(self.api, self._settings.open_kfids[0], scene, param)

    async def check(self) -> Sequence[Finding]:
        """Try the credential and the permission, look for the accounts named, and call our own callback."""
        findings = await self._accounts()
        url = self._settings.public_url
        return (*findings, await probed(self._http, self._seal, self._clock, url)) if url else findings

    async def _accounts(self) -> tuple[Finding, ...]:
        subject = f"微信客服 {self.account}"
        try:
            found = await desks(self.api)
        except ChannelError as error:
            return (finding(subject, error),)
        missing = [one for one in self._settings.open_kfids if one not in found]
        if missing or not found:
            todo = "微信客服 → API → 可调用接口的应用 → 通过 API 管理微信客服账号 → 勾选这些客服账号"
            says = f"找不到客服账号 {'、'.join(missing)}" if missing else "没有可以管理的客服账号"
            return (Finding(subject=subject, state="error", says=says, todo=todo),)
        return (Finding(subject=subject, state="ok", says=f"可以管理 {len(found)} 个客服账号"),)


def _msgid(key: str, place: int) -> str:
    """At most 32 of the characters allowed; the same for a repeat of the same piece, whose number it ends with."""
    whole = hashlib.sha256(key.encode()).hexdigest() if key else secrets.token_hex(16)
    return f"{whole[:NAME_CHARS]}-{place}"


def _text(content: str) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": content}}


def _bodies(message: Outgoing) -> list[dict[str, Any]]:
    """Render the text in as few messages as possible: each costs one of five."""
    choices = [button for row in message.buttons for button in row][:MENU_ITEMS]
    if not choices:
        return [_text(piece) for piece in split(message.text, TEXT_BYTES)]
    fits = len(message.text.encode()) <= MENU_HEAD_BYTES
    before = [] if fits else split(message.text, TEXT_BYTES)
    items = [
        {"type": "click", "click": {"id": one.action, "content": clip(one.label, MENU_ITEM_BYTES)}}
        for one in choices
    ]
    menu = {"head_content": message.text if fits else message.title or "请选择", "list": items}
    return [*(_text(piece) for piece in before), {"msgtype": "msgmenu", "msgmenu": menu}]
