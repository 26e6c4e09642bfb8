"""What customers call themselves: 微信客服 lists messages by id only. Source: path/95159 (kf/customer/batchget).

A name is a courtesy: where it cannot be had, the message goes on without it.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence

from msgspec.structs import replace

from bot.channels.base import ChannelError
from bot.channels.tencent.api import Api
from bot.channels.tencent.http import Call
from bot.domain.messages import Incoming

BATCH = 100
REMEMBER = 5000

log = logging.getLogger(__name__)


class Names:
    """Nicknames by external_userid, the latest few thousand."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: OrderedDict[str, str] = OrderedDict()

    async def put_on(self, messages: Sequence[Incoming]) -> list[Incoming]:
        """Return the messages with the names of those customers who have one."""
        people = {one.address.chat: None for one in messages}
        unknown = [one for one in people if one not in self._known]
        for at in range(0, len(unknown), BATCH):
            await self._ask(unknown[at : at + BATCH])
        return [self._named(one) for one in messages]

    def _named(self, message: Incoming) -> Incoming:
        name = self._known.get(message.sender, "")
        return replace(message, sender_name=name) if name else message

    async def _ask(self, people: list[str]) -> None:
        body = {"external_userid_list": people}
        try:
            answer = await self._api.call(
                Call(path="/cgi-bin/kf/customer/batchget", body=body, repeatable=True)
            )
        except ChannelError as error:
            log.info("the customers' names could not be had: %s", error)
            return
        self._known |= dict.fromkeys(people, "")
        listed = answer.get("customer_list")
        for one in listed if isinstance(listed, list) else []:
            if isinstance(one, dict) and isinstance(one.get("nickname"), str):
                self._known[str(one.get("external_userid", ""))] = one["nickname"]
        while len(self._known) > REMEMBER:
            self._known.popitem(last=False)
