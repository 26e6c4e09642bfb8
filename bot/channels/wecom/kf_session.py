"""Who holds a 微信客服 conversation: the bot, a waiting pool or a human seat.

Source: developer.work.weixin.qq.com/document/path/94669.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from bot.channels.base import Permanent
from bot.channels.tencent.http import Call

if TYPE_CHECKING:
    from bot.channels.tencent.api import Api
    from bot.domain.messages import Address


class State(IntEnum):
    """The provider's `service_state`."""

    NEW = 0  # nobody yet; the API may write
    BOT = 1  # 智能助手; the API may write
    POOL = 2  # waiting for a human
    HUMAN = 3
    ENDED = 4


class Sessions:
    """Hands conversations to people, and ends theirs."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def state(self, to: Address) -> State:
        """Say who holds the conversation."""
        answer = await self._api.call(_call("get", _whose(to)))
        try:
            return State(int(answer.get("service_state", -1)))
        except (TypeError, ValueError):
            raise Permanent("the provider named a service_state that is not documented") from None

    async def hand_over(self, to: Address, servicer: str = "") -> None:
        """Give it to that seat (a userid among the 接待人员), or to the waiting pool."""
        state = State.HUMAN if servicer else State.POOL
        body = {**_whose(to), "service_state": int(state)}
        await self._api.call(_call("trans", {**body, "servicer_userid": servicer} if servicer else body))

    async def end(self, to: Address) -> str:
        """End it where a person holds it; the code with which one thing may be said at the end.

        A seat's conversation can be given to another seat or ended, never given back to the bot. The customer's
        next message begins a new one, in which the bot may speak.
        """
        answer = await self._api.call(_call("trans", {**_whose(to), "service_state": int(State.ENDED)}))
        code = answer.get("msg_code")
        if not isinstance(code, str) or not code:
            raise Permanent("the conversation was ended, and the provider gave no code for a last word")
        return code


def _whose(to: Address) -> dict[str, Any]:
    return {"open_kfid": to.thread, "external_userid": to.chat}


def _call(verb: str, body: dict[str, Any]) -> Call:
    return Call(path=f"/cgi-bin/kf/service_state/{verb}", body=body, repeatable=True)
