"""What may still be said once the 48 hours or the five messages are over: a template or a subscription message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.channels.tencent.http import Call

if TYPE_CHECKING:
    from datetime import datetime

    from bot.channels.wechat.settings import TemplateSettings
    from bot.domain.messages import Address, Outgoing

THING_CHARS = 20  # the provider refuses longer `thing` fields


def outside_call(template: TemplateSettings, to: Address, message: Outgoing, now: datetime) -> Call:
    """Make the call that tells the customer in the fields of the template."""
    time = now.astimezone(ZoneInfo(template.zone)).strftime("%Y-%m-%d %H:%M")
    known = {"text": message.text, "title": message.title or message.text.split("\n")[0], "time": time}
    data = {name: {"value": _cut(name, filled.format(**known))} for name, filled in template.fields.items()}
    body: dict[str, Any] = {"touser": to.chat, "template_id": template.id, "data": data}
    if template.kind == "subscribe":
        return Call(path="/cgi-bin/message/subscribe/bizsend", body={**body, "page": template.url})
    if message.key:
        body["client_msg_id"] = message.key[:32]
    return Call(path="/cgi-bin/message/template/send", body={**body, "url": template.url})


def _cut(name: str, value: str) -> str:
    flat = " ".join(value.split())
    if name.startswith("thing") and len(flat) > THING_CHARS:
        return flat[: THING_CHARS - 1] + "…"
    return flat
