"""WeCom 应用消息: private escalation to one member of staff. It only sends.

More than 30 a minute to one member are dropped without a word, so the quota is declared and delivery keeps it.
The provider drops a repeat of the same content within `repeat_seconds` if asked to.
Source: developer.work.weixin.qq.com/document/path/90236, 90454.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.channels.base import Capabilities, ChannelError, Finding, Permanent, Quota, Sent
from bot.channels.tencent.api import wecom_api
from bot.channels.tencent.errcodes import todo
from bot.channels.tencent.http import Call, Http
from bot.channels.tencent.line import Line, finding
from bot.channels.tencent.parts import Progress, spelled, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aiohttp

    from bot.channels.base import Inlet
    from bot.channels.wecom.settings import AppSettings
    from bot.clock import Clock
    from bot.domain.messages import Address, Outgoing

TEXT_BYTES = 2048
MINUTE = 70.0  # seconds: with some to spare, because what is over the limit is lost and nobody says so
INVALID_USER = 81013


def _received(answer: dict[str, Any], user: str) -> None:
    """Raise Permanent where the answer says ok and names the member as one who gets nothing."""
    if user in str(answer.get("invaliduser") or "").split("|"):
        raise Permanent(f"企业微信里没有可以接收的成员 {user}。{todo(INVALID_USER)}")
    if user in str(answer.get("unlicenseduser") or "").split("|"):
        raise Permanent(
            f"成员 {user} 没有基础接口许可：管理后台 → 应用管理 → 该应用 → 接口许可，给他分配账号"
        )


class AppChannel(Line):
    """应用消息. In an address `chat` and `user` are the member's userid."""

    name = "wecom_app"
    capabilities = Capabilities(
        receive=False,
        quotas=(
            Quota(limit=30, seconds=MINUTE, scope="user"),
            Quota(limit=1000, seconds=3600, scope="user"),
        ),
        max_chars=TEXT_BYTES,
        max_bytes=TEXT_BYTES,
        idempotent=True,
    )

    def __init__(
        self, settings: AppSettings, *, clock: Clock, session: aiohttp.ClientSession | None = None
    ) -> None:
        self.account = settings.account
        self._settings = settings
        http = Http(settings.api_base, timeout=settings.timeout, session=session)
        self.api = wecom_api(http, (settings.corpid, settings.secret), clock, f"app{settings.agentid}")
        self._progress = Progress()

    async def start(self, inlet: Inlet) -> None:
        """Share the access token between replicas."""
        await super().start(inlet)
        self.api.use(inlet)

    async def stop(self) -> None:
        """Close connections."""
        await self.api.close()

    async def send(self, to: Address, message: Outgoing) -> Sent:
        """Send to one member, in pieces where it is too long."""
        user = to.user or to.chat
        done, ref = self._progress.of(message.key)
        pieces = split(spelled(message), TEXT_BYTES)
        for place, piece in enumerate(pieces):
            if place >= done:
                answer = await self.api.call(self._call(user, piece, once=piece not in pieces[:place]))
                _received(answer, user)
                ref = ref or str(answer.get("msgid", ""))
                self._progress.note(message.key, place + 1, ref)
        self._progress.finish(message.key)
        return Sent(ref=ref, spent=len(pieces))

    def messages(self, message: Outgoing) -> int:
        """As many as there are pieces."""
        return len(split(spelled(message), TEXT_BYTES))

    def _call(self, user: str, content: str, *, once: bool) -> Call:
        """Send these words to that member; `once`: a repeat of them is not to be shown."""
        body = {
            "touser": user,
            "msgtype": "text",
            "agentid": self._settings.agentid,
            "text": {"content": content},
            "enable_duplicate_check": int(once),
            "duplicate_check_interval": min(self._settings.repeat_seconds, 14400),
        }
        return Call(path="/cgi-bin/message/send", body=body, repeatable=True)

    async def check(self) -> Sequence[Finding]:
        """Try the credential, the trusted address and the agentid."""
        subject = f"应用消息 {self.account}"
        params = {"agentid": str(self._settings.agentid)}
        try:
            answer = await self.api.call(
                Call(path="/cgi-bin/agent/get", params=params, method="GET", repeatable=True)
            )
        except ChannelError as error:
            return (finding(subject, error),)
        return (Finding(subject=subject, state="ok", says=f"应用「{answer.get('name', '')}」可以发送"),)
