"""Whether a message in a group is meant for us, and what it says without our name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from telegram.constants import MessageEntityType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telegram import Message, MessageEntity


class Us(msgspec.Struct, frozen=True, kw_only=True):
    """Our own bot: its id, and its name without @ (empty while it could not be asked yet)."""

    id: int
    username: str = ""

    def named(self, name: str) -> bool:
        """Whether `name` (without @) is ours; while ours is unknown any bot's name counts, for safety."""
        return name.lower() == self.username.lower() if self.username else name.lower().endswith("bot")


def answered(message: Message) -> Message | None:
    """Return the message that this one answers; in a topic Telegram counts its opening as answered."""
    quoted = message.reply_to_message
    return None if quoted is None or quoted.forum_topic_created else quoted


def is_meant(message: Message, us: Us) -> bool:
    """Whether a group message mentions us, answers us or is a command that is not another bot's."""
    quoted = answered(message)
    if quoted is not None and quoted.from_user is not None and quoted.from_user.id == us.id:
        return True
    return any(_points_at_us(entity, text, us) for entity, text in _entities(message))


def said(message: Message, us: Us) -> str:
    """Return the text or caption without our own name: `/take@our_bot 12` is `/take 12`."""
    text = message.text or message.caption or ""
    units = text.encode("utf-16-le")
    for entity, words in reversed(list(_entities(message))):
        name = _our_name(entity, words, us)
        if name:
            end = 2 * (entity.offset + entity.length)
            units = units[: end - 2 * len(name)] + units[end:]
    cut = units.decode("utf-16-le")
    return cut if cut == text else cut.strip()


def _entities(message: Message) -> Iterator[tuple[MessageEntity, str]]:
    """Yield what is marked in the text or caption, in order; offsets count UTF-16 units."""
    units = (message.text or message.caption or "").encode("utf-16-le")
    for entity in message.entities or message.caption_entities:
        words = units[2 * entity.offset : 2 * (entity.offset + entity.length)]
        yield entity, words.decode("utf-16-le", "replace")


def _points_at_us(entity: MessageEntity, words: str, us: Us) -> bool:
    if entity.type == MessageEntityType.TEXT_MENTION:
        return entity.user is not None and entity.user.id == us.id
    if entity.type == MessageEntityType.MENTION:
        return us.named(words[1:])
    if entity.type == MessageEntityType.BOT_COMMAND and entity.offset == 0:
        _, at, name = words.partition("@")
        return not at or us.named(name)
    return False


def _our_name(entity: MessageEntity, words: str, us: Us) -> str:
    """Return the part at the end of the marked words that is our name, with its @."""
    _, at, name = words.partition("@")
    kinds = (MessageEntityType.MENTION, MessageEntityType.BOT_COMMAND)
    return at + name if entity.type in kinds and at and us.username and us.named(name) else ""
