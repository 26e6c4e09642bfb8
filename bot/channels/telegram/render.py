"""From a notice to the messages that Telegram shows (https://core.telegram.org/bots/api#sendmessage)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity, User
from telegram.constants import MessageEntityType, MessageLimit

from bot.channels.base import Permanent
from bot.channels.telegram.split import cuts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.messages import Button, Media, Mention, Outgoing

MAX_ACTION = 64  # bytes of callback data


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of text, by characters, that is bold or pings `user`."""

    start: int
    end: int
    user: str = ""
    name: str = ""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One message to send: a text of at most 4096 UTF-16 units, or an attachment."""

    text: str = ""
    entities: tuple[MessageEntity, ...] = ()
    keyboard: InlineKeyboardMarkup | None = None
    media: Media | None = None


def parts(message: Outgoing) -> tuple[Part, ...]:
    """Render a notice: its texts with the buttons under the last, then its attachments.

    Raises Permanent where a button's action is empty or too long, or nothing is said.
    """
    text, spans = compose(message)
    texts = [_part(text, spans, cut) for cut in cuts(text, MessageLimit.MAX_TEXT_LENGTH)]
    texts = [one for one in texts if one.text.strip()]
    keyboard = _keyboard(message.buttons)
    if texts:
        texts[-1] = msgspec.structs.replace(texts[-1], keyboard=keyboard)
    found = (*texts, *(Part(media=one) for one in message.media))
    if not found:
        raise Permanent("the notice says nothing: it has neither text nor attachment")
    return found


def compose(message: Outgoing) -> tuple[str, tuple[Span, ...]]:
    """Put title, pings and text together; a ping is where the text has `@name`, or in a line before it."""
    spans = []
    head = ""
    if message.title:
        head = f"{message.title}\n"
        spans.append(Span(start=0, end=len(message.title)))
    missing = [one for one in message.mentions if _handle(one) not in message.text]
    if missing:
        head += " ".join(_handle(one) for one in missing) + "\n"
    text = head + message.text
    spans += [span for one in message.mentions for span in _pings(text, one)]
    return text, tuple(spans)


def _handle(mention: Mention) -> str:
    name = " ".join(mention.name.split()) or mention.person
    return mention.user if mention.user.startswith("@") else f"@{name}"


def _pings(text: str, mention: Mention) -> Iterator[Span]:
    """Yield the first place of that name, if Telegram knows the person by a number."""
    handle = _handle(mention)
    if mention.user.isascii() and mention.user.isdigit():
        start = text.index(handle)
        yield Span(start=start, end=start + len(handle), user=mention.user, name=handle[1:])


def _part(text: str, spans: tuple[Span, ...], cut: tuple[int, int]) -> Part:
    start, end = cut
    said = text[start:end]
    marks = [
        _entity(span, max(span.start, start) - start, min(span.end, end) - start)
        for span in spans
        if span.start < end and start < span.end
    ]
    return Part(text=said, entities=tuple(MessageEntity.adjust_message_entities_to_utf_16(said, marks)))


def _entity(span: Span, start: int, end: int) -> MessageEntity:
    if not span.user:
        return MessageEntity(MessageEntityType.BOLD, start, end - start)
    user = User(id=int(span.user), first_name=span.name, is_bot=False)
    return MessageEntity(MessageEntityType.TEXT_MENTION, start, end - start, user=user)


def _keyboard(rows: tuple[tuple[Button, ...], ...]) -> InlineKeyboardMarkup | None:
    keys = [[_key(button) for button in row] for row in rows if row]
    return InlineKeyboardMarkup(keys) if keys else None


_STYLES: dict[str, Literal["primary", "danger"] | None] = {
    "plain": None,
    "primary": "primary",
    "danger": "danger",
}


def _key(button: Button) -> InlineKeyboardButton:
    size = len(button.action.encode())
    if not 1 <= size <= MAX_ACTION:
        raise Permanent(
            f"the action of the button {button.label!r} has {size} bytes; Telegram takes 1 to {MAX_ACTION}"
        )
    return InlineKeyboardButton(button.label, callback_data=button.action, style=_STYLES[button.style])
