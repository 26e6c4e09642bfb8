"""Every key of every file a user writes is documented, with its true default; nothing else is."""

from __future__ import annotations

import msgspec
import pytest

from bot.channels.bridge.settings import BridgeSettings
from bot.channels.local.settings import LocalSettings
from bot.channels.opinion.settings import OpinionSettings
from bot.channels.settings import Channels
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.wechat.settings import TemplateSettings, WechatSettings
from bot.channels.wecom.settings import AibotSettings, AppSettings, KfSettings, RobotSettings
from bot.config import ChatSpec, Config, Desk, OverrideSpec, PersonSpec, ShiftSpec, Storage, Web
from bot.domain.scheme import CalendarSpec, CategorySpec, Contract, Pace, Policy, Rung, Scheme, When
from tests.unit.docs.pages import DOCS, ROOT, quoted, table
from tests.unit.docs.structs import keys, within

CONFIGURATION = DOCS / "reference" / "configuration.md"
SCHEMES = DOCS / "reference" / "schemes.md"

SECTIONS = {
    Config: (CONFIGURATION, "The file"),
    Desk: (CONFIGURATION, "`[desk]`"),
    Storage: (CONFIGURATION, "`[storage]`"),
    Web: (CONFIGURATION, "`[web]`"),
    PersonSpec: (CONFIGURATION, "`[[people]]`"),
    ShiftSpec: (CONFIGURATION, "`[[shifts]]`"),
    OverrideSpec: (CONFIGURATION, "`[[overrides]]`"),
    ChatSpec: (CONFIGURATION, "`[[chats]]`"),
    Channels: (CONFIGURATION, "`[channels]`"),
    LocalSettings: (CONFIGURATION, "`[channels.local]`"),
    TelegramSettings: (CONFIGURATION, "`[[channels.telegram]]`"),
    WechatSettings: (CONFIGURATION, "`[[channels.wechat]]`"),
    TemplateSettings: (CONFIGURATION, "`[channels.wechat.template]`"),
    KfSettings: (CONFIGURATION, "`[[channels.wecom_kf]]`"),
    RobotSettings: (CONFIGURATION, "`[[channels.wecom_robot]]`"),
    AppSettings: (CONFIGURATION, "`[[channels.wecom_app]]`"),
    AibotSettings: (CONFIGURATION, "`[[channels.wecom_aibot]]`"),
    BridgeSettings: (CONFIGURATION, "`[[channels.bridge]]`"),
    OpinionSettings: (CONFIGURATION, "`[channels.opinion]`"),
    Scheme: (SCHEMES, "The file"),
    CategorySpec: (SCHEMES, "`[categories]`"),
    CalendarSpec: (SCHEMES, "`[calendars]`"),
    Policy: (SCHEMES, "`[[policies]]`"),
    When: (SCHEMES, "`when`"),
    Rung: (SCHEMES, "`[ladders]`"),
    Pace: (SCHEMES, "`[pace]`"),
    Contract: (SCHEMES, "`[[contracts]]`"),
}


def test_every_struct_a_user_can_write_has_its_place() -> None:
    assert set(SECTIONS) == within(Config, Scheme)


@pytest.mark.parametrize("kind", SECTIONS, ids=lambda kind: kind.__name__)
def test_every_key_is_documented_with_its_default(kind: type[msgspec.Struct]) -> None:
    page, heading = SECTIONS[kind]
    documented = [(quoted(row[0])[0], row[1]) for row in table(page, heading)]
    assert documented == keys(kind), f"{page.relative_to(ROOT)}, {heading}"


@pytest.mark.parametrize("kind", SECTIONS, ids=lambda kind: kind.__name__)
def test_every_key_has_a_meaning(kind: type[msgspec.Struct]) -> None:
    page, heading = SECTIONS[kind]
    silent = [row[0] for row in table(page, heading) if len(row) != 3 or len(row[2]) < 8]
    assert silent == []
