"""QR pictures of the official account, with the contract bound to them.

Whoever scans one follows the account (or is already a follower) and the `scene` comes back with the event.
Source: developers.weixin.qq.com 生成带参数的二维码 (a permanent scene is 1 to 64 characters; 100,000 of them).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.channels.base import Permanent
from bot.channels.tencent.http import Call
from bot.channels.wecom.entry import Entry, qr_png

if TYPE_CHECKING:
    from bot.channels.tencent.api import Api

SCENE_CHARS = 64


async def wechat_entry(api: Api, scene: str) -> Entry:
    """Make the permanent entry of one contract."""
    if not 0 < len(scene) <= SCENE_CHARS:
        raise ValueError(f"scene must be 1 to {SCENE_CHARS} characters")
    body = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
    answer = await api.call(Call(path="/cgi-bin/qrcode/create", body=body, repeatable=True))
    link = str(answer.get("url", ""))
    if not link.startswith("http"):
        raise Permanent("the provider's answer to qrcode/create holds no link")
    return Entry(link=link, png=qr_png(link))
