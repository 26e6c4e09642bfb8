"""The honest way into WeChat: a link and a QR picture for each contract, with the contract bound to it.

No official bot can sit in a customer's group. So its members get a link that opens a conversation with the desk;
the `scene` in it comes back with `enter_session` and says which contract they belong to.
Source: developer.work.weixin.qq.com/document/path/94665.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
import segno

from bot.channels.base import Permanent
from bot.channels.tencent.http import Call

if TYPE_CHECKING:
    from bot.channels.tencent.api import Api

SCENE = re.compile(r"[0-9A-Za-z_-]{1,32}")
PARAM_BYTES = 128


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What is handed to a customer: the link, and the same as a PNG picture."""

    link: str
    png: bytes


async def kf_entry(api: Api, open_kfid: str, scene: str, param: str = "") -> Entry:
    """Make the entry of one contract: `scene` (at most 32 of 0-9 A-Z a-z _ -) and, if given, `param` come back."""
    if not SCENE.fullmatch(scene):
        raise ValueError(f"scene {scene!r} must be 1 to 32 of the characters 0-9 A-Z a-z _ -")
    if len(quote(param).encode()) > PARAM_BYTES:
        raise ValueError(f"param must be at most {PARAM_BYTES} bytes once encoded for an address")
    body = {"open_kfid": open_kfid, "scene": scene}
    answer = await api.call(Call(path="/cgi-bin/kf/add_contact_way", body=body, repeatable=True))
    url = str(answer.get("url", ""))
    if not url.startswith("https://"):
        raise Permanent("the provider's answer to add_contact_way holds no link")
    link = f"{url}&scene_param={quote(param)}" if param else url
    return Entry(link=link, png=qr_png(link))


def qr_png(link: str) -> bytes:
    """Draw the link as a QR code with a quiet zone, large enough for print."""
    picture = io.BytesIO()
    segno.make(link, error="m", micro=False).save(picture, kind="png", scale=10, border=4)
    return picture.getvalue()
