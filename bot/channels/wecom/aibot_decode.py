"""From what 智能机器人 is sent to Incoming. Source: developer.work.weixin.qq.com/document/path/100719, 101463.

In a group only messages that mention the bot arrive; the mention stands at the beginning of the text and is
taken off. Whoever forwards or quotes a customer's words to the bot finds them in `quoted_text`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from bot.domain.messages import Address, Incoming, Media

if TYPE_CHECKING:
    from bot.channels.wecom.settings import AibotSettings

MENTION = re.compile(r"\s*@\S+[\s\u2005]*")
FILES: dict[str, Literal["photo", "video", "file"]] = {"image": "photo", "video": "video", "file": "file"}
LATEST = 10_000_000_000


class Undecodable(ValueError):
    """A message without the fields every message has."""


class Meant(msgspec.Struct, frozen=True, kw_only=True):
    """What the parts of a message say together."""

    text: str = ""
    media: tuple[Media, ...] = ()


def decode(body: dict[str, Any], settings: AibotSettings, token: str, now: datetime) -> Incoming | None:
    """One message or event; None for events that say nothing to the desk. `token` is for an answer in place."""
    try:
        base = _frame(body, settings, token, now)
        if body.get("msgtype") == "event":
            return _event(base, body["event"])
        return None if body.get("msgtype") == "stream" else _message(base, body, settings.bot_name)
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        raise Undecodable(type(error).__name__) from None


def _frame(body: dict[str, Any], settings: AibotSettings, token: str, now: datetime) -> Incoming:
    person = str(body["from"]["userid"])
    group = body.get("chattype") == "group"
    chat = str(body["chatid"]) if group else person
    at = int(body.get("create_time") or 0)
    return Incoming(
        provider_id=str(body["msgid"]),
        address=Address(
            channel="wecom_aibot", account=settings.account, chat=chat, user="" if group else person
        ),
        sender=person,
        sent_at=datetime.fromtimestamp(at, UTC) if 0 < at < LATEST else now,
        group=group,
        addressed=True,
        reply_token=token,
    )


def _message(base: Incoming, body: dict[str, Any], bot_name: str) -> Incoming:
    said = meant(body)
    quote = body.get("quote")
    quoted = meant(quote) if isinstance(quote, dict) else Meant()
    text = without_mention(said.text, bot_name) if base.group else said.text
    return msgspec.structs.replace(
        base,
        text=text,
        media=(*said.media, *quoted.media),
        quoted_text=quoted.text,
        data={"quoted_media": str(len(quoted.media))} if quoted.media else {},
    )


def meant(body: dict[str, Any]) -> Meant:
    """Text and attachments of a message, a quoted one or an item of a mixed one."""
    kind = str(body["msgtype"])
    content = body.get(kind)
    inside = content if isinstance(content, dict) else {}
    if kind == "mixed":
        items = [meant(item) for item in inside.get("msg_item", [])]
        return Meant(
            text="\n".join(item.text for item in items if item.text),
            media=tuple(media for item in items for media in item.media),
        )
    if kind in {"text", "markdown", "voice"}:
        words = str(inside.get("content", ""))
        return Meant(text=words, media=(Media(kind="voice", text=words),) if kind == "voice" else ())
    ref = f"{inside.get('aeskey', '')} {inside.get('url', '')}".strip()
    name = str(inside.get("filename", "")) or kind
    return Meant(media=(Media(kind=FILES.get(kind, "unknown"), ref=ref, name=name),))


def without_mention(text: str, bot_name: str) -> str:
    """Return the text without the mention of the bot that it begins with."""
    named = f"@{bot_name}"
    if bot_name and named in text:
        before, _, after = text.partition(named)
        return f"{before.rstrip()} {after.lstrip()}".strip() if before.strip() else after.strip()
    return MENTION.sub("", text, count=1).strip() if text.lstrip().startswith("@") else text


def _event(base: Incoming, event: dict[str, Any]) -> Incoming | None:
    kind = event["eventtype"]
    if kind == "enter_chat":
        return msgspec.structs.replace(base, kind="welcome")
    if kind == "template_card_event":
        inside = event.get("template_card_event")
        card = inside if isinstance(inside, dict) else event
        task = str(card.get("task_id", ""))
        return msgspec.structs.replace(
            base, kind="button", button=str(card["event_key"]), quoted_id=task, data={"task_id": task}
        )
    return None
