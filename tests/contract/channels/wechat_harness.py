"""公众号 on its bench, in secure mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bot.channels.wechat.channel import WechatChannel
from bot.channels.wechat.settings import WechatSettings
from bot.domain.messages import Address
from tests.contract.channels.harness import Fault, Trait
from tests.contract.channels.tencent_bench import QUICK, SENDING, Bench
from tests.standins.wechat import AES_KEY, APPID, SECRET, TOKEN, Wechat

if TYPE_CHECKING:
    from bot.channels.base import Channel

PEOPLE = ("customer", "customer2")


class WechatHarness(Bench):
    """One account; its followers have spoken before, so that they may be written to."""

    traits: ClassVar[frozenset[Trait]] = frozenset(
        {
            Trait.RECEIVES,
            Trait.CONFIRMS,
            Trait.REPEATS,
            Trait.PRESSES,
            Trait.SENDS,
            Trait.REQUESTS,
            Trait.CREDENTIAL,
        }
    )
    faults: ClassVar[frozenset[Fault]] = SENDING | {Fault.UNKNOWN_CHAT}
    path = "/wechat"

    def __init__(self) -> None:
        super().__init__()
        self.provider = Wechat(self.clock)
        self._said: dict[str, dict[str, Any]] = {}
        for person in PEOPLE:
            self.provider.spoke[person] = self.clock.now().timestamp()
            self.provider.left[person] = 100  # the five of real life are tested apart

    def built(self, *, wrong: bool = False) -> Channel:
        settings = WechatSettings(
            appid=APPID,
            secret="wrong" if wrong else SECRET,
            token=TOKEN,
            aes_key=AES_KEY,
            passive_seconds=0,
            api_base=self.site.url,
            timeout=QUICK,
        )
        return WechatChannel(settings, clock=self.clock)

    def _push(self, fields: dict[str, Any]) -> str:
        handle = str(fields["MsgId"])
        self._said[handle] = fields
        self.later(lambda: self.until_confirmed(handle, lambda: self.provider.request(fields)))
        return handle

    async def writes(self, text: str, *, person: str = "customer", group: bool = False) -> str:
        return self._push(self.provider.message(person, "text", Content=text))

    async def presses(self, action: str) -> str:
        return self._push(self.provider.message("customer", "text", Content="接单", bizmsgmenuid=action))

    async def repeats(self, handle: str) -> None:
        request = self.provider.request(self._said[handle])
        self.later(lambda: self.provider.caller.deliver(self.url, handle, request))

    def person(self, name: str = "customer") -> Address:
        return Address(channel="wechat", chat=name, user=name)

    def bad_address(self, fault: Fault) -> Address:
        return self.person(f"nobody for {fault.name}")
