"""From a decrypted 公众号 message to Incoming, by way of wechatpy's parser.

Source: developers.weixin.qq.com 接收普通消息, 接收事件推送. Bodies may be XML or (since 2024) JSON.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, SubElement, tostring
from xml.parsers.expat import ExpatError

import msgspec
from wechatpy import parse_message
from wechatpy.messages import UnknownMessage

from bot.channels.tencent.callback import Refused, parse
from bot.domain.messages import Address, Incoming, Media

if TYPE_CHECKING:
    from collections.abc import Callable

    from wechatpy.messages import BaseMessage

LEAKS = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    OSError,
    ExpatError,
    struct.error,
)
DECODABLE = 10_000_000_000  # seconds; a time beyond it is not one


def decode(plain: str, account: str) -> tuple[Incoming, BaseMessage]:
    """Turn the message into Incoming, and wechatpy's own of it for a reply in place; raises Refused."""
    fields = parse(plain.encode())
    try:
        message = parse_message(_xml(fields))
        return _incoming(message, fields, account), message
    except LEAKS:
        raise Refused(400, "malformed") from None


def _xml(fields: dict[str, Any]) -> str:
    """Write the fields as the plain XML wechatpy reads: whatever came, nothing but elements and text goes in."""
    root = Element("xml")
    for name, value in fields.items():
        if isinstance(value, str | int):
            SubElement(root, name).text = str(value)
    return tostring(root, encoding="unicode")


def _incoming(message: BaseMessage, fields: dict[str, Any], account: str) -> Incoming:
    person = message.source
    if not person or not 0 < message.time < DECODABLE:
        raise ValueError("a message without its sender or its time")
    base = Incoming(
        provider_id=_identity(message, fields),
        address=Address(channel="wechat", account=account, chat=person, user=person),
        sender=person,
        sent_at=datetime.fromtimestamp(message.time, UTC),
    )
    kind = str(fields["MsgType"]).lower()
    reader = _event if kind == "event" else READERS.get(kind, _unknown)
    decoded = msgspec.structs.replace(base, **reader(message))
    if decoded.kind in {"welcome", "button"} and kind == "event":
        return msgspec.structs.replace(decoded, reply_token=decoded.provider_id)
    return decoded


def _identity(message: BaseMessage, fields: dict[str, Any]) -> str:
    """Name the message: MsgId, or for events, which have none, who, when and what (the provider's own advice)."""
    if message.id:
        return str(message.id)
    what = f"{fields.get('Event', '')}:{fields.get('EventKey', '')}"
    return f"{message.source}:{message.time}:{what}"


def _fields(message: BaseMessage) -> dict[str, Any]:
    """Give the fields as parsed: wechatpy has no attribute for some of them."""
    return dict(message._data)  # noqa: SLF001  # the only place they are kept


def _text(message: BaseMessage) -> dict[str, Any]:
    """Read a text; a touched item of a menu of ours comes as a text that names the item."""
    menu = str(_fields(message).get("bizmsgmenuid") or "")
    said = {"text": message.content}
    return {**said, "kind": "button", "button": menu} if menu else said


def _photo(message: BaseMessage) -> dict[str, Any]:
    return {"media": (Media(kind="photo", ref=message.media_id),)}


def _voice(message: BaseMessage) -> dict[str, Any]:
    words = message.recognition or ""
    mime = f"audio/{message.format.lower()}" if message.format else ""
    return {"text": words, "media": (Media(kind="voice", ref=message.media_id, mime=mime, text=words),)}


def _video(message: BaseMessage) -> dict[str, Any]:
    return {"media": (Media(kind="video", ref=message.media_id),)}


def _location(message: BaseMessage) -> dict[str, Any]:
    where = f"{message.label or ''} ({message.location_x},{message.location_y})".strip()
    return {"media": (Media(kind="location", text=where),)}


def _link(message: BaseMessage) -> dict[str, Any]:
    words = f"{message.description or ''} {message.url or ''}".strip()
    return {"media": (Media(kind="link", name=message.title or "", text=words),)}


def _unknown(message: BaseMessage) -> dict[str, Any]:
    """Keep what this program does not know: it may be a complaint."""
    kind = _fields(message).get("MsgType", "") if isinstance(message, UnknownMessage) else message.type
    return {"media": (Media(kind="unknown", name=str(kind)),)}


READERS: dict[str, Callable[[BaseMessage], dict[str, Any]]] = {
    "text": _text,
    "image": _photo,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "location": _location,
    "link": _link,
}


def _event(message: BaseMessage) -> dict[str, Any]:
    """Read an event; `data["scene"]` is the contract's entry code the person came by.

    Following, scanning and touching a menu allow three messages within a minute without a window: whoever answers
    gives the `reply_token` back and is not held to it.
    """
    event = str(_fields(message).get("Event", "")).lower()  # as rewritten by wechatpy for scans
    key = str(_fields(message).get("EventKey") or "")  # absent on plain follows
    if event in {"subscribe", "subscribe_scan", "scan"}:
        return {"kind": "welcome", "data": {"event": event, "scene": key} if key else {"event": event}}
    if event == "unsubscribe":
        return {"kind": "left"}
    if event == "click":
        return {"kind": "button", "button": key, "text": key}
    if event == "templatesendjobfinish" and message.status != "success":
        return {"kind": "send_failed", "data": {"ref": str(message.id), "why": message.status or ""}}
    return {"data": {"event": event}}
