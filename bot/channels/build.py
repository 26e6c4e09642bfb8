"""Settings become channels: the one place that knows which class serves which section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from bot.channels.base import Channel
from bot.channels.bridge.channel import BridgeChannel
from bot.channels.local.channel import LocalChannel
from bot.channels.local.sentbox import Sentbox
from bot.channels.local.settings import LocalSettings
from bot.channels.masked import SettingError
from bot.channels.opinion.channel import OpinionChannel
from bot.channels.settings import Channels
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.wechat.channel import WechatChannel
from bot.channels.wecom.aibot import AibotChannel
from bot.channels.wecom.aibot_callback import AibotCallbackChannel
from bot.channels.wecom.app import AppChannel
from bot.channels.wecom.kf import KfChannel
from bot.channels.wecom.robot import RobotChannel
from bot.channels.wecom.settings import AibotSettings
from bot.clock import Clock

S = TypeVar("S", bound=msgspec.Struct)


class Workshop(msgspec.Struct, frozen=True, kw_only=True):
    """What channels are built with. `local`: the local channel's settings; None leaves it out."""

    clock: Clock
    sentbox: Sentbox
    media: Path
    local: LocalSettings | None = None


def build(settings: Channels, workshop: Workshop) -> tuple[Channel, ...]:
    """Every channel of the configuration, not started yet. Raises SettingError where two claim one address."""
    channels = tuple(_channels(settings, workshop))
    _own_addresses(channels)
    return channels


def _own_addresses(channels: Sequence[Channel]) -> None:
    """Of two channels of one name the first, and of two routes under one path the second, would never be used."""
    names: set[str] = set()
    taken: dict[tuple[str, str], str] = {}
    for channel in channels:
        who = f"{channel.name} {channel.account}"
        if who in names:
            raise SettingError(f"there are two channels {who}: give one of them another `account`")
        names.add(who)
        for route in channel.routes():
            other = taken.setdefault((route.method, route.path), who)
            if other != who:
                raise SettingError(
                    f"{who} and {other} both answer under {route.path}: give one another `path`"
                )


def _channels(settings: Channels, workshop: Workshop) -> Iterator[Channel]:
    clock = workshop.clock
    if workshop.local is not None:
        yield LocalChannel(workshop.local, clock=clock, sentbox=workshop.sentbox)
    for telegram in settings.telegram:
        yield TelegramChannel(_at_home(telegram, workshop.media), clock=clock)
    for wechat in settings.wechat:
        yield WechatChannel(wechat, clock=clock)
    for kf in settings.wecom_kf:
        yield KfChannel(kf, clock=clock)
    for robot in settings.wecom_robot:
        yield RobotChannel(robot, clock=clock)
    for app in settings.wecom_app:
        yield AppChannel(app, clock=clock)
    for aibot in settings.wecom_aibot:
        yield _aibot(aibot, clock)
    for bridge in settings.bridge:
        yield BridgeChannel(bridge, clock=clock)
    if settings.opinion is not None:
        yield OpinionChannel(settings.opinion, clock=clock)


def _aibot(settings: AibotSettings, clock: Clock) -> Channel:
    kind = AibotChannel if settings.mode == "websocket" else AibotCallbackChannel
    return kind(settings, clock=clock)


def _at_home(settings: TelegramSettings, media: Path) -> TelegramSettings:
    """Attachments lie in the folder of [storage], unless the channel was given one of its own."""
    untouched = settings.media_dir == TelegramSettings().media_dir
    return msgspec.structs.replace(settings, media_dir=str(media)) if untouched else settings
