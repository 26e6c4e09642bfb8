"""[channels] of a configuration: the settings of every channel that is used; each may be left out."""

from __future__ import annotations

import msgspec

from bot.channels.local.settings import LocalSettings
from bot.channels.telegram.settings import TelegramSettings


class Channels(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which channels there are."""

    local: LocalSettings | None = None
    telegram: tuple[TelegramSettings, ...] = ()
