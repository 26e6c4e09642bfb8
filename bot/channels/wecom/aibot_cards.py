"""What 智能机器人 says: markdown, and cards with buttons. Source: developer.work.weixin.qq.com/document/path/101032.

A card holds 112 characters of text, six buttons of ten characters, and a task_id that no other card of the bot
has had. Longer texts go out in front of it.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, TypeVar

from bot.channels.tencent.parts import clip, split

if TYPE_CHECKING:
    from bot.domain.messages import Button, Outgoing

TITLE_CHARS = 26
TEXT_CHARS = 112
LABEL_CHARS = 10
BUTTONS = 6
KEY_BYTES = 1024
PUSH_BYTES = 4096
STREAM_BYTES = 20480
STYLES = {"primary": 1, "plain": 2, "danger": 3}
HEADING = "请处理"
REMEMBER = 2000
T = TypeVar("T")


def bodies(message: Outgoing) -> list[dict[str, Any]]:
    """Render a message as what is pushed: markdown pieces, then cards for its buttons."""
    choices = [button for row in message.buttons for button in row]
    text = spoken(message)
    if not choices:
        return [markdown(piece) for piece in split(text, PUSH_BYTES)]
    fits = len(text) <= TEXT_CHARS
    before = [] if fits else [markdown(piece) for piece in split(text, PUSH_BYTES)]
    cards = [choices[at : at + BUTTONS] for at in range(0, len(choices), BUTTONS)]
    shown = text if fits else ""
    title = message.title or ("" if fits else text.split("\n")[0])
    return [*before, *(card_body(card(title, shown, some, new_task())) for some in cards)]


def spoken(message: Outgoing) -> str:
    """Return the text with the names of those meant. No customer's words may ping anybody."""
    names = [f"@{one.name}" for one in message.mentions]
    return " ".join([message.text, *names]).replace("<@", "＜@")


def markdown(content: str) -> dict[str, Any]:
    """Wrap markdown."""
    return {"msgtype": "markdown", "markdown": {"content": content}}


def card_body(template_card: dict[str, Any]) -> dict[str, Any]:
    """Wrap a card."""
    return {"msgtype": "template_card", "template_card": template_card}


def card(title: str, text: str, choices: list[Button], task_id: str) -> dict[str, Any]:
    """Draw one card."""
    return {
        "card_type": "button_interaction",
        "main_title": {"title": (title or HEADING)[:TITLE_CHARS]},
        "sub_title_text": text[:TEXT_CHARS],
        "button_list": [
            {"text": one.label[:LABEL_CHARS], "style": STYLES[one.style], "key": clip(one.action, KEY_BYTES)}
            for one in choices
        ],
        "task_id": task_id,
    }


def settled_card(shown: Outgoing | None, answer: Outgoing, task_id: str) -> dict[str, Any] | None:
    """Draw the card again with the answer to a press under its text, or in its place where that is too long.

    Everybody sees the answer, and the buttons stay for the next step unless the answer brings its own. None
    where the card is not known any more (a restart), has more buttons than fit, or the answer is too long.
    """
    text = spoken(answer)
    if shown is None or len(text) > TEXT_CHARS:
        return None
    choices = [button for row in answer.buttons or shown.buttons for button in row]
    if len(choices) > BUTTONS:
        return None
    both = f"{spoken(shown)}\n{text}"
    return card(answer.title or shown.title, both if len(both) <= TEXT_CHARS else text, choices, task_id)


def remember(kept: OrderedDict[str, T], key: str, value: T) -> None:
    """Keep the latest two thousand."""
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > REMEMBER:
        kept.popitem(last=False)


def new_task() -> str:
    """Name a card."""
    return f"yingnuo-{secrets.token_hex(12)}"
