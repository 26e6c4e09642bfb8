"""应用消息 on its bench: it only speaks, to one member at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from bot.channels.wecom.app import AppChannel
from bot.channels.wecom.settings import AppSettings
from bot.domain.messages import Address
from tests.contract.channels.harness import Fault, Trait
from tests.contract.channels.tencent_bench import QUICK, SENDING, Bench
from tests.standins.wecom import AGENT, CORPID, Wecom

if TYPE_CHECKING:
    from bot.channels.base import Channel

USERS = {"customer": "zhangsan", "customer2": "lisi"}


class AppHarness(Bench):
    """One application that two members can see."""

    traits: ClassVar[frozenset[Trait]] = frozenset({Trait.SENDS, Trait.NAMES, Trait.CREDENTIAL})
    faults: ClassVar[frozenset[Fault]] = SENDING | {Fault.UNKNOWN_CHAT}

    def __init__(self) -> None:
        super().__init__()
        self.provider = Wecom(self.clock)

    def built(self, *, wrong: bool = False) -> Channel:
        settings = AppSettings(
            corpid=CORPID,
            secret="wrong" if wrong else "app-secret",
            agentid=AGENT,
            api_base=self.site.url,
            timeout=QUICK,
        )
        return AppChannel(settings, clock=self.clock)

    def person(self, name: str = "customer") -> Address:
        user = USERS.get(name, name)
        return Address(channel="wecom_app", chat=user, user=user)

    def bad_address(self, fault: Fault) -> Address:
        return self.person(f"nobody for {fault.name}")
