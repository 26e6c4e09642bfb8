"""群机器人 on its bench: it only speaks, and only to groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from bot.channels.wecom.robot import RobotChannel
from bot.channels.wecom.settings import RobotSettings
from bot.domain.messages import Address
from tests.contract.channels.harness import Fault, Trait
from tests.contract.channels.tencent_bench import QUICK, SENDING, Bench
from tests.standins.wecom import Wecom

if TYPE_CHECKING:
    from bot.channels.base import Channel


class RobotHarness(Bench):
    """One robot in the staff group."""

    traits: ClassVar[frozenset[Trait]] = frozenset({Trait.SENDS_TO_GROUPS, Trait.CREDENTIAL})
    faults: ClassVar[frozenset[Fault]] = SENDING | {Fault.UNKNOWN_CHAT}

    def __init__(self) -> None:
        super().__init__()
        self.provider = Wecom(self.clock)

    def built(self, *, wrong: bool = False) -> Channel:
        keys = {"staff": "no-such-key" if wrong else "robot-key-1"}
        settings = RobotSettings(keys=keys, api_base=self.site.url, timeout=QUICK)
        return RobotChannel(settings, clock=self.clock)

    def group(self) -> Address:
        return Address(channel="wecom_robot", chat="staff")

    def person(self, name: str = "staff") -> Address:
        return self.group()

    def bad_address(self, fault: Fault) -> Address:
        return Address(channel="wecom_robot", chat=f"no group for {fault}")

    def member(self) -> str:
        return "zhangsan"
