"""智能机器人 on its bench: over the long connection, and by callback."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Self

from bot.channels.wecom.aibot import AibotChannel
from bot.channels.wecom.aibot_callback import AibotCallbackChannel
from bot.channels.wecom.settings import AibotSettings
from bot.domain.messages import Address
from tests.contract.channels.harness import Fault, Hostile, Trait
from tests.contract.channels.tencent_bench import QUICK, SENDING, Bench
from tests.standins.aibot import AES_KEY, BOT, NAME, SECRET, TOKEN, Aibot
from tests.standins.until import until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.channels.base import Channel

GROUP = "wrStaff"
SPOKEN = ("customer", "customer2", GROUP)


class AibotHarness(Bench):
    """A bot with a long connection, in a group and with people who have spoken to it."""

    traits: ClassVar[frozenset[Trait]] = frozenset(
        {
            Trait.RECEIVES,
            Trait.REPEATS,
            Trait.GROUPS,
            Trait.PICTURES,
            Trait.PRESSES,
            Trait.SENDS,
            Trait.NAMES,
            Trait.SENDS_TO_GROUPS,
            Trait.CREDENTIAL,
        }
    )
    faults: ClassVar[frozenset[Fault]] = SENDING | {Fault.UNKNOWN_CHAT}

    def __init__(self) -> None:
        super().__init__()
        self.provider = Aibot(self.clock)
        self.provider.spoken.update(SPOKEN)
        self._said: dict[str, dict[str, Any]] = {}
        self.channel: AibotChannel

    def built(self, *, wrong: bool = False) -> Channel:
        settings = AibotSettings(
            bot_id=BOT,
            secret="wrong" if wrong else SECRET,
            bot_name=NAME,
            ws_url=self.provider.ws_url,
            api_base=self.site.url,
            ack=QUICK,
            timeout=QUICK,
            heartbeat=120,
        )
        return AibotChannel(settings, clock=self.clock)

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        await self.connected()
        return self

    async def connected(self) -> None:
        await self.provider.subscribed.wait()
        await until(lambda: self.channel.link.up)

    async def stage(self, fault: Fault) -> Address:
        address = await super().stage(fault)
        if fault == Fault.UNREACHABLE:
            await until(lambda: not self.channel.link.up)
        return address

    def _pushed(self, body: dict[str, Any]) -> str:
        self._said[body["msgid"]] = body
        self.later(lambda: self.provider.push(body))
        return body["msgid"]

    async def writes(self, text: str, *, person: str = "customer", group: bool = False) -> str:
        return self._pushed(self.provider.says(person, text, GROUP if group else ""))

    async def sends_picture(self, data: bytes, *, caption: str = "") -> str:
        items = [
            {"msgtype": "text", "text": {"content": caption}},
            {"msgtype": "image", "image": self.provider.picture(data)},
        ]
        return self._pushed(self.provider.message("customer", msgtype="mixed", mixed={"msg_item": items}))

    async def presses(self, action: str) -> str:
        event = self.provider.event("agent1", "template_card_event", GROUP, event_key=action, task_id="T1")
        return self._pushed(event)

    async def repeats(self, handle: str) -> None:
        self.later(lambda: self.provider.push(self._said[handle]))

    def person(self, name: str = "customer") -> Address:
        return Address(channel="wecom_aibot", chat=name, user=name)

    def group(self) -> Address:
        return Address(channel="wecom_aibot", chat=GROUP)

    def member(self) -> str:
        return "agent1"

    def bad_address(self, fault: Fault) -> Address:
        return self.person(f"nobody for {fault.name}")


class AibotCallbackHarness(AibotHarness):
    """The same bot by callback: it may answer each message once."""

    traits: ClassVar[frozenset[Trait]] = frozenset(
        {
            Trait.RECEIVES,
            Trait.CONFIRMS,
            Trait.REPEATS,
            Trait.GROUPS,
            Trait.PICTURES,
            Trait.PRESSES,
            Trait.REQUESTS,
        }
    )
    faults: ClassVar[frozenset[Fault]] = frozenset({Fault.UNKNOWN_CHAT})
    path = "/wecom/aibot"

    def built(self, *, wrong: bool = False) -> Channel:
        settings = AibotSettings(
            mode="callback",
            passive_seconds=0,
            token=TOKEN,
            aes_key=AES_KEY,
            bot_name=NAME,
            api_base=self.site.url,
            timeout=QUICK,
        )
        return AibotCallbackChannel(settings, clock=self.clock)

    async def connected(self) -> None:
        """Nothing is connected."""

    def _pushed(self, body: dict[str, Any]) -> str:
        handle = body["msgid"]
        self._said[handle] = body
        self.later(lambda: self.until_confirmed(handle, lambda: self._request(body)))
        return handle

    def _request(self, body: dict[str, Any]) -> tuple[dict[str, str], bytes]:
        return self.provider.caller.json_request(self.provider.callback(body))

    async def repeats(self, handle: str) -> None:
        request = self._request(self._said[handle])
        self.later(lambda: self.provider.caller.deliver(self.url, handle, request))

    async def sends_picture(self, data: bytes, *, caption: str = "") -> str:
        items = [
            {"msgtype": "text", "text": {"content": caption}},
            {"msgtype": "image", "image": self.provider.picture(data, key=AES_KEY)},
        ]
        return self._pushed(self.provider.message("customer", msgtype="mixed", mixed={"msg_item": items}))

    def a_request(self) -> tuple[dict[str, str], bytes]:
        return self._request({"msgtype": "text", "from": {"userid": "x"}})

    def hostile(self) -> Sequence[Hostile]:
        caller = self.provider.caller
        good, body = self.a_request()
        deep = json.dumps({"encrypt": "x"}).encode()[:-1] + b',"a":' + b"[" * 3000
        return [
            *super().hostile(),
            self.posting("not JSON", good, body[:-1]),
            self.posting("a number for the ciphertext", good, b'{"encrypt":1}'),
            self.posting("deeply nested JSON", good, deep),
            self.posting(
                "signed JSON without a sender", *caller.json_request({"msgtype": "text", "msgid": "1"})
            ),
            self.posting("a sender of the wrong kind", *caller.json_request({"msgtype": "text", "from": []})),
        ]
