"""The quotas, windows and repeats in the explanation are those the channels declare."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.base import Capabilities
from bot.channels.bridge.settings import BridgeSettings
from bot.channels.build import Workshop, build
from bot.channels.local.sentbox import MemorySentbox
from bot.channels.settings import Channels
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.wechat.settings import WechatSettings
from bot.channels.wecom.settings import AibotSettings, AppSettings, KfSettings, RobotSettings
from bot.clock import SystemClock
from tests.unit.docs.pages import DOCS, quoted, table

PAGE = DOCS / "explanation" / "delivery.md"
ARTICLE = {"chat": "a chat", "user": "a user", "account": "an account"}
KEY = "a" * 43
OURS = Channels(
    telegram=(TelegramSettings(token="1:stand-in"),),
    wechat=(WechatSettings(appid="wx1", secret="s", token="t", aes_key=KEY),),
    wecom_kf=(KfSettings(corpid="ww1", secret="s", token="t", aes_key=KEY),),
    wecom_robot=(RobotSettings(keys={"staff": "k"}),),
    wecom_app=(AppSettings(corpid="ww1", secret="s", agentid=1),),
    wecom_aibot=(AibotSettings(bot_id="b", secret="s"),),
    bridge=(BridgeSettings(secret="s" * 32),),
)


async def _declared(folder: Path) -> dict[str, Capabilities]:
    channels = build(OURS, Workshop(clock=SystemClock(), sentbox=MemorySentbox(), media=folder))
    found = {channel.name: channel.capabilities for channel in channels}
    for channel in channels:
        await channel.stop()
    return found


@pytest.mark.parametrize("row", table(PAGE, "Priority, quotas, windows"), ids=lambda row: row[0])
async def test_the_table_says_what_the_channels_declare(row: tuple[str, ...], tmp_path: Path) -> None:
    able = (await _declared(tmp_path))[quoted(row[0])[0]]
    assert quoted(row[1]) == [f"{q.limit} in {q.seconds:g} s {ARTICLE[q.scope]}" for q in able.quotas]
    window = able.window
    assert quoted(row[2]) == ([f"{window.limit} in {window.seconds / 3600:g} h"] if window else [])
    assert row[3] == ("is dropped" if able.idempotent else "shows twice")


async def test_every_channel_of_a_provider_is_in_the_table(tmp_path: Path) -> None:
    assert {quoted(row[0])[0] for row in table(PAGE, "Priority, quotas, windows")} == set(
        await _declared(tmp_path)
    )
