"""微信客服 on its bench: the provider only says that there is something, and keeps it until it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from bot.channels.wecom.kf import KfChannel
from bot.channels.wecom.settings import KfSettings
from bot.domain.messages import Address
from tests.contract.channels.harness import Fault, Trait
from tests.contract.channels.tencent_bench import QUICK, SENDING, Bench
from tests.standins.until import until
from tests.standins.wecom import AES_KEY, CORPID, DESK, TOKEN, Wecom

if TYPE_CHECKING:
    from bot.channels.base import Channel

CURSOR = f"wecom_kf:default:{DESK}:cursor"
PEOPLE = ("customer", "customer2")


class KfHarness(Bench):
    """One 客服账号; its people have spoken before, so that they may be written to."""

    traits: ClassVar[frozenset[Trait]] = frozenset(
        {
            Trait.RECEIVES,
            Trait.CONFIRMS,
            Trait.REPEATS,
            Trait.PRESSES,
            Trait.AWAY,
            Trait.SENDS,
            Trait.NAMES,
            Trait.REQUESTS,
            Trait.CREDENTIAL,
        }
    )
    faults: ClassVar[frozenset[Fault]] = SENDING | {Fault.UNKNOWN_CHAT}
    path = "/wecom/kf"

    def __init__(self) -> None:
        super().__init__()
        self.provider = Wecom(self.clock)
        for person in PEOPLE:
            self.provider.kf.spoke[person] = self.clock.now().timestamp()
            self.provider.kf.left[person] = 100  # the five of real life are tested apart

    def built(self, *, wrong: bool = False) -> Channel:
        settings = KfSettings(
            corpid=CORPID,
            secret="wrong" if wrong else "kf-secret",
            token=TOKEN,
            aes_key=AES_KEY,
            open_kfids=(DESK,),
            api_base=self.site.url,
            timeout=QUICK,
        )
        self.provider.kf.bot_url = self.url
        return KfChannel(settings, clock=self.clock)

    def _listed(self, msgid: str) -> str:
        self.later(self.provider.kf.tell)
        return msgid

    async def writes(self, text: str, *, person: str = "customer", group: bool = False) -> str:
        return self._listed(self.provider.kf.says(person, content=text))

    async def presses(self, action: str) -> str:
        return self._listed(self.provider.kf.says("customer", content="接单", menu_id=action))

    async def repeats(self, handle: str) -> None:
        kf = self.provider.kf
        kf.add(next(one for one in kf.lists[DESK] if one["msgid"] == handle))
        self.later(kf.tell)

    def _cursor(self) -> int:
        return int(self.inlet.state.get(CURSOR, "c0").lstrip("c"))

    def confirmed(self, handle: str) -> bool:
        places = [place for place, one in enumerate(self.provider.kf.lists[DESK]) if one["msgid"] == handle]
        return max(places) < self._cursor()

    async def settled(self) -> None:
        await super().settled()
        await until(lambda: self._cursor() >= len(self.provider.kf.lists[DESK]))

    def person(self, name: str = "customer") -> Address:
        return Address(channel="wecom_kf", chat=name, thread=DESK, user=name)

    def bad_address(self, fault: Fault) -> Address:
        return self.person(f"nobody for {fault.name}")
