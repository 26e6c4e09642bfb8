"""[channels] of a configuration: the settings of every channel that is used; each may be left out."""

from __future__ import annotations

import msgspec

from bot.channels.bridge.settings import BridgeSettings
from bot.channels.local.settings import LocalSettings
from bot.channels.opinion.settings import OpinionSettings
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.wechat.settings import WechatSettings
from bot.channels.wecom.settings import AibotSettings, AppSettings, KfSettings, RobotSettings


class Channels(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which channels there are: `[channels.local]`, and a list for each provider: `[[channels.telegram]]`."""

    local: LocalSettings | None = None
    telegram: tuple[TelegramSettings, ...] = ()
    wechat: tuple[WechatSettings, ...] = ()
    wecom_kf: tuple[KfSettings, ...] = ()
    wecom_robot: tuple[RobotSettings, ...] = ()
    wecom_app: tuple[AppSettings, ...] = ()
    wecom_aibot: tuple[AibotSettings, ...] = ()
    bridge: tuple[BridgeSettings, ...] = ()
    opinion: OpinionSettings | None = None
