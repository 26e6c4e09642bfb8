"""WeCom 群机器人 (消息推送): the best way to ping people in the staff group. It only sends.

Source: developer.work.weixin.qq.com/document/path/99110 (text 2,048 bytes, markdown 4,096 bytes, 20 a minute
for each key, HTTP 200 always).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.channels.base import Capabilities, ChannelError, Finding, Permanent, Quota, Sent
from bot.channels.tencent.api import accepted, errcode
from bot.channels.tencent.http import Call, Http, decode
from bot.channels.tencent.line import Line, finding
from bot.channels.tencent.parts import Progress, spelled, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aiohttp

    from bot.channels.wecom.settings import RobotSettings
    from bot.clock import Clock
    from bot.domain.messages import Address, Mention, Outgoing

TEXT_BYTES = 2048
MARKDOWN_BYTES = 4096
EMPTY_CONTENT = 44004


class RobotChannel(Line):
    """群机器人 of one or more groups; `chat` in an address is the group's name in `keys`."""

    name = "wecom_robot"

    def __init__(
        self, settings: RobotSettings, *, clock: Clock, session: aiohttp.ClientSession | None = None
    ) -> None:
        del clock  # nothing here depends on the time: quotas are delivery's
        self.account = settings.account
        self._settings = settings
        self._http = Http(settings.api_base, timeout=settings.timeout, session=session)
        self._progress = Progress()
        self._limit = MARKDOWN_BYTES if settings.style == "markdown" else TEXT_BYTES
        self.capabilities = Capabilities(
            receive=False,
            quotas=(Quota(limit=20, seconds=60, scope="chat"),),
            mention=True,
            max_chars=self._limit,
            max_bytes=self._limit,
            private=False,
        )

    async def stop(self) -> None:
        """Close connections."""
        await self._http.close()

    async def send(self, to: Address, message: Outgoing) -> Sent:
        """Send, in pieces where it is too long; people are pinged by the first piece."""
        key = self._settings.keys.get(to.chat)
        if key is None:
            raise Permanent(f"群机器人没有名为「{to.chat}」的群；请在 keys 里加上它的 key")
        pieces = self._pieces(message)
        done, _ = self._progress.of(message.key)
        for place, piece in enumerate(pieces):
            if place >= done:
                body = self._body(piece, message.mentions if place == 0 else ())
                accepted(await self._post(key, body))
                self._progress.note(message.key, place + 1, "")
        self._progress.finish(message.key)
        return Sent(spent=len(pieces))

    def messages(self, message: Outgoing) -> int:
        """As many as there are pieces."""
        return len(self._pieces(message))

    def _pieces(self, message: Outgoing) -> list[str]:
        return split(_with_names(message), self._limit - self._room(message))

    def _room(self, message: Outgoing) -> int:
        """Bytes that the pings take in markdown; in text they stand beside it."""
        return len(_pings(message.mentions).encode()) if self._settings.style == "markdown" else 0

    def _body(self, text: str, mentions: Sequence[Mention]) -> dict[str, Any]:
        if self._settings.style == "markdown":
            return {"msgtype": "markdown", "markdown": {"content": text + _pings(mentions)}}
        content: dict[str, Any] = {"content": text}
        if users := [one.user for one in mentions if one.user]:
            content["mentioned_list"] = users
        if phones := [one.phone for one in mentions if one.phone and not one.user]:
            content["mentioned_mobile_list"] = phones
        return {"msgtype": "text", "text": content}

    async def _post(self, key: str, body: dict[str, Any]) -> dict[str, Any]:
        call = Call(path="/cgi-bin/webhook/send", params={"key": key}, body=body)
        return decode(call, await self._http.request(call))

    async def check(self) -> Sequence[Finding]:
        """Ask the provider about every key with an empty text, which it refuses without showing anything."""
        return [await self._checked(group, key) for group, key in self._settings.keys.items()]

    async def _checked(self, group: str, key: str) -> Finding:
        subject = f"群机器人 {group}"
        try:
            answer = await self._post(key, {"msgtype": "text", "text": {"content": ""}})
            if errcode(answer) != EMPTY_CONTENT:
                accepted(answer)
        except ChannelError as error:
            return finding(subject, error)
        return Finding(subject=subject, state="ok", says="Webhook 地址有效")


def _pings(mentions: Sequence[Mention]) -> str:
    return "".join(f"<@{one.user}>" for one in mentions if one.user)


def _with_names(message: Outgoing) -> str:
    """Return the text with its choices, and the names of those who cannot be pinged, so that they are named."""
    names = [f"@{one.name}" for one in message.mentions if not one.user and not one.phone]
    return " ".join([spelled(message), *names])
