"""From what `kf/sync_msg` lists to Incoming. Source: developer.work.weixin.qq.com/document/path/94670.

A kind of message that is not known is kept with an `unknown` attachment that names it: it may be a complaint.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from bot.domain.messages import Address, Incoming, Media

if TYPE_CHECKING:
    from collections.abc import Callable

CUSTOMER, EVENT, SERVICER = 3, 4, 5

FAILURES = {
    0: "原因不明",
    1: "客服账号已删除",
    2: "应用已关闭",
    4: "超过客户最后一次发言后的 48 小时",
    5: "会话已关闭",
    6: "48 小时内超过 5 条",
    7: "没有绑定视频号",
    8: "主体未认证",
    9: "没有绑定视频号且主体未认证",
    10: "客户拒收消息",
}

FILES: dict[str, Literal["photo", "voice", "video", "file"]] = {
    "image": "photo",
    "voice": "voice",
    "video": "video",
    "file": "file",
}


NAME_CHARS = 28
PIECE = re.compile(r"([0-9a-f]{28})-\d+")  # a msgid of ours: the notice's name, and the number of the piece


class Undecodable(ValueError):
    """An entry of the list without the fields every message has; it is counted and left out."""


LEAKS = (LookupError, TypeError, ValueError, AttributeError, OverflowError, OSError)
SHOWN = 500


def decode(raw: dict[str, Any], account: str, now: datetime) -> Incoming | None:
    """One message or event; None for events that say nothing to the desk. Raises Undecodable.

    A customer's message that is not as documented is kept as it is: it may be a complaint.
    """
    try:
        if raw.get("msgtype") == "event":
            return _event(raw, account)
        return _message(raw, account) if raw.get("origin") in {CUSTOMER, SERVICER} else None
    except LEAKS as error:
        rescued = _rescued(raw, account, now)
        if rescued is None:
            raise Undecodable(type(error).__name__) from None
        return rescued


def _rescued(raw: object, account: str, now: datetime) -> Incoming | None:
    """Whatever a customer sent, as a human can read it; None where no customer is named."""
    person = raw.get("external_userid") if isinstance(raw, dict) else None
    if (
        not isinstance(person, str)
        or not person
        or not isinstance(raw, dict)
        or raw.get("origin") != CUSTOMER
    ):
        return None
    whole = msgspec.json.encode(raw)
    desk = raw.get("open_kfid")
    thread = desk if isinstance(desk, str) else ""
    return Incoming(
        provider_id=str(raw.get("msgid") or hashlib.sha256(whole).hexdigest()),
        address=Address(channel="wecom_kf", account=account, chat=person, thread=thread, user=person),
        sender=person,
        sent_at=now,
        media=(Media(kind="unknown", text=whole.decode()[:SHOWN]),),
    )


def _at(raw: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(raw["send_time"]), UTC)


def _address(holder: dict[str, Any], account: str) -> Address:
    person, desk = str(holder["external_userid"]), str(holder["open_kfid"])
    return Address(channel="wecom_kf", account=account, chat=person, thread=desk, user=person)


def _message(raw: dict[str, Any], account: str) -> Incoming:
    kind = str(raw["msgtype"])
    inside = raw.get(kind)
    content = inside if isinstance(inside, dict) else {}
    servicer = str(raw.get("servicer_userid", "")) if raw["origin"] == SERVICER else ""
    base = Incoming(
        provider_id=str(raw["msgid"]),
        address=_address(raw, account),
        sender=servicer or str(raw["external_userid"]),
        sent_at=_at(raw),
        data={"by": "staff"} if raw["origin"] == SERVICER else {},
    )
    return msgspec.structs.replace(base, **READERS.get(kind, _file)(kind, content))


def _text(_kind: str, content: dict[str, Any]) -> dict[str, Any]:
    menu = str(content.get("menu_id") or "")
    said = {"text": str(content.get("content", ""))}
    return {**said, "kind": "button", "button": menu} if menu else said


def _file(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    ref = str(content.get("media_id", ""))
    if kind in FILES:
        return {"media": (Media(kind=FILES[kind], ref=ref),)}
    words = msgspec.json.encode(content).decode()[:SHOWN] if content else ""
    return {"media": (Media(kind="unknown", ref=ref, name=kind, text=words),)}


def _location(_kind: str, content: dict[str, Any]) -> dict[str, Any]:
    where = f"{content.get('latitude', '')},{content.get('longitude', '')}"
    media = Media(
        kind="location", name=str(content.get("name", "")), text=f"{content.get('address', '')} ({where})"
    )
    return {"media": (media,)}


def _link(_kind: str, content: dict[str, Any]) -> dict[str, Any]:
    words = f"{content.get('desc', '')} {content.get('url', '')}".strip()
    return {"media": (Media(kind="link", name=str(content.get("title", "")), text=words),)}


def _record(_kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """Chat record forwarded as one message: its lines become the text."""
    lines = [_line(item) for item in content.get("item", []) if isinstance(item, dict)]
    return {"text": "\n".join([str(content.get("title", "")), *lines]).strip(), "data": {"forwarded": "true"}}


def _line(item: dict[str, Any]) -> str:
    kind = str(item.get("msgtype", ""))
    try:
        inside = msgspec.json.decode(str(item.get("msg_content", "")), type=dict[str, Any])
        words = str(inside["text"]["content"])
    except (ValueError, RecursionError, LookupError, TypeError):
        words = f"[{kind}]"
    return f"{item.get('sender_name', '')}：{words}"


READERS: dict[str, Callable[[str, dict[str, Any]], dict[str, Any]]] = {
    "text": _text,
    "location": _location,
    "link": _link,
    "merged_msg": _record,
}


def _event(raw: dict[str, Any], account: str) -> Incoming | None:
    event = raw["event"]
    if event["event_type"] == "enter_session":
        return _welcome(raw, event, account)
    if event["event_type"] == "msg_send_fail":
        return _failed(raw, event, account)
    return None


def _welcome(raw: dict[str, Any], event: dict[str, Any], account: str) -> Incoming:
    """Someone opened the chat; `data["scene"]` is the entry link they came by, `reply_token` the welcome code.

    Without a code (they were here within 48 hours) nothing should be said: it would cost one of five.
    """
    kept = {"scene", "scene_param"}
    code = str(event.get("welcome_code") or "")
    greeted = {} if code else {"greeted": "true"}
    return Incoming(
        provider_id=str(raw["msgid"]),
        address=_address(event, account),
        sender=str(event["external_userid"]),
        sent_at=_at(raw),
        kind="welcome",
        reply_token=code,
        data={**{name: str(event[name]) for name in kept if event.get(name)}, **greeted},
    )


def _failed(raw: dict[str, Any], event: dict[str, Any], account: str) -> Incoming:
    """Late word that a message of ours did not arrive; `data["ref"]` is the `Sent.ref` it had.

    A notice is known by its first piece; without any other it has not arrived either.
    """
    why, failed = int(event.get("fail_type", 0)), str(event["fail_msgid"])
    ours = PIECE.fullmatch(failed)
    ref = f"{ours[1]}-0" if ours else failed
    return Incoming(
        provider_id=str(raw["msgid"]),
        address=_address(event, account),
        sender=str(event["external_userid"]),
        sent_at=_at(raw),
        kind="send_failed",
        data={"ref": ref, "fail_type": str(why), "why": FAILURES.get(why, FAILURES[0])},
    )
